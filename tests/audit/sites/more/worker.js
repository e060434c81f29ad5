// A worker made by hand: it keeps what is listed at install, and answers other pages with FALLBACK.
const FILES = [];
const FALLBACK = null;

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open("kept").then((cache) => cache.addAll(FILES)));
});

addEventListener("activate", (event) => { event.waitUntil(clients.claim()); });

addEventListener("fetch", (event) => {
  event.respondWith(caches.match(event.request).then((found) => found || fetch(event.request))
    .catch((error) => {
      if (FALLBACK && event.request.mode === "navigate") {
        return caches.match(FALLBACK);
      }
      throw error;
    }));
});
