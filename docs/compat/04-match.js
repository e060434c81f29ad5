// ## Cache: match, matchAll
// What is asked of one cache.

// # match-finds
// match fulfils with the response of the entry that matches.
// spec: cache-match
cache.put("/a", new Response("one"))
cache.match("/a")
cache.match(new Request("/a"))

// # match-misses
// match fulfils with undefined where nothing matches; it does not reject.
// spec: cache-match
cache.match("/a")
cache.put("/a", new Response("one"))
cache.match("/b")

// # match-needs-an-argument
// match without an argument rejects with TypeError.
// spec: webidl: js-operations
cache.match()
// => TypeError

// # match-undefined
// match(undefined) asks for the URL "undefined", as Request does.
// spec: cache-match
cache.put("/undefined", new Response("found"))
// => undefined
cache.match(undefined)
// => "found"

// # match-null
// match(null) asks for the URL "null".
// spec: cache-match
cache.put("/null", new Response("found"))
// => undefined
cache.match(null)
// => "found"

// # match-takes-a-url-object
// A URL object counts as its string.
// spec: webidl: js-union
cache.put(new URL("/a", location.href), new Response("found"))
// => undefined
cache.match(new URL("/a", location.href))
// => "found"

// # match-invalid-url
// A string that is no URL rejects with TypeError, in every method.
// spec: cache-match
cache.match("http://[")
cache.matchAll("http://[")
cache.keys("http://[")
cache.delete("http://[")

// # match-credentials
// A URL with a user name or password rejects with TypeError.
// spec: fetch: dom-request
cache.match("http://user@origin.test/a")
cache.match("http://:password@origin.test/a")

// # match-gives-new-responses
// Each match gives a response of its own, with a body that is unread.
// spec: cache-match
cache.put("/a", new Response("one"))
one = cache.match("/a")
one.text()
cache.match("/a")
one

// # match-does-not-remove
// match leaves the entry where it is.
// spec: cache-match
cache.put("/a", new Response("one"))
cache.match("/a")
cache.match("/a")
cache.keys()

// # match-the-first
// Where several entries match, match gives the one that was put first.
// spec: cache-match
cache.put("/a?1", new Response("one"))
cache.put("/a?2", new Response("two"))
cache.match("/a", {ignoreSearch: true})

// # match-all-without-request
// matchAll without a request gives every response.
// spec: cache-matchall
cache.put("/a", new Response("one"))
cache.put("/b", new Response("two"))
cache.matchAll()

// # match-all-undefined
// matchAll(undefined) gives every response, as without an argument.
// spec: cache-matchall
// known: chromium-83-undefined-is-a-url
cache.put("/a", new Response("one"))
// => undefined
cache.matchAll(undefined)
// => ["one"]
cache.matchAll(undefined, {ignoreSearch: true})
// => ["one"]

// # match-all-misses
// matchAll fulfils with an empty array where nothing matches.
// spec: cache-matchall
cache.matchAll()
cache.put("/a", new Response("one"))
cache.matchAll("/b")

// # match-all-in-order
// matchAll gives responses in the order in which they were put.
// spec: cache-matchall
cache.put("/a?2", new Response("two"))
cache.put("/a?1", new Response("one"))
cache.put("/b", new Response("other"))
cache.put("/a", new Response("none"))
cache.matchAll("/a", {ignoreSearch: true})

// # match-all-is-an-array
// matchAll fulfils with an array, and with another one each time.
// spec: cache-matchall
Array.isArray(await cache.matchAll())
// => true
(await cache.matchAll()) === (await cache.matchAll())
// => false

// # match-all-is-frozen
// The array that matchAll fulfils with is frozen.
// spec: cache-matchall
Object.isFrozen(await cache.matchAll())
// => true

// # match-foreign-url
// A URL of another origin, or over https where the page is not, is a key like any other.
// spec: cache-match
cache.put("https://elsewhere.test/a", new Response("over https"))
cache.put("http://elsewhere.test/a", new Response("over http"))
cache.match("https://elsewhere.test/a")
cache.match("http://elsewhere.test/a")
cache.match("/a")

// # match-other-schemes
// A URL that is neither http nor https is a miss in match, and not an error.
// spec: cache-match
cache.match("ftp://elsewhere.test/a")
cache.match("data:,a")

// # match-relative
// A relative URL is resolved against the page's.
// spec: fetch: dom-request
cache.put("a", new Response("one"))
cache.match("/a")
cache.match("./a")
cache.match("/b/../a")
cache.match(at("/a"))

// # match-is-no-search
// match looks for a URL, not for a part of one.
// spec: cache-match
cache.put("http://elsewhere.test/abc", new Response("one"))
cache.match("http")
cache.match("http://elsewhere.test/ab")
cache.matchAll("http://elsewhere.test/")

// # match-reads-no-cache-name
// Cache.match does not even read cacheName.
// spec: cache-match
(async () => {
  let read = false;
  await cache.match("/a", {get cacheName() { read = true; return undefined; }});
  return read;
})()
// => false

// # match-by-request-not-response
// match looks at the stored request's URL, not at the response's.
// spec: cache-match
cache.put("http://elsewhere.test/a", await fetch("/ok"))
cache.match("http://elsewhere.test/a")
cache.match("/ok")

// # match-order-after-overwriting
// An entry that is overwritten moves to the end, and later ones match first.
// spec: batch-cache-operations-algorithm
cache.put("/a?1", new Response("one"))
cache.put("/a?2", new Response("two"))
cache.put("/a?1", new Response("one again"))
cache.match("/a", {ignoreSearch: true})
cache.matchAll()
