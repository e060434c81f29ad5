// ## What comes back
// Responses as they come out of a cache.

// # back-status
// Status, status text and ok come back.
// spec: cache-put
cache.put("/a", new Response("one", {status: 418, statusText: "short and stout"}))
(await cache.match("/a")).status
(await cache.match("/a")).statusText
(await cache.match("/a")).ok

// # back-headers
// Headers come back, with their case in lower case.
// spec: cache-put
cache.put("/a", new Response("one", {headers: {"X-One": "1", "x-two": " 2 "}}))
(await cache.match("/a")).headers.get("x-one")
(await cache.match("/a")).headers.get("X-Two")

// # back-repeated-headers
// A header that a script gave twice comes back with both values.
// spec: cache-put
// known: chromium-first-of-repeated-headers
cache.put("/a", new Response("one", {headers: [["x-kind", "1"], ["x-kind", "2"]]}))
(await cache.match("/a")).headers.get("x-kind")

// # back-empty-header
// A header with an empty value comes back, empty.
// spec: cache-put
cache.put("/a", new Response("one", {headers: {"x-kind": ""}}))
(await cache.match("/a")).headers.has("x-kind")
(await cache.match("/a")).headers.get("x-kind")

// # back-headers-are-bytes
// A header's value comes back with bytes beyond ASCII as they were.
// spec: cache-put
cache.put("/a", new Response("one", {headers: {"x-kind": "\u00e9\u00ff"}}))
// => undefined
(await cache.match("/a")).headers.get("x-kind") === "\u00e9\u00ff"
// => true

// # back-content-type
// The type that a string body brings along comes back.
// spec: fetch: concept-bodyinit-extract
cache.put("/a", new Response("one"))
(await cache.match("/a")).headers.get("content-type")

// # back-set-cookie
// A Set-Cookie header of a script's response is not stored: it cannot be given.
// spec: fetch: forbidden-response-header-name
cache.put("/a", new Response("one", {headers: {"set-cookie": "a=1"}}))
// => undefined
(await cache.match("/a")).headers.has("set-cookie")
// => false

// # back-headers-of-the-network
// Headers of a response from the network come back.
// spec: cache-put
cache.add("/ok")
(await cache.match("/ok")).headers.get("x-made-by")

// # back-immutable
// The headers of a response that comes out of a cache cannot be changed.
// spec: cache-match
cache.put("/a", new Response("one"))
// => undefined
(await cache.match("/a")).headers.set("x-kind", "1")
// => TypeError

// # back-type-default
// The type of a script's response is "default", and its URL is empty.
// spec: cache-put
cache.put("/a", new Response("one"))
(await cache.match("/a")).type
(await cache.match("/a")).url

// # back-type-basic
// The type of a response from this origin is "basic", and its URL is its own.
// spec: cache-put
cache.add("/ok")
(await cache.match("/ok")).type
(await cache.match("/ok")).url
(await cache.match("/ok")).redirected

// # back-type-cors
// The type of a response that another origin shares is "cors"; its hidden headers stay hidden.
// spec: cache-put
cache.put("/a", await fetch(elsewhere("/shared")))
// => undefined
(await cache.match("/a")).type
// => "cors"
(await cache.match("/a")).headers.has("x-hidden")
// => false
cache.match("/a")
// => "shared"

// # back-type-opaque
// Nothing of an opaque response can be read: no status, headers, URL or body.
// spec: cache-put
cache.put("/a", await fetch(elsewhere("/own"), {mode: "no-cors"}))
// => undefined
cache.match("/a").then((found) => [found.status, found.ok, found.url, [...found.headers].length, found.body])
// => [0, false, "", 0, null]
(await cache.match("/a")).text()
// => ""

// # back-opaque-under-an-embedder-policy
// A page whose embedder policy wants a say (require-corp) is refused an opaque response that its
// origin does not offer to others: match rejects with TypeError, there and nowhere else.
// spec: cache-matchall
cache.put("/a", await fetch(elsewhere("/own"), {mode: "no-cors"}))
// => undefined
(async () => (await frame("/require-corp.html")).caches.match("/a").then((found) => found.type, (error) => error.name))()
// => "TypeError"
caches.match("/a").then((found) => found.type)
// => "opaque"

