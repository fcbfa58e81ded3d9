// What a form does for the person who types: warns before unsaved text is lost, goes to the first mistake,
// adds and removes lines, takes dropped files, and is sent once.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- unsaved changes: <form data-warn-unsaved>
  const dirty = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-warn-unsaved]")) dirty.add(form);
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) dirty.delete(event.target);
  });
  document.addEventListener("sawhorse:changed", (event) => {
    if (event.target.matches("[data-warn-unsaved]")) dirty.add(event.target);
  });
  document.addEventListener("sawhorse:given-up", (event) => dirty.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    if (dirty.size) event.preventDefault();
  });

  // --- sent once: a second press of the button while the answer is on its way does nothing
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // Asked as an attribute: an input called "method" hides the property.
    if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 10_000); // the answer may be a file, and the page stays
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // --- a filter form sends only what was filled in
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-skip-empty]")) {
      all("input, select", event.target).filter((i) => !i.value).forEach((i) => { i.disabled = true; });
    }
  });

  // --- Ctrl+Enter sends the form of a notepad
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
      event.target.form?.requestSubmit();
    }
  });

  // --- a control that sends its form as soon as it is changed: <select data-submit>
  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-submit]")) event.target.form?.requestSubmit();
  });

  // --- lines of a form: a <template data-line> with __prefix__ in its names, [data-add-line], [data-remove-line]
  //     A box with data-line-prefix instead holds names like "-phone", which become PREFIX-NUMBER-phone.
  function prefix(line, start) {
    line.id = start;
    for (const input of all("[name]", line)) {
      all(`label[for="${CSS.escape(input.id)}"]`, line).forEach((label) => { label.htmlFor = start + input.id; });
      input.id = start + input.id;
      input.name = start + input.name;
    }
  }
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-line]");
    if (add) {
      const box = document.getElementById(add.dataset.addLine);
      const number = Math.max(-1, ...all("[data-line-number]", box).map((l) => Number(l.dataset.lineNumber))) + 1;
      const holder = document.createElement("div");
      holder.innerHTML = box.querySelector("template[data-line]").innerHTML.replaceAll("__prefix__", String(number));
      const line = holder.firstElementChild;
      if (box.dataset.linePrefix) prefix(line, `${box.dataset.linePrefix}-${number}`);
      line.dataset.lineNumber = String(number);
      box.querySelector("[data-line-list]").append(line);
      line.dispatchEvent(new CustomEvent("sawhorse:added", { bubbles: true }));
      line.querySelector("input:not([type=hidden]), select, textarea")?.focus();
      if (add.form?.matches("[data-warn-unsaved]")) dirty.add(add.form);
    }
    const remove = event.target.closest("[data-remove-line]");
    if (remove) remove.closest("[data-line-number]").remove();
    event.target.closest("[data-dismiss-alert]")?.closest(".sh-alert").remove();
  });

  // --- files dropped onto the zone go into its input
  for (const zone of all("[data-drop]")) {
    const input = zone.querySelector("input[type=file]");
    const over = (on) => (event) => {
      event.preventDefault();
      zone.classList.toggle("is-over", on);
    };
    zone.addEventListener("dragenter", over(true));
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  // --- a picker, or the explanation of a sum, closes when the person goes elsewhere
  document.addEventListener("click", (event) => {
    for (const pick of all("details.sh-pick[open], details.sh-why[open]")) if (!pick.contains(event.target)) pick.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const pick of all("details.sh-pick[open], details.sh-why[open]")) {
      pick.open = false;
      pick.querySelector("summary").focus();
    }
  });

  document.querySelector("[data-focus]")?.focus();
})();
