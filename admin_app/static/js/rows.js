// A table whose rows are walked with the arrow keys: <table data-rows> with one <a data-row> a row. The keys count
// only while one of those links has the focus, so that nothing is taken from anybody else's keyboard.
(() => {
  "use strict";
  for (const table of document.querySelectorAll("[data-rows]")) {
    table.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const links = [...table.querySelectorAll("[data-row]")];
      const here = links.indexOf(document.activeElement);
      if (!step || here < 0) return;
      const next = links[here + step];
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
  }
})();
