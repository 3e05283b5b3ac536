/* What somebody typed outlives an ended session, a lost line, a reload: it waits in this tab until it was sent. */
"use strict";
(() => {
  const person = document.body.dataset.person;
  const PREFIX = "kept ";
  const FIELDS = "textarea, select, input:not([type]), input[type=text], input[type=number], input[type=date]";

  const keyOf = (form) => PREFIX + new URL(form.action, location.href).pathname;
  const isKept = (form) => form.method === "post" && !form.querySelector("input[type=password]") && fieldsOf(form).length > 0;
  const fieldsOf = (form) => Array.from(form.querySelectorAll(FIELDS)).filter((field) => field.name && !field.disabled);

  function read(key) {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  }
  function write(key, kept) {
    try {
      sessionStorage.setItem(key, JSON.stringify(kept));
    } catch {
      /* A full or forbidden storage costs the help, not the work. */
    }
  }
  const allKeys = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
  const forget = (key) => sessionStorage.removeItem(key);
  function setSent(key, sent) {
    const kept = read(key);
    if (kept) write(key, { ...kept, sent });
  }

  /* The login page: what was sent there did not arrive. */
  if (!person) {
    allKeys().forEach((key) => setSent(key, false));
    return;
  }

  function keep(form) {
    const values = {};
    fieldsOf(form).forEach((field) => {
      values[field.name] = field.value;
    });
    write(keyOf(form), { person, values, sent: false });
  }

  const untouched = (field) =>
    field.tagName === "SELECT"
      ? Array.from(field.options).every((option) => option.selected === option.defaultSelected)
      : field.value === field.defaultValue;

  function restore(root) {
    const forms = root.matches && root.matches("form") ? [root] : Array.from(root.querySelectorAll("form"));
    forms.filter(isKept).forEach((form) => {
      const kept = read(keyOf(form));
      if (!kept || kept.sent || kept.person !== person) return;
      let brought = false;
      fieldsOf(form).forEach((field) => {
        const value = kept.values[field.name];
        if (value === undefined || value === field.value || !untouched(field)) return;
        field.value = value;
        brought = true;
      });
      if (!brought || form.querySelector(".kept-note")) return;
      const note = document.createElement("p");
      note.className = "kept-note text-secondary";
      note.setAttribute("role", "status");
      note.textContent = document.body.dataset.kept;
      form.prepend(note);
    });
  }

  /* What was sent and led to a page without its errors has arrived. */
  function arrived() {
    const failed = document.querySelector("[data-error-text]");
    allKeys().forEach((key) => {
      const kept = read(key);
      if (!kept || kept.person !== person) return forget(key);
      if (!kept.sent) return undefined;
      const form = Array.from(document.forms).find((one) => keyOf(one) === key);
      const refused = failed || (form && form.querySelector("[aria-invalid=true]"));
      return refused ? setSent(key, false) : forget(key);
    });
  }

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && isKept(form)) keep(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.action.endsWith("/logout/")) allKeys().forEach(forget);
    else setSent(keyOf(form), true);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    /* The form itself may be gone from the page by now. */
    const { xhr, requestConfig } = event.detail;
    const elt = requestConfig.elt;
    if (!elt.matches("form")) return;
    const went = xhr.status >= 200 && xhr.status < 300 && !new URL(xhr.responseURL || location.href).pathname.endsWith("/login/");
    if (went) forget(keyOf(elt));
    else setSent(keyOf(elt), false);
  });
  document.addEventListener("click", (event) => {
    const cancel = event.target.closest("form [data-dialog-close]");
    if (cancel) forget(keyOf(cancel.closest("form")));
  });
  document.addEventListener("htmx:afterSettle", (event) => restore(event.target));
  document.addEventListener("DOMContentLoaded", () => {
    arrived();
    restore(document.body);
  });
})();
