// Ticked rows of a list. The bar appears when something is ticked and says how many:
//   [data-bulk-row] a row's tick box   [data-bulk-all] the one in the head
//   [data-bulk-bar] the bar that hides while nothing is ticked   [data-bulk-count] where the number stands
//   [data-bulk-everything] a tick box "all N found", its value N: then N counts, not the page
(() => {
  "use strict";
  const bar = document.querySelector("[data-bulk-bar]");
  const rows = () => [...document.querySelectorAll("[data-bulk-row]")];
  const head = document.querySelector("[data-bulk-all]");
  if (!rows().length) return;
  const everything = document.querySelector("[data-bulk-everything]");
  let last = null;

  function count() {
    const ticked = rows().filter((row) => row.checked).length;
    const number = everything?.checked ? everything.dataset.bulkEverything : ticked.toLocaleString("en");
    if (bar) bar.hidden = ticked === 0;
    document.body.dataset.ticked = number;
    for (const place of document.querySelectorAll("[data-bulk-count]")) place.textContent = number;
    if (head) {
      head.checked = ticked > 0 && ticked === rows().length;
      head.indeterminate = ticked > 0 && ticked < rows().length;
    }
    if (everything && ticked < rows().length) everything.checked = false;
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-bulk-row]");
    if (!row) return;
    // Shift ticks everything between this row and the one before, as in a mail program.
    if (event.shiftKey && last) {
      const list = rows();
      const [from, to] = [list.indexOf(last), list.indexOf(row)].sort((a, b) => a - b);
      list.slice(from, to + 1).forEach((one) => { one.checked = row.checked; });
    }
    last = row;
    count();
  });
  head?.addEventListener("change", () => {
    rows().forEach((row) => { row.checked = head.checked; });
    count();
  });
  everything?.addEventListener("change", () => {
    if (everything.checked) rows().forEach((row) => { row.checked = true; });
    count();
  });
  window.addEventListener("pageshow", count);
  count();
})();
