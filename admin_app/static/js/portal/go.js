// The way to the payment provider and back: follows the link that the page shows, or asks once whether the money came.
(() => {
  "use strict";
  const way = document.querySelector("[data-go]");
  // `replace`: the Back button of the provider's page leads past this one.
  if (way) window.location.replace(way.href);
  const ask = document.querySelector("form[data-ask]");
  if (ask) ask.requestSubmit();
})();
