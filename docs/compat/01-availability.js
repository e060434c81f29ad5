// ## Availability
// Where `caches` is there at all.

// # caches-in-a-page
// A page in a secure context has `caches`, a CacheStorage.
// spec: self-caches
self.isSecureContext
// => true
caches
// => CacheStorage
self.caches === self.caches
// => true

// # caches-need-a-secure-context
// A page that is no secure context has no `caches`.
// spec: self-caches
// on: insecure
self.isSecureContext
// => false
typeof self.caches
// => "undefined"

// # interfaces-need-a-secure-context
// A page that is no secure context has neither Cache nor CacheStorage.
// spec: cachestorage-interface
// on: insecure
typeof Cache
// => "undefined"
typeof CacheStorage
// => "undefined"

// # caches-in-a-dedicated-worker
// A dedicated worker has `caches`.
// spec: self-caches
inWorker("caches")
// => CacheStorage

// # caches-in-a-shared-worker
// A shared worker has `caches`.
// spec: self-caches
inSharedWorker("caches")
// => CacheStorage

// # caches-in-a-service-worker
// A service worker has `caches`.
// spec: self-caches
inServiceWorker("caches")
// => CacheStorage

// # caches-in-a-frame
// A frame of the same origin has `caches` of its own, an object apart.
// spec: self-caches
window = frame()
window.caches !== self.caches
// => true
window.caches
// => CacheStorage

// # caches-in-a-sandboxed-frame
// In a frame with an opaque origin, using `caches` fails with SecurityError.
// spec: self-caches
new Promise((resolve) => {
  const sandboxed = document.createElement("iframe");
  sandboxed.sandbox = "allow-scripts";
  onmessage = (event) => resolve(event.data);
  sandboxed.srcdoc = "<script>(async () => caches.open('v1'))().then(() => 'opened', " +
    "(error) => error.name).then((told) => parent.postMessage(told, '*'))</script>";
  document.body.append(sandboxed);
})
// => "SecurityError"

// # no-constructors
// Neither a Cache nor a CacheStorage can be constructed.
// spec: cachestorage-interface
new Cache()
// => TypeError
new CacheStorage()
// => TypeError

// # methods-of-cache
// Cache has match, matchAll, add, addAll, put, delete and keys, and nothing else.
// spec: cache-interface
Object.getOwnPropertyNames(Cache.prototype).sort().join()
// => "add,addAll,constructor,delete,keys,match,matchAll,put"

// # methods-of-cache-storage
// CacheStorage has match, has, open, delete and keys, and nothing else.
// spec: cachestorage-interface
Object.getOwnPropertyNames(CacheStorage.prototype).sort().join()
// => "constructor,delete,has,keys,match,open"

// # lengths-of-methods
// The methods' lengths are the counts of their required arguments.
// spec: cache-interface
["match", "matchAll", "add", "addAll", "put", "delete", "keys"].map((name) => Cache.prototype[name].length)
// => [1, 0, 1, 1, 2, 1, 0]
["match", "has", "open", "delete", "keys"].map((name) => CacheStorage.prototype[name].length)
// => [1, 1, 1, 1, 0]

// # methods-want-their-object
// A method called on another object rejects with TypeError, and does not throw.
// spec: webidl: js-operations
ends(Cache.prototype.match.call({}, "/a"))
// => "rejected"
ends(CacheStorage.prototype.keys.call({}))
// => "rejected"

// # one-storage-for-page-and-worker
// A page and its worker share one storage.
// spec: dfn-name-to-cache-map
inWorker("caches.open('v1').then((cache) => cache.put('/a', new Response('from the worker')))")
// => undefined
caches.match("/a")
// => "from the worker"

// # one-storage-for-page-and-service-worker
// A page and a service worker share one storage.
// spec: dfn-name-to-cache-map
cache.put("/a", new Response("from the page"))
// => undefined
inServiceWorker("caches.match('/a')")
// => "from the page"

// # one-storage-an-origin
// What is put in one frame is found in another of the same origin.
// spec: dfn-name-to-cache-map
window = frame()
cache.put("/a", new Response("one"))
// => undefined
window.caches.match("/a").then((found) => found.text())
// => "one"
