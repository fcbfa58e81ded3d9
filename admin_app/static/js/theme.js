// Light, dark or as the device says: decided before the first paint, hence loaded in the head without defer.
(() => {
  "use strict";
  const root = document.documentElement;
  const device = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem("sawhorse-theme") || "auto";
    } catch {
      return "auto"; // storage may be forbidden; then the device decides
    }
  }

  function paint() {
    const theme = chosen();
    root.dataset.bsTheme = theme === "auto" ? (device.matches ? "dark" : "light") : theme;
  }

  root.classList.add("js");
  paint();
  device.addEventListener("change", paint);

  document.addEventListener("DOMContentLoaded", () => {
    for (const radio of document.querySelectorAll("[data-theme-choice] input")) {
      radio.checked = radio.value === chosen();
      radio.addEventListener("change", () => {
        try {
          localStorage.setItem("sawhorse-theme", radio.value);
        } catch {
          // the choice then lasts for this page only
          root.dataset.bsTheme = radio.value;
          return;
        }
        paint();
      });
    }
  });
})();
