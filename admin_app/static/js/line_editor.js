// The lines of an estimate by keyboard: Enter adds a line, Alt+arrows move it, Alt+Delete takes it off (with Undo),
// Ctrl+S saves; the price list answers while a description is typed; the sums come from the server's calculator and
// mistakes are shown at their field. Without script the same form has blank lines and is saved as it stands.
(() => {
  "use strict";
  const editor = document.querySelector("[data-line-editor]");
  if (!editor) return;
  const form = editor.closest("form");
  const list = editor.querySelector("[data-line-list]");
  const said = editor.querySelector("[data-line-said]");
  const lines = () => [...list.children];
  const lineOf = (element) => element.closest("[data-line-number]");
  const fieldOf = (line, name) => line.querySelector(`[name$="-${name}"]`);

  for (const spare of list.querySelectorAll("[data-spare]")) spare.remove();
  // Places and ticks are for those without script; here the order on the page counts.
  const bare = (root) => root.querySelectorAll(".le-tools .cu-nojs").forEach((asked) => asked.remove());
  bare(list);

  // ------------------------------------------------------------------ adding, moving, taking off
  let next = Math.max(-1, ...lines().map((line) => Number(line.dataset.lineNumber))) + 1;

  function numbered() {
    lines().forEach((line, at) => {
      for (const place of line.querySelectorAll("[data-place]")) place.textContent = String(at + 1);
    });
  }

  function add(after) {
    const holder = document.createElement("div");
    const blank = editor.querySelector("template[data-line]").innerHTML;
    holder.innerHTML = blank.replaceAll("__prefix__", String(next));
    next += 1;
    const line = holder.firstElementChild;
    bare(line);
    if (after) after.after(line);
    else list.append(line);
    numbered();
    fieldOf(line, "description").focus();
    changed();
    return line;
  }

  function move(line, by) {
    const other = by < 0 ? line.previousElementSibling : line.nextElementSibling;
    if (!other) {
      said.textContent = by < 0 ? "This is the first line." : "This is the last line.";
      return;
    }
    const here = document.activeElement;
    if (by < 0) other.before(line);
    else other.after(line);
    here?.focus();
    numbered();
    said.textContent = `Now line ${lines().indexOf(line) + 1} of ${lines().length}.`;
    changed();
  }

  const undo = editor.querySelector("[data-line-undo]");
  let taken = null;

  function takeOff(line) {
    const at = lines().indexOf(line);
    const name = fieldOf(line, "description").value.trim();
    taken = { line, at };
    line.remove();
    if (!lines().length) add(null);
    numbered();
    undo.querySelector("[data-undo-words]").textContent = name ? `“${name}” is off.` : "Line is off.";
    undo.hidden = false;
    said.textContent = `${name || "Line"} deleted. Undo follows the lines.`;
    const beside = lines()[Math.min(at, lines().length - 1)];
    fieldOf(beside, "description").focus();
    changed();
  }

  undo.querySelector("button").addEventListener("click", () => {
    if (!taken) return;
    const before = lines()[taken.at];
    if (before) before.before(taken.line);
    else list.append(taken.line);
    undo.hidden = true;
    numbered();
    fieldOf(taken.line, "description").focus();
    taken = null;
    changed();
  });

  editor.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-add-estimate-line]")) add(null);
    else if (button.matches("[data-move]")) move(lineOf(button), Number(button.dataset.move));
    else if (button.matches("[data-delete-line]")) takeOff(lineOf(button));
  });

  editor.addEventListener("keydown", (event) => {
    const line = lineOf(event.target);
    if (!line || event.defaultPrevented) return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      move(line, event.key === "ArrowUp" ? -1 : 1);
    } else if (event.altKey && event.key === "Delete") {
      event.preventDefault();
      takeOff(line);
    } else if (event.key === "Enter" && event.target.matches("input:not([type=checkbox]), select")) {
      event.preventDefault();
      if (!event.ctrlKey && !event.metaKey) add(line);
    }
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-save]"));
    }
  });

  // ------------------------------------------------------------------ taxes in words
  editor.addEventListener("change", (event) => {
    const taxes = event.target.closest("[data-taxes]");
    if (!taxes) return;
    const names = [...taxes.querySelectorAll("input:checked")].map((tick) => tick.value);
    taxes.querySelector("[data-tax-words]").textContent = names.join(", ") || "None";
  });

  // A list of taxes closes when the keyboard leaves it, and on Enter, which must not send the form.
  editor.addEventListener("focusout", (event) => {
    const taxes = event.target.closest("[data-taxes]");
    if (taxes && event.relatedTarget && !taxes.contains(event.relatedTarget)) taxes.open = false;
  });
  editor.addEventListener("keydown", (event) => {
    const taxes = event.target.closest("[data-taxes]");
    if (!taxes || event.key !== "Enter" || event.target.type !== "checkbox") return;
    event.preventDefault();
    taxes.open = false;
    taxes.querySelector("summary").focus();
  });

  // ------------------------------------------------------------------ the price list
  const found = editor.querySelector("[data-found]");
  let typing = null;
  let chosen = -1;
  let asked = 0;
  let timer = 0;
  let items = [];

  function close() {
    found.hidden = true;
    typing?.setAttribute("aria-expanded", "false");
    typing?.removeAttribute("aria-activedescendant");
    chosen = -1;
  }

  function mark(at) {
    chosen = at;
    [...found.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    const option = found.children[at];
    if (option) typing.setAttribute("aria-activedescendant", option.id);
    option?.scrollIntoView({ block: "nearest" });
  }

  function show(rows) {
    items = rows;
    if (!rows.length || document.activeElement !== typing) return close();
    found.replaceChildren(
      ...rows.map((row, n) => {
        const option = document.createElement("div");
        option.setAttribute("role", "option");
        option.id = `price-${n}`;
        option.dataset.at = String(n);
        const small = document.createElement("small");
        small.textContent = row.detail + (row.unit ? ` / ${row.unit}` : "");
        option.append(row.text, small);
        return option;
      }),
    );
    typing.closest(".le-cell").append(found);
    found.hidden = false;
    typing.setAttribute("aria-expanded", "true");
    mark(-1);
    said.textContent = `${rows.length} found in the price list; arrow down to choose.`;
  }

  function fill(row) {
    const line = lineOf(typing);
    fieldOf(line, "description").value = row.text;
    fieldOf(line, "price_item_id").value = row.value;
    for (const name of ["unit", "unit_price", "cost", "details"]) {
      const field = fieldOf(line, name);
      if (field) field.value = row[name] || "";
    }
    if (row.taxes.length) {
      const taxes = line.querySelector("[data-taxes]");
      for (const tick of taxes.querySelectorAll("input")) tick.checked = row.taxes.includes(tick.value);
      taxes.querySelector("input")?.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (row.details) line.querySelector(".le-more").open = true;
    close();
    fieldOf(line, "quantity").focus();
    fieldOf(line, "quantity").select();
    changed();
  }

  editor.addEventListener("input", (event) => {
    if (!event.target.matches("[data-price-list]")) return;
    typing = event.target;
    clearTimeout(timer);
    const text = typing.value.trim();
    if (text.length < 2) return close();
    timer = setTimeout(async () => {
      const mine = (asked += 1);
      const address = `${form.dataset.priceListUrl}?q=${encodeURIComponent(text)}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer?.ok || answer.redirected || mine !== asked) return;
      show(await answer.json());
    }, 150);
  });
  editor.addEventListener("keydown", (event) => {
    if (found.hidden || !event.target.matches("[data-price-list]")) return;
    if (event.altKey) return close();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      mark((chosen + by + items.length + (chosen < 0 && by < 0 ? 1 : 0)) % items.length);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      fill(items[chosen]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (event.key === "Tab" || event.key === "Enter") {
      close();
    }
  }, true);
  found.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) fill(items[Number(option.dataset.at)]);
  });
  editor.addEventListener("focusout", (event) => {
    if (event.target === typing) close();
  });

  // ------------------------------------------------------------------ sums from the server
  const foot = document.querySelector("[data-foot]");
  let waiting = 0;
  let turn = 0;
  const touched = new Set();

  function changed() {
    form.dispatchEvent(new CustomEvent("sawhorse:changed", { bubbles: true }));
    clearTimeout(waiting);
    waiting = setTimeout(reckon, 250);
  }
  form.addEventListener("input", (event) => {
    if (event.target.name) changed();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name) {
      touched.add(event.target.name);
      changed();
    }
  });

  async function reckon() {
    const mine = (turn += 1);
    foot.setAttribute("aria-busy", "true");
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    const answer = await fetch(form.dataset.previewUrl, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    }).catch(() => null);
    if (mine !== turn) return;
    foot.removeAttribute("aria-busy");
    const known = answer?.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
    if (!answer?.ok || answer.redirected || !known) {
      foot.dataset.stale = known?.error || "The office does not answer; the sums are older than what you typed.";
      foot.querySelector("[data-stale]").textContent = foot.dataset.stale;
      return;
    }
    foot.querySelector("[data-stale]").textContent = "";
    const open = new Set([...foot.querySelectorAll("details[data-why][open]")].map((one) => one.dataset.why));
    const focused = foot.contains(document.activeElement) ? document.activeElement.closest("[data-why]")?.dataset.why : "";
    const holder = foot.querySelector("[data-sums-holder]");
    holder.innerHTML = known.foot;
    for (const one of holder.querySelectorAll("details[data-why]")) one.open = open.has(one.dataset.why);
    if (focused) holder.querySelector(`[data-why="${CSS.escape(focused)}"] summary`)?.focus();
    for (const line of lines()) {
      const net = line.querySelector("[data-net]");
      const sum = known.lines[line.dataset.lineNumber];
      net.textContent = sum ? sum.net : "";
      line.classList.toggle("le-open", Boolean(sum) && !sum.counts);
    }
    tellMistakes(known.errors);
  }

  function tellMistakes(errors) {
    for (const place of form.querySelectorAll("[data-error-for]")) {
      const name = place.dataset.errorFor;
      const field = form.querySelector(`[name="${CSS.escape(name)}"]`);
      const sentence = errors[name] && (touched.has(name) || !place.hidden) ? errors[name] : "";
      place.querySelector("span").textContent = sentence;
      place.hidden = !sentence;
      if (!field || field.type === "checkbox") continue;
      field.classList.toggle("is-invalid", Boolean(sentence));
      if (sentence) {
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", place.id);
      } else {
        field.removeAttribute("aria-invalid");
        if (field.getAttribute("aria-describedby") === place.id) field.removeAttribute("aria-describedby");
      }
    }
  }

  if (!lines().length) {
    add(null);
    clearTimeout(waiting);
  }
})();
