// Keeps the files of its version; takes over only when it is told to, or when no tab is left.
const CACHE = 'tides-1';
const FILES = ['./', 'app.1a2b.js', 'map.1a2b.js'];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
  );
});

self.addEventListener('message', (event) => {
  if (event.data === 'skip-waiting') {
    self.skipWaiting();
  }
  if (event.data === 'claim') {
    event.waitUntil(self.clients.claim());
  }
});

self.addEventListener('fetch', (event) => {
  event.respondWith(
    caches.open(CACHE).then((cache) => cache.match(event.request)).then((kept) => kept || fetch(event.request))
  );
});
