// The schedule: a job or a visit is dragged to another day, hour, person or machine, or back to the list of what is to
// be planned; the page that the office answers takes the place of this one, scrolled as before. By keyboard, Enter or
// m on a focused job opens its form, and without script that form is a page of its own.
(() => {
  "use strict";
  const root = () => document.querySelector("[data-schedule]");
  if (!root()) return;
  let dragged = null;
  let sending = false;

  const say = (words) => {
    const status = document.querySelector("[data-schedule-said]");
    if (status) status.textContent = words;
  };
  const rowOf = (element) => element.closest("[data-row]")?.dataset.row ?? "";
  const placeOf = (element) => element.closest?.("[data-schedule] td[data-column], [data-schedule] [data-key=waiting]");
  const list = (name) => document.querySelector(`[data-${name}]`)?.dataset[name].split(" ") ?? [];

  // Of a cell that spans several columns, the one under the pointer.
  function columnAt(cell, x) {
    const box = cell.getBoundingClientRect();
    const span = Number(cell.dataset.span);
    const within = Math.min(Math.max(x - box.left, 0), box.width - 1);
    return Number(cell.dataset.column) + Math.floor((within / box.width) * span);
  }

  function clear() {
    for (const one of document.querySelectorAll(".sc-target, .sc-dragged")) one.classList.remove("sc-target", "sc-dragged");
    root()?.classList.remove("sc-dragging");
    dragged = null;
  }

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-thing][draggable]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.thing);
    dragged.classList.add("sc-dragged");
    root().classList.add("sc-dragging");
  });
  document.addEventListener("dragover", (event) => {
    const place = placeOf(event.target);
    if (!dragged || !place) return;
    event.preventDefault();
    for (const other of document.querySelectorAll(".sc-target")) if (other !== place) other.classList.remove("sc-target");
    place.classList.add("sc-target");
  });
  document.addEventListener("dragend", clear);
  document.addEventListener("drop", (event) => {
    const place = placeOf(event.target);
    if (!dragged || !place) return;
    event.preventDefault();
    const card = dragged;
    const where = { seen: card.dataset.seen, source: rowOf(card), target: rowOf(place) };
    if (place.dataset.key === "waiting") {
      where.target = "waiting";
    } else {
      const column = columnAt(place, event.clientX);
      if (list("days").length) where.day = list("days")[column];
      else where.at = list("marks")[column];
    }
    clear();
    send(card, where);
  });

  async function send(card, where) {
    if (sending) return;
    sending = true;
    const form = document.querySelector("[data-drop-form]");
    const body = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(where)) body.set(name, value);
    card.classList.add("sc-dragged");
    say("Saving.");
    try {
      const answer = await fetch(card.dataset.drop, { method: "POST", body, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok && page.querySelector("[data-schedule]")) swap(page, card.dataset.thing);
      else if (page.querySelector("[data-popup-content]")) ask(page, card.dataset.drop);
      else location.reload(); // signed out meanwhile, or the office is upset: its own page says why
    } catch {
      card.classList.remove("sc-dragged");
      say("The office does not answer. Nothing was moved.");
    }
    sending = false;
  }

  function swap(page, key) {
    const kept = [...document.querySelectorAll("[data-box], [data-key=waiting]")].map((box) => [box.scrollLeft, box.scrollTop]);
    const main = document.getElementById("main");
    main.replaceChildren(...page.getElementById("main").childNodes);
    document.querySelectorAll("[data-box], [data-key=waiting]").forEach((box, number) => {
      if (kept[number]) [box.scrollLeft, box.scrollTop] = kept[number];
    });
    say([...main.querySelectorAll(".sh-alert-words")].map((one) => one.textContent.trim()).join(" "));
    const card = main.querySelector(`[data-thing="${CSS.escape(key)}"]`);
    card?.querySelector("[data-open]")?.focus({ preventScroll: true });
    main.dispatchEvent(new CustomEvent("sawhorse:added", { bubbles: true }));
  }

  // Both versions of what two people moved: asked in a dialogue over the schedule.
  function ask(page, address) {
    const dialog = document.querySelector("[data-popup-dialog]");
    const content = page.querySelector("[data-popup-content]");
    for (const form of content.querySelectorAll("form:not([action])")) form.action = address;
    dialog.replaceChildren(content);
    dialog.setAttribute("aria-labelledby", "popup-title");
    dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
    const link = event.target.closest?.("[data-schedule] [data-open]");
    if (!link) return;
    event.preventDefault();
    link.click();
  });
})();
