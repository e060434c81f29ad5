self.addEventListener("install", (event) => {
  event.waitUntil(caches.open("trial").then((cache) => cache.addAll(["./", "index.html"])));
});
self.addEventListener("fetch", (event) => {
  event.respondWith(caches.match(event.request).then((found) => found || fetch(event.request)));
});
