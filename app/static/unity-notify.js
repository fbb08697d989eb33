// Notifications of the web Unity client: asked for, and only while the page is not looked at.
(() => {
  "use strict";
  const wants = () => localStorage.getItem("unity:notify") === "yes" && window.Notification?.permission === "granted";
  const button = document.querySelector("[data-notify]");
  const name = () => {
    button.textContent = wants() ? button.dataset.on : button.dataset.off;
    button.setAttribute("aria-pressed", String(wants()));
  };
  button.addEventListener("click", async () => {
    if (wants()) localStorage.removeItem("unity:notify");
    else if (window.Notification && (await Notification.requestPermission()) === "granted") localStorage.setItem("unity:notify", "yes");
    name();
    if (!wants() && window.Notification?.permission !== "granted") button.textContent = button.dataset.denied;
  });
  document.addEventListener("arrived", ({ detail: message }) => {
    if (!document.hidden || !wants()) return;
    const shown = new Notification(`${button.dataset.new}: ${message.remote.replace(/^\+1(\d{10})$/, "$1")}`, { body: message.text, tag: `message-${message.id}` });
    shown.addEventListener("click", () => window.focus());
  });
  name();
})();
