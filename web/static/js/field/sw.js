/* Keeps the field page usable without a network. Served at /field/sw.js with scope /field.
   The page tells it which files it needs ({type: "keep", version, urls}); they are stored together under that version, so a page never
   runs with files of another one. Visits and the task list are not its business: the page keeps those itself, where people can see them. */

const PREFIX = "geoaddr-field-";
const PATIENCE_MS = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (event.data?.type === "keep") event.waitUntil(keep(event.data.version, event.data.urls, event.source));
});

async function keep(version, urls, page) {
  const name = PREFIX + version;
  const others = (await caches.keys()).filter((key) => key.startsWith(PREFIX) && key !== name);
  const complete = await caches.has(name) && (await (await caches.open(name)).keys()).length >= urls.length;
  if (!complete) {
    const fresh = [];
    for (const url of urls) {
      const answer = await fetch(url, { credentials: "same-origin", cache: "reload" });
      // A redirect is the sign-in page: better to keep what is there.
      if (!answer.ok || answer.redirected) { page?.postMessage({ type: "not-kept", url, status: answer.status }); return; }
      fresh.push([url, answer]);
    }
    const cache = await caches.open(name);
    await Promise.all(fresh.map(([url, answer]) => cache.put(url, answer)));
  }
  await Promise.all(others.map((key) => caches.delete(key)));
  page?.postMessage({ type: "kept", version, replaced: others.length > 0 });
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  if (request.mode === "navigate") { event.respondWith(page(request)); return; }
  event.respondWith(file(request));
});

async function kept(request) {
  for (const name of (await caches.keys()).filter((key) => key.startsWith(PREFIX))) {
    const found = await (await caches.open(name)).match(request, { ignoreVary: true });
    if (found) return found;
  }
  return undefined;
}

/* The page itself: from the network while it answers quickly, else the kept one (whatever its query says). */
async function page(request) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request, { signal: patience.signal });
    if (answer.status < 500) return answer;
    return (await kept(new URL(request.url).pathname)) ?? answer;
  } catch (problem) {
    const found = await kept(new URL(request.url).pathname);
    if (found) return found;
    throw problem;
  } finally { clearTimeout(timer); }
}

async function file(request) {
  return (await kept(request)) ?? fetch(request);
}
