// ## Cache: add, addAll
// Fetch and put in one.

// # add-stores
// add fetches and stores, and fulfils with undefined.
// spec: cache-add
cache.add("/ok")
cache.match("/ok")

// # add-takes-a-request
// add takes a Request, whose headers go to the origin and stay with the key.
// spec: cache-add
cache.add(new Request("/ok", {headers: {"x-kind": "1"}}))
(await cache.keys())[0].headers.get("x-kind")

// # add-overwrites
// add overwrites what was stored.
// spec: cache-add
cache.put("/ok", new Response("old"))
cache.add("/ok")
cache.matchAll()

// # add-refuses-what-is-not-ok
// add rejects with TypeError where the status is not in the range 200 to 299, and stores nothing.
// spec: cache-addAll
cache.add("/not-found")
cache.add("/failed")
cache.keys()

// # add-takes-any-ok
// add stores any status in the range 200 to 299 but 206.
// spec: cache-addAll
cache.add("/created")
cache.add("/no-content")
cache.matchAll()

// # add-refuses-partial
// add rejects with TypeError where the answer is partial.
// spec: cache-addAll
cache.add("/partial")
cache.keys()

// # add-refuses-vary-star
// add rejects with TypeError where the answer has Vary: *, alone or among others.
// spec: cache-addAll
cache.add("/vary-star")
cache.add("/vary-star-among")
cache.keys()

// # add-refuses-other-schemes
// add rejects with TypeError where the scheme is neither http nor https.
// spec: cache-addAll
cache.add("data:,a")
cache.add("file:///a")
cache.add("blob:https://elsewhere.test/a")
cache.keys()

// # add-refuses-other-methods
// add rejects with TypeError where the method is not GET.
// spec: cache-addAll
cache.add(new Request("/ok", {method: "POST"}))
cache.add(new Request("/ok", {method: "HEAD"}))
cache.keys()

// # add-invalid-url
// add rejects with TypeError where the string is no URL.
// spec: cache-addAll
cache.add("http://[")

// # add-network-error
// add rejects with TypeError where the network fails.
// spec: cache-addAll
cache.add("http://localhost:1/")
cache.keys()

// # add-cut-connection
// add rejects where the connection breaks in the middle of the body, and stores nothing.
// spec: cache-addAll
ends(cache.add("/cut"))
// => "rejected"
cache.keys()
// => []

// # add-follows-redirects
// add follows a redirect, and stores the end under the URL it was given.
// spec: cache-addAll
cache.add("/moved")
cache.keys()
cache.match("/moved")
(await cache.match("/moved")).redirected
cache.match("/ok")

// # add-redirect-to-nothing
// add rejects where a redirect leads to an answer that is not ok.
// spec: cache-addAll
cache.add("/moved-away")
cache.keys()

// # add-redirect-not-followed
// add rejects a redirect that it was told not to follow.
// spec: cache-addAll
cache.add(new Request("/moved", {redirect: "manual"}))
// => TypeError
cache.keys()
// => []

// # add-no-store
// Cache-Control: no-store keeps nothing out: it is for HTTP caches.
// spec: cache-addAll
cache.add("/no-store")
cache.match("/no-store")

// # add-needs-an-argument
// add and addAll without an argument reject with TypeError.
// spec: webidl: js-operations
cache.add()
// => TypeError
cache.addAll()
// => TypeError

// # add-cors
// add stores what another origin shares.
// spec: cache-addAll
cache.add(elsewhere("/shared"))
// => undefined
(await cache.match(elsewhere("/shared"))).type
// => "cors"

// # add-without-cors
// add rejects with TypeError what another origin does not share.
// spec: cache-addAll
cache.add(elsewhere("/own"))
// => TypeError
cache.keys()
// => []

// # add-opaque
// add rejects an opaque answer: its status cannot be known to be ok.
// spec: cache-addAll
cache.add(new Request(elsewhere("/own"), {mode: "no-cors"}))
// => TypeError
cache.keys()
// => []

