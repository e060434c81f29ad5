// No clients.claim(), no skipWaiting(): the page that installs this worker is never controlled by it.
const CACHE = 'atlas';
const FILES = ['./', './index.html', './style.css', './app.js', './picture.svg'];

async function keepFiles() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES);
}

self.addEventListener('install', (event) => event.waitUntil(keepFiles()));

self.addEventListener('fetch', (event) => {
  event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
});
