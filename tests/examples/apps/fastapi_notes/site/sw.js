self.addEventListener("install", event => {
  self.skipWaiting();
  event.waitUntil(caches.open("shell").then(cache => cache.addAll(["/"])));
});
self.addEventListener("activate", event => event.waitUntil(clients.claim()));
self.addEventListener("fetch", event => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.pathname === "/api/events") return;
  event.respondWith((async () => {
    const kept = await caches.match(event.request);
    if (kept && !url.pathname.startsWith("/api/")) return kept;
    try {
      const fresh = await fetch(event.request);
      if (fresh.ok && url.pathname.startsWith("/api/")) {
        const cache = await caches.open("api");
        await cache.put(event.request, fresh.clone());
      }
      return fresh;
    } catch (error) {
      return kept ?? Response.error();
    }
  })());
});
