// Buttons that copy an address: <button data-copy="ID of its input" hidden>. Without script the field is marked by hand.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".po-copy input[readonly]")) event.target.select();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // an address without encryption has no clipboard of its own
    }
    const words = button.querySelector("[data-copy-words]");
    const before = words.textContent;
    words.textContent = "Copied";
    words.setAttribute("role", "status");
    setTimeout(() => { words.textContent = before; words.removeAttribute("role"); }, 2_000);
  });
})();
