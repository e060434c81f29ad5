// ## Living with a service worker
// What the first description of put promised: from the cache, else from the network and a clone into
// the cache, else a fallback.

// # fetch-then-put
// fetch and then put store what add stores.
// spec: cache-add
cache.put("/ok", await fetch("/ok"))
cache.match("/ok")
cache.delete("/ok")
cache.add("/ok")
cache.match("/ok")

// # put-a-clone
// A clone is put, and the response itself can still be read.
// spec: cache-put
response = fetch("/ok")
copy = response.clone()
cache.put("/ok", copy)
response.text()
cache.match("/ok")

// # clone-after-put
// A response that was put cannot be cloned any more.
// spec: fetch: dom-response-clone
(async () => { const response = await fetch("/ok"); await cache.put("/ok", response); return response.clone(); })()
// => TypeError

// # worker-answers-from-the-cache
// A worker that puts what it fetched answers the same request from the cache the next time.
// spec: cache-put
(async () => {
  const page = await controlled("/example/");
  const first = await (await page.fetch("/example/counted")).text();
  const second = await (await page.fetch("/example/counted")).text();
  return [first === second, (await caches.match("/example/counted")) !== undefined];
})()
// => [true, true]

// # worker-answers-with-the-fallback
// A worker whose fetch fails answers with the fallback that is stored.
// spec: cache-storage-match
cache.put("/example/fallback", new Response("fallback"))
// => undefined
(async () => { const page = await controlled("/example/"); return (await page.fetch("/example/refused")).text(); })()
// => "fallback"

// # worker-response-has-its-url
// A response from a cache that a worker answers with has the URL of the request, where the stored
// one has none.
// spec: fetch: concept-http-fetch
(async () => {
  const page = await controlled("/example/");
  await cache.put("/example/made", new Response("made"));
  const found = await page.fetch("/example/made");
  return [new URL(found.url).pathname, await found.text()];
})()
// => ["/example/made", "made"]

// # worker-keys-of-navigations
// A worker may put the Request of a navigation, and matches it by its URL.
// spec: cache-put
(async () => {
  await controlled("/kept/");
  return caches.match("/kept/page.html", {cacheName: "navigations"}).then((found) => found.status);
})()
// => 200

// # worker-caches-outlive-it
// What a worker stored stays when the worker is unregistered.
// spec: cache-lifetimes
(async () => {
  await inServiceWorker("caches.open('v1').then((cache) => cache.put('/a', new Response('stays')))");
  await (await navigator.serviceWorker.getRegistration("/worker/")).unregister();
  return caches.match("/a");
})()
// => "stays"

// # caches-outlive-the-page
// What a frame stored stays when the frame is gone.
// spec: cache-lifetimes
(async () => {
  const page = await frame();
  await page.eval("caches.open('v1').then((cache) => cache.put('/a', new Response('stays')))");
  document.querySelector("iframe").remove();
  return caches.match("/a");
})()
// => "stays"

// # storage-says-what-is-used
// navigator.storage.estimate tells of what caches hold.
// spec: storage: dom-storagemanager-estimate
(async () => {
  await cache.put("/a", new Response(new Uint8Array(100000)));
  return (await navigator.storage.estimate()).usage >= 100000;
})()
// => true
