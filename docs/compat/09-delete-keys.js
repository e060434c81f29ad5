// ## Cache: delete, keys
// What is there, and taking it away.

// # delete-removes
// delete removes the entry that matches, and fulfils with true.
// spec: cache-delete
cache.put("/a", new Response("one"))
cache.put("/b", new Response("two"))
cache.delete("/a")
cache.match("/a")
cache.keys()

// # delete-nothing
// delete fulfils with false where nothing matches.
// spec: cache-delete
cache.delete("/a")
cache.put("/a", new Response("one"))
cache.delete("/b")
cache.keys()

// # delete-takes-a-request
// delete takes a Request as well as a URL.
// spec: cache-delete
cache.put("/a", new Response("one"))
cache.delete(new Request("/a"))
cache.keys()

// # delete-needs-an-argument
// delete without an argument rejects with TypeError.
// spec: webidl: js-operations
cache.delete()
// => TypeError

// # delete-fragment
// delete takes no notice of fragments.
// spec: cache-delete
cache.put("/a#x", new Response("one"))
cache.delete("/a#y")
cache.keys()

// # delete-keeps-what-was-read
// A response that was found before its entry was deleted can still be read.
// spec: cache-delete
cache.put("/a", new Response("one"))
found = cache.match("/a")
cache.delete("/a")
found.text()
cache.match("/a")

// # delete-waits-for-nobody
// delete does not touch an entry whose body is still coming: it is not there yet.
// spec: cache-delete
(async () => {
  let finish;
  const body = new ReadableStream({start(stream) { finish = () => stream.close(); }});
  const put = cache.put("/a", new Response(body));
  const deleted = await cache.delete("/a");
  finish();
  await put;
  return [deleted, (await cache.keys()).length];
})()
// => [false, 1]

// # delete-keeps-the-order
// delete leaves the others in their order.
// spec: cache-delete
cache.put("/a", new Response("one"))
cache.put("/b", new Response("two"))
cache.put("/c", new Response("three"))
cache.delete("/b")
cache.keys()

// # keys-in-order
// keys gives Requests in the order in which they were put.
// spec: cache-keys
cache.put("/b", new Response("one"))
cache.put("/c", new Response("two"))
cache.put("/a", new Response("three"))
cache.keys()

// # keys-empty
// keys is an empty array where nothing is stored.
// spec: cache-keys
cache.keys()
cache.keys("/a")

// # keys-of-a-request
// keys with a request gives the keys that match it.
// spec: cache-keys
cache.put("/a", new Response("one"))
cache.put("/b", new Response("two"))
cache.keys("/a")
cache.keys(new Request("/b"))

// # keys-are-requests
// keys gives Request objects, GET all of them.
// spec: cache-keys
cache.put("/a", new Response("one"))
// => undefined
(await cache.keys()).map((key) => key instanceof Request && key.method)
// => ["GET"]

// # keys-headers
// keys gives the headers that the request was put with.
// spec: cache-keys
cache.put(new Request("/a", {headers: {"x-kind": "1", "x-other": "2"}}), new Response("one"))
(await cache.keys())[0].headers.get("x-kind")
(await cache.keys())[0].headers.get("x-other")

// # keys-fragment
// keys gives the URL with the fragment that it was put with.
// spec: cache-keys
// known: chromium-83-drops-fragments
cache.put("/a#x", new Response("one"))
cache.keys()

// # keys-empty-fragment
// keys gives the URL with an empty fragment that it was put with.
// spec: cache-keys
// known: chromium-83-drops-fragments, firefox-drops-empty-fragments
cache.put("/a#", new Response("one"))
cache.keys()

// # keys-are-new
// keys gives new Request objects each time.
// spec: cache-keys
cache.put("/a", new Response("one"))
// => undefined
(await cache.keys())[0] === (await cache.keys())[0]
// => false

// # keys-are-frozen
// The array that keys fulfils with is frozen.
// spec: cache-keys
Object.isFrozen(await cache.keys())
// => true

// # keys-mode-and-more
// keys gives mode, credentials, cache mode, redirect mode and referrer policy as they were put.
// spec: cache-keys
cache.put(new Request("/a", {mode: "same-origin", credentials: "include", cache: "no-store", redirect: "error", referrerPolicy: "origin"}), new Response("one"))
// => undefined
(await cache.keys()).map((key) => [key.mode, key.credentials, key.cache, key.redirect, key.referrerPolicy])
// => [["same-origin", "include", "no-store", "error", "origin"]]

// # keys-integrity
// keys gives the integrity that the request was put with.
// spec: cache-keys
cache.put(new Request("/a", {integrity: "sha256-AAAA"}), new Response("one"))
// => undefined
(await cache.keys()).map((key) => key.integrity)
// => ["sha256-AAAA"]

// # keys-destination
// The key of a frame's navigation, put by its service worker, has the destination "iframe".
// spec: cache-keys
(async () => { await controlled("/kept/"); return (await (await caches.open("navigations")).keys()).map((key) => key.destination); })()
// => ["iframe"]
