// ## Cache: put
// A response under a request.

// # put-stores
// put stores the response, and fulfils with undefined.
// spec: cache-put
cache.put("/a", new Response("one"))
cache.match("/a")

// # put-takes-a-request
// put takes a Request as well as a URL.
// spec: cache-put
cache.put(new Request("/a"), new Response("one"))
cache.match("/a")

// # put-overwrites
// put overwrites what was stored under the same request.
// spec: batch-cache-operations-algorithm
cache.put("/a", new Response("one"))
cache.put("/a", new Response("two"))
cache.match("/a")
cache.matchAll()

// # put-overwrites-at-the-end
// An entry that is overwritten moves to the end.
// spec: batch-cache-operations-algorithm
cache.put("/a", new Response("one"))
cache.put("/b", new Response("two"))
cache.put("/a", new Response("three"))
cache.keys()

// # put-needs-two-arguments
// put with fewer than two arguments rejects with TypeError.
// spec: webidl: js-operations
cache.put()
// => TypeError
cache.put("/a")
// => TypeError

// # put-wants-a-response
// put of anything but a Response rejects with TypeError.
// spec: webidl: js-interface
cache.put("/a", "text")
// => TypeError
cache.put("/a", null)
// => TypeError
cache.put("/a", {})
// => TypeError

// # put-wants-no-promise
// put of a promise for a Response rejects with TypeError.
// spec: webidl: js-interface
cache.put("/a", Promise.resolve(new Response("one")))
// => TypeError

// # put-refuses-other-schemes
// put rejects with TypeError where the scheme is neither http nor https.
// spec: cache-put
cache.put("ftp://elsewhere.test/a", new Response("one"))
cache.put("file:///a", new Response("one"))
cache.put("data:,a", new Response("one"))
cache.put("blob:https://elsewhere.test/a", new Response("one"))
cache.put("about:blank", new Response("one"))
cache.put("chrome-extension://abc/a", new Response("one"))
cache.keys()

// # put-refuses-other-methods
// put rejects with TypeError where the method is not GET.
// spec: cache-put
cache.put(new Request("/a", {method: "POST"}), new Response("one"))
cache.put(new Request("/a", {method: "HEAD"}), new Response("one"))
cache.put(new Request("/a", {method: "PUT"}), new Response("one"))
cache.put(new Request("/a", {method: "DELETE"}), new Response("one"))
cache.put(new Request("/a", {method: "FOO"}), new Response("one"))
cache.keys()

// # put-method-in-lower-case
// A Request made with "get" is a GET.
// spec: fetch: concept-method-normalize
cache.put(new Request("/a", {method: "get"}), new Response("one"))
cache.match("/a")

// # put-refuses-partial
// put rejects a response with status 206.
// spec: cache-put
cache.put("/a", new Response("pa", {status: 206}))
cache.put("/b", await fetch("/partial"))
cache.keys()

// # put-refuses-vary-star
// put rejects a response with Vary: *.
// spec: cache-put
cache.put("/a", new Response("one", {headers: {vary: "*"}}))
cache.put("/a", new Response("one", {headers: {vary: "x-kind, *"}}))
cache.put("/a", new Response("one", {headers: [["vary", "x-kind"], ["vary", "*"]]}))
cache.put("/a", await fetch("/vary-star"))
cache.keys()

// # put-refuses-used-body
// put rejects a response whose body was read.
// spec: cache-put
read = new Response("one")
read.text()
cache.put("/a", read)
cache.keys()

// # put-refuses-locked-body
// put rejects a response whose body is being read.
// spec: cache-put
read = new Response("one")
void read.body.getReader()
// => undefined
cache.put("/a", read)
// => TypeError
cache.keys()
// => []

// # put-refuses-disturbed-body
// put rejects a response whose body was read in part and let go.
// spec: cache-put
read = new Response(bodyOf(["one", "two"]))
(async () => { const reader = read.body.getReader(); await reader.read(); reader.releaseLock(); })()
// => undefined
cache.put("/a", read)
// => TypeError

// # put-refused-keeps-what-was
// A put that is refused leaves what was stored before.
// spec: cache-put
cache.put("/a", new Response("one"))
cache.put("/a", new Response("two", {status: 206}))
cache.put("/a", new Response("two", {headers: {vary: "*"}}))
cache.match("/a")

// # put-uses-the-body
// put uses the response's body up; a clone that was made before can still be read.
// spec: cache-put
given = new Response("one")
kept = given.clone()
cache.put("/a", given)
// => undefined
given.bodyUsed
// => true
kept.text()
// => "one"

// # put-the-same-response-twice
// The same response cannot be put twice.
// spec: cache-put
given = new Response("one")
cache.put("/a", given)
cache.put("/b", given)
cache.keys()

// # put-without-a-body-twice
// A response without a body can be put twice: there is nothing to be used up.
// spec: cache-put
given = new Response(null)
cache.put("/a", given)
cache.put("/b", given)
cache.keys()