// # add-aborted
// add rejects with AbortError where its Request was aborted before.
// spec: wpt: cache-abort.https.any.js
(() => { const controller = new AbortController(); controller.abort(); return cache.add(new Request("/ok", {signal: controller.signal})); })()
// => AbortError
cache.keys()
// => []

// # add-aborted-in-the-middle
// add rejects with AbortError where its Request is aborted while the body comes, and stores nothing.
// spec: wpt: cache-abort.https.any.js
(async () => {
  const controller = new AbortController();
  const added = cache.add(new Request("/slow", {signal: controller.signal}));
  await fetch("/ok");
  controller.abort();
  return added;
})()
// => AbortError
cache.keys()
// => []

// # add-request-read-before
// add takes a Request without a body that was read: there is nothing to be used up.
// spec: cache-add
request = new Request("/ok")
request.text()
// => ""
request.bodyUsed
// => false
cache.add(request)
// => undefined

// # add-all-undefined-among
// addAll takes undefined for the URL "undefined", and rejects where that is not found.
// spec: cache-addAll
cache.addAll(["/ok", undefined, "/other"])
// => TypeError
cache.keys()
// => []

// # add-all-opaque-partial
// addAll rejects opaque answers, one whose hidden status is 206 too.
// spec: cache-addAll
cache.addAll(["/ok", new Request(elsewhere("/own-partial"), {mode: "no-cors"})])
// => TypeError
cache.keys()
// => []

// # add-all-variant-twice
// Requests that agree in what Vary names are the same.
// spec: batch-cache-operations-algorithm
cache.addAll([new Request("/vary", {headers: {"x-kind": "1"}}), new Request("/vary", {headers: {"x-kind": "1", "x-other": "2"}})])
cache.keys()

// # add-all-aborted
// addAll rejects with AbortError where one of its Requests was aborted before, and stores nothing.
// spec: wpt: cache-abort.https.any.js
(() => { const controller = new AbortController(); controller.abort(); return cache.addAll(["/other", new Request("/ok", {signal: controller.signal})]); })()
// => AbortError
cache.keys()
// => []

// # add-same-request-twice
// The same Request can be added again.
// spec: cache-add
request = new Request("/ok")
cache.add(request)
cache.add(request)
cache.matchAll()

// # add-request-with-a-body
// add rejects a Request with a body, since its method cannot be GET.
// spec: cache-addAll
cache.add(new Request("/ok", {method: "POST", body: "one"}))
// => TypeError

// # add-all-stores
// addAll stores all, in the order of the list.
// spec: cache-addAll
cache.addAll(["/other", "/ok"])
cache.keys()
cache.matchAll()

// # add-all-empty
// addAll of an empty list fulfils.
// spec: cache-addAll
cache.addAll([])
cache.keys()

// # add-all-requests-and-urls
// addAll takes Requests and URLs together.
// spec: cache-addAll
cache.addAll([new Request("/ok"), "/other"])
cache.keys()

// # add-all-none-where-one-is-not-ok
// addAll stores nothing where one of the answers is not ok.
// spec: cache-addAll
cache.addAll(["/ok", "/not-found", "/other"])
cache.keys()

// # add-all-none-where-one-is-partial
// addAll stores nothing where one of the answers is partial, or has Vary: *.
// spec: cache-addAll
cache.addAll(["/ok", "/partial"])
cache.addAll(["/ok", "/vary-star"])
cache.keys()

// # add-all-none-where-one-breaks
// addAll stores nothing where one of the bodies breaks off.
// spec: cache-addAll
ends(cache.addAll(["/ok", "/cut"]))
// => "rejected"
cache.keys()
// => []

// # add-all-none-where-one-is-no-get
// addAll stores nothing where one of the Requests is not GET.
// spec: cache-addAll
cache.addAll(["/ok", new Request("/other", {method: "POST"})])
cache.keys()

// # add-all-keeps-what-was
// An addAll that fails leaves what was stored before.
// spec: cache-addAll
cache.put("/ok", new Response("old"))
cache.addAll(["/ok", "/not-found"])
cache.matchAll()

