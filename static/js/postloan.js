/* Small helps for the pages; everything but htmx parts works without it. */
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  /* --- off-canvas navigation on narrow screens --- */
  const sidebar = document.getElementById("sidebar");
  const toggle = document.querySelector("[data-nav-toggle]");

  function openNav(open) {
    if (!sidebar || !toggle) return;
    sidebar.toggleAttribute("data-open", open);
    toggle.setAttribute("aria-expanded", String(open));
    if (open) sidebar.querySelector("a, button").focus();
    else toggle.focus();
  }

  /* A row of a list that grows; its form hears that something changed. */
  function removeRow(row) {
    const form = row.closest("form");
    row.remove();
    if (form) form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest("[data-nav-toggle]")) openNav(true);
    else if (target.closest("[data-nav-close]")) openNav(false);
    else if (target.closest("[data-row-remove]")) removeRow(target.closest("[data-row]"));
    else if (target.closest("[data-toast-close]")) target.closest(".toast-line").remove();
    else if (target.closest("[data-dialog-close]")) target.closest("dialog").close();
    all("details.menu[open]").forEach((menu) => {
      if (!menu.contains(target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (sidebar && sidebar.hasAttribute("data-open")) openNav(false);
      all("details.menu[open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const box = document.getElementById("search-box");
      if (box) {
        event.preventDefault();
        box.focus();
      }
    }
  });

  /* --- dialogs that htmx fills: the answer brings a <dialog data-dialog-auto> --- */
  function openDialogs(root) {
    const dialogs = root.matches && root.matches("dialog[data-dialog-auto]") ? [root] : all("dialog[data-dialog-auto]", root);
    dialogs.forEach((dialog) => {
      if (!dialog.open) dialog.showModal();
      const first = dialog.querySelector("[aria-invalid=true], [autofocus], textarea, input:not([type=hidden])");
      if (first) first.focus();
    });
  }
  document.addEventListener("htmx:afterSettle", (event) => openDialogs(event.target));
  document.addEventListener("DOMContentLoaded", () => openDialogs(document.body));

  /* --- a second press of the same button sends nothing --- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.method === "get" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (!form.hasAttribute("hx-post")) form.dataset.sent = "yes";
    all("button[type=submit], button:not([type])", form).forEach((button) => button.setAttribute("aria-busy", "true"));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    all("button[aria-busy]", event.target.parentNode || document).forEach((button) => button.removeAttribute("aria-busy"));
  });
  window.addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => delete form.dataset.sent);
    all("button[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });

  /* --- files: say before the upload that one is too large --- */
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.dataset.maxBytes) return;
    const tooLarge = Array.from(input.files).some((file) => file.size > Number(input.dataset.maxBytes));
    input.setCustomValidity(tooLarge ? input.dataset.tooLarge : "");
    input.reportValidity();
  });

  /* --- selects that are filters send their form --- */
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-autosubmit]");
    if (form && event.target.matches("select, input[type=date], input[type=checkbox]")) form.requestSubmit();
  });
  /* Empty filters stay out of the address, so that a deep link says what it filters. */
  document.addEventListener("formdata", (event) => {
    if (event.target.method !== "get") return;
    Array.from(event.formData.entries()).forEach(([name, value]) => {
      if (value === "") event.formData.delete(name);
    });
  });

  /* --- good news goes by itself; a warning stays until it is put away --- */
  function fade(root) {
    all(".toast-success, .toast-info", root).forEach((line) => setTimeout(() => line.remove(), 8000));
  }
  document.addEventListener("htmx:oobAfterSwap", (event) => fade(event.target));
  document.addEventListener("DOMContentLoaded", () => fade(document));

  /* --- answers that are not the part that was asked for --- */
  function say(text) {
    const toasts = document.getElementById("toasts");
    /* A page that asks again by itself does not say twice what was already said. */
    if (all(".toast-line p", toasts).some((words) => words.textContent === text)) return;
    const line = document.createElement("div");
    line.className = "toast-line toast-error";
    const words = document.createElement("p");
    words.textContent = text;
    line.append(words);
    toasts.append(line);
    setTimeout(() => line.remove(), 10000);
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = new URL(event.detail.xhr.responseURL || location.href, location.href);
    /* The session has ended: the login page must not land inside a list. */
    if (answer.pathname.endsWith("/login/")) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const text = page.querySelector("[data-error-text]");
    say(text ? text.textContent.trim() : `${event.detail.xhr.status}`);
  });
  document.addEventListener("htmx:sendError", () => say(document.body.dataset.offline || "offline"));
})();
