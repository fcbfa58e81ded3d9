// Suggestions while a street is typed: a box with data-address and data-suggest-url holds the fields of one address
// (line1, postcode, city, region, country, lat, lon, with any prefix). Picking one fills them.
(() => {
  "use strict";
  const PARTS = ["line1", "postcode", "city", "region", "country", "lat", "lon"];
  const LEAST = 4;
  let number = 0;

  const part = (box, name) => box.querySelector(`[name="${name}"], [name$="-${name}"]`);

  function dress(box) {
    if (box.dataset.dressed) return;
    box.dataset.dressed = "1";
    const input = part(box, "line1");
    const url = box.dataset.suggestUrl;
    if (!input || !url) return;
    const list = document.createElement("div");
    list.className = "cu-suggest";
    list.id = `places-${++number}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggested addresses");
    list.hidden = true;
    input.after(list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    let timer = 0;
    let turn = 0;
    let active = -1;

    const options = () => [...list.querySelectorAll("[role=option]")];

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function pick(place) {
      for (const name of PARTS) {
        const field = part(box, name);
        if (field) field.value = place[name] ?? "";
      }
      close();
      input.dispatchEvent(new Event("input", { bubbles: true }));
      clearTimeout(timer);
    }

    function show(places, said) {
      const rows = places.map((place, index) => {
        const row = document.createElement("div");
        row.id = `${list.id}-${index}`;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", "false");
        row.textContent = place.text;
        // Before the field loses the focus, which would close the list.
        row.addEventListener("mousedown", (event) => {
          event.preventDefault();
          pick(place);
        });
        return row;
      });
      list.replaceChildren(...rows);
      if (said) {
        const words = document.createElement("p");
        words.textContent = said;
        list.append(words);
      }
      list.hidden = !rows.length && !said;
      active = -1;
      list.places = places;
      input.setAttribute("aria-expanded", String(!list.hidden));
    }

    async function ask() {
      const text = input.value.trim();
      const mine = ++turn;
      if (text.length < LEAST) return close();
      const answer = await fetch(`${url}?q=${encodeURIComponent(text)}`, {
        headers: { Accept: "application/json" },
      }).catch(() => null);
      if (mine !== turn || !answer?.ok || answer.redirected) return;
      const found = await answer.json();
      if (mine === turn && document.activeElement === input) show(found.places, found.said);
    }

    input.addEventListener("input", (event) => {
      if (!event.isTrusted) return;
      // A street typed by hand has lost the place that an earlier suggestion brought.
      for (const name of ["lat", "lon"]) {
        const field = part(box, name);
        if (field?.type === "hidden") field.value = "";
      }
      clearTimeout(timer);
      timer = setTimeout(ask, 300);
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      const rows = options();
      if (list.hidden || !rows.length) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        active = (active + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length;
        rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === active)));
        input.setAttribute("aria-activedescendant", rows[active].id);
      } else if (event.key === "Enter" && active >= 0) {
        event.preventDefault();
        pick(list.places[active]);
      } else if (event.key === "Escape") {
        event.stopPropagation();
        event.preventDefault();
        close();
      }
    });
  }

  function dressAll(root) {
    if (root.matches?.("[data-address]")) dress(root);
    root.querySelectorAll("[data-address]").forEach(dress);
  }
  dressAll(document);
  document.addEventListener("sawhorse:added", (event) => dressAll(event.target));
})();
