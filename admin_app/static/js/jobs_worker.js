// Answers for the pages of a crew when there is no signal.  The office is always asked first; a kept page is shown only
// where it does not answer.  A page is kept only if the office named the person for whom (X-Sawhorse-Keep), in a
// store of that person, which goes at sign-out, at the sign-in page, for another person and after a day; see
// decisions/0013.  Nothing is sent from here.
"use strict";
const PAGES = "sawhorse-jobs-pages-";
const ASSETS = "sawhorse-jobs-assets";
const KEEPS = "X-Sawhorse-Keep";
const KEPT_AT = "X-Kept-At";
const KEPT_FOR = 18 * 3600_000;
const FRESH_FOR = 5 * 60_000;
const PATIENCE = 4_000;
const MOST_ASSETS = 60;
const HOME = new URL(self.registration.scope).pathname;
const NEVER = new Set([`${HOME}ticket`, `${HOME}sw.js`]);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(asset(request));
  else if (url.pathname.startsWith(HOME) && !NEVER.has(url.pathname)) event.respondWith(page(event, url));
});

self.addEventListener("message", (event) => event.waitUntil(warm(event.data.warm ?? [], event.data.assets ?? [])));

const pageStores = async () => (await caches.keys()).filter((name) => name.startsWith(PAGES));

async function forget(except = "") {
  for (const name of await pageStores()) if (name !== except) await caches.delete(name);
}

// A page under its address without what follows the question mark: that names only the way back.
const nameOf = (url) => new URL(url.pathname, url.origin).href;

async function kept(url) {
  for (const name of await pageStores()) {
    const store = await caches.open(name);
    const found = await store.match(nameOf(url));
    if (!found) continue;
    if (Date.now() - Number(found.headers.get(KEPT_AT)) < KEPT_FOR) return found;
    await store.delete(nameOf(url));
  }
  return null;
}

async function keep(url, answer) {
  if (answer.type === "opaqueredirect" || (answer.redirected && !new URL(answer.url).pathname.startsWith(HOME))) {
    await forget(); // the office asks who this is
    return;
  }
  const person = answer.headers.get(KEEPS);
  if (!person || answer.status !== 200) return;
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, String(Date.now()));
  const copy = new Response(await answer.blob(), { status: 200, headers });
  await forget(PAGES + person);
  await (await caches.open(PAGES + person)).put(nameOf(url), copy);
}

async function page(event, url) {
  const there = await kept(url);
  const asked = fetch(event.request).then((answer) => {
    event.waitUntil(keep(url, answer.clone()).catch(() => {})); // cut off in the middle: the older copy stays
    return answer;
  });
  if (!there) return asked.catch(() => instead(event.request));
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE, there); });
  return Promise.race([asked.catch(() => there), late]);
}

async function instead(request) {
  const there = request.mode === "navigate" ? await kept(new URL(`${HOME}no-signal`, self.location.origin)) : null;
  return there ?? Response.error();
}

async function asset(request) {
  const store = await caches.open(ASSETS);
  const found = await store.match(request);
  const { pathname, searchParams } = new URL(request.url);
  // Named by version or content: what is here is right for ever.
  if (found && (pathname.includes("/vendor/") || searchParams.has("v"))) return found;
  try {
    const answer = await fetch(request);
    if (answer.status === 200) await store.put(request, answer.clone());
    return answer;
  } catch {
    return found ?? Response.error();
  }
}

async function warm(pages, assets) {
  const store = await caches.open(ASSETS);
  for (const address of assets) {
    if (!(await store.match(address))) await store.add(address).catch(() => {});
  }
  const old = await store.keys();
  for (const request of old.slice(0, Math.max(0, old.length - MOST_ASSETS))) await store.delete(request);
  for (const path of pages) {
    const url = new URL(path, self.location.origin);
    const there = await kept(url);
    if (there && Date.now() - Number(there.headers.get(KEPT_AT)) < FRESH_FOR) continue;
    const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer) return; // the signal went; the next visit goes on
    await keep(url, answer).catch(() => {});
  }
}
