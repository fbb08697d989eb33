// What the walk asks of an open page. Every answer is a list of sentences; an empty one says that all is well.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const seen = (el) =>
    el.getClientRects().length > 0 && el.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  const called = (el) => {
    const id = el.id ? `#${el.id}` : "";
    const kinds = [...el.classList].map((one) => `.${one}`).join("");
    const words = (el.getAttribute("aria-label") || el.textContent || el.getAttribute("name") || "").trim();
    return `${el.tagName.toLowerCase()}${id}${kinds} "${words.replace(/\s+/g, " ").slice(0, 40)}"`;
  };

  // --- what fits ------------------------------------------------------------------------------------------
  const READ = "button, .btn, summary, h1, h2, h3, h4, th, td, dt, dd, label, legend, nav a, .state, .kind, p, li > a";
  const scrolls = (el) => {
    for (let at = el; at; at = at.parentElement) if (/auto|scroll/.test(getComputedStyle(at).overflowX)) return true;
    return false;
  };
  const isClipped = (el) => {
    for (let at = el; at; at = at.parentElement) if (getComputedStyle(at).clipPath !== "none") return true;
    return false;
  };
  const fits = () => {
    const wrong = [];
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) wrong.push(`the page is ${wide}px wider than the window`);
    for (const el of all(READ)) {
      if (!seen(el) || el.closest(".visually-hidden, .skip")) continue;
      const style = getComputedStyle(el);
      if (isClipped(el)) continue;
      const hides = /hidden|clip/.test(style.overflowX);
      const named = style.textOverflow === "ellipsis" && el.closest("[title]");
      const boxed = el.matches("button, .btn, summary, .state");
      if ((hides || boxed) && !named && el.scrollWidth > el.clientWidth + 1) wrong.push(`cut off: ${called(el)}`);
      const box = el.getBoundingClientRect();
      if ((box.right > innerWidth + 1 || box.left < -1) && !scrolls(el)) wrong.push(`beyond the edge: ${called(el)}`);
    }
    return [...new Set(wrong)].slice(0, 8);
  };

  // --- the keyboard ---------------------------------------------------------------------------------------
  const REACHED = "a[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable]";
  let stops, visited, plain;
  const ring = (el) => {
    const style = getComputedStyle(el);
    return { outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, shadow: style.boxShadow };
  };
  const isStop = (el) => {
    if (el.tabIndex < 0 || el.matches(":disabled, [type=hidden]") || el.closest("[inert]") || !seen(el)) return false;
    if (el.type !== "radio" || el.checked) return true;
    const group = all("input[type=radio]", el.form || document).filter((one) => one.name === el.name && isOpen(one));
    return !group.some((one) => one.checked) && group[0] === el;
  };
  const isOpen = (el) => !el.disabled && seen(el);
  const onFocus = (event) => {
    const el = event.target;
    const now = ring(el);
    const before = plain.get(el);
    visited.push({ el, shown: now.outline || (now.shadow !== "none" && now.shadow !== before?.shadow) || el.matches("[data-focus-shown]") });
  };
  // Fields for a date or a time have stops of their own inside, and so have players.
  const inside = (from, count) =>
    6 * all("audio[controls], video[controls]").length +
    4 * stops.slice(from, from + count).filter((el) => /^(date|time|month|week|datetime-local)$/.test(el.type)).length;
  // Returns how many stops there are; the first one, or the one at `from`, has the focus.
  const begin = (from = 0) => {
    document.activeElement?.blur();
    stops = all(REACHED).filter(isStop);
    plain = new Map(stops.map((el) => [el, ring(el)]));
    visited = [];
    document.addEventListener("focusin", onFocus);
    stops[from]?.focus({ focusVisible: true });
    return stops.length;
  };
  const end = (from, count) => {
    document.removeEventListener("focusin", onFocus);
    const wanted = stops.slice(from, from + count);
    const met = visited.map((one) => one.el);
    const wrong = wanted.filter((el) => !met.includes(el) && el.isConnected).map((el) => `Tab does not reach ${called(el)}`);
    const order = [...new Set(met)].map((el) => wanted.indexOf(el)).filter((at) => at >= 0);
    order.forEach((at, step) => {
      if (step && at < order[step - 1]) wrong.push(`out of order: ${called(wanted[at])}`);
    });
    for (const one of visited) if (!one.shown && one.el !== document.body) wrong.push(`focus cannot be seen on ${called(one.el)}`);
    document.activeElement?.blur();
    scrollTo(0, 0);
    return [...new Set(wrong)].slice(0, 8);
  };

  // --- without JavaScript (asked from outside, where the page's own scripts do not run) ----------------------
  const bare = () => {
    const wrong = [];
    for (const form of all("form")) {
      if (!form.getAttribute("action") || !form.getAttribute("method")) wrong.push(`no action or method: ${called(form)}`);
      // Refused before anything is typed, the form says why and offers only to leave (S3).
      const isClosed = form.querySelector(".buttons a[data-close]") && document.querySelector("[role=alert]");
      const sends = isClosed || [...form.elements].some((el) => el.matches("button:not([type]), [type=submit], [type=image]"));
      if (!sends) wrong.push(`no submit button: form to ${form.getAttribute("action")}`);
    }
    const dead = "button[type=button]:not([popovertarget]):not(:disabled), a[href='#'], a:not([href])";
    for (const el of all(dead)) if (seen(el) && !el.closest("[data-sample]")) wrong.push(`does nothing: ${called(el)}`);
    if (!document.querySelector("main")?.innerText.trim()) wrong.push("the page is empty");
    return wrong.slice(0, 8);
  };

  // How something is built, without its words: what has one shape looks the same to axe and to the keyboard.
  const SHOWN = /^(hidden|disabled|open|title|alt|for|href|src|aria-.*)$/;
  const TOLD = /^(role|type|class|scope|tabindex|aria-(current|hidden|expanded|pressed))$/;
  const shape = (el) => {
    const attributes = [...el.attributes].filter((one) => TOLD.test(one.name) || SHOWN.test(one.name));
    const told = attributes.map((one) => (TOLD.test(one.name) ? `${one.name}=${one.value}` : one.name)).sort();
    const worded = [...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) ? "w" : "";
    const children = [...el.children].filter((child) => !child.matches(FRAME)).map(shape);
    const different = children.filter((one, at) => !at || one !== children[at - 1]);
    return `<${el.tagName}#${el.id.replace(/\d+/g, "0")} ${told.join(" ")}${worded}>${different.join("")}`;
  };
  // The frame of a page (path, tree, tabs) and what is in it are two shapes.
  const FRAME = ".node, .tabs, script";
  const shapes = () => {
    const main = document.querySelector("main");
    const frame = document.body.cloneNode(true);
    frame.querySelectorAll("main > :not(.node, .tabs), script, dialog").forEach((el) => el.remove());
    const around = [...frame.querySelectorAll(".node, .tabs, .side, .top")].map((el) =>
      [...el.querySelectorAll("*")].map((one) => `${one.tagName}.${one.className}`),
    );
    return [shape(main), [...new Set(around.flat())].sort().join(" ")];
  };

  // --- the rest -------------------------------------------------------------------------------------------
  const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const COLOURS = ["color-contrast", "link-in-text-block"];
  // Of many rows of one shape the first three are asked for.
  const thin = () => {
    for (const list of all("tbody, ul, ol, dl, select, .facts")) {
      const met = {};
      for (const row of list.children) if ((met[shape(row)] = (met[shape(row)] || 0) + 1) > 3) row.dataset.again = "";
    }
  };
  const faults = async (within, colours) => {
    thin();
    const only = colours ? { type: "rule", values: COLOURS } : { type: "tag", values: RULES };
    const where = { include: [within || "html"], exclude: ["[data-again]"] };
    const found = await axe.run(where, { runOnly: only, resultTypes: ["violations"], preload: false });
    return found.violations.flatMap((rule) =>
      rule.nodes.slice(0, 4).map((node) => `${rule.id} at ${node.target.join(" ")}: ${(node.any[0] || node.all[0] || node.none[0])?.message || rule.help}`),
    );
  };
  const theme = (name) => (document.documentElement.dataset.bsTheme = name);
  // What turns or asks again by itself stands still, so that nothing is exchanged while it is looked at.
  for (const one of document.getAnimations()) one.pause();
  document.addEventListener("htmx:beforeRequest", (event) => {
    if ((event.target.getAttribute("hx-trigger") || "").includes("every")) event.preventDefault();
  });
  window.look = { fits, begin, inside, end, bare, faults, theme, shapes };
})();
