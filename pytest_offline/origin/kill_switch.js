// A worker that ends all workers: it takes over at once, deletes what the origin cached, unregisters
// itself, and loads every page again that it had under control, now without a worker.
'use strict';

self.addEventListener('install', () => {
  self.skipWaiting();
});

const emptied = () => caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))));

// A page that has gone, or is leaving, cannot be sent anywhere: that is no reason to keep the others.
const loadAgain = (page) => page.navigate(page.url).catch(() => undefined);

// Where unregistering waits for the last page to leave (until https://github.com/w3c/ServiceWorker/pull/1415;
// Chromium 83 and 156 do), a page that is back before it and registers its worker brings this one back to
// life: nothing is fetched, nothing installed, it would stay for good. So once more when all are back.
const stayGone = () => self.registration.active && self.registration.unregister();

self.addEventListener('activate', (event) => {
  event.waitUntil(
    emptied()
      .then(() => self.registration.unregister())
      .then(() => self.clients.matchAll({ type: 'window' }))
      .then((pages) => {
        // Not waited for: a navigation may wait for the end of this event.
        Promise.all(pages.map(loadAgain)).then(stayGone);
      })
  );
});

// A navigation comes here only before this worker is gone, or after it was brought back to life: its page
// would be under control, and by its own `register()` bring the worker back again, whenever that is
// unregistered. So it is sent on to where it goes, as what it is (307 keeps a form's method and body): which
// worker a redirect is for is asked anew (https://fetch.spec.whatwg.org/#concept-http-redirect-fetch), and
// it is for none of those that were unregistered.
self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') {
    event.respondWith(
      self.registration.unregister().then(() => Response.redirect(event.request.url, 307))
    );
  }
});