// # put-fetched-204-twice
// A response with status 204 from the network can be put twice: it has no body.
// spec: cache-put
// known: fetched-204-has-a-body
given = fetch("/no-content")
cache.put("/a", given)
cache.put("/b", given)

// # put-empty-body-twice
// An empty body is a body, and used up by put.
// spec: cache-put
given = new Response("")
cache.put("/a", given)
cache.put("/b", given)

// # put-not-found
// put stores a response that is not ok.
// spec: cache-put
cache.put("/a", new Response("gone", {status: 404}))
cache.put("/b", await fetch("/not-found"))
cache.put("/c", new Response("failed", {status: 500}))
cache.matchAll()

// # put-null-body-statuses
// put stores responses with the statuses that allow no body.
// spec: cache-put
cache.put("/204", new Response(null, {status: 204}))
cache.put("/205", new Response(null, {status: 205}))
cache.put("/304", new Response(null, {status: 304}))
cache.matchAll()

// # put-redirect
// put stores a redirect that a script made.
// spec: cache-put
cache.put("/a", Response.redirect("/b", 302))
(await cache.match("/a")).status
(await cache.match("/a")).type
(await cache.match("/a")).headers.has("location")

// # put-network-error
// put stores a network error: no step forbids it.
// spec: cache-put
cache.put("/a", Response.error())
cache.match("/a")

// # put-after-following-a-redirect
// put stores what fetch came to after a redirect, which stays marked as redirected.
// spec: cache-put
cache.put("/a", await fetch("/moved"))
(await cache.match("/a")).redirected
(await cache.match("/a")).url
cache.match("/a")

// # put-of-a-redirect-not-followed
// put stores a redirect that fetch was told not to follow, as an opaque one.
// spec: cache-put
cache.put("/a", await fetch("/moved", {redirect: "manual"}))
// => undefined
cache.match("/a")
// => opaqueredirect

// # put-another-url
// The key is the request's URL; the response's own may be another.
// spec: cache-put
cache.put("/a", await fetch("/ok"))
cache.keys()
(await cache.match("/a")).url
cache.match("/ok")

// # put-waits-for-the-body
// put settles when the whole body has come, not before.
// spec: cache-put
(async () => {
  const told = [];
  let finish;
  const body = new ReadableStream({start(stream) { finish = () => { stream.enqueue(new Uint8Array([65])); stream.close(); }; }});
  const put = cache.put("/a", new Response(body)).then(() => told.push("stored"));
  await cache.keys();
  told.push("finished");
  finish();
  await put;
  return told;
})()
// => ["finished", "stored"]
cache.match("/a")
// => "A"

// # put-not-seen-before-its-end
// An entry whose body is still coming is not found yet.
// spec: cache-put
(async () => {
  let finish;
  const body = new ReadableStream({start(stream) { finish = () => stream.close(); }});
  const put = cache.put("/a", new Response(body));
  const before = (await cache.keys()).length;
  finish();
  await put;
  return [before, (await cache.keys()).length];
})()
// => [0, 1]

// # put-pieces
// A body that comes in pieces is stored as one.
// spec: cache-put
cache.put("/a", new Response(bodyOf(["one ", "two ", "three"])))
// => undefined
cache.match("/a")
// => "one two three"

// # put-broken-body
// put rejects where the body breaks, and stores nothing.
// spec: cache-put
ends(cache.put("/a", new Response(bodyOf(["one"], true))))
// => "rejected"
cache.keys()
// => []

// # put-broken-keeps-what-was
// A put whose body breaks leaves what was stored before.
// spec: cache-put
cache.put("/a", new Response("kept"))
// => undefined
ends(cache.put("/a", new Response(bodyOf(["one"], true))))
// => "rejected"
cache.match("/a")
// => "kept"

// # put-broken-error
// put of a body that a script broke rejects with the error it was broken with.
// spec: cache-put
cache.put("/a", new Response(new ReadableStream({pull(stream) { stream.error(new RangeError("broken")); }})))
// => RangeError

// # put-cut-connection
// put rejects where the connection breaks in the middle of the body, and stores nothing.
// spec: cache-put
ends(cache.put("/a", await fetch("/cut")))
// => "rejected"
cache.keys()
// => []

// # put-aborted
// put of a response whose fetch is aborted in the middle rejects, and stores nothing.
// spec: cache-put
(async () => {
  const controller = new AbortController();
  const response = await fetch("/slow", {signal: controller.signal});
  const put = cache.put("/a", response);
  controller.abort();
  return put;
})()
// => AbortError
cache.keys()
// => []

// # put-bytes
// put stores the bytes as they are, whether they are text or not.
// spec: cache-put
cache.put("/a", new Response(new Uint8Array([0, 255, 254, 13, 10, 128])))
// => undefined
(await cache.match("/a")).arrayBuffer().then((buffer) => [...new Uint8Array(buffer)])
// => [0, 255, 254, 13, 10, 128]

