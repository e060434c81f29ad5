// ## CacheStorage: match
// The first match in all caches.

// # storage-match-finds
// match finds an entry of any cache.
// spec: cache-storage-match
one = caches.open("one")
two = caches.open("two")
two.put("/a", new Response("in two"))
caches.match("/a")

// # storage-match-in-order
// Where several caches match, the one that was opened first answers, whichever was filled first.
// spec: cache-storage-match
one = caches.open("one")
two = caches.open("two")
two.put("/a", new Response("in two"))
one.put("/a", new Response("in one"))
caches.match("/a")

// # storage-match-misses
// match fulfils with undefined where nothing matches; it does not reject.
// spec: cache-storage-match
caches.match("/a")
one = caches.open("one")
caches.match("/a")

// # storage-match-makes-no-cache
// match makes no cache, one named by cacheName neither.
// spec: cache-storage-match
caches.match("/a", {cacheName: "one"})
caches.keys()

// # cache-name
// cacheName asks one cache alone.
// spec: cache-storage-match
one = caches.open("one")
two = caches.open("two")
one.put("/a", new Response("in one"))
two.put("/a", new Response("in two"))
caches.match("/a", {cacheName: "two"})
caches.match("/a", {cacheName: "one"})

// # cache-name-without-cache
// A cacheName that no cache has is a miss, not an error.
// spec: cache-storage-match
one = caches.open("one")
one.put("/a", new Response("in one"))
caches.match("/a", {cacheName: "two"})

// # cache-name-empty
// An empty cacheName means the cache with the empty name.
// spec: cache-storage-match
one = caches.open("one")
one.put("/a", new Response("in one"))
caches.match("/a", {cacheName: ""})
nameless = caches.open("")
nameless.put("/a", new Response("in the nameless"))
caches.match("/a", {cacheName: ""})

// # cache-name-undefined
// A cacheName of undefined is none.
// spec: webidl: js-dictionary
cache.put("/a", new Response("found"))
// => undefined
caches.match("/a", {cacheName: undefined})
// => "found"

// # cache-name-null
// A cacheName of null is the name "null".
// spec: webidl: js-dictionary
cache.put("/a", new Response("found"))
// => undefined
caches.match("/a", {cacheName: null})
// => undefined

// # cache-name-is-no-option-of-cache
// Cache.match takes no notice of a cacheName.
// spec: cache-match
cache.put("/a", new Response("found"))
cache.match("/a", {cacheName: "elsewhere"})

// # storage-match-options
// match of CacheStorage takes ignoreSearch, ignoreMethod and ignoreVary too.
// spec: cache-storage-match
cache.put("/a?q", new Response("found", {headers: {vary: "x-kind"}}))
caches.match("/a")
caches.match("/a", {ignoreSearch: true})
caches.match(new Request("/a?q", {method: "HEAD"}))
caches.match(new Request("/a?q", {method: "HEAD"}), {ignoreMethod: true})
caches.match(new Request("/a?q", {headers: {"x-kind": "1"}}))
caches.match(new Request("/a?q", {headers: {"x-kind": "1"}}), {ignoreVary: true})

// # storage-match-needs-an-argument
// match without an argument rejects with TypeError.
// spec: webidl: js-operations
caches.match()
// => TypeError

// # storage-match-invalid-url
// match of a string that is no URL rejects with TypeError where there is a cache.
// spec: cache-storage-match
cache.put("/a", new Response("found"))
caches.match("http://[")

// # storage-match-invalid-url-without-caches
// match of a string that is no URL is a miss where there is no cache: only a cache looks at it.
// spec: cache-storage-match
// known: match-refuses-invalid-url-without-caches
caches.match("http://[")

// # storage-match-of-a-deleted-cache
// A cache that was deleted is asked no more.
// spec: cache-storage-match
cache.put("/a", new Response("found"))
caches.delete("v1")
caches.match("/a")

// # storage-match-goes-on
// A cache that misses by Vary or method leaves the question to the next.
// spec: cache-storage-match
one = caches.open("one")
two = caches.open("two")
one.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("kind 1", {headers: {vary: "x-kind"}}))
two.put("/a", new Response("any kind"))
caches.match("/a")
caches.match(new Request("/a", {headers: {"x-kind": "1"}}))
