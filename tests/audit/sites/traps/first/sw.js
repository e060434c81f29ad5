const CACHE = "first";
const RIVALS = ["second"];
const FILES = ["./"];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

addEventListener("activate", (event) => { event.waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((name) => RIVALS.includes(name)).map((name) => caches.delete(name))))); });

addEventListener("fetch", (event) => {
  event.respondWith(caches.open(CACHE).then((cache) => cache.match(event.request))
    .then((found) => found || fetch(event.request)));
});
