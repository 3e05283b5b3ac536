/* The approval queue by keyboard: J and K walk, A and R decide once an opinion is written. */
"use strict";
(() => {
  const queue = document.querySelector("[data-queue]");
  if (!queue) return;

  function walk(step) {
    const items = Array.from(queue.querySelectorAll(".queue-item"));
    const at = items.findIndex((item) => item.hasAttribute("aria-current"));
    const next = items[at + step];
    if (next) next.click();
  }

  function decide(key) {
    const button = queue.querySelector(`[data-key="${key}"]`);
    const opinion = button.form.elements.opinion;
    if (opinion.value.trim()) button.form.requestSubmit(button);
    else opinion.focus();
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key === "j") walk(1);
    else if (key === "k") walk(-1);
    else if (key === "a" || key === "r") decide(key);
    else return;
    event.preventDefault();
  });
  const current = queue.querySelector(".queue-item[aria-current]");
  if (current) current.scrollIntoView({ block: "nearest" });
})();
