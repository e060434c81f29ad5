// poster.svg is not on the server: addAll() rejects, and with it the install.
self.addEventListener('install', (event) => {
  const files = ['./', 'index.html', 'style.css', 'app.js', 'picture.svg', 'poster.svg'];
  event.waitUntil(caches.open('watch').then((cache) => cache.addAll(files)));
});

self.addEventListener('fetch', (event) => {
  event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
});
