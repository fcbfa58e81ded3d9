// Asks before something is done that cannot be taken back lightly. A form or button says what will happen:
//   data-confirm="12 invoices stay, the portal is closed."   the consequence; {n} is the number of ticked rows
//   data-confirm-title="Archive Miller & Sons?"   data-confirm-button="Archive customer"
// Without script the form is sent at once; the server states the consequence again where it matters.
(() => {
  "use strict";
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  let agreed = null;

  const ticked = () => document.querySelectorAll("[data-bulk-row]:checked").length;
  const worded = (text) => text.replaceAll("{n}", document.body.dataset.ticked || String(ticked()));

  function ask(source, go) {
    dialog.querySelector("#confirm-title").textContent = worded(source.dataset.confirmTitle || "Are you sure?");
    dialog.querySelector("#confirm-text").textContent = worded(source.dataset.confirm);
    const yes = dialog.querySelector("#confirm-yes");
    yes.textContent = worded(source.dataset.confirmButton || source.textContent.trim() || "Go on");
    yes.classList.toggle("btn-danger", source.dataset.confirmTone !== "plain");
    yes.classList.toggle("btn-primary", source.dataset.confirmTone === "plain");
    dialog.returnValue = "";
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && go(), { once: true });
    dialog.showModal();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const source = button?.matches("[data-confirm]") ? button : form.matches("[data-confirm]") ? form : null;
    if (!source || agreed === form) {
      agreed = null;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(source, () => {
      agreed = form;
      form.requestSubmit(button || undefined);
    });
  }, true);
})();
