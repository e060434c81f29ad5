/* The bug that exploring has to find: what is looked up ignores the query, and Vary with it. */
addEventListener("message", (event) => {
  if (event.data === "skip") {
    skipWaiting();
  }
});

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.pathname !== "/item") {
    return;
  }
  event.respondWith((async () => {
    const cache = await caches.open("items");
    const found = await cache.match(event.request, { ignoreSearch: true });
    if (found) {
      return found;
    }
    const answer = await fetch(event.request);
    await cache.put(event.request, answer.clone());
    return answer;
  })());
});
