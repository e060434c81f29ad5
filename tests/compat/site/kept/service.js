// Keeps the pages that are asked for, under their own requests.
onfetch = (event) => event.respondWith(keep(event.request));
async function keep(request) {
  const response = await fetch(request);
  const cache = await caches.open("navigations");
  await cache.put(request, response.clone());
  return response;
}
