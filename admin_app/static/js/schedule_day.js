// The list of a day that is moved says how many of it are ticked, and how many clients are told.
(() => {
  "use strict";
  const form = document.querySelector("[data-count-picks]");
  if (!form) return;
  const said = form.querySelector("[data-picks]");
  const count = () => {
    const picked = form.querySelectorAll("[name=pick]:checked").length;
    for (const line of form.querySelectorAll(".sc-move-line")) {
      line.classList.toggle("sc-left", !line.querySelector("[name=pick]").checked);
      const tell = line.querySelector("[name=tell]");
      if (tell) tell.disabled = !line.querySelector("[name=pick]").checked;
    }
    const told = form.querySelectorAll("[name=tell]:checked:not(:disabled)").length;
    const moves = picked === 1 ? said.dataset.one : said.dataset.many.replace("NUMBER", String(picked));
    said.textContent = `${moves}, ${said.dataset.told.replace("TOLD", String(told))}`;
  };
  form.addEventListener("change", count);
  count();
})();
