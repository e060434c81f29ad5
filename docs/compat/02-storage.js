// ## CacheStorage: open, has, delete, keys
// Caches by their names.

// # open-gives-a-cache
// open makes the cache of that name and fulfils with it.
// spec: cache-storage-open
caches.open("v1")
caches.keys()

// # open-again
// open of a name that is there opens that cache; nothing is lost.
// spec: cache-storage-open
one = caches.open("v1")
one.put("/a", new Response("one"))
two = caches.open("v1")
two.match("/a")
caches.keys()

// # open-gives-new-objects
// Each open gives a Cache object of its own.
// spec: cache-storage-open
caches.open("v1").then(async (one) => one === (await caches.open("v1")))
// => false

// # open-empty-name
// The empty string is a name.
// spec: cache-storage-open
caches.open("")
caches.keys()
caches.has("")

// # names-are-compared-as-they-are
// Names differ in case, white space and normalisation.
// spec: cache-storage-open
caches.open("a")
caches.open("A")
caches.open("a ")
caches.open("é")
caches.open("e\u0301")
caches.keys()

// # lone-surrogates
// A name may have a lone surrogate, and comes back as it was.
// spec: cache-storage-open
// known: chromium-83-scalar-names
caches.open("\ud800")
// => Cache
caches.has("\ud800")
// => true
caches.keys().then(([name]) => name.charCodeAt(0) === 0xd800 && name.length === 1)
// => true

// # lone-surrogates-apart
// Names that differ in their lone surrogates are different names.
// spec: cache-storage-open
// known: chromium-83-scalar-names
caches.open("\ud800").then((one) => one.put("/a", new Response("one")))
// => undefined
caches.has("\udbff")
// => false
caches.has("\ufffd")
// => false

// # zero-in-a-name
// A name may have a character U+0000.
// spec: cache-storage-open
caches.open("a\u0000b")
caches.has("a\u0000b")
caches.has("a")

// # long-name
// A name may have 10,000 characters.
// spec: cache-storage-open
caches.open("n".repeat(10000))
// => Cache
caches.has("n".repeat(10000))
// => true

// # open-needs-a-name
// open, has and delete without an argument reject with TypeError.
// spec: webidl: js-operations
caches.open()
// => TypeError
caches.has()
// => TypeError
caches.delete()
// => TypeError

// # names-become-strings
// A name that is no string becomes one: undefined, null, a number.
// spec: webidl: js-DOMString
caches.open(undefined).then(() => caches.open(null)).then(() => caches.open(1))
// => Cache
caches.keys()
// => ["undefined", "null", "1"]

// # has-says-whether
// has says whether there is a cache of that name, and makes none.
// spec: cache-storage-has
caches.has("v1")
caches.open("v1")
caches.has("v1")
caches.has("V1")
caches.keys()

// # delete-says-whether
// delete removes a cache and fulfils with true, or with false where there was none.
// spec: cache-storage-delete
caches.delete("v1")
caches.open("v1")
caches.delete("v1")
caches.has("v1")
caches.delete("v1")

// # delete-takes-the-entries
// A name that was deleted and opened again has an empty cache.
// spec: cache-storage-delete
one = caches.open("v1")
one.put("/a", new Response("one"))
caches.delete("v1")
two = caches.open("v1")
two.keys()

// # a-cache-outlives-its-name
// A Cache object goes on working after its name was deleted.
// spec: cache-storage-delete
one = caches.open("v1")
one.put("/a", new Response("one"))
caches.delete("v1")
one.match("/a")
one.put("/b", new Response("two"))
one.keys()
one.delete("/a")
caches.keys()

// # a-name-anew-is-another-cache
// A cache whose name was deleted, and the one that has the name now, share nothing.
// spec: cache-storage-delete
old = caches.open("v1")
old.put("/a", new Response("old"))
caches.delete("v1")
newer = caches.open("v1")
newer.put("/a", new Response("new"))
old.match("/a")
newer.match("/a")
caches.match("/a")

// # storage-keys-in-order
// keys gives the names in the order in which they were added, not sorted.
// spec: cache-storage-keys
caches.open("b")
caches.open("c")
caches.open("a")
caches.open("b")
caches.keys()

// # storage-keys-after-delete
// A name that was deleted and opened again is the last.
// spec: cache-storage-keys
caches.open("a")
caches.open("b")
caches.delete("a")
caches.open("a")
caches.keys()

// # storage-keys-empty
// keys is an empty array where there is no cache.
// spec: cache-storage-keys
caches.keys()
