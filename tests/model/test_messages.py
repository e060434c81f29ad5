"""Requests, responses and headers: what they keep, and what cannot be made."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from pytest_offline.model import CacheStorage, Digest, Headers, JSError, Request, Response
from pytest_offline.model.urls import parse_url


def test_methods_are_normalised_where_fetch_does_so() -> None:
    methods = ("get", "HeaD", "post", "delete", "options", "put", "patch", "Other")
    assert [Request("/", method).method for method in methods] == [
        "GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "patch", "Other",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("connect", "the method 'connect' is forbidden"),
        ("TRACE", "the method 'TRACE' is forbidden"),
        ("Track", "the method 'Track' is forbidden"),
        ("G T", "'G T' is no HTTP method"),
        ("", "'' is no HTTP method"),
    ],
)
def test_methods_that_are_none(method: str, words: str) -> None:
    with pytest.raises(JSError, match="TypeError") as caught:
        Request("/", method)
    assert caught.value.message == words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("", "x", "'' is no header name"),
        ("a b", "x", "'a b' is no header name"),
        ("a", "x\ny", "'x\\ny' is no value for the header 'a'"),
        ("a", "\0", "'\\x00' is no value for the header 'a'"),
        ("a", "\u20ac", "'\u20ac' is no value for the header 'a'"),
    ],
)
def test_headers_that_are_none(name: str, value: str, words: str) -> None:
    with pytest.raises(JSError, match="TypeError") as caught:
        Headers([(name, value)])
    assert caught.value.message == words


def test_headers_keep_order_and_combine() -> None:
    headers = Headers(
        [("B", " 1 "), ("set-cookie", "x"), ("a", "\r\n2"), ("b", "3"), ("Set-Cookie", "y")]
    )
    assert headers == (("b", "1"), ("set-cookie", "x"), ("a", "2"), ("b", "3"), ("set-cookie", "y"))
    assert headers.get("B") == "1, 3"
    assert headers.get("c") is None
    assert headers.combined() == (
        ("a", "2"), ("b", "1, 3"), ("set-cookie", "x"), ("set-cookie", "y"),
    )  # fmt: skip
    assert Headers(headers) is headers


def test_a_request_resolves_against_the_cache_it_meets() -> None:
    assert Request("HTTPS://Origin.test:443/x").url == "https://origin.test/x"
    relative = Request("x#f", headers=[("A", "1")])
    assert relative.url == "x#f"
    cache = CacheStorage("https://origin.test/dir/").open("v1")
    cache.put(relative, Response())
    assert cache.keys() == [Request("https://origin.test/dir/x#f", headers=[("a", "1")])]
    assert cache.keys()[0].header("A") == "1"


@pytest.mark.parametrize("url", ["http://[", "https://a b/", "https://user@origin.test/"])
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(JSError, match="TypeError") as caught:
        Request(url)
    assert repr(url) in caught.value.message


def test_a_url_of_the_bases_own_scheme_is_relative() -> None:
    cache = CacheStorage().open("v1")
    cache.put(Request("https:x"), Response())
    assert cache.keys()[0].url == "https://origin.test/x"


def test_lone_surrogates_become_replacement_characters() -> None:
    assert parse_url("/\ud800x").href == "https://origin.test/%EF%BF%BDx"


def test_values_cannot_be_changed() -> None:
    response: Any = Response()
    with pytest.raises(FrozenInstanceError):
        response.body = b"other"


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"status": 199}, "RangeError", "status 199 is outside 200 to 599"),
        ({"status": 600}, "RangeError", "status 600 is outside 200 to 599"),
        ({"type": "odd"}, "TypeError", "'odd' is no response type"),
        ({"status_text": "\n"}, "TypeError", "'\\n' is no status text"),
        ({"status": 204, "body": b"x"}, "TypeError", "a response with status 204 has no body"),
    ],
)
def test_responses_that_are_none(fields: dict[str, Any], name: str, words: str) -> None:
    with pytest.raises(JSError) as caught:
        Response(**fields)
    assert caught.value.name == name
    assert words in caught.value.message


@pytest.mark.parametrize("status", [101, 103, 204, 205, 304])
def test_a_null_body_status_from_the_network_has_no_body(status: int) -> None:
    for kind, url in (("basic", ""), ("basic", "https://o.test/"), ("default", "https://o.test/")):
        assert Response(status, body=b"x", type=kind, url=url).body is None


@pytest.mark.parametrize("status", [204, 205, 304])
def test_null_body_statuses(status: int) -> None:
    assert Response(status).body is None


@pytest.mark.parametrize("kind", ["opaque", "opaqueredirect", "error"])
def test_filters_hide(kind: str) -> None:
    hidden = Response(200, [("a", "1")], b"x", "OK", "https://a.test/", kind)
    assert (hidden.status, hidden.headers, hidden.body, hidden.status_text) == (0, (), None, "")
    assert hidden.url == ("https://a.test/" if kind == "opaqueredirect" else "")
    assert Response(body=Digest(5), type=kind).body == Digest(5)


def test_sizes_and_ok() -> None:
    assert [Response(body=body).size for body in (b"abc", None, Digest(7), Digest())] == [
        3, 0, 7, None,
    ]  # fmt: skip
    assert [Response(status).ok for status in (200, 299, 300, 404)] == [True, True, False, False]
    assert Response(headers=[("A", "1")]).header("a") == "1"
