// Look in the cache, else fetch and put a clone, else a fallback picture.
const CACHE = 'v1';
const FALLBACK = 'pictures/fallback.svg';
const SHELL = [
  './',
  'index.html',
  'style.css',
  'app.js',
  FALLBACK,
  'pictures/dunes.svg',
  'pictures/harbour.svg',
  'pictures/forest.svg',
  'pictures/night.svg',
];

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

function fetchAndKeep(event) {
  return fetch(event.request).then((response) => {
    if (response.ok) {
      const copy = response.clone();
      event.waitUntil(caches.open(CACHE).then((cache) => cache.put(event.request, copy)));
    }
    return response;
  });
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) {
    return;
  }
  event.respondWith(
    caches
      .match(request)
      .then((kept) => kept || fetchAndKeep(event))
      .catch(() => (request.destination === 'image' ? caches.match(FALLBACK) : Response.error()))
  );
});
