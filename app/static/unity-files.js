// Files of the web Unity client: chosen, dropped or pasted, they are uploaded at once.
(() => {
  "use strict";
  const input = () => document.getElementById("add-files");
  const addFiles = (files) => {
    if (!files.length) return;
    const chosen = new DataTransfer();
    for (const file of files) chosen.items.add(file);
    input().files = chosen.files;
    htmx.trigger(input(), "change");
  };
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files || [];
    if (!files.length || !input()) return;
    event.preventDefault();
    addFiles(files);
  });
  const dropsFiles = (event) => input() && event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => dropsFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!dropsFiles(event)) return;
    event.preventDefault();
    addFiles(event.dataTransfer.files);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id === "add-files") document.querySelectorAll("#files .field-error").forEach((words) => words.remove());
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id === "add-files") event.detail.elt.value = "";
  });
})();
