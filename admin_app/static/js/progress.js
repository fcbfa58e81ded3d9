// A long work that goes on elsewhere: <section data-progress="url"> asks that address every second and a half for
// {done, total, text, finished}; it moves the bar, says the text, and loads the page anew when the work is over.
// The page can be left: nothing here carries the work.
(() => {
  "use strict";
  const PAUSE = 1500;

  async function ask(box) {
    let state = null;
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 404) return location.reload();
      state = answer.ok ? await answer.json() : null;
    } catch {
      // the office is restarting or the line is down: ask again
    }
    if (state?.finished) return location.reload();
    if (state) {
      const bar = box.querySelector("progress");
      bar.max = state.total || 1;
      bar.value = state.done;
      box.querySelector("[data-progress-text]").textContent = state.text;
    }
    setTimeout(() => ask(box), PAUSE);
  }

  document.querySelectorAll("[data-progress]").forEach((box) => setTimeout(() => ask(box), PAUSE));
})();
