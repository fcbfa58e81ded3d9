// The profile of a customer: links with data-popup open their page as a native dialogue over this one; pins are
// dragged to their place; tags are suggested. Without script each pop-up is a page of its own.
(() => {
  "use strict";
  const dialog = document.querySelector("[data-popup-dialog]");

  async function open(link) {
    let page;
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
      if (answer.redirected || !answer.ok) return location.assign(link.href);
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return location.assign(link.href);
    }
    const content = page.querySelector("[data-popup-content]");
    if (!content) return location.assign(link.href);
    // The form goes where its own page is, not to the page behind the pop-up.
    for (const form of content.querySelectorAll("form:not([action])")) form.action = link.href;
    // The page behind has its own h1.
    const title = content.querySelector("h1");
    const heading = document.createElement("h2");
    heading.id = title.id;
    heading.className = "sh-dialog-title";
    heading.textContent = title.textContent;
    title.replaceWith(heading);
    dialog.replaceChildren(content);
    dialog.setAttribute("aria-labelledby", heading.id);
    if (!dialog.open) dialog.showModal(); // a link inside the pop-up takes its place
    content.dispatchEvent(new CustomEvent("sawhorse:added", { bubbles: true }));
    content.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }

  if (dialog) {
    document.addEventListener("click", (event) => {
      const close = event.target.closest("[data-popup-close]");
      if (close && dialog.contains(close)) {
        event.preventDefault();
        dialog.close();
        return;
      }
      const link = event.target.closest("a[data-popup]");
      if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      open(link);
    });
    // What was typed into a closed pop-up is given up with it.
    dialog.addEventListener("close", () => {
      dialog.querySelector("form")?.dispatchEvent(new CustomEvent("sawhorse:given-up", { bubbles: true }));
      dialog.replaceChildren();
    });
  }

  // --- the amount beside an invoice was typed: then the amounts count
  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-uses]");
    if (box && event.target.matches(".cu-amount") && event.target.value) {
      const chosen = box.querySelector('[name=spread][value="chosen"]');
      if (chosen) chosen.checked = true;
    }
  });

  // --- a pin was dragged: its address keeps the place
  document.addEventListener("sawhorse:pin", async (event) => {
    const said = document.querySelector("[data-map-said]");
    const { save, lat, lon } = event.detail;
    const body = new URLSearchParams({ lat: lat.toFixed(6), lon: lon.toFixed(6) });
    const token = document.querySelector("input[name=csrf_token]");
    if (token) body.set("csrf_token", token.value);
    try {
      const answer = await fetch(save, { method: "POST", body, headers: { Accept: "application/json" } });
      const told = await answer.json();
      said.textContent = answer.ok ? told.said : told.error;
      if (!answer.ok) event.detail.back();
    } catch {
      said.textContent = "The pin was not saved; the office does not answer.";
      event.detail.back();
    }
  });

  // --- tags that begin like what is typed
  const tags = document.querySelector("[data-tags-url]");
  let timer = 0;
  tags?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const address = `${tags.dataset.tagsUrl}?q=${encodeURIComponent(tags.value)}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer?.ok || answer.redirected) return;
      const options = (await answer.json()).map((tag) => {
        const option = document.createElement("option");
        option.value = tag.text;
        return option;
      });
      document.getElementById("known-tags").replaceChildren(...options);
    }, 150);
  });
})();
