const CACHE = "leaves";
const FILES = ["./"];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

addEventListener("activate", (event) => { event.waitUntil(clients.claim()); });

addEventListener("fetch", (event) => {
  event.respondWith(caches.open(CACHE).then((cache) => cache.match(event.request))
    .then((found) => found || fetch(event.request)));
});