// # back-opaque-offered-to-others
// With that policy an opaque response comes back whose origin offers it (Cross-Origin-Resource-Policy).
// spec: cache-matchall
cache.put("/a", await fetch(elsewhere("/offered"), {mode: "no-cors"}))
// => undefined
(async () => (await frame("/require-corp.html")).caches.match("/a").then((found) => found.type, (error) => error.name))()
// => "opaque"

// # back-null-body
// A response without a body comes back without one.
// spec: cache-put
cache.put("/a", new Response(null))
// => undefined
(await cache.match("/a")).body === null
// => true

// # back-empty-body
// An empty body comes back as a body that is empty.
// spec: cache-put
cache.put("/a", new Response(""))
// => undefined
(await cache.match("/a")).body !== null
// => true
cache.match("/a")
// => ""

// # back-204
// A response with status 204 comes back without a body.
// spec: cache-put
cache.put("/a", new Response(null, {status: 204}))
// => undefined
(await cache.match("/a")).body === null
// => true

// # back-content-type-of-blob
// A body's blob has the type that the Content-Type header says, changed ones too.
// spec: fetch: dom-body-blob
cache.put("/a", new Response("one", {headers: {"content-type": "text/css"}}))
// => undefined
(await cache.match("/a")).blob().then((blob) => blob.type)
// => "text/css"

// # back-json
// The body of what comes back can be read as JSON, bytes or a stream.
// spec: cache-match
cache.put("/a", new Response("[1, 2]"))
// => undefined
(await cache.match("/a")).json()
// => [1, 2]
(await cache.match("/a")).arrayBuffer().then((buffer) => buffer.byteLength)
// => 6
(await cache.match("/a")).body.getReader().read().then(({value}) => value.length)
// => 6

// # back-clone
// A response that comes out of a cache can be cloned, and both can be read.
// spec: cache-match
cache.put("/a", new Response("one"))
found = cache.match("/a")
copy = found.clone()
found.text()
copy.text()

// # back-clone-large
// Of a large response one clone can be read while the other is not.
// spec: cache-match
cache.put("/a", new Response("F".repeat(100000)))
// => undefined
(async () => { const found = await cache.match("/a"); return [(await found.clone().text()).length, found.bodyUsed]; })()
// => [100000, false]

// # back-blob-slices
// The blob of what comes back can be sliced.
// spec: fetch: dom-body-blob
cache.put("/a", new Response("a simple text"))
// => undefined
(await cache.match("/a")).blob().then((blob) => new Response(blob.slice(2, 8)).text())
// => "simple"

// # back-exposed-headers
// A header that another origin exposes comes back; Set-Cookie never.
// spec: cache-put
cache.put("/a", await fetch(elsewhere("/exposed")))
// => undefined
(await cache.match("/a")).headers.get("x-shown")
// => "1"
(await cache.match("/a")).headers.get("set-cookie")
// => null

// # back-into-another-cache
// A response that came out of one cache can be put into another.
// spec: cache-put
cache.put("/a", new Response("one"))
other = caches.open("other")
other.put("/b", await cache.match("/a"))
other.match("/b")

// # back-not-changed-by-its-object
// Changing a Response after it was put changes nothing of what is stored.
// spec: cache-put
(async () => {
  const given = new Response("one", {headers: {"x-kind": "1"}});
  await cache.put("/a", given);
  given.headers.set("x-kind", "2");
  return (await cache.match("/a")).headers.get("x-kind");
})()
// => "1"

// # back-changed-while-putting
// What is stored is the Response as it was when put was called.
// spec: cache-put
(async () => {
  const given = new Response("one", {headers: {"x-kind": "1"}});
  const put = cache.put("/a", given);
  given.headers.set("x-kind", "2");
  await put;
  return (await cache.match("/a")).headers.get("x-kind");
})()
// => "1"

// # back-ranges
// match does not answer Range headers: the whole response comes back, with its status.
// spec: cache-match
cache.put("/a", new Response("whole"))
cache.match(new Request("/a", {headers: {"range": "bytes=0-1"}}))
