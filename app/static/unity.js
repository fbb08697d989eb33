// The web Unity client: live, and nothing is lost while there is no connection. Reading and sending work without it.
(() => {
  "use strict";
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const frame = one("#unity");
  const user = frame.dataset.user;
  const thread = () => one("#thread");
  const look = (selector) => one(selector) && htmx.trigger(selector, selector === "#bubbles" ? "news" : "look");

  // --- what is kept in this tab: drafts, and what waits for a connection; of nobody else ---------------------
  const MINE = `unity:${user}:`;
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("unity:") && !key.startsWith(MINE)) sessionStorage.removeItem(key);
  const kept = (key, value) => {
    if (value === undefined) return JSON.parse(sessionStorage.getItem(MINE + key) || "null");
    if (value === null) sessionStorage.removeItem(MINE + key);
    else sessionStorage.setItem(MINE + key, JSON.stringify(value));
  };
  const forget = () => {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("unity:")) sessionStorage.removeItem(key);
  };

  // --- the stream: opened anew by hand after silence, from where it stopped ----------------------------------
  const SILENCE = 25000;
  let lastId = "";
  let isOpen = false;
  const changed = new Set();
  const showLine = () => (one("#offline").hidden = isOpen && navigator.onLine);
  const list = () => htmx.ajax("GET", one("#talks").getAttribute("hx-get"), { source: "#talks", target: "#talks", swap: "innerHTML" });
  const catchUp = () => {
    list();
    for (const bubble of all("[data-message]").slice(-100)) changed.add(bubble.dataset.message);
    look("#bubbles");
    look("#prompts");
    flush();
  };
  class Source {
    constructor(url) {
      this.url = url;
      this.listeners = [];
      this.readyState = 0;
      this.open();
      setInterval(() => Date.now() - this.heard > SILENCE && this.open(), 5000);
      addEventListener("online", () => this.open());
      addEventListener("offline", () => this.lost());
      document.addEventListener("visibilitychange", () => document.hidden || !isOpen || Date.now() - this.heard < 15000 || this.open());
    }
    open() {
      this.inner?.close();
      this.heard = Date.now();
      const address = lastId ? `${this.url}?last=${encodeURIComponent(lastId)}` : this.url;
      const inner = (this.inner = new EventSource(address));
      inner.onopen = () => {
        this.readyState = 1;
        isOpen = true;
        showLine();
        this.onopen?.();
        if (lastId) catchUp();
        flush(); // a new page hears `resync` first, and catches up then
      };
      inner.onerror = () => {
        this.lost();
        if (inner.readyState === EventSource.CLOSED && navigator.onLine) {
          clearTimeout(this.again);
          this.again = setTimeout(() => {
            this.open();
            catchUp(); // an ended session leads to the sign-in form
          }, 4000);
        }
      };
      for (const [kind, listener] of this.listeners) inner.addEventListener(kind, listener);
      for (const kind of ["beat", "message.created", "message.updated", "conversation.read", "opt_in.requested", "resync"])
        inner.addEventListener(kind, (event) => this.hear(kind, event));
    }
    hear(kind, event) {
      this.heard = Date.now();
      if (event.lastEventId) lastId = event.lastEventId;
      const data = JSON.parse(event.data || "{}");
      if (kind === "resync") catchUp();
      if (kind === "opt_in.requested") look("#prompts");
      if (kind === "message.updated") changed.add(String(data.id));
      const here = thread();
      if (kind.startsWith("message.") && here && String(data.number_id) === here.dataset.number && data.remote === here.dataset.remote) look("#bubbles");
      if (kind === "message.created" && data.direction === "inbound") document.dispatchEvent(new CustomEvent("arrived", { detail: data }));
    }
    lost() {
      isOpen = false;
      showLine();
    }
    addEventListener(kind, listener) {
      this.listeners.push([kind, listener]);
      this.inner.addEventListener(kind, listener);
    }
    removeEventListener(kind, listener) {
      this.listeners = this.listeners.filter((known) => known[1] !== listener);
      this.inner.removeEventListener(kind, listener);
    }
    close() {
      this.inner.close();
    }
  }
  htmx.createEventSource = (url) => new Source(url);

  // --- the thread: only what is new is asked for; seen is what was in view -----------------------------------
  const atEnd = () => !thread() || thread().scrollHeight - thread().scrollTop - thread().clientHeight < 80;
  const toEnd = () => thread() && (thread().scrollTop = thread().scrollHeight);
  let wasAtEnd = true;
  // What grows or shrinks later (a picture, the composer, a phone that is turned) does not hide the newest.
  let rests = true;
  const growth = new ResizeObserver(() => rests && toEnd());
  const isPast = () => new URLSearchParams(location.search).has("before");
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, parameters } = event.detail;
    if (elt.id === "bubbles") {
      const newest = all("#bubbles [data-message]").at(-1);
      const waiting = all("#bubbles [data-may-change]").map((bubble) => bubble.dataset.message);
      parameters.after = newest ? newest.dataset.message : "0";
      parameters.again = [...new Set([...waiting, ...changed])].slice(-150).join(",");
      changed.clear();
    }
    if (elt.id === "talks" || event.detail.target?.id === "talks") {
      parameters.q = one("#talks-search").value;
      parameters.rows = all(".talk-rows .talk").length;
      const asked = new URLSearchParams(location.search); // an address of older talks stays with them
      if (asked.has("after") && (asked.get("q") || "") === parameters.q) parameters.after = asked.get("after");
    }
  });
  const seen = () => {
    const here = thread();
    const last = all("#bubbles [data-message]").at(-1);
    if (!here || !last || document.hidden || isPast() || !atEnd() || here.dataset.seen === last.dataset.message) return;
    here.dataset.seen = last.dataset.message;
    if (last.classList.contains("theirs")) htmx.ajax("POST", here.dataset.read, { source: "#prompts", values: { up_to: last.dataset.message }, swap: "none" });
  };
  let below = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    wasAtEnd = atEnd();
    const { target, requestConfig } = event.detail;
    const isChange = target.id === "pane" && requestConfig?.elt.id === "prompts"; // by somebody else: one reads on
    below = target.id === "earlier" || (isChange && !wasAtEnd) ? thread().scrollHeight - thread().scrollTop : null;
    if (event.detail.target.id === "talks" && isPressed) {
      event.detail.shouldSwap = false;
      isStale = true;
    }
  });
  // A row that is pressed stays until it is let go, or the press would lead nowhere; then the list is asked for anew.
  let isPressed = false;
  let isStale = false;
  document.addEventListener("pointerdown", (event) => (isPressed = Boolean(event.target.closest("#talks"))));
  for (const kind of ["pointerup", "pointercancel"])
    document.addEventListener(kind, () =>
      setTimeout(() => {
        isPressed = false;
        if (isStale) list();
        isStale = false;
      }),
    );
  const onScroll = () => {
    rests = atEnd();
    const near = one("#earlier a");
    if (near && thread().scrollTop < 200) htmx.trigger(near, "near");
    seen();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const id = event.detail.target.id;
    if (id === "pane") begin(event.detail.requestConfig.elt.id === "prompts" ? "changed" : "opened");
    if (below !== null && thread()) thread().scrollTop = thread().scrollHeight - below;
    else if (id === "bubbles" && wasAtEnd) toEnd();
    if (id === "bubbles") {
      mayWrite();
      showWaiting();
    }
    if (id === "talks") showUnread();
    if (id === "composer") {
      prepare(event.detail.requestConfig.verb !== "post" || event.detail.xhr.status === 200);
      if (event.detail.xhr.status === 422 && words()?.closest(".composer")) keepDraft(); // under the reference that it has now
    }
    below = null;
    seen();
  });
  document.addEventListener("sent", () => {
    kept(`draft:${location.pathname}`, null);
    wasAtEnd = true;
    toEnd();
    look("#bubbles");
  });
  // STOP, START or an administrator decided meanwhile whether one can write: the pane is asked for anew.
  const mayWrite = () => {
    const marks = one("#marks");
    if (marks && (marks.dataset.mayWrite === "yes") !== Boolean(words()))
      htmx.ajax("GET", location.pathname, { source: "#prompts", target: "#pane", swap: "innerHTML" });
  };
  const showUnread = () => {
    const count = Number(one("#talks-state")?.dataset.unread || 0);
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (count) document.title = `(${count}) ${document.title}`;
    for (const link of all(".talk"))
      if (new URL(link.href).pathname === location.pathname && !link.search) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
  };
  // `how`: "loaded" with its page, "opened" in place by a person, "changed" by what somebody else did.
  const begin = (how) => {
    one("#content").classList.toggle("has-pane", Boolean(one("#pane").children.length));
    if (how !== "loaded") {
      const who = one("#pane .pane-who h2");
      document.title = `${who ? who.textContent : "Messages"} · ${frame.dataset.title}`;
    }
    thread()?.addEventListener("scroll", onScroll, { passive: true });
    rests = !isPast() && below === null;
    growth.disconnect();
    for (const part of [thread(), one("#bubbles")]) if (part) growth.observe(part);
    showUnread();
    const isFree = document.activeElement === document.body && !isPast();
    prepare((how === "opened" || isFree) && matchMedia("(min-width: 801px)").matches);
    showWaiting();
  };

  // --- the composer: grows, keeps its draft, Enter sends where there is a keyboard ---------------------------
  const words = () => one("#text");
  const grow = () => {
    const box = words();
    if (box?.closest(".composer")) box.rows = Math.min(6, Math.max(1, box.value.split("\n").length, Math.ceil(box.value.length / 70)));
  };
  const fileIds = () => all("#files [name=attachment_ids]").map((field) => field.value);
  const keepDraft = () => {
    const text = words().value;
    const files = fileIds();
    const ref = one("#compose [name=client_ref]").value;
    kept(`draft:${location.pathname}`, text || files.length ? { text, ref, files } : null);
  };
  const bringFiles = (ids) =>
    htmx.ajax("GET", one("#files").dataset.address, { source: "#files", target: "#files", swap: "innerHTML", values: { attachment_ids: ids.join(",") } });
  const prepare = (focus) => {
    const box = words();
    if (!box) return;
    const draft = kept(`draft:${location.pathname}`);
    if (draft && !box.value && !fileIds().length && box.closest(".composer")) {
      box.value = draft.text;
      one("#compose [name=client_ref]").value = draft.ref;
      if (draft.files?.length) bringFiles(draft.files);
      else htmx.trigger(box, "count");
    }
    grow();
    if (focus && box.closest(".composer")) box.focus();
  };
  document.addEventListener("input", (event) => {
    if (event.target.id !== "text") return;
    grow();
    keepDraft();
  });

  // An upload or its removal was answered (unity-files.js).
  document.addEventListener("files", () => {
    if (words()?.closest(".composer")) keepDraft();
    if (words()) htmx.trigger(words(), "count");
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.target.id === "text" && event.target.closest(".composer")) {
      const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing && !matchMedia("(pointer: coarse)").matches;
      if (sends) {
        event.preventDefault();
        const send = one("#compose [data-send]"); // disabled while a file is on its way
        if (!send.disabled && (event.target.value.trim() || fileIds().length)) one("#compose").requestSubmit(send);
      } else if (event.key === "Escape") event.target.blur();
    } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      one("#talks-search").focus();
      one("#talks-search").select();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && event.target.closest(".talks")) {
      const rows = [one("#talks-search"), ...all(".talk")];
      const next = rows.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      if (next < 0 || next >= rows.length) return;
      event.preventDefault();
      rows[next].focus();
    } else if (event.key === "Escape" && event.target.id === "talks-search") {
      event.target.value = "";
      htmx.trigger(event.target, "search");
    } else if (event.key === "Escape" && !one("dialog[open]") && event.target.closest("#pane")) one("#talks-search").focus();
  });

  // --- without a connection: kept in this tab, sent once when it is back -------------------------------------
  const reference = () => `web-${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const waiting = () => kept("waiting") || [];
  const showWaiting = () => {
    all(".bubble.waiting").forEach((bubble) => bubble.remove());
    const here = new Set(all("#bubbles [data-ref]").map((bubble) => bubble.dataset.ref)); // taken, its answer is on the way
    for (const item of waiting().filter((known) => known.page === location.pathname && !here.has(known.ref))) {
      const bubble = one("#waiting-template").content.firstElementChild.cloneNode(true);
      one("[data-text]", bubble).textContent = item.text || one("#waiting-template").dataset.file;
      one("#bubbles")?.append(bubble);
    }
    if (wasAtEnd) toEnd();
  };
  const keep = (form) => {
    const box = words();
    const files = fileIds();
    if (!box.value.trim() && !files.length) return;
    const ref = one("[name=client_ref]", form);
    kept("waiting", [...waiting().filter((known) => known.ref !== ref.value), { url: form.action, page: location.pathname, text: box.value, ref: ref.value, files }]);
    ref.value = reference();
    box.value = "";
    one("#files").replaceChildren();
    kept(`draft:${location.pathname}`, null);
    grow();
    showWaiting();
  };
  const isComposer = (event) => event.detail.elt.id === "compose" && event.detail.elt.closest(".composer");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isComposer(event) && !navigator.onLine) {
      event.preventDefault();
      keep(event.detail.elt);
    }
  });
  for (const kind of ["htmx:sendError", "htmx:timeout"])
    document.addEventListener(
      kind,
      (event) => {
        if (event.detail.elt.closest("[data-quiet]") || isComposer(event)) event.stopImmediatePropagation();
        if (isComposer(event)) keep(event.detail.elt);
      },
      true,
    );
  // Refused: back where it can be changed, before what was written since; of its files those that are still there.
  const giveBack = (item, refusal) => {
    const isHere = item.page === location.pathname && words()?.closest(".composer");
    const since = isHere ? { text: words().value, files: fileIds() } : kept(`draft:${item.page}`);
    const text = [item.text, since?.text].filter(Boolean).join("\n");
    const files = [...(item.files || []), ...(since?.files || [])];
    kept(`draft:${item.page}`, { text, ref: reference(), files });
    if (!isHere) return;
    words().value = text;
    one("#text-error").textContent = one("#text-error", new DOMParser().parseFromString(refusal, "text/html"))?.textContent || "";
    grow();
    if (files.length) bringFiles(files);
    else htmx.trigger(words(), "count");
  };
  let flushing = false;
  async function flush() {
    if (flushing || !waiting().length) return;
    flushing = true;
    try {
      for (let item = waiting()[0]; item; item = waiting()[0]) {
        const body = new URLSearchParams({ text: item.text, client_ref: item.ref, attachment_ids: (item.files || []).join(",") });
        const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers")) };
        const answer = await fetch(item.url, { method: "POST", body, headers });
        if (answer.headers.get("HX-Redirect")) return; // signed out: it waits for the same user
        if (answer.status >= 500) return;
        kept("waiting", waiting().filter((known) => known.ref !== item.ref));
        if (!answer.ok) giveBack(item, await answer.text());
      }
    } catch {
      // Still no connection: tried again when the stream is back.
    } finally {
      flushing = false;
      showWaiting();
      look("#bubbles");
    }
  }

  document.addEventListener("submit", (event) => event.target.action.endsWith("/sign-out") && forget());
  document.addEventListener("visibilitychange", seen);
  begin("loaded");
})();
