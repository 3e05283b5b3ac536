/* Choosing letters: all of the page, and how many are chosen. Without it every box is ticked by hand. */
"use strict";
(() => {
  const boxes = (form) => Array.from(form.querySelectorAll("input[name=duty]"));

  function count(form) {
    const chosen = boxes(form).filter((box) => box.checked).length;
    const all = form.querySelector("[data-letters-all]");
    form.querySelector("[data-letters-count]").textContent = chosen ? String(chosen) : "";
    all.checked = chosen > 0 && chosen === boxes(form).length;
    all.indeterminate = chosen > 0 && !all.checked;
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-letters]");
    if (!form) return;
    if (event.target.matches("[data-letters-all]")) boxes(form).forEach((box) => (box.checked = event.target.checked));
    count(form);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-letters]").forEach(count));
})();
