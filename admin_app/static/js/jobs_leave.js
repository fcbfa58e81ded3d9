// On the sign-in page: whoever is here is signed out, so that no page of a job stays on this phone; and it is said what
// still waits to be sent once its person is back.
(async () => {
  "use strict";
  const box = document.querySelector("[data-jobs-waiting]");
  if ("caches" in window) {
    for (const name of await caches.keys()) if (name.startsWith("sawhorse-jobs-pages-")) await caches.delete(name);
  }
  const bases = await window.indexedDB?.databases?.().catch(() => []);
  if (!box || !bases?.some((one) => one.name === "sawhorse-jobs")) return;
  const waiting = (await window.sawhorseJobs.all()).length;
  if (!waiting) return;
  const one = waiting === 1;
  box.textContent = `${one ? "1 thing" : `${waiting} things`} done on this phone ${one ? "waits" : "wait"} to be sent. `
    + "Sign in as the person who did it.";
  box.hidden = false;
})();
