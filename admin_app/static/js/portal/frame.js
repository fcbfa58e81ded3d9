/* Comfort for every page of the portal; without it everything works as well.
   The menu of a phone closes beside itself and on Escape; a form goes out once a press. */
(() => {
  "use strict";

  const more = document.querySelector("details.more");
  if (more) {
    document.addEventListener("click", (event) => {
      if (more.open && !more.contains(event.target)) more.open = false;
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !more.open) return;
      more.open = false;
      more.querySelector("summary").focus();
    });
  }

  document.addEventListener("submit", (event) => {
    if (event.target.dataset.gone) event.preventDefault();
    else if (!event.defaultPrevented) event.target.dataset.gone = "1";
  });
  // A page that comes back from the browser's memory has forms that may go out again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-gone]")) delete form.dataset.gone;
  });
})();
