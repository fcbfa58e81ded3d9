// New call: who is on the phone is found while one types (arrows choose, Enter takes), what was typed to find somebody
// fills the fields of somebody new, and the free times follow the estimator. Without this the form asks with buttons.
(() => {
  "use strict";
  const form = document.querySelector("[data-call]");
  if (!form) return;
  const field = (name) => form.querySelector(`[name="${name}"]`);

  // --- where the keyboard goes on
  const first = form.dataset.callFocus;
  if (first && !document.querySelector("[data-focus]")) document.getElementById(first)?.focus();

  // --- another address, another time: typing there is choosing it
  for (const [box, radio] of [["[data-address]", "[data-call-other-site]"], [".ca-at", "[data-call-other-time]"]]) {
    form.querySelector(box)?.addEventListener("input", () => {
      const other = form.querySelector(radio);
      if (other) other.checked = true;
    });
  }

  // --- the customer who was meant
  function choose(choice) {
    const button = form.querySelector("[data-call-choose]");
    button.value = choice;
    form.requestSubmit(button);
  }
  form.addEventListener("click", (event) => {
    const link = event.target.closest("[data-lookalikes] a");
    if (!link) return;
    event.preventDefault();
    choose(`${new URL(link.href).searchParams.get("group")}:`);
  });

  const box = document.querySelector("[data-call-search]");
  if (box) search(box);

  function search(box) {
    const input = box.querySelector("input");
    const list = box.querySelector("[role=listbox]");
    const said = box.querySelector("[data-call-said]");
    const kept = form.querySelector("[data-call-query]");
    const touched = new Set();
    let turn = 0;
    let timer = 0;
    let active = -1;
    let hurry = false; // Enter was pressed before the answer came

    const rows = () => [...list.querySelectorAll("[role=option]")];

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(index) {
      const found = rows();
      active = (index + found.length) % found.length;
      found.forEach((row, at) => row.setAttribute("aria-selected", String(at === active)));
      found[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", found[active].id);
    }

    function take(row) {
      close();
      if (row.dataset.choice) return choose(row.dataset.choice);
      const empty = ["first_name", "last_name", "phone"].map((name) => field(`person-${name}`)).find((one) => !one.value);
      (empty || field("person-first_name")).focus();
    }

    function row(strong, small, choice, index) {
      const line = document.createElement("div");
      line.id = `caller-${index}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      if (choice) line.dataset.choice = choice;
      for (const [name, text] of [["strong", strong], ["small", small]]) {
        const part = document.createElement(name);
        part.textContent = text;
        line.append(part);
      }
      // Before the field loses the focus, which would close the list.
      line.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(line);
      });
      return line;
    }

    function show(found, text) {
      const lines = found.map((one, index) => row(one.label, one.detail, one.choice, index));
      lines.push(row(`Somebody new: ${text}`, found.length ? "None of these" : "Nobody is known by this", "", found.length));
      list.replaceChildren(...lines);
      said.textContent = found.length ? `${found.length} found` : "Nobody found";
      list.hidden = false;
      active = -1;
      input.setAttribute("aria-expanded", "true");
      if (hurry && found.length < 2) take(lines[0]);
      hurry = false;
    }

    async function ask() {
      const text = input.value.trim();
      const mine = ++turn;
      if (text.length < 2) return close();
      const answer = await fetch(`${box.dataset.callSearch}?q=${encodeURIComponent(text)}`, {
        headers: { Accept: "application/json" },
      }).catch(() => null);
      if (mine !== turn || document.activeElement !== input) return;
      if (answer?.status === 401) return location.reload();
      if (answer?.ok && !answer.redirected) show(await answer.json(), text);
    }

    // What is typed to find somebody is what is known of somebody new.
    function mirror() {
      const text = input.value.trim();
      const number = (text.match(/\d/g) || []).length > 4 && !text.includes("@");
      const cut = text.lastIndexOf(" ");
      const told = text.includes("@")
        ? { email: text }
        : number
          ? { phone: text }
          : { first_name: cut < 0 ? "" : text.slice(0, cut), last_name: text.slice(cut + 1) };
      for (const name of ["first_name", "last_name", "phone", "email"]) {
        const one = field(`person-${name}`);
        if (one && !touched.has(one)) one.value = told[name] || "";
      }
    }
    form.addEventListener("input", (event) => {
      if (event.isTrusted && event.target.name?.startsWith("person-")) touched.add(event.target);
    });
    for (const name of ["first_name", "last_name", "phone", "email"]) {
      const one = field(`person-${name}`);
      if (one?.value && !input.value) touched.add(one);
    }

    input.addEventListener("input", () => {
      kept.value = input.value;
      mirror();
      clearTimeout(timer);
      timer = setTimeout(ask, 120);
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      const found = rows();
      if (event.key === "Enter") {
        event.preventDefault();
        if (!list.hidden && active >= 0) take(found[active]);
        else if (!list.hidden && found.length < 3) take(found[0]);
        else hurry = true;
      } else if (list.hidden || !found.length) {
        return;
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark(active < 0 && event.key === "ArrowUp" ? -1 : active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Escape") {
        event.preventDefault();
        close();
      }
    });
  }

  // --- the free times of whoever is chosen
  const times = form.querySelector("[data-call-slots]");
  const none = form.querySelector("[data-call-no-slots]");

  function slot(one, day, chosen) {
    const label = document.createElement("label");
    label.className = "ca-slot";
    const radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name: "slot", value: one.value, checked: one.value === chosen });
    radio.setAttribute("aria-describedby", day);
    const words = document.createElement("span");
    const until = document.createElement("span");
    until.className = "visually-hidden";
    until.textContent = ` to ${one.ends}`;
    words.append(one.starts, until);
    label.append(radio, words);
    return label;
  }

  let asked = 0;
  field("estimator")?.addEventListener("change", async (event) => {
    const mine = ++asked;
    const who = event.target.value;
    const answer = await fetch(`${form.dataset.times}?estimator=${encodeURIComponent(who)}`, {
      headers: { Accept: "application/json" },
    }).catch(() => null);
    if (mine !== asked || !answer?.ok || answer.redirected) return;
    const found = await answer.json();
    const chosen = form.querySelector("[name=slot]:checked")?.value;
    const days = new Map();
    for (const one of found) days.set(one.day, [...(days.get(one.day) || []), one]);
    times.replaceChildren(
      ...[...days].map(([words, slots], index) => {
        const day = document.createElement("div");
        day.className = "ca-day";
        const when = document.createElement("span");
        when.className = "ca-when";
        when.id = `day-${index + 1}`;
        when.textContent = words;
        day.append(when, ...slots.map((one) => slot(one, when.id, chosen)));
        return day;
      }),
    );
    none.hidden = found.length > 0;
    none.textContent = who ? "Nothing is free in the next weeks." : "Choose an estimator to see free times.";
    if (!form.querySelector("[name=slot]:checked")) form.querySelector('[name=slot][value=""]').checked = true;
  });
})();
