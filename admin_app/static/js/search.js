// Live search in the top bar: "/" goes there, it answers while typing, arrows choose, Enter opens.
(() => {
  "use strict";
  const form = document.querySelector("[data-search]");
  if (!form) return;
  const input = form.querySelector("input");
  const list = form.querySelector("[role=listbox]");
  const said = form.querySelector("[data-search-said]");
  let asked = 0;
  let timer = 0;
  let active = -1;

  const options = () => [...list.querySelectorAll("[role=option]")];

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    const rows = options();
    if (!rows.length) return;
    active = (index + rows.length) % rows.length;
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === active)));
    rows[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", rows[active].id);
  }

  function part(name, text) {
    const element = document.createElement(name);
    element.textContent = text;
    return element;
  }

  function row(found, index) {
    const link = document.createElement("a");
    link.id = `found-${index}`;
    link.href = found.url;
    link.tabIndex = -1;
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    link.append(part("strong", found.label));
    if (found.kind) link.append(part("em", found.kind));
    if (found.detail) link.append(part("small", found.detail));
    return link;
  }

  function show(found, text) {
    list.replaceChildren(...found.map(row));
    if (!found.length) list.append(part("p", `Nothing found for “${text}”.`));
    said.textContent = found.length ? `${found.length} found` : "Nothing found";
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    active = -1;
  }

  async function ask() {
    const text = input.value.trim();
    const turn = ++asked;
    if (!text) return close();
    try {
      const address = `${form.dataset.search}?q=${encodeURIComponent(text)}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      // 401: the session is over; the page loaded anew leads to the sign-in.
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      if (turn === asked) show(found, text);
    } catch {
      if (turn === asked) {
        list.replaceChildren(part("p", "The search does not answer. Try again in a moment."));
        list.hidden = false;
      }
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  input.addEventListener("focus", () => input.value.trim() && list.childElementCount && (list.hidden = false));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      location.assign(options()[active].href);
    } else if (event.key === "Escape") {
      close();
    }
  });
  // Enter without a choice opens the only sensible one: the first.
  form.addEventListener("submit", (event) => {
    const first = options()[0];
    event.preventDefault();
    if (!list.hidden && first) location.assign(first.href);
    else ask();
  });
  document.addEventListener("click", (event) => form.contains(event.target) || close());
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || setTimeout(close, 150));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (document.querySelector("[data-keys-on]")?.checked === false) return;
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
})();
