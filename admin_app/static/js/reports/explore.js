// Comfort for the explorer's form: another figure brings its own dimensions at once, and keys of the chosen filter are
// offered while typing. Without this script the button does the same.
(() => {
  "use strict";

  const form = document.querySelector("form[data-explore]");
  if (!form) return;
  const metric = form.querySelector("[data-explore-metric]");
  const filter = form.querySelector("[data-explore-filter]");
  const key = form.querySelector("[data-explore-key]");
  const list = document.getElementById("keys");

  metric.addEventListener("change", () => {
    // What the other figure does not have is not carried over: its splits and filters may be unknown there.
    const address = new URL(form.action || location.pathname, location.href);
    address.search = new URLSearchParams({ metric: metric.value });
    location.assign(address);
  });

  if (!filter || !key) return;
  let waiting;
  let asked = 0;

  function offer() {
    const turn = ++asked;
    if (!filter.value) return list.replaceChildren();
    const query = new URLSearchParams({ metric: metric.value, dimension: filter.value, q: key.value });
    return fetch(`${form.dataset.keysUrl}?${query}`, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : []))
      .then((rows) => {
        if (turn !== asked) return;
        list.replaceChildren(...rows.map((row) => {
          const option = document.createElement("option");
          // A record is told by its name, which the form understands as well as its number.
          option.value = row.text === "none at all" ? row.value : row.text;
          return option;
        }));
      })
      .catch(() => list.replaceChildren());
  }

  filter.addEventListener("change", () => { key.value = ""; offer(); key.focus(); });
  key.addEventListener("focus", offer);
  key.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(offer, 200);
  });
})();
