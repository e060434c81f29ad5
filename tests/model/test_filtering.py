"""What filtering leaves of a response, and the guard of a request of a script's headers."""

from __future__ import annotations

import pytest

from pytest_offline.model import CacheStorage, Digest, Request, Response
from pytest_offline.model.filtering import (
    basic,
    cors,
    is_forbidden,
    opaque,
    opaque_redirect,
    script_request,
)

INTERNAL = Response(
    203,
    [
        ("Content-Type", "text/css"), ("X-A", "1"), ("X-B", "2"), ("Set-Cookie", "c=1"),
        ("Vary", "*"), ("Access-Control-Expose-Headers", "x-b , X-C"),
    ],
    Digest(3, "ab"),
    "Fine",
    "https://cdn.test/a.css#x",
    "basic",
    redirected=True,
)  # fmt: skip


def names(response: Response) -> list[str]:
    return [name for name, _ in response.headers]


def test_basic_hides_cookies_only() -> None:
    seen = basic(INTERNAL)
    assert names(seen) == ["content-type", "x-a", "x-b", "vary", "access-control-expose-headers"]
    assert (seen.status, seen.status_text, seen.url) == (203, "Fine", "https://cdn.test/a.css")
    assert seen.redirected
    assert seen.type == "basic"


def test_cors_shows_what_is_safe_and_what_is_exposed() -> None:
    seen = cors(INTERNAL)
    assert names(seen) == ["content-type", "x-b"]
    assert (seen.type, seen.status, seen.body) == ("cors", 203, Digest(3, "ab"))
    safe = ["cache-control", "content-language", "content-length", "content-type", "expires",
            "last-modified", "pragma"]  # fmt: skip
    assert names(cors(Response(headers=[(name, "x") for name in [*safe, "etag"]]))) == safe


def test_a_star_exposes_everything_to_requests_without_credentials() -> None:
    star = Response(headers=[("Access-Control-Expose-Headers", "*"), ("X-A", "1"), ("*", "2")])
    assert names(cors(star)) == ["access-control-expose-headers", "x-a", "*"]
    assert names(cors(star, credentials=True)) == ["*"]


def test_opaque_hides_all_but_that_there_is_a_body() -> None:
    for hidden, kind, url in (
        (opaque(INTERNAL), "opaque", ""),
        (opaque_redirect(INTERNAL), "opaqueredirect", "https://cdn.test/a.css"),
    ):
        assert (hidden.type, hidden.status, hidden.status_text) == (kind, 0, "")
        assert (hidden.headers, hidden.url, hidden.ok) == ((), url, False)
        assert hidden.body == Digest(3, "ab")


def test_what_is_hidden_refuses_no_put() -> None:
    cache = CacheStorage().open("v1")
    for number, response in enumerate((cors(INTERNAL), opaque(INTERNAL))):
        cache.put(f"/{number}", response)
        assert cache.match(f"/{number}") == response


@pytest.mark.parametrize(
    "name",
    # https://fetch.spec.whatwg.org/#forbidden-request-header
    [
        "Accept-Charset",
        "Accept-Encoding",
        "Access-Control-Request-Headers",
        "Access-Control-Request-Method",
        "Connection",
        "Content-Length",
        "Cookie",
        "Cookie2",
        "Date",
        "DNT",
        "Expect",
        "Host",
        "Keep-Alive",
        "Origin",
        "Referer",
        "Set-Cookie",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Via",
    ],
)
def test_headers_that_no_script_may_set(name: str) -> None:
    assert script_request("/a", headers=[(name, "x"), ("X-A", "1")]).headers == (("x-a", "1"),)


@pytest.mark.parametrize("name", ["Set-Cookie", "Set-Cookie2"])
def test_headers_that_no_script_may_see(name: str) -> None:
    assert names(Response(headers=[(name, "x"), ("X-A", "1")])) == ["x-a"]


@pytest.mark.parametrize(
    ("name", "value", "forbidden"),
    [
        ("Cookie", "x", True), ("HOST", "x", True), ("Sec-Anything", "x", True),
        ("proxy-x", "x", True), ("secure", "x", False), ("X-A", "x", False),
        ("Accept", "x", False), ("Range", "bytes=0-", False),
        ("X-HTTP-Method-Override", "POST", False), ("X-HTTP-Method-Override", "GET, tRack", True),
        ("X-HTTP-Method", "CONNECT", True), ("X-Method-Override", "TRACE", True),
        ("X-Other", "TRACE", False),
    ],
)  # fmt: skip
def test_forbidden_request_headers(name: str, value: str, forbidden: bool) -> None:
    assert is_forbidden(name, value) is forbidden
    made = script_request("/a", "get", [(name, value), ("X-Kept", "1")])
    assert made.header("x-kept") == "1"
    assert (made.header(name) is None) is forbidden
    assert made.method == "GET"
    # A browser's own request has such headers: it is taken at its word.
    assert Request("/a", headers=[(name, value)]).header(name) == value
