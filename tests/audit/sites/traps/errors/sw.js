const FILES = ["./", "gone.html"];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open("errors").then((cache) => Promise.all(
    FILES.map((file) => fetch(file).then((answer) => cache.put(file, answer)))
  )));
});

addEventListener("activate", (event) => { event.waitUntil(clients.claim()); });

addEventListener("fetch", (event) => {
  event.respondWith(caches.open("errors").then((cache) => cache.match(event.request))
    .then((found) => found || fetch(event.request)));
});
