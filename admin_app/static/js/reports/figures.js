// Draws the plots of a page of figures; the tables beneath them need no script.
(() => {
  "use strict";
  const css = () => getComputedStyle(document.documentElement);

  // "@blue" is a token: the style sheet says what it is in this theme.
  function painted(value, style) {
    if (typeof value === "string") {
      return value.startsWith("@") ? style.getPropertyValue(`--rp-${value.slice(1)}`).trim() || value : value;
    }
    if (Array.isArray(value)) return value.map((one) => painted(one, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, painted(one, style)]));
    }
    return value;
  }

  function shaped(plot, box) {
    const layout = plot.layout;
    const narrow = box.clientWidth < 480;
    if (narrow && layout.xaxis?.nticks) layout.xaxis.nticks = 4;
    if (narrow && layout.yaxis?.ticktext) {
      layout.yaxis.ticktext = layout.yaxis.ticktext.map((one) => (one.length > 16 ? `${one.slice(0, 15)}…` : one));
      const outside = plot.data.some((trace) => trace.textposition === "outside");
      if (outside && layout.xaxis?.range) layout.xaxis.range[1] *= 1.25;
    }
    layout.width = box.clientWidth;
    return layout;
  }

  function draw(box) {
    const told = JSON.parse(box.querySelector("script").textContent);
    const plot = painted({ data: told.data, layout: told.layout }, css());
    let target = box.querySelector(".rp-canvas");
    if (!target) {
      target = document.createElement("div");
      target.className = "rp-canvas";
      box.append(target);
    }
    Plotly.react(target, plot.data, shaped(plot, box), { displayModeBar: false, responsive: false, locale: "en" });
    if (box.dataset.drawn) return;
    box.dataset.drawn = "yes";
    target.on("plotly_click", (event) => {
      const [, , answer, mark] = event.points[0]?.customdata || [];
      const url = told.urls?.[`${answer}:${mark}`];
      if (url) location.assign(url);
    });
  }

  function drawAll() {
    if (typeof Plotly === "undefined") return;
    for (const box of document.querySelectorAll("[data-plot]")) draw(box);
  }

  // A piece that takes long to work out is fetched after the page; its link stays where it cannot be.
  async function fetchParts() {
    for (const part of document.querySelectorAll("[data-part]")) {
      part.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(part.dataset.part, { headers: { Accept: "text/html" } });
        if (!answer.ok || answer.redirected) continue;
        // The head stays away: its style element has the nonce of another answer.
        const [, main] = (await answer.text()).split(/<main[^>]*>|<\/main>/);
        const page = new DOMParser().parseFromString(main || "", "text/html");
        const found = page.querySelector(".rp-figures");
        if (!found) continue;
        part.replaceChildren(...found.childNodes);
        drawAll();
      } catch {
        // no connection: the link is still there
      } finally {
        part.removeAttribute("aria-busy");
      }
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    drawAll();
    fetchParts();
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    let waiting = 0;
    addEventListener("resize", () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(drawAll);
    });
  });
})();
