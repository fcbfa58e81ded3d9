// Single keys outside of fields: each link [data-key] of the help says which key opens it; "?" shows the help.
// They can be switched off there, for people whose words reach the browser as keys (WCAG 2.1.4).
(() => {
  "use strict";
  const help = document.querySelector("[data-key-help]");
  if (!help) return;
  const NAME = "sawhorse-keys";
  const box = help.querySelector("[data-keys-on]");

  function isOn() {
    try {
      return localStorage.getItem(NAME) !== "off";
    } catch {
      return true; // storage may be forbidden; then the keys work
    }
  }

  box.checked = isOn();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(NAME, box.checked ? "on" : "off");
    } catch {
      // the choice then lasts for this page only
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !box.checked) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();
      help.togglePopover();
      return;
    }
    const link = [...help.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
    if (!link) return;
    event.preventDefault();
    location.assign(link.href);
  });
})();
