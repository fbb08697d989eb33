// Small comforts. Every page works without this file; nothing here decides anything.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);

  // --- theme: the system's, until the person chooses -------------------------------------------------
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem("theme") || "system";
  const paint = () => {
    const theme = chosen();
    root.dataset.bsTheme = theme === "system" ? (system.matches ? "dark" : "light") : theme;
    for (const button of document.querySelectorAll("[data-theme-choice]"))
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  };
  system.addEventListener("change", paint);

  // --- toasts: six seconds, errors stay --------------------------------------------------------------
  const age = (toast) => toast.classList.contains("error") || setTimeout(() => toast.remove(), 6000);
  const say = (words, kind = "success") => {
    const toast = one("#toast-template").content.firstElementChild.cloneNode(true);
    toast.classList.add(kind);
    one("span", toast).textContent = words;
    one("#toasts").append(toast);
    age(toast);
  };

  // --- dialogs: the confirmation page, opened in place -----------------------------------------------
  const dialog = () => one("#dialog");
  const openDialog = (link) => {
    htmx.ajax("GET", link.href, { target: "#dialog-body", swap: "innerHTML" }).then(() => {
      if (one("#dialog-body").children.length) dialog().showModal();
    });
  };

  const copy = (button) =>
    navigator.clipboard.writeText(button.dataset.copy).then(
      () => say(button.dataset.copied || `Copied ${button.dataset.copy}.`),
      () => say("The browser did not allow copying.", "error"),
    );

  const reveal = (button) => {
    const input = document.getElementById(button.dataset.reveal);
    input.type = input.type === "password" ? "text" : "password";
    button.setAttribute("aria-pressed", String(input.type === "text"));
  };

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const plainClick = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (hit("[data-copy]")) copy(hit("[data-copy]"));
    else if (hit("[data-print]")) window.print();
    else if (hit("[data-reveal]")) reveal(hit("[data-reveal]"));
    else if (hit("[data-dismiss]")) hit(".toast-line").remove();
    else if (hit("[data-theme-choice]")) {
      localStorage.setItem("theme", hit("[data-theme-choice]").dataset.themeChoice);
      paint();
    } else if (hit("[data-dialog]") && plainClick && window.htmx) {
      event.preventDefault();
      const menu = hit("details.menu");
      if (menu) menu.open = false;
      openDialog(hit("[data-dialog]"));
    } else if (hit("[data-close]") && dialog()?.open) {
      event.preventDefault();
      dialog().close();
    } else if (!hit(".find") && one("#tree-found")) one("#tree-found").replaceChildren();
  });

  // --- keys: `/` searches the tree, arrows walk its results, Escape closes ---------------------------
  const walk = (event) => {
    const links = [...document.querySelectorAll("#tree-found a")];
    if (!links.length || !event.target.closest(".find")) return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = links.indexOf(document.activeElement) + step;
    (next < 0 ? one("#tree-search") : links[Math.min(next, links.length - 1)]).focus();
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && one("#tree-search")) {
      event.preventDefault();
      const side = one("#side");
      if (getComputedStyle(side).display === "none") side.showPopover();
      one("#tree-search").focus();
      one("#tree-search").select();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(event);
    else if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        one("summary", menu).focus();
      }
      if (event.target.closest(".find")) {
        one("#tree-found").replaceChildren();
        one("#tree-search").focus();
      }
    }
  });

  // --- work in progress ------------------------------------------------------------------------------
  let running = 0;
  const isQuiet = (event) => event.detail.elt?.closest("[data-quiet]");
  const working = (change) => {
    running = Math.max(0, running + change);
    root.classList.toggle("working", running > 0);
  };
  document.addEventListener("htmx:beforeSend", (event) => isQuiet(event) || working(1));
  document.addEventListener("htmx:afterRequest", (event) => isQuiet(event) || working(-1));
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.classList.contains("busy")) event.preventDefault(); // a second click sends nothing
    form.classList.add("busy");
    root.classList.add("working");
  });
  window.addEventListener("pageshow", () => {
    root.classList.remove("working");
    for (const form of document.querySelectorAll("form.busy")) form.classList.remove("busy");
  });

  // --- answers that are not a page -------------------------------------------------------------------
  const sentenceOf = (xhr) => {
    if ((xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain")) return xhr.responseText;
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    return one("[data-sentence]", page)?.textContent.trim() || `The portal answered with error ${xhr.status}. Try again.`;
  };
  const once = {};
  const sayOnce = (words) => {
    if (once[words] && Date.now() - once[words] < 30000) return; // a badge that asks every 2 s complains once
    once[words] = Date.now();
    say(words, "error");
  };
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) location.reload();
    else sayOnce(sentenceOf(event.detail.xhr));
  });
  document.addEventListener("htmx:sendError", () => sayOnce("The portal cannot be reached. Check the connection and try again."));

  // --- after a swap the focus goes where a person would look -----------------------------------------
  document.addEventListener("htmx:afterSettle", (event) => {
    const summary = one("[data-summary]", event.detail.target) || event.detail.elt.querySelector?.("[data-summary]");
    if (summary) summary.focus();
  });

  // --- branding: picker and digits say the same, and the preview follows what is typed ----------------
  const showPicture = (input) => {
    const pictures = document.querySelectorAll(input.dataset.shows);
    const file = input.files[0];
    if (!file || !pictures.length) return;
    const reader = new FileReader(); // the content policy allows data:, not blob:
    reader.addEventListener("load", () => {
      for (const picture of pictures) {
        picture.src = reader.result;
        picture.classList.add("own");
      }
    });
    reader.readAsDataURL(file);
  };
  const followForm = (form) => {
    const typed = new URLSearchParams();
    for (const name of ["name", "accent"]) typed.set(name, form.elements[name].value);
    htmx.ajax("GET", `${form.dataset.preview}?${typed}`, { source: form, target: "#preview", select: "#preview", swap: "outerHTML" });
  };
  let following = 0;
  document.addEventListener("input", (event) => {
    const input = event.target;
    const digits = input.dataset.colourOf && document.getElementById(input.dataset.colourOf);
    if (digits) digits.value = input.value;
    const picker = one(`[data-colour-of="${input.id}"]`);
    if (picker && /^#[0-9a-f]{6}$/i.test(input.value)) picker.value = input.value.toLowerCase();
    if (input.dataset.shows) showPicture(input);
    const form = input.closest("form[data-preview]");
    if (!form || !window.htmx || input.type === "file") return;
    clearTimeout(following);
    following = setTimeout(() => followForm(form), 200);
  });
  document.addEventListener("htmx:afterSettle", () => document.querySelectorAll("[data-shows]").forEach(showPicture));

  // --- tabs that do not all fit: the one that is open is in view, a menu names them all ----------------
  for (const bar of document.querySelectorAll("[data-tabs]")) {
    const row = one(".tabs", bar);
    const look = () => {
      bar.classList.toggle("overflows", row.scrollWidth > bar.clientWidth);
      bar.classList.toggle("more-left", row.scrollLeft > 4);
      bar.classList.toggle("more-right", row.scrollLeft + row.clientWidth < row.scrollWidth - 4);
    };
    const centre = () => {
      look();
      const open = one("[aria-current]", row);
      if (open) row.scrollLeft = open.offsetLeft - row.offsetLeft - (row.clientWidth - open.offsetWidth) / 2;
      look();
    };
    row.addEventListener("scroll", look, { passive: true });
    new ResizeObserver(centre).observe(bar);
    centre();
  }

  // --- the place that is open is in view in a long tree ------------------------------------------------
  const tree = one(".tree");
  const place = tree && one("[aria-current]", tree);
  const showPlace = () => {
    const [its, box] = [place.getBoundingClientRect(), tree.getBoundingClientRect()];
    if (its.top < box.top || its.bottom > box.bottom - 24) tree.scrollTop += its.top - box.top - tree.clientHeight / 2;
  };
  if (place) new ResizeObserver(showPlace).observe(tree); // also when it is opened on a narrow screen
  paint();
  document.querySelectorAll("#toasts .toast-line").forEach(age);
})();
