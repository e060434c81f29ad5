// ## Options: ignoreSearch, ignoreMethod
// CacheQueryOptions, for match, matchAll, keys and delete.

// # search-counts
// Without ignoreSearch the query counts, an empty one too.
// spec: request-matches-cached-item-algorithm
cache.put("/a?1", new Response("one"))
cache.match("/a?1")
cache.match("/a?2")
cache.match("/a")
cache.match("/a?")

// # empty-search-is-not-none
// A URL that ends in "?" is another than the one without it.
// spec: request-matches-cached-item-algorithm
cache.put("/a?", new Response("one"))
cache.match("/a?")
cache.match("/a")

// # ignore-search
// ignoreSearch lets queries differ, on either side.
// spec: request-matches-cached-item-algorithm
cache.put("/a?1", new Response("one"))
cache.put("/b", new Response("two"))
cache.match("/a?2", {ignoreSearch: true})
cache.match("/a", {ignoreSearch: true})
cache.match("/b?2", {ignoreSearch: true})
cache.match("/c?1", {ignoreSearch: true})

// # ignore-search-empty-query
// With ignoreSearch a URL that ends in "?" is the one without it.
// spec: request-matches-cached-item-algorithm
cache.put("/a?", new Response("one"))
cache.match("/a", {ignoreSearch: true})
cache.match("/a?1", {ignoreSearch: true})

// # ignore-search-in-all-methods
// ignoreSearch works in matchAll, keys and delete as in match.
// spec: query-cache-algorithm
cache.put("/a?1", new Response("one"))
cache.put("/a?2", new Response("two"))
cache.put("/b", new Response("other"))
cache.matchAll("/a", {ignoreSearch: true})
cache.keys("/a", {ignoreSearch: true})
cache.delete("/a", {ignoreSearch: true})
cache.keys()

// # ignore-search-question-mark-in-fragment
// A question mark in a fragment begins no query.
// spec: url: concept-url-equals
cache.put("/a#x?1", new Response("one"))
cache.match("/a")
cache.match("/a?1")

// # method-counts
// A Request that is not GET finds nothing.
// spec: cache-matchall
cache.put("/a", new Response("one"))
cache.match(new Request("/a", {method: "HEAD"}))
cache.match(new Request("/a", {method: "POST"}))
cache.matchAll(new Request("/a", {method: "HEAD"}))
cache.keys(new Request("/a", {method: "HEAD"}))
cache.delete(new Request("/a", {method: "HEAD"}))
cache.keys()

// # ignore-method
// With ignoreMethod a Request of any method finds what GET finds.
// spec: cache-matchall
cache.put("/a", new Response("one"))
cache.match(new Request("/a", {method: "HEAD"}), {ignoreMethod: true})
cache.match(new Request("/a", {method: "POST"}), {ignoreMethod: true})
cache.match(new Request("/a", {method: "FOO"}), {ignoreMethod: true})
cache.matchAll(new Request("/a", {method: "HEAD"}), {ignoreMethod: true})
cache.keys(new Request("/a", {method: "HEAD"}), {ignoreMethod: true})

// # ignore-method-in-delete
// With ignoreMethod a Request of any method deletes.
// spec: cache-delete
cache.put("/a", new Response("one"))
cache.delete(new Request("/a", {method: "HEAD"}), {ignoreMethod: true})
cache.keys()

// # options-together
// The options work together.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a?1", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.match(new Request("/a?2", {method: "HEAD"}), {ignoreSearch: true, ignoreMethod: true})
cache.match(new Request("/a?2", {method: "HEAD"}), {ignoreSearch: true, ignoreVary: true})
cache.match(new Request("/a?2", {method: "HEAD"}), {ignoreMethod: true, ignoreVary: true})
cache.match(new Request("/a?2", {method: "HEAD"}), {ignoreSearch: true, ignoreMethod: true, ignoreVary: true})

// # options-false
// An option that is false is as one that is not there.
// spec: cache-match
cache.put("/a?1", new Response("one"))
cache.match("/a", {ignoreSearch: false})
cache.match("/a", {})

// # options-become-booleans
// An option that is no boolean becomes one.
// spec: webidl: js-boolean
cache.put("/a?1", new Response("one"))
// => undefined
cache.match("/a", {ignoreSearch: "false"})
// => "one"
cache.match("/a", {ignoreSearch: 0})
// => undefined
cache.match("/a", {ignoreSearch: null})
// => undefined

// # options-null
// null or undefined in place of the options is none of them.
// spec: webidl: js-dictionary
cache.put("/a", new Response("one"))
// => undefined
cache.match("/a", null)
// => "one"
cache.match("/a", undefined)
// => "one"

// # options-want-an-object
// A string or a number in place of the options rejects with TypeError.
// spec: webidl: js-dictionary
cache.match("/a", "ignoreSearch")
// => TypeError
cache.match("/a", 1)
// => TypeError

// # options-without-request
// matchAll and keys without a request take no notice of the options.
// spec: cache-matchall
// known: chromium-83-undefined-is-a-url
cache.put("/a?1", new Response("one"))
// => undefined
cache.matchAll(undefined, {ignoreMethod: true, ignoreVary: true})
// => ["one"]
cache.keys(undefined, {ignoreSearch: true})
// => ["/a?1"]
