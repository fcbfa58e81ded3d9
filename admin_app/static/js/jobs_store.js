// What was done on this phone and is not with the office yet: acts and drafts in a database of the browser, which
// outlives reload, restart and sign-out.  Each act names its person, its job, the key under which it counts once, and
// when it was done.  decisions/0013 says why this may lie here.
window.sawhorseJobs = (() => {
  "use strict";
  const NAME = "sawhorse-jobs";
  let opened = null;

  function open() {
    opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("acts", { keyPath: "id", autoIncrement: true });
        asked.result.createObjectStore("drafts", { keyPath: "where" });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
      asked.onblocked = () => reject(new Error("blocked"));
    });
    return opened;
  }

  // One request in a transaction of its own, kept for good before the promise resolves.
  async function run(store, mode, ask) {
    const base = await open();
    return new Promise((resolve, reject) => {
      const act = base.transaction(store, mode, mode === "readwrite" ? { durability: "strict" } : undefined);
      const request = ask(act.objectStore(store));
      act.oncomplete = () => resolve(request.result);
      act.onabort = () => reject(act.error);
      act.onerror = () => reject(act.error);
    });
  }

  return {
    add: (act) => run("acts", "readwrite", (store) => store.add({ ...act, state: "waits" })),
    all: () => run("acts", "readonly", (store) => store.getAll()),
    one: (id) => run("acts", "readonly", (store) => store.get(id)),
    remove: (id) => run("acts", "readwrite", (store) => store.delete(id)),
    change: async (id, but) => {
      const act = await run("acts", "readonly", (store) => store.get(id));
      if (act) await run("acts", "readwrite", (store) => store.put({ ...act, ...but }));
    },
    keepDraft: (where, fields) => run("drafts", "readwrite", (store) => store.put({ where, fields })),
    draft: async (where) => (await run("drafts", "readonly", (store) => store.get(where)))?.fields,
    dropDraft: (where) => run("drafts", "readwrite", (store) => store.delete(where)),
    // Pages kept for when there is no signal; acts and drafts stay.
    forgetPages: async () => {
      if (!("caches" in window)) return;
      for (const name of await caches.keys()) {
        if (name.startsWith("sawhorse-jobs-pages-")) await caches.delete(name);
      }
    },
  };
})();
