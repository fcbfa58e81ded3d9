/* The editor of message templates: a click puts a placeholder at the cursor; the preview follows what is typed. */
(function () {
  "use strict";
  const form = document.querySelector("[data-template-editor]");
  if (!form) return;
  let last = form.querySelector("#body");
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("#subject, #body")) last = event.target;
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });

  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 400);
  });

  async function refresh() {
    const typed = new FormData(form);
    typed.set("preview", "1");
    let answer;
    try {
      answer = await fetch(location.href, { method: "POST", body: typed, credentials: "same-origin" });
    } catch {
      return; // without the server the last preview stays
    }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-template-preview]");
    const old = document.querySelector("[data-template-preview]");
    if (fresh && old) old.replaceWith(fresh);
  }
})();
