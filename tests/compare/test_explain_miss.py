"""Why a URL misses: the nearest key, and the reason, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from invented_histories import BASE, cached, shown_request

from pytest_offline.compare import Miss, explain_miss
from pytest_offline.model import JSError, Request
from pytest_offline.record import CachedRequest, CacheEntry


def entry(url: str, headers: tuple[tuple[str, str], ...] = (), vary: str = "") -> CacheEntry:
    key = shown_request(Request(url, headers=headers))
    return CacheEntry(key, cached(headers=(("vary", vary),) if vary else ()))


def asked(
    request: str | Request | CachedRequest, *stored: str | CacheEntry, **more: object
) -> Miss:
    entries = tuple(entry(each) if isinstance(each, str) else each for each in stored)
    return explain_miss(request, {"v1": entries}, base_url=BASE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "stored", "reason", "words"),
    [
        ("/a?2", "/a?1", "query", "asked with ?2, stored with ?1. match with ignoreSearch"),
        ("/a", "/a?1", "query", "asked with no query, stored with ?1"),
        ("/a?", "/a", "query", f"asked for {BASE}a?, stored as {BASE}a. match with ignoreSearch"),
        ("/a", "/a?", "query", f"asked for {BASE}a, stored as {BASE}a?"),
        ("/a/", "/a", "trailing-slash", "asked for /a/, stored as /a"),
        ("/", "/index.html", "index", "asked for /, stored as /index.html"),
        ("/about", "/about.html", "index", "asked for /about, stored as /about.html"),
        ("/A.js", "/a.js", "case", "asked for /A.js, stored as /a.js"),
        ("/%7Ea", "/~a", "percent-encoding", "asked for /%7Ea, stored as /~a"),
        ("/a", "http://origin.test/a", "scheme", "asked for https, stored with http"),
        ("/a", "https://origin.test:8443/a", "port", "stored from origin.test:8443"),
        ("/a", "https://cdn.test/a", "host", "asked of origin.test, stored from cdn.test"),
        ("/app.js", "/style.css", "spelling", "another URL than https://origin.test/app.js"),
    ],
)  # fmt: skip
def test_reasons(url: str, stored: str, reason: str, words: str) -> None:
    miss = asked(url, stored)
    assert miss.misses
    assert miss.reason == reason
    assert miss.lines()[0] == f"{BASE[:-1]}{url} misses; the nearest of what is stored:"
    assert words in miss.lines()[1]
    assert "(cache 'v1', entry 1)" in miss.lines()[1]


def test_vary_shows_the_header_and_both_values() -> None:
    miss = asked(Request("/a", headers=(("Accept", "x"),)), entry("/a", (), "Accept"))
    assert miss.reason == "vary"
    assert miss.near[0].detail == "Vary: accept: asked with 'x', stored with no such header"


def test_vary_star_matches_nothing() -> None:
    assert asked("/a", entry("/a", (), "*")).reason == "vary"


def test_other_methods() -> None:
    miss = asked(Request("/a", "HEAD"), "/a")
    assert miss.reason == "method"
    assert str(miss).startswith("HEAD https://origin.test/a misses; the nearest")
    assert "asked with HEAD, stored with GET" in str(miss)
    assert "match with ignoreMethod" in str(miss)


def test_redirects_the_site_is_known_to_make() -> None:
    miss = asked("/old", "/x", "/new", redirects={BASE + "old": BASE + "new"})
    assert miss.reason == "redirect"
    assert miss.near[0].position == 2
    assert "https://origin.test/old redirects to https://origin.test/new" in miss.near[0].detail


def test_no_caches_and_empty_caches() -> None:
    none = explain_miss("/a", {}, base_url=BASE)
    assert none.reason == "no-caches"
    assert str(none) == (
        "https://origin.test/a misses: there is no cache at all. Was caches.open() ever called?"
    )
    assert asked("/a").reason == "empty"
    assert "every cache is empty" in str(asked("/a"))


@pytest.mark.parametrize("url", ["/b", "/b#top"])
def test_what_does_not_miss(url: str) -> None:
    found = asked(url, "/a", "/b#x")
    assert not found.misses
    assert found.reason == "hit"
    assert found.lines() == [
        f"{BASE[:-1]}{url} does not miss: entry 2 of cache 'v1' (https://origin.test/b#x) matches"
    ]


def test_a_redirected_response_cannot_answer_a_navigation() -> None:
    stored = entry("/a")
    stored = replace(stored, response=cached(url=BASE + "b", redirected=True, type="basic"))
    found = asked("/a", stored)
    assert found.reason == "redirected"
    assert "from https://origin.test/a to https://origin.test/b" in found.lines()[1]
    assert "refuses it as the answer to a navigation" in found.lines()[1]


def test_outside_the_scope() -> None:
    found = asked("/a", "/a", scope=BASE + "app/")
    assert found.notes == (
        "https://origin.test/a is outside the service worker's scope https://origin.test/app/: a "
        "page there is not controlled, so no cache is asked for it",
    )
    assert asked("/app/a", "/app/a", scope=BASE + "app/").notes == ()


def test_nearest_first_then_in_order_of_keys() -> None:
    miss = asked("/a?1", "https://cdn.test/a?1", "/a/?1", "/a?2", "/a/?2", "/a?3", "/A?9", "/z")
    assert [near.url.removeprefix(BASE) for near in miss.near] == [
        "a?2", "a?3", "a/?1", "a/?2", "https://cdn.test/a?1",
    ]  # fmt: skip
    assert miss.near[3].reasons == ("query", "trailing-slash")
    assert miss == asked(
        "/a?1", "https://cdn.test/a?1", "/a/?1", "/a?2", "/a/?2", "/a?3", "/A?9", "/z"
    )


def test_without_a_relative_the_most_alike() -> None:
    miss = asked("/assets/app.3f2.js", "/x", "/assets/app.9c1.js")
    assert [near.position for near in miss.near] == [2, 1]


def test_recorded_requests_will_do_and_bad_urls_are_refused() -> None:
    assert asked(CachedRequest(BASE + "a"), "/a").reason == "hit"
    with pytest.raises(JSError, match="no valid URL"):
        asked("http://[", "/a")
