// ## URLs
// When two URLs are the same to a cache.

// # url-fragments
// Fragments do not count.
// spec: url: concept-url-equals
cache.put("/a#x", new Response("one"))
cache.match("/a")
cache.match("/a#y")
cache.put("/a#z", new Response("two"))
cache.matchAll()

// # url-case-of-host
// The host has no case, the path has.
// spec: url: concept-url-equals
cache.put("http://elsewhere.test/a", new Response("one"))
cache.match("http://ELSEWHERE.test/a")
cache.match("http://elsewhere.test/A")

// # url-default-port
// A default port is none; any other counts.
// spec: url: concept-url-equals
cache.put("http://elsewhere.test/a", new Response("one"))
cache.match("http://elsewhere.test:80/a")
cache.match("http://elsewhere.test:8080/a")

// # url-dot-segments
// Dot segments are resolved, encoded ones too.
// spec: url: concept-basic-url-parser
cache.put("/b/../a", new Response("one"))
cache.match("/a")
cache.match("/./a")
cache.match("/b/%2e%2e/a")
cache.match("/%2E/a")

// # url-trailing-slash
// A slash at the end counts, but that of a host alone.
// spec: url: concept-url-equals
cache.put("/a", new Response("one"))
cache.match("/a/")
cache.put("http://elsewhere.test", new Response("two"))
cache.match("http://elsewhere.test/")

// # url-double-slash
// Two slashes are not one.
// spec: url: concept-url-equals
cache.put("/a/b", new Response("one"))
cache.match("/a//b")

// # url-percent-encoding
// Percent-encoding is compared as it is written: %41 is not A, %c3 not %C3.
// spec: url: concept-url-equals
// known: chromium-83-unescapes-paths
cache.put("/A", new Response("one"))
cache.match("/%41")
cache.put("/%c3%a9", new Response("two"))
cache.match("/%C3%A9")

// # url-encodes-what-has-to-be
// What a URL cannot hold is encoded first: a space, é.
// spec: url: concept-basic-url-parser
cache.put("/a b", new Response("one"))
cache.match("/a%20b")
cache.put("/é", new Response("two"))
cache.match("/%C3%A9")

// # url-encoding-in-queries
// A query is encoded as UTF-8.
// spec: url: concept-basic-url-parser
cache.put("/a?é", new Response("one"))
cache.match("/a?%C3%A9")
cache.keys()

// # url-plus
// In a query + is not %20.
// spec: url: concept-url-equals
cache.put("/a?b+c", new Response("one"))
cache.match("/a?b%20c")

// # url-order-of-query
// The order of a query's parameters counts.
// spec: url: concept-url-equals
cache.put("/a?b=1&c=2", new Response("one"))
cache.match("/a?c=2&b=1")

// # url-idna
// A host in Unicode is the one in Punycode.
// spec: url: concept-domain-to-ascii
cache.put("http://bücher.test/a", new Response("one"))
cache.match("http://xn--bcher-kva.test/a")
cache.match("http://BÜCHER.test/a")

// # url-ip-address
// An IPv4 address counts as its number.
// spec: url: concept-ipv4-parser
cache.put("http://127.0.0.1/a", new Response("one"))
cache.match("http://127.1/a")
cache.match("http://0x7f000001/a")

// # url-white-space
// White space around a URL, and line ends inside, are taken away.
// spec: url: concept-basic-url-parser
cache.put(" /a ", new Response("one"))
cache.match("/a")
cache.match("/\na")

// # url-backslash
// A backslash is a slash.
// spec: url: concept-basic-url-parser
cache.put("/a/b", new Response("one"))
cache.match("\\a\\b")

// # url-scheme-counts
// http and https are two URLs.
// spec: url: concept-url-equals
cache.put("http://elsewhere.test/a", new Response("one"))
cache.match("https://elsewhere.test/a")

// # url-surrogates
// A lone surrogate in a URL becomes U+FFFD.
// spec: webidl: js-USVString
cache.put("/\ud800", new Response("one"))
cache.match("/\ufffd")
