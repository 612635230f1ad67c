// Lets the pages of a visit open without network: their shells and what they look like. Nothing that
// belongs to anybody is kept here; drafts lie encrypted in the browser's database.
const CACHE = "gridward-visit";
const SHELLS = ["/visit/shell", "/visits/shell"];
const AWAY = [502, 503, 504];
const LOOK = [
  "/static/visit.css", "/static/visit.svg", "/static/visit-form.js", "/static/visit-drafts.js", "/static/visit-store.js",
  "/static/visit-send.js", "/static/visit-photo.js", "/static/visit-list.js", "/static/visit-say.js",
  "/static/visit-place.js", "/static/visit-correct.js", "/static/visit-payload.js", "/static/visit-fill.js", "/static/visit-start.js", "/static/visit-deliver.js",
  "/assets/fonts.css", "/assets/tokens.css", "/assets/fonts/gridward-sans-400.woff2", "/assets/fonts/gridward-sans-700.woff2",
];

async function renew() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    [...SHELLS, ...LOOK].map(async (path) => {
      const answer = await fetch(path, { cache: "no-cache" }).catch(() => null);
      // a login page in a shell's place must not be kept
      if (answer && answer.ok && !answer.redirected) await cache.put(path, answer);
    }),
  );
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(renew());
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(renew()));

self.addEventListener("fetch", (event) => {
  const request = event.request, path = new URL(request.url).pathname;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") {
    const shell = () => caches.match(path.startsWith("/visits") ? SHELLS[1] : SHELLS[0]);
    event.respondWith(
      fetch(request).then(
        // a proxy that answers for a server that is away is no network either
        async (answer) => (AWAY.includes(answer.status) && (await shell())) || answer,
        async () => (await shell()) || Response.error(),
      ),
    );
  } else if (path.startsWith("/static/visit") || path.startsWith("/assets/")) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(path)) || Response.error()));
  }
});
