// A colleague's name under an @ in a note: <textarea data-mentions="address of the names">. Without script the name is
// typed in full.
(() => {
  "use strict";
  let names = null;
  let box = null;
  let area = null;

  async function load(address) {
    if (names) return;
    names = [];
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok && !answer.redirected) names = await answer.json();
    else names = null;
  }

  // What stands between the last @ and the caret, if a name could begin there.
  function begun() {
    const before = area.value.slice(0, area.selectionStart);
    const found = /(?:^|[^\p{L}\p{N}._+-])@([^@\n]{0,40})$/u.exec(before);
    return found ? found[1] : null;
  }

  function close() {
    box?.remove();
    box = null;
    area?.removeAttribute("aria-controls");
    area?.removeAttribute("aria-activedescendant");
  }

  function choose(name) {
    const typed = begun();
    if (typed === null) return close();
    const end = area.selectionStart;
    area.setRangeText(`${name} `, end - typed.length, end, "end");
    close();
    area.focus();
  }

  function point(option) {
    for (const one of box.children) one.setAttribute("aria-selected", String(one === option));
    area.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function show() {
    const typed = begun();
    const wanted = typed?.toLowerCase();
    const found = typed === null ? [] : (names ?? []).filter((name) =>
      name.toLowerCase().startsWith(wanted) || name.toLowerCase().split(" ").some((part) => part.startsWith(wanted))).slice(0, 8);
    if (!found.length || found.some((name) => name.toLowerCase() === wanted)) return close();
    close();
    box = document.createElement("div");
    box.id = "mention-names";
    box.className = "cu-suggest";
    box.setAttribute("role", "listbox");
    box.setAttribute("aria-label", "Colleagues");
    found.forEach((name, place) => {
      const option = document.createElement("div");
      option.id = `mention-${place}`;
      option.setAttribute("role", "option");
      option.textContent = name;
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(name);
      });
      box.append(option);
    });
    area.after(box);
    area.setAttribute("aria-controls", box.id);
    point(box.firstElementChild);
  }

  document.addEventListener("input", async (event) => {
    if (!event.target.matches("textarea[data-mentions]")) return;
    area = event.target;
    if (begun() === null) return close();
    await load(area.dataset.mentions);
    show();
  });

  // Before the page's own keys: Enter takes the name, and does not send the form.
  document.addEventListener("keydown", (event) => {
    if (!box || event.target !== area) return;
    const chosen = box.querySelector('[aria-selected="true"]');
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = event.key === "ArrowDown" ? chosen.nextElementSibling : chosen.previousElementSibling;
      point(next ?? (event.key === "ArrowDown" ? box.firstElementChild : box.lastElementChild));
    } else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") choose(chosen.textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("focusout", (event) => {
    if (event.target === area) close();
  });
})();
