/* The look of the portal: the colour input follows the digits, the preview and the check follow what is typed.
   The server draws both; nothing is kept there before Save. */
(function () {
  "use strict";
  const form = document.querySelector("[data-portal-look]");
  if (!form) return;
  const nonce = document.currentScript?.nonce || document.querySelector("script[nonce]")?.nonce || "";
  const accent = form.querySelector("[data-accent]");
  const colour = form.querySelector("[data-colour-for]");
  const file = form.querySelector("input[type=file]");
  let waiting;
  let asked = 0;

  // Without script there is one frame, in the theme of the device; with it each theme has its own.
  for (const frame of document.querySelectorAll("[data-look-preview] iframe")) {
    const theme = frame.dataset.theme;
    const figure = frame.closest("figure");
    figure.hidden = false;
    figure.querySelector("figcaption").textContent = theme === "dark" ? "Dark" : "Light";
    frame.addEventListener("load", () => paint(frame.contentDocument, theme));
    if (frame.contentDocument?.readyState === "complete") paint(frame.contentDocument, theme);
  }

  function paint(drawn, theme) {
    drawn.documentElement.style.colorScheme = theme;
    for (const sheet of drawn.styleSheets) {
      for (const rule of sheet.cssRules) {
        if (!rule.media?.mediaText.includes("prefers-color-scheme")) continue;
        rule.media.mediaText = rule.media.mediaText.includes("dark") === (theme === "dark") ? "all" : "not all";
      }
    }
  }

  colour.hidden = false;
  const type = (value) => {
    accent.value = value;
    accent.dispatchEvent(new Event("input", { bubbles: true }));
  };
  colour.addEventListener("input", (event) => {
    event.stopPropagation(); // the digits say it
    type(colour.value);
  });
  accent.addEventListener("input", () => {
    const typed = accent.value.trim();
    if (/^#[0-9a-f]{6}$/i.test(typed)) colour.value = typed;
  });
  form.addEventListener("click", (event) => {
    const fix = event.target.closest("[data-use-colour]");
    if (!fix) return;
    event.preventDefault(); // without script the button saves with this colour
    type(fix.dataset.useColour);
    accent.focus();
  });
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);

  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 300);
  }

  async function refresh() {
    const typed = new FormData(form);
    const mine = ++asked;
    typed.set("preview", "1");
    let answer;
    try {
      answer = await fetch(location.href, { method: "POST", body: typed, credentials: "same-origin" });
    } catch {
      return; // without the server the last preview stays
    }
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("script[nonce]")?.getAttribute("nonce") || "";
    const frames = page.querySelectorAll("[data-look-preview] iframe");
    document.querySelectorAll("[data-look-preview] iframe").forEach((frame, place) => {
      const drawn = frames[place]?.srcdoc;
      // The document in the frame lives under this page's policy, which knows this page's nonce.
      if (drawn) frame.srcdoc = fresh && nonce ? drawn.replaceAll(fresh, nonce) : drawn;
    });
    const check = page.querySelector("[data-look-check]");
    if (check) document.querySelector("[data-look-check]").replaceChildren(...check.childNodes);
    const refused = page.querySelector("#logo-error");
    const known = document.querySelector("#logo-error");
    if (refused && known) known.replaceWith(refused);
    else if (refused) file.closest("[data-drop]").before(refused);
    else known?.remove();
  }
})();
