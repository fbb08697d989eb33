"use strict";
// The page works without this: it adds looking again every second and sending without a reload.
const form = document.getElementById("handset");
const mine = document.getElementById("my-number");
const theirs = document.getElementById("their-number");
const text = document.getElementById("text");
const picture = document.getElementById("picture");
const problem = document.getElementById("problem");
const send = document.getElementById("send");
let asked = 0;

function address() {
  return form.action.replace(/send$/, "") + "?" + new URLSearchParams({ mine: mine.value, theirs: theirs.value });
}

function toTheEnd() {
  const thread = document.getElementById("thread");
  thread.scrollTop = thread.scrollHeight;
}

function put(page, id) {
  const fresh = page.getElementById(id);
  const shown = document.getElementById(id);
  if (!fresh || fresh.innerHTML === shown.innerHTML) return;
  const wasAtEnd = shown.scrollHeight - shown.scrollTop - shown.clientHeight < 40;
  shown.replaceChildren(...fresh.childNodes);
  if (id === "thread" && wasAtEnd) toTheEnd();
}

async function look() {
  const turn = ++asked;
  try {
    const answer = await fetch(address());
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== asked || !answer.ok) return;  // a newer look is under way
    put(page, "thread");
    put(page, "conversations");
  } catch { /* the sandbox is restarting; the next look will tell */ }
}

function turnTo() {
  history.replaceState(null, "", address());
  look().then(toTheEnd);
}

function tell(sentence) {
  problem.textContent = sentence;
  problem.hidden = !sentence;
}

form.addEventListener("submit", async (event) => {
  if (event.submitter !== send && event.submitter !== null) return;
  event.preventDefault();
  send.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    tell(page.getElementById("problem")?.textContent ?? "The sandbox did not accept this.");
    if (answer.ok) {
      text.value = "";
      picture.value = "";
      history.replaceState(null, "", address());
      await look();
      toTheEnd();
    }
  } catch {
    tell("The sandbox does not answer. What you wrote is still here.");
  }
  send.disabled = false;
  text.focus();
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit(send);
  }
});

document.getElementById("conversations").addEventListener("click", (event) => {
  const link = event.target.closest("a[data-number]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  theirs.value = link.dataset.number;
  turnTo();
});

mine.addEventListener("change", turnTo);
theirs.addEventListener("change", turnTo);
setInterval(() => { if (!document.hidden) look(); }, 1000);
toTheEnd();
