// Loaded before the first paint, so that nothing flashes: the person's choice, else the system's.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  let choice = null;
  try {
    choice = localStorage.getItem("theme");
  } catch {
    // Storage is switched off: the system decides.
  }
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.bsTheme = choice === "light" || choice === "dark" ? choice : system;
})();