// # put-large
// A body of four million bytes comes back whole.
// spec: cache-put
cache.put("/a", new Response(new Uint8Array(4000000).fill(7)))
// => undefined
(await cache.match("/a")).arrayBuffer().then((buffer) => buffer.byteLength)
// => 4000000

// # put-body-types
// put stores a body of any kind: ArrayBuffer, Blob, URLSearchParams, FormData, stream.
// spec: cache-put
Promise.all([new Uint8Array([65, 66]).buffer, new Blob(["blob"]), new URLSearchParams("a=1&b=2"), bodyOf(["stream"])]
  .map(async (body, at) => { await cache.put("/" + at, new Response(body)); return cache.match("/" + at); }))
// => ["AB", "blob", "a=1&b=2", "stream"]
(async () => {
  const form = new FormData();
  form.append("field", "value");
  await cache.put("/form", new Response(form));
  return (await (await cache.match("/form")).formData()).get("field");
})()
// => "value"

// # put-data-url
// put stores what was fetched from a data: URL, under a key over http or https.
// spec: cache-put
cache.put("/a", await fetch("data:text/plain,one"))
// => undefined
cache.match("/a")
// => "one"
(await cache.match("/a")).url
// => "data:text/plain,one"

// # put-blob-url
// put stores what was fetched from a blob: URL.
// spec: cache-put
cache.put("/a", await fetch(URL.createObjectURL(new Blob(["one"]))))
// => undefined
cache.match("/a")
// => "one"

// # put-aborted-too-late
// Aborting a fetch whose response was put already takes nothing back.
// spec: cache-put
(async () => {
  const controller = new AbortController();
  await cache.put("/a", await fetch("/ok", {signal: controller.signal}));
  controller.abort();
  return cache.match("/a");
})()
// => "ok"

// # put-leaves-no-body
// put marks neither a Request nor a Response without a body as used.
// spec: cache-put
request = new Request("/a")
given = new Response()
cache.put(request, given)
// => undefined
[request.bodyUsed, given.bodyUsed]
// => [false, false]

// # put-locks-the-body
// After put the response's body cannot be read by a reader either.
// spec: cache-put
given = new Response("one")
cache.put("/a", given)
// => undefined
given.body.getReader()
// => TypeError

// # put-not-modified-request
// put takes a Request with headers for a conditional answer, and looks at none of them.
// spec: cache-put
cache.put(new Request("/a", {headers: {"if-none-match": "x", "range": "bytes=0-0"}}), new Response("one"))
cache.match("/a")

// # put-blob
// A Blob as the body gives its type to the response, and both are stored.
// spec: cache-put
cache.put("/a", new Response(new Blob(["<p>"], {type: "text/html"})))
// => undefined
(await cache.match("/a")).headers.get("content-type")
// => "text/html"
(await cache.match("/a")).blob().then((blob) => [blob.type, blob.size])
// => ["text/html", 3]

// # put-opaque
// put stores the opaque response of another origin, which stays opaque.
// spec: cache-put
cache.put("/a", await fetch(elsewhere("/own"), {mode: "no-cors"}))
// => undefined
cache.match("/a")
// => opaque
(await cache.match("/a")).status
// => 0

// # put-opaque-partial
// put stores an opaque response whose hidden status is 206.
// spec: cache-put
ends(cache.put("/a", await fetch(elsewhere("/own-partial"), {mode: "no-cors"})))
// => "fulfilled"

// # put-opaque-vary-star
// put stores an opaque response whose hidden headers have Vary: *.
// spec: cache-put
ends(cache.put("/a", await fetch(elsewhere("/own-vary-star"), {mode: "no-cors"})))
// => "fulfilled"

// # put-hidden-vary-star
// put stores what another origin shares although it has a Vary: * that is hidden from scripts.
// spec: cache-put
// known: firefox-sees-hidden-vary
ends(cache.put("/a", await fetch(elsewhere("/shared-vary-star"))))
// => "fulfilled"

// # put-at-once
// Puts that were started together are all stored.
// spec: cache-put
Promise.all([1, 2, 3, 4, 5].map((at) => cache.put("/" + at, new Response("n" + at)))).then(() => "stored")
// => "stored"
cache.keys().then((keys) => keys.length)
// => 5

// # put-over-https-only-of-the-page
// put takes keys over http and https, of any host; what counts is the page's own security.
// spec: cache-put
cache.put("http://elsewhere.test/a", new Response("one"))
cache.put("https://elsewhere.test/a", new Response("two"))
cache.keys()

// # put-in-a-dedicated-worker
// put works in a dedicated worker.
// spec: cache-put
inWorker("caches.open('v1').then((cache) => cache.put('/a', new Response('one')).then(() => cache.match('/a')))")
// => "one"

// # put-in-a-service-worker
// put works in a service worker.
// spec: cache-put
inServiceWorker("caches.open('v1').then((cache) => cache.put('/a', new Response('one')).then(() => cache.match('/a')))")
// => "one"
