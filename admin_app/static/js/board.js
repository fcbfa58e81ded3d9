// Cards of the pipeline are dragged to another column: the dialogue of the step that leads there opens, or the page
// that says why none does. By keyboard and without script the menu "Move to…" of each card does the same.
(() => {
  "use strict";
  const board = document.querySelector("[data-board]");
  if (!board) return;
  const said = document.querySelector("[data-board-said]");
  let dragged = null;

  const wayInto = (card, column) => card.querySelector(`[data-way="${CSS.escape(column)}"]`);
  const columnOf = (element) => element.closest?.("[data-column]");

  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-card][draggable]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.card);
    dragged.classList.add("pl-dragged");
    board.classList.add("pl-dragging");
    for (const column of board.querySelectorAll("[data-column]")) {
      column.classList.toggle("pl-takes", Boolean(wayInto(dragged, column.dataset.column)));
    }
  });
  board.addEventListener("dragover", (event) => {
    const column = columnOf(event.target);
    if (!dragged || !column) return;
    event.preventDefault(); // a column that cannot take the card says why, so every one may be dropped on
    for (const other of board.querySelectorAll(".pl-over")) other.classList.toggle("pl-over", other === column);
    column.classList.add("pl-over");
  });
  board.addEventListener("dragend", () => {
    dragged?.classList.remove("pl-dragged");
    board.classList.remove("pl-dragging");
    for (const column of board.querySelectorAll(".pl-takes, .pl-over")) column.classList.remove("pl-takes", "pl-over");
    dragged = null;
  });
  board.addEventListener("drop", (event) => {
    const column = columnOf(event.target);
    if (!dragged || !column) return;
    event.preventDefault();
    if (column.contains(dragged)) {
      said.textContent = "It stands there already.";
      return;
    }
    const way = wayInto(dragged, column.dataset.column);
    if (way) {
      way.click();
      return;
    }
    const link = document.createElement("a");
    link.href = dragged.dataset.other.replace("COLUMN", encodeURIComponent(column.dataset.column));
    link.dataset.popup = "";
    link.hidden = true;
    document.body.append(link);
    link.click();
    link.remove();
  });
  // A menu closes when its dialogue opens.
  board.addEventListener("click", (event) => {
    if (event.target.closest("[data-way]")) event.target.closest("details").open = false;
  });
})();
