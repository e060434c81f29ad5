const CACHE = "fallback";
const FILES = ["offline.html"];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

addEventListener("activate", (event) => { event.waitUntil(clients.claim()); });

addEventListener("fetch", (event) => {
  event.respondWith(fetch(event.request).catch(() => caches.match(new URL("offline.html", location))));
});