// # add-all-twice-the-same
// addAll rejects with InvalidStateError where two of its requests are the same, and stores nothing.
// spec: batch-cache-operations-algorithm
cache.addAll(["/ok", "/ok"])
cache.addAll(["/ok", new Request("/ok")])
cache.keys()

// # add-all-twice-what-is-not-ok
// addAll with the same URL twice, which is not ok, rejects for the answer: that is looked at first.
// spec: cache-addAll
cache.addAll(["/not-found", "/not-found"])

// # add-all-fragments
// URLs that differ only in their fragments are the same.
// spec: batch-cache-operations-algorithm
// known: chromium-add-all-fragments-apart
cache.addAll(["/ok#1", "/ok#2"])
cache.keys()

// # add-all-queries
// URLs that differ in their queries are not the same.
// spec: batch-cache-operations-algorithm
cache.addAll(["/ok", "/other"])
cache.keys()

// # add-all-variants
// Requests that the answers' Vary tells apart are not the same.
// spec: batch-cache-operations-algorithm
// known: chromium-one-entry-a-url
cache.addAll([new Request("/vary", {headers: {"x-kind": "1"}}), new Request("/vary", {headers: {"x-kind": "2"}})])
cache.keys()

// # add-all-same-variant
// Requests that differ only in what Vary does not name are the same.
// spec: batch-cache-operations-algorithm
cache.addAll([new Request("/ok", {headers: {"x-kind": "1"}}), new Request("/ok", {headers: {"x-kind": "2"}})])
cache.keys()

// # add-all-overwrites
// addAll overwrites what was stored, and the others stay.
// spec: cache-addAll
cache.put("/ok", new Response("old"))
cache.put("/a", new Response("stays"))
cache.addAll(["/other", "/ok"])
cache.matchAll()

// # add-all-wants-a-list
// addAll of something that cannot be iterated rejects with TypeError.
// spec: webidl: js-sequence
cache.addAll(1)
// => TypeError
cache.addAll({})
// => TypeError
cache.addAll(null)
// => TypeError

// # add-all-takes-a-set
// addAll takes anything that can be iterated.
// spec: webidl: js-sequence
cache.addAll(new Set(["/ok", "/other"]))
// => undefined
cache.keys()
// => ["/ok", "/other"]

// # add-all-refuses-before-it-fetches
// addAll refuses a Request that cannot be stored before anything is fetched.
// spec: cache-addAll
(async () => {
  const asked = () => performance.getEntriesByType("resource").filter((each) => each.name.endsWith("?never")).length;
  const how = await ends(cache.addAll(["/ok?never", new Request("/other", {method: "POST"})]));
  return [how, asked()];
})()
// => ["rejected", 0]

// # add-past-the-own-worker
// add in a service worker is no fetch event of that worker.
// spec: cache-addAll
(async () => {
  await controlled("/example/");
  await cache.put("/example/other-first", new Response("from the cache"));
  const worker = (await navigator.serviceWorker.getRegistration("/example/")).active;
  return new Promise((resolve) => {
    navigator.serviceWorker.onmessage = (event) => resolve(event.data);
    navigator.serviceWorker.startMessages();
    worker.postMessage({ add: "/example/other-first" });
  });
})()
// => "from the network"

// # add-through-a-worker
// add in a page goes through the service worker that controls the page.
// spec: cache-addAll
(async () => {
  const page = await controlled("/example/");
  await cache.put("/example/other-first", new Response("from the cache"));
  return page.caches.open("v2").then((opened) => opened.add("/example/other-first")).then(async () => {
    return (await (await caches.match("/example/other-first", {cacheName: "v2"})).text());
  });
})()
// => "from the cache"

// # add-in-a-service-worker
// add works in a service worker.
// spec: cache-addAll
inServiceWorker("(async () => { const cache = await caches.open('v1'); await cache.add('/ok'); return cache.match('/ok'); })()")
// => "ok"
