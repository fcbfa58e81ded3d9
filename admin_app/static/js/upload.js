// Files go up one by one, each with its bar and what became of it: <form data-upload>. Without script the form sends
// them together.
(() => {
  "use strict";

  function line(list, file) {
    const row = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    const said = document.createElement("span");
    name.textContent = file.name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${file.name} on its way`);
    row.append(name, bar, said);
    list.append(row);
    return { bar, say(text, wrong) {
      bar.remove();
      said.textContent = text;
      row.classList.toggle("is-wrong", wrong);
    } };
  }

  function send(form, file, bar) {
    return new Promise((done) => {
      const body = new FormData(form);
      body.delete("file");
      body.append("file", file);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => {
        const told = request.response;
        if (told?.kept?.length) done("");
        else done(told?.refused?.[0] ?? told?.error ?? "It was not kept; the office answered something else.");
      });
      request.addEventListener("error", () => done("It did not arrive; the office does not answer. Try it again."));
      request.send(body);
    });
  }

  // The page as it stands now, without losing the lines that say what was refused.
  async function drawAnew() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-file-list]");
    if (fresh) document.querySelector("[data-file-list]")?.replaceWith(fresh);
  }

  async function all(form) {
    const input = form.querySelector("input[type=file]");
    const files = [...input.files];
    const list = form.querySelector("[data-upload-list]");
    const said = form.querySelector("[data-upload-said]");
    const button = form.querySelector("button");
    list.replaceChildren();
    list.hidden = false;
    button.disabled = true;
    let kept = 0;
    const most = Number(form.dataset.largest);
    for (const [file, row] of files.map((file) => [file, line(list, file)])) {
      const wrong = file.size > most ? `It is larger than ${Math.floor(most / 1e6)} MB.` : await send(form, file, row.bar);
      row.say(wrong || "Added.", Boolean(wrong));
      if (!wrong) kept += 1;
    }
    input.value = "";
    button.disabled = false;
    if (kept) await drawAnew();
    const refused = files.length - kept;
    said.textContent = `${kept} of ${files.length} added.${refused ? ` ${refused} refused.` : ""}`;
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-upload]")) return;
    const input = event.target.querySelector("input[type=file]");
    if (!input.files.length) return;
    event.preventDefault();
    all(event.target);
  });
  // Dropped or chosen: nothing is left to decide, so it goes at once.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-upload]");
    if (form && event.target.type === "file" && event.target.files.length) form.requestSubmit();
  });
})();
