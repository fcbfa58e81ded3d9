// Sends what waits on this phone, in the order in which it was done, each act once.  What the office refuses stays with
// its sentence and holds back the later acts of the same job only.  Nothing goes out unless the person who is signed in
// is the one who did it.  Tells the page by the event "sawhorse:queue" on the document.
(() => {
  "use strict";
  const jobs = window.sawhorseJobs;
  const root = document.querySelector("[data-jobs]");
  if (!root || !jobs) return;
  const person = Number(root.dataset.person);
  const EVERY = 15_000;
  const PATIENCE = { photos: 120_000, other: 30_000 };
  let running = null;
  let again = false;

  jobs.person = person;
  jobs.mode = navigator.onLine ? "idle" : "away";

  function tell(mode, more = {}) {
    jobs.mode = mode;
    document.dispatchEvent(new CustomEvent("sawhorse:queue", { detail: { mode, ...more } }));
  }

  // Who is signed in, and a token of this very session; a string says why there is none.
  async function ticket() {
    try {
      const answer = await fetch(root.dataset.ticket, {
        headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual",
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.status === 401 || answer.type === "opaqueredirect") return "out";
      if (!answer.ok) return "busy";
      const found = await answer.json();
      return found.person === person ? found : "other";
    } catch {
      return "away";
    }
  }

  function body(act, token) {
    const form = new FormData();
    const said = { csrf_token: token, key: act.key, person: act.person, at: act.at, sent: new Date().toISOString() };
    for (const [name, value] of Object.entries(said)) form.set(name, value);
    for (const [name, value] of act.fields) form.append(name, value);
    for (const file of act.files) form.append(file.field, new File([file.bytes], file.name, { type: file.type }));
    return form;
  }

  async function send(act, token) {
    let answer;
    let said = {};
    try {
      answer = await fetch(act.url, {
        method: "POST", body: body(act, token), headers: { Accept: "application/json" }, redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE[act.kind] ?? PATIENCE.other),
      });
      if (answer.type !== "opaqueredirect") said = await answer.json();
    } catch (error) {
      // A page instead of an answer is a gateway in between; anything else is the signal.
      return error instanceof SyntaxError && answer?.ok === false ? { what: "busy" } : { what: "away" };
    }
    if (answer.status === 401 || answer.type === "opaqueredirect") return { what: "out" };
    if (answer.status === 400) return { what: "token", sentence: said.error };
    if (answer.status === 429 || answer.status >= 500) return { what: "busy" };
    if (answer.ok) return { what: "done", said: said.said };
    const gone = "This job is not on your list any more, so the office did not take it";
    return { what: "refused", status: answer.status, sentence: answer.status === 404 ? gone : said.error || "" };
  }

  const mine = async () => (await jobs.all()).filter((act) => act.person === person);

  async function next() {
    const acts = await mine();
    const held = new Set(acts.filter((act) => act.state === "refused").map((act) => act.job));
    return acts.find((act) => act.state === "waits" && !held.has(act.job));
  }

  async function work() {
    let act = await next();
    if (!act) return tell(jobs.mode === "away" && !navigator.onLine ? "away" : "idle");
    tell("sending");
    let pass = await ticket();
    if (typeof pass === "string") return tell(pass);
    let fresh = true;
    while (act) {
      const got = await send(act, pass.token);
      if (got.what === "token" && fresh) {
        // The session changed under us: one new token, then the office's word counts.
        pass = await ticket();
        if (typeof pass === "string") return tell(pass);
        fresh = false;
        continue;
      }
      fresh = true;
      if (got.what === "done") {
        await jobs.remove(act.id);
        tell("sending", { sent: act, said: got.said });
      } else if (got.what === "refused" || got.what === "token") {
        await jobs.change(act.id, { state: "refused", sentence: got.sentence, status: got.status });
        tell("sending", { refused: act });
      } else {
        return tell(got.what);
      }
      act = await next();
    }
    return tell("idle", { emptied: true });
  }

  // One tab sends at a time; where a browser knows no locks, the keys still make each act count once.
  const alone = () => (navigator.locks ? navigator.locks.request("sawhorse-jobs-send", work) : work());

  jobs.drain = () => {
    if (running) {
      again = true;
      return running;
    }
    running = alone().catch(() => tell(navigator.onLine ? "idle" : "away")).finally(() => {
      running = null;
      if (again) {
        again = false;
        jobs.drain();
      }
    });
    return running;
  };
  jobs.look = async () => {
    const pass = await ticket();
    tell(typeof pass === "string" ? pass : "idle");
    if (pass === "out" || pass === "other") jobs.forgetPages();
    return pass;
  };
  jobs.tryAgain = async (id) => {
    await jobs.change(id, { state: "waits" });
    return jobs.drain();
  };

  window.addEventListener("online", () => jobs.look().then(jobs.drain));
  window.addEventListener("offline", () => tell("away"));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && jobs.drain());
  setInterval(async () => {
    if (jobs.mode === "away" && !(await next())) await jobs.look();
    else if (["away", "busy", "out"].includes(jobs.mode)) await jobs.drain();
  }, EVERY);
})();
