// ## Vary, and ignoreVary
// What a response's Vary header asks of the request's headers.

// # vary-same
// With Vary, a request matches whose named headers are those of the stored request.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1"}}))
cache.match(new Request("/a", {headers: {"x-kind": "2"}}))

// # vary-missing-in-query
// A header that the stored request had and the question has not is a difference.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.match("/a")

// # vary-missing-in-stored
// A header that the question has and the stored request had not is a difference.
// spec: request-matches-cached-item-algorithm
cache.put("/a", new Response("one", {headers: {vary: "x-kind"}}))
cache.match("/a")
cache.match(new Request("/a", {headers: {"x-kind": "1"}}))

// # vary-empty-is-not-missing
// A header with an empty value is another than none.
// spec: request-matches-cached-item-algorithm
// known: firefox-empty-header-is-missing
cache.put("/a", new Response("one", {headers: {vary: "x-kind"}}))
cache.match(new Request("/a", {headers: {"x-kind": ""}}))

// # vary-other-headers
// Headers that Vary does not name may differ.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "1", "x-other": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1", "x-other": "2"}}))

// # vary-several
// All of the headers that Vary names have to agree.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "1", "x-other": "1"}}), new Response("one", {headers: {vary: "x-kind, x-other"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1", "x-other": "1"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1", "x-other": "2"}}))
cache.match(new Request("/a", {headers: {"x-kind": "2", "x-other": "1"}}))

// # vary-two-headers
// Two Vary headers count as one.
// spec: request-matches-cached-item-algorithm
// known: chromium-first-of-repeated-headers, chromium-first-of-repeated-vary
cache.put(new Request("/a", {headers: {"x-kind": "1", "x-other": "1"}}), new Response("one", {headers: [["vary", "x-kind"], ["vary", "x-other"]]}))
cache.match(new Request("/a", {headers: {"x-kind": "1", "x-other": "1"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1", "x-other": "2"}}))
cache.match(new Request("/a", {headers: {"x-kind": "2", "x-other": "1"}}))

// # vary-case-of-names
// Names of headers in Vary have no case.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {Vary: "X-KIND"}}))
cache.match(new Request("/a", {headers: {"X-Kind": "1"}}))
cache.match("/a")

// # vary-case-of-values
// The values have: "A" is not "a".
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "a"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.match(new Request("/a", {headers: {"x-kind": "A"}}))

// # vary-white-space
// White space around a value does not count, inside it does.
// spec: fetch: concept-header-value-normalize
cache.put(new Request("/a", {headers: {"x-kind": "a b"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.match(new Request("/a", {headers: {"x-kind": " a b "}}))
cache.match(new Request("/a", {headers: {"x-kind": "a  b"}}))

// # vary-white-space-in-list
// White space and empty members in Vary do not count.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "1", "x-other": "1"}}), new Response("one", {headers: {vary: " x-kind ,, x-other,"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1", "x-other": "1"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1"}}))

// # vary-combined-values
// A header that was given twice is compared as its values, combined.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: [["x-kind", "1"], ["x-kind", "2"]]}), new Response("one", {headers: {vary: "x-kind"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1, 2"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1"}}))
cache.match(new Request("/a", {headers: [["x-kind", "2"], ["x-kind", "1"]]}))

// # vary-empty
// An empty Vary asks for nothing.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: ""}}))
cache.match("/a")

// # vary-side-by-side
// Variants of one URL stand side by side: a put replaces only what its request matches.
// spec: batch-cache-operations-algorithm
// known: chromium-one-entry-a-url
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.put(new Request("/a", {headers: {"x-kind": "2"}}), new Response("two", {headers: {vary: "x-kind"}}))
cache.match(new Request("/a", {headers: {"x-kind": "1"}}))
cache.match(new Request("/a", {headers: {"x-kind": "2"}}))
cache.matchAll()

// # vary-three-and-replaced
// Of three variants, a put replaces its own.
// spec: batch-cache-operations-algorithm
// known: chromium-one-entry-a-url
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.put(new Request("/a", {headers: {"x-kind": "2"}}), new Response("two", {headers: {vary: "x-kind"}}))
cache.put("/a", new Response("none", {headers: {vary: "x-kind"}}))
cache.put(new Request("/a", {headers: {"x-kind": "2"}}), new Response("two again", {headers: {vary: "x-kind"}}))
cache.matchAll()

// # vary-of-stored-counts
// Which entry a put replaces is asked of the stored response's Vary, not of the new one's.
// spec: batch-cache-operations-algorithm
// known: chromium-one-entry-a-url
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.put(new Request("/a", {headers: {"x-kind": "2"}}), new Response("two"))
cache.matchAll()
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("three"))
cache.matchAll()

// # vary-delete-one
// delete removes the variant that matches, and leaves the others.
// spec: cache-delete
// known: chromium-one-entry-a-url
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.put(new Request("/a", {headers: {"x-kind": "2"}}), new Response("two", {headers: {vary: "x-kind"}}))
cache.delete(new Request("/a", {headers: {"x-kind": "2"}}))
cache.matchAll()

// # vary-delete-miss
// delete whose headers differ removes nothing.
// spec: cache-delete
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.delete("/a")
cache.matchAll()

// # ignore-vary
// ignoreVary lets the headers differ.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.match("/a", {ignoreVary: true})
cache.match(new Request("/a", {headers: {"x-kind": "2"}}), {ignoreVary: true})

// # ignore-vary-finds-all-variants
// With ignoreVary matchAll and keys give every variant.
// spec: query-cache-algorithm
// known: chromium-one-entry-a-url
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.put(new Request("/a", {headers: {"x-kind": "2"}}), new Response("two", {headers: {vary: "x-kind"}}))
cache.matchAll("/a", {ignoreVary: true})
cache.keys("/a", {ignoreVary: true})

// # ignore-vary-in-delete
// With ignoreVary delete removes every variant.
// spec: cache-delete
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), new Response("one", {headers: {vary: "x-kind"}}))
cache.put(new Request("/a", {headers: {"x-kind": "2"}}), new Response("two", {headers: {vary: "x-kind"}}))
cache.delete("/a", {ignoreVary: true})
cache.keys()

// # vary-fetched
// The Vary of a response from the network counts as a script's does.
// spec: request-matches-cached-item-algorithm
cache.add("/vary")
cache.match("/vary")
cache.match(new Request("/vary", {headers: {"x-kind": "1"}}))
cache.match(new Request("/vary", {headers: {"x-kind": "1"}}), {ignoreVary: true})

// # vary-of-opaque
// The hidden Vary of an opaque response does not count.
// spec: request-matches-cached-item-algorithm
cache.put(new Request("/a", {headers: {"x-kind": "1"}}), await fetch(elsewhere("/own-vary"), {mode: "no-cors"}))
// => undefined
cache.match(new Request("/a", {headers: {"x-kind": "2"}}))
// => opaque
