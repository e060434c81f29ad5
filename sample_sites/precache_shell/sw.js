// Everything is kept at install; a page that is not in the list gets the offline page.
const CACHE = 'trails-1';
const OFFLINE_PAGE = 'offline.html';

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) =>
      cache.addAll(['./', 'index.html', 'about.html', OFFLINE_PAGE, 'style.css', 'app.js', 'picture.svg'])
    )
  );
  self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  const forgetOthers = caches
    .keys()
    .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(forgetOthers.then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') {
    return;
  }
  event.respondWith(
    caches.match(event.request).then(
      (kept) =>
        kept ||
        fetch(event.request).catch((error) => {
          if (event.request.mode === 'navigate') {
            return caches.match(OFFLINE_PAGE);
          }
          throw error;
        })
    )
  );
});
