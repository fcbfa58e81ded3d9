// Warns while a customer or a contact is typed that somebody like that is known already. The form carries
// data-lookalikes-url; the answer (JSON [{name, why, url}]) goes into its box [data-lookalikes].
(() => {
  "use strict";
  const timers = new WeakMap();

  function asked(form, person) {
    const value = (box, name) => box?.querySelector(`[name="${name}"], [name$="-${name}"]`)?.value.trim() || "";
    const phone = value(person, "phone") || value(person, "mobile");
    const words = {
      name: form.querySelector('[name="name"]')?.value.trim() || "",
      first_name: value(person, "first_name"),
      last_name: value(person, "last_name"),
      email: value(person, "email"),
      phone,
    };
    if (form.dataset.lookalikesNot) words.not = form.dataset.lookalikesNot;
    return new URLSearchParams(Object.entries(words).filter(([, word]) => word));
  }

  function show(box, found) {
    box.hidden = !found.length;
    const words = document.createElement("p");
    words.textContent = found.length === 1 ? "Maybe known already:" : "Maybe one of these is known already:";
    const list = document.createElement("ul");
    for (const one of found) {
      const link = document.createElement("a");
      link.href = one.url;
      link.target = "_blank";
      link.textContent = one.name;
      const line = document.createElement("li");
      line.append(link, ` · ${one.why}`);
      list.append(line);
    }
    box.replaceChildren(words, list);
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-lookalikes-url]");
    if (!form) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(async () => {
      const person = event.target.closest("[data-person]") || form.querySelector("[data-person]");
      const words = asked(form, person);
      const address = `${form.dataset.lookalikesUrl}?${words}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
      const box = form.querySelector("[data-lookalikes]");
      if (answer?.ok && !answer.redirected && box) show(box, await answer.json());
    }, 350));
  });
})();
