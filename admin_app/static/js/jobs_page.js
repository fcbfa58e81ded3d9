// The pages of a crew: each form with data-act becomes an act that is kept on the phone first and sent then; what is
// typed is kept while it is typed; the page is drawn anew once the office has answered.  Without this script the same
// forms are sent as they are.
(() => {
  "use strict";
  const jobs = window.sawhorseJobs;
  const root = document.querySelector("[data-jobs]");
  if (!root || !jobs?.paint) return;
  const live = root.querySelector("[data-live]");
  const WORDS = {
    begin: "Start", stop: "Stop the clock", finish: "Complete job", note: "Note", photos: "Photo", services: "Tick",
  };
  const SAID = "sawhorse-said";
  const OURS = new Set(["csrf_token", "back", "key"]);
  const PATIENCE = 4_000;

  // Without TLS a browser draws no UUID.
  const newKey = () => crypto.randomUUID?.()
    ?? [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  const draftOf = (form) => `${jobs.person} ${new URL(form.action).pathname}`;
  const full = "The phone has no room left, so this was not kept. Make room, then do it again.";

  // ---------------------------------------------------------------- acts
  function act(form, more) {
    const block = form.dataset.job ? form : form.closest("[data-job]");
    const kind = form.dataset.act;
    return {
      person: jobs.person, name: root.dataset.name, job: block.dataset.job, title: block.dataset.title,
      kind, words: form.dataset.formWords || WORDS[kind], url: new URL(form.action).pathname, fields: [], files: [],
      key: newKey(), at: new Date().toISOString(), word: form.dataset.word, ...more,
    };
  }

  // Gives the number under which the act waits. A phone that keeps nothing sends the form as it is.
  async function keep(made, form = null, button = null) {
    let id;
    try {
      id = await jobs.add(made);
    } catch {
      if (form && navigator.onLine) sendAsItIs(form, button);
      else jobs.say(full);
      return null;
    }
    if (jobs.mode === "away") navigator.storage?.persist?.(); // it may lie here for days
    await jobs.paint();
    jobs.drain();
    return id;
  }

  function sendAsItIs(form, button) {
    if (button?.name) {
      const pressed = Object.assign(document.createElement("input"), { type: "hidden", name: button.name });
      pressed.value = button.value;
      form.append(pressed);
    }
    HTMLFormElement.prototype.submit.call(form);
  }

  const typed = (form, button) => [...new FormData(form, button)]
    .filter(([name, value]) => typeof value === "string" && !OURS.has(name));

  async function takeForm(form) {
    // One answer a form: what waits for the same one is replaced.
    for (const old of await jobs.all().catch(() => [])) {
      if (old.kind === "form" && old.person === jobs.person && old.url === new URL(form.action).pathname) {
        await jobs.remove(old.id);
      }
    }
    const id = await keep(act(form, { fields: typed(form), page: location.pathname }), form);
    if (id === null) return;
    form.dispatchEvent(new CustomEvent("sawhorse:given-up", { bubbles: true }));
    await settled(id);
    const there = await jobs.one(id);
    if (there?.state === "refused" && there.status === 422) {
      // Somebody is looking at the form: the office draws it with each mistake at its question.
      await jobs.remove(id);
      sendAsItIs(form);
      return;
    }
    await jobs.dropDraft(draftOf(form));
    const waits = there && there.state === "waits";
    location.assign(waits ? `${root.dataset.home}${form.dataset.job}` : form.dataset.back);
  }

  // Until the act was answered, or the signal is plainly gone, or patience ends.
  function settled(id) {
    return new Promise((resolve) => {
      const timer = setTimeout(done, PATIENCE);
      function done() {
        clearTimeout(timer);
        document.removeEventListener("sawhorse:queue", look);
        resolve();
      }
      function look({ detail }) {
        const over = detail.sent?.id === id || detail.refused?.id === id;
        if (over && detail.said) sessionStorage.setItem(SAID, detail.said);
        if (over || !["sending", "idle"].includes(detail.mode)) done();
      }
      document.addEventListener("sawhorse:queue", look);
    });
  }

  async function takePhotos(input) {
    const form = input.form;
    const files = [...input.files];
    input.value = "";
    for (const file of files) {
      const bytes = await file.arrayBuffer().catch(() => null);
      if (bytes === null) {
        jobs.say(full);
        continue;
      }
      const name = file.name || "photo.jpg";
      await keep(act(form, { words: `Photo ${name}`, files: [{ field: "photo", name, type: file.type, bytes }] }));
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.matches("[data-withdraw]")) {
      event.preventDefault();
      jobs.remove(Number(form.dataset.withdraw)).then(jobs.paint).then(jobs.drain);
      return;
    }
    if (!form.matches("form[data-act]")) return;
    // The office came from its own pages and goes back there; the answer is said there.
    if (form.dataset.act === "form" && !form.dataset.back.startsWith(root.dataset.home)) return;
    event.preventDefault();
    if (form.dataset.act === "form") {
      takeForm(form);
      return;
    }
    if (form.dataset.act === "services") {
      const [id, step] = (event.submitter?.value ?? "").split(":");
      takeService(form, id, step, event.submitter);
      return;
    }
    takePlain(form, event.submitter);
  }, true);

  async function takePlain(form, button) {
    const id = await keep(act(form, { fields: typed(form, button) }), form, button);
    if (id === null || form.dataset.act !== "note") return;
    form.querySelector("textarea").value = "";
    await jobs.dropDraft(draftOf(form));
  }

  function takeService(form, id, step, button = null) {
    const row = form.querySelector(`[data-service="${CSS.escape(id)}"]`);
    const name = row.querySelector("strong").textContent;
    const words = step === "reopen" ? `Open again “${name}”` : `Tick “${name}”`;
    const pressed = button ?? { name: "one", value: `${id}:${step}` };
    keep(act(form, { words, service: id, step, fields: [["one", `${id}:${step}`]] }), form, pressed);
  }

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.matches("form[data-act=services] input[name=service]") && input.checked) {
      takeService(input.form, input.value, "complete");
    }
    if (input.matches("form[data-act=photos] input[type=file]") && input.files.length) takePhotos(input);
  });

  document.addEventListener("click", (event) => {
    const again = event.target.closest("[data-again]");
    if (again) jobs.tryAgain(Number(again.dataset.again));
    const off = event.target.closest("button[data-withdraw]");
    if (off) jobs.remove(Number(off.dataset.withdraw)).then(jobs.paint).then(jobs.drain);
  });

  // ---------------------------------------------------------------- what is typed is kept while it is typed
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-act=form], [data-act=note]")) jobs.keepDraft(draftOf(form), typed(form)).catch(() => {});
  });

  async function recall(form) {
    const waiting = (await jobs.all().catch(() => [])).find((one) =>
      one.kind === "form" && one.person === jobs.person && one.url === new URL(form.action).pathname);
    const fields = waiting?.fields ?? (await jobs.draft(draftOf(form)).catch(() => []));
    for (const [name, value] of fields ?? []) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "radio") field.checked = field.value === value;
        else if (field.type !== "hidden") field.value = value;
      }
    }
  }

  // ---------------------------------------------------------------- the page as the office has it now
  let asked = 0;
  async function refresh() {
    const mine = ++asked;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (mine !== asked || !answer?.ok || answer.redirected) return;
    const page = await answer.text().catch(() => "");
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-jobs]");
    if (mine !== asked || !fresh || fresh.dataset.person !== root.dataset.person) return;
    const open = [...live.querySelectorAll("details")].map((one) => one.open);
    const texts = [...live.querySelectorAll("textarea")].map((one) => [one.id, one.value]);
    const focus = document.activeElement?.closest?.("[data-live]") ? document.activeElement.id : "";
    root.dataset.drawn = fresh.dataset.drawn;
    live.replaceChildren(...fresh.querySelector("[data-live]").childNodes);
    live.querySelectorAll("details").forEach((one, index) => { one.open = Boolean(open[index]); });
    for (const [id, value] of texts) if (id) document.getElementById(id).value = value;
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    await jobs.paint();
  }

  const isForm = Boolean(root.querySelector("form[data-act=form]"));
  let sent = false;
  document.addEventListener("sawhorse:queue", async ({ detail }) => {
    if (detail.sent) sent = true;
    await jobs.paint();
    if (detail.mode === "idle" && detail.emptied && sent && !isForm) {
      sent = false;
      await refresh();
    }
    if (detail.said && !isForm) jobs.say(detail.said);
  });

  // ---------------------------------------------------------------- pages for when there is no signal
  async function keepPages() {
    if (!root.dataset.worker || !navigator.serviceWorker) return;
    await navigator.serviceWorker.register(root.dataset.worker, { scope: root.dataset.home });
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType("resource").map((one) => one.name);
    const assets = loaded.filter((url) => url.startsWith(`${location.origin}/static/`));
    active.postMessage({ warm: [location.pathname, ...JSON.parse(root.dataset.warm)], assets });
  }
  for (const form of document.querySelectorAll(`form[action$="/logout"]`)) {
    form.addEventListener("submit", () => jobs.forgetPages());
  }

  async function begin() {
    const said = sessionStorage.getItem(SAID);
    sessionStorage.removeItem(SAID);
    for (const form of document.querySelectorAll("form[data-act=form], form[data-act=note]")) await recall(form);
    await jobs.paint();
    if (said) jobs.say(said);
    // A page that is minutes old came from the phone, or lay open: ask whether there is signal.
    if (Date.now() - Date.parse(root.dataset.drawn) > 60_000) await jobs.look();
    await jobs.drain();
  }
  begin();
  // Without signal nothing new is kept; the next visit does it.
  const keepLater = () => keepPages().catch(() => {});
  if (document.readyState === "complete") keepLater();
  else window.addEventListener("load", keepLater);
})();
