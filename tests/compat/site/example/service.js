// From the cache; else from the network, and a copy into the cache; else the fallback.
onfetch = (event) => {
  if (event.request.mode === "navigate") return;
  event.respondWith(answer(event.request).catch(() => caches.match("/example/fallback")));
};
async function answer(request) {
  const hit = await caches.match(request);
  if (hit) return hit;
  const response = await fetch(request);
  const cache = await caches.open("v1");
  await cache.put(request, response.clone());
  return response;
}
// Adds a URL, and says what came of it.
onmessage = (event) => event.waitUntil((async () => {
  const cache = await caches.open("added");
  await cache.add(event.data.add);
  event.source.postMessage(await (await cache.match(event.data.add)).text());
})());
