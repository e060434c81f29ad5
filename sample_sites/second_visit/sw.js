// Network first; what comes back is kept as it passes through. Nothing is kept at install.
const CACHE = 'seen';

async function fetchAndKeep(request) {
  const response = await fetch(request);
  if (response.ok) {
    const cache = await caches.open(CACHE);
    await cache.put(request, response.clone());
  }
  return response;
}

self.addEventListener('fetch', (event) => {
  if (event.request.method === 'GET') {
    event.respondWith(
      fetchAndKeep(event.request).catch(async (error) => {
        const kept = await caches.match(event.request);
        if (kept) {
          return kept;
        }
        throw error;
      })
    );
  }
});
