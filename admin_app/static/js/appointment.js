// The form of an appointment: a free time fills the times in; whoever comes, or another day, brings other free times.
// Without script the chosen free time counts when the form is sent.
(() => {
  "use strict";
  const form = (element) => element.closest("form");

  async function fetchSlots(box, wanted) {
    const address = new URL(box.dataset.slotsUrl, location.href);
    address.searchParams.set("assignee", wanted.elements.assignee?.value ?? "");
    address.searchParams.set("day", wanted.elements.starts_at?.value.slice(0, 10) ?? "");
    const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-slots]");
    if (fresh) box.querySelector("[data-slots]").replaceWith(fresh);
  }

  document.addEventListener("change", (event) => {
    const wanted = form(event.target);
    const box = wanted?.querySelector("[data-slots-url]");
    if (!box) return;
    if (event.target.name === "slot" && event.target.value) {
      wanted.elements.starts_at.value = event.target.dataset.starts;
      wanted.elements.ends_at.value = event.target.dataset.ends;
    } else if (["assignee", "starts_at"].includes(event.target.name)) {
      const typed = box.querySelector('[name=slot][value=""]');
      if (typed) typed.checked = true;
      fetchSlots(box, wanted);
    } else if (event.target.name === "ends_at") {
      const typed = box.querySelector('[name=slot][value=""]');
      if (typed) typed.checked = true;
    }
  });
})();
