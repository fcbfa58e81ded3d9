// Shows on the page of a job what was done and is not with the office yet, as if it were: ticks, forms, the clock,
// photos, notes, and the next thing to do.  Drawn from what waits, so that it can be drawn again at any time.
(() => {
  "use strict";
  const jobs = window.sawhorseJobs;
  const root = document.querySelector("[data-jobs]");
  if (!root || !jobs?.drain) return;
  const all = (selector, from = root) => [...from.querySelectorAll(selector)];
  const time = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  const things = (number) => (number === 1 ? "1 thing" : `${number} things`);
  const pictures = new Map();
  let thanks = 0;

  function element(name, attributes = {}, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  }
  const icon = (name) => element("i", { class: `bi bi-${name}`, "aria-hidden": "true" });
  const waiting = () => (jobs.mode === "sending" || jobs.mode === "idle" ? "Sending" : "Waits for signal");

  // ---------------------------------------------------------------- the banner
  function words(acts) {
    const waits = acts.filter((act) => act.person === jobs.person && act.state === "waits").length;
    const others = acts.filter((act) => act.person !== jobs.person);
    if (jobs.mode === "out") {
      const kept = waits ? ` ${things(waits)} on this phone wait until ${root.dataset.name} signs in again.` : "";
      return `You are signed out.${kept}`;
    }
    if (jobs.mode === "other") return `Somebody else is signed in now. ${things(waits)} of yours wait on this phone.`;
    if (jobs.mode === "busy") return `The office does not answer just now. Kept on this phone (${waits}).`;
    if (jobs.mode === "away") {
      return waits ? `Waits for signal (${waits}). Kept on this phone.`
        : `No signal. This page is from ${time(root.dataset.drawn)}; what you do is kept on this phone.`;
    }
    if (jobs.mode === "sending" && waits) return `Sending (${waits})`;
    if (others.length) {
      const names = [...new Set(others.map((act) => act.name))].join(", ");
      return `${things(others.length)} of ${names} wait on this phone and go out when ${names} signs in here.`;
    }
    return "";
  }

  function banner(acts) {
    const box = root.querySelector("[data-signal]");
    const said = words(acts);
    if (!said && thanks) return;
    clearTimeout(thanks);
    thanks = 0;
    box.classList.toggle("is-sending", jobs.mode === "sending");
    box.classList.remove("is-done");
    show(box, said, jobs.mode === "out");
  }

  function show(box, said, signIn = false) {
    box.querySelector("[data-signal-words]").textContent = said;
    box.querySelector("[data-signal-act]").hidden = !signIn;
    box.querySelector(".bi").className = `bi bi-${
      { sending: "arrow-up-circle", idle: "check-circle", out: "person-lock" }[jobs.mode] ?? "wifi-off"}`;
    box.hidden = !said;
  }

  // A sentence of the office, for a few seconds.
  jobs.say = (said) => {
    const box = root.querySelector("[data-signal]");
    box.classList.remove("is-sending");
    box.classList.add("is-done");
    show(box, said);
    box.querySelector(".bi").className = "bi bi-check-circle";
    clearTimeout(thanks);
    thanks = setTimeout(() => {
      thanks = 0;
      jobs.paint();
    }, 5_000);
  };

  // ---------------------------------------------------------------- what the office refused
  function refusals(acts) {
    const box = root.querySelector("[data-refusals]");
    const mine = acts.filter((act) => act.person === jobs.person);
    box.replaceChildren(...mine.filter((act) => act.state === "refused").map((act) => {
      const later = mine.filter((one) => one.job === act.job && one.state === "waits").length;
      const held = later ? ` ${things(later)} done after it on this job ${later === 1 ? "waits" : "wait"} until then.` : "";
      const buttons = element("div");
      if (act.page) buttons.append(element("a", { class: "btn", href: act.page }, icon("pencil"), "Open the form"));
      buttons.append(
        element("button", { class: "btn", type: "button", "data-again": act.id }, icon("arrow-repeat"), "Try again"),
        element("form", {
          method: "post", "data-withdraw": act.id, "data-confirm-button": "Take it off the phone",
          "data-confirm-title": `Take off: ${act.words}?`,
          "data-confirm": "It is not with the office, and this phone forgets it.",
        }, element("button", { class: "btn btn-ghost" }, "Take it off")),
      );
      return element("section", { class: "wk-refused", role: "alert" },
        element("h2", {}, `Not taken: ${act.words}`),
        element("p", {}, `“${act.title}”, ${time(act.at)}. ${act.sentence || "The office did not say why"}. `
          + `It is kept on this phone.${held}`),
        buttons);
    }));
  }

  // ---------------------------------------------------------------- one job
  function services(block, acts) {
    for (const row of all("[data-service]", block)) {
      const id = row.dataset.service;
      const act = acts.findLast((one) => one.kind === "services" && one.service === id);
      const note = row.querySelector("[data-waits]");
      note.hidden = !act;
      note.lastChild.textContent = waiting();
      row.querySelector("[data-withdraw]")?.remove();
      const reopen = row.querySelector("[data-kind=reopen]");
      if (reopen) reopen.hidden = Boolean(act);
      const tick = row.querySelector("input[name=service]");
      if (tick) {
        tick.checked = Boolean(act);
        tick.disabled = Boolean(act);
      }
      if (act && jobs.mode !== "sending") {
        const undo = element("button", { class: "btn btn-ghost", type: "button", "data-withdraw": act.id }, "Undo");
        row.append(undo);
      }
    }
  }

  function forms(block, acts) {
    for (const row of all("[data-form]", block)) {
      const state = row.querySelector("[data-form-state]");
      state.dataset.was ??= state.innerHTML;
      const act = acts.find((one) => one.kind === "form" && one.word === row.dataset.form);
      if (!act) {
        if (state.dataset.painted) state.innerHTML = state.dataset.was;
        delete state.dataset.painted;
        continue;
      }
      state.dataset.painted = "1";
      state.replaceChildren(element("span", { class: "sh-badge sh-tone-amber" }, icon("hourglass-split"), waiting()));
    }
    for (const owed of all("[data-owed]", block)) {
      owed.hidden = acts.some((one) => one.kind === "form" && one.word === owed.dataset.owed);
    }
  }

  function steps(block, acts) {
    const box = block.querySelector("[data-next]");
    if (!box) return;
    const ticked = (step) => acts.filter((one) => one.kind === "services" && one.step === step).length;
    let ahead = null;
    for (const step of all("[data-step]", box)) {
      const name = step.dataset.step;
      let done = "done" in step.dataset || acts.some((one) => name === (one.kind === "form" ? `form-${one.word}` : one.kind));
      if (name === "services") {
        const left = Number(step.dataset.left) - ticked("complete") + ticked("reopen");
        done = left <= 0;
        step.querySelector("[data-step-words]").textContent = `Tick what is done: ${left} left`;
      }
      step.hidden = done || ahead !== null;
      if (!done) ahead ??= step;
    }
    box.querySelector("[data-all-done]").hidden = ahead !== null;
  }

  function state(block, acts) {
    const become = acts.findLast((one) => one.state === "waits" && (one.kind === "begin" || one.kind === "finish"));
    for (const box of all("[data-state]", block)) {
      box.dataset.was ??= box.innerHTML;
      if (become) {
        const words_ = become.kind === "begin" ? "In progress" : "Finished";
        box.replaceChildren(element("span", { class: "sh-badge sh-tone-amber" }, icon("hourglass-split"), words_));
      } else if (box.innerHTML !== box.dataset.was) {
        box.innerHTML = box.dataset.was;
      }
    }
  }

  function photos(block, acts) {
    const list = block.querySelector("[data-photos]");
    if (!list) return;
    all("[data-waiting]", list).forEach((one) => one.remove());
    for (const act of acts.filter((one) => one.kind === "photos")) {
      const file = act.files[0];
      if (!pictures.has(act.id)) pictures.set(act.id, URL.createObjectURL(new Blob([file.bytes], { type: file.type })));
      const picture = element("img", { src: pictures.get(act.id), alt: "A photo that waits", width: "104", height: "104" });
      list.append(element("li", { "data-waiting": act.id }, element("span", {}, picture),
        element("span", { class: "wk-waits" }, waiting())));
    }
    const none = block.querySelector("[data-no-photos]");
    if (none) none.hidden = list.children.length > 0;
  }

  function notes(block, acts) {
    const list = block.querySelector("[data-notes]");
    if (!list) return;
    all("[data-waiting]", list).forEach((one) => one.remove());
    for (const act of acts.filter((one) => one.kind === "note")) {
      const body = act.fields.find(([name]) => name === "body")?.[1] ?? "";
      list.prepend(element("li", { "data-waiting": act.id }, element("p", { class: "wk-text" }, body),
        element("small", { class: "wk-waits" }, icon("hourglass-split"), waiting())));
    }
  }

  // ---------------------------------------------------------------- the clock
  function clock(acts) {
    const box = root.querySelector("[data-clock]");
    if (!box) return;
    box.dataset.words ??= box.querySelector("[data-clock-words]").innerHTML;
    let now = box.dataset.work ? { job: box.dataset.work, since: box.dataset.since } : null;
    for (const act of acts.filter((one) => one.state === "waits")) {
      if (act.kind === "begin" && now?.job !== act.job) now = { job: act.job, since: act.at, title: act.title };
      if ((act.kind === "stop" || act.kind === "finish") && now?.job === act.job) now = null;
    }
    box.hidden = !now;
    jobs.since = now ? Date.parse(now.since) : null;
    const words_ = box.querySelector("[data-clock-words]");
    const form = box.querySelector("form");
    if (now?.title) {
      words_.textContent = `on ${now.title}, since ${time(now.since)}`;
      Object.assign(form.dataset, { job: now.job, title: now.title });
      form.action = `${root.dataset.home}${now.job}/stop`;
    } else {
      words_.innerHTML = box.dataset.words;
    }
    tick();
    for (const start of all("[data-start-again]")) {
      const here = start.closest("[data-job]").dataset.job;
      const did = (kind) => acts.some((one) => one.job === here && one.kind === kind);
      const begun = "begun" in start.dataset || did("begin");
      start.hidden = !begun || now?.job === here || did("finish");
    }
  }

  function tick() {
    const shown = root.querySelector("[data-clock-time]");
    if (!shown || !jobs.since) return;
    const minutes = Math.max(0, Math.floor((Date.now() - jobs.since) / 60_000));
    const hours = Math.floor(minutes / 60);
    shown.textContent = hours ? `${hours} h ${String(minutes % 60).padStart(2, "0")} min` : `${minutes} min`;
  }
  setInterval(tick, 20_000);

  jobs.paint = async () => {
    const acts = await jobs.all().catch(() => []);
    const mine = acts.filter((act) => act.person === jobs.person);
    banner(acts);
    refusals(acts);
    clock(mine);
    for (const block of all("[data-job]:not(form)")) {
      const here = mine.filter((act) => act.job === block.dataset.job);
      services(block, here);
      forms(block, here);
      steps(block, here);
      state(block, here);
      photos(block, here);
      notes(block, here);
    }
    for (const id of [...pictures.keys()].filter((one) => !acts.some((act) => act.id === one))) {
      URL.revokeObjectURL(pictures.get(id));
      pictures.delete(id);
    }
  };
})();
