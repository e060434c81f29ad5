"""What is cached against what the origin has: no browser."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from pytest_offline.audit.cached import AtOrigin, Stock, cache_findings, cached_files
from pytest_offline.compare.private_data import strangers_answer
from pytest_offline.record import (
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Exchange,
    FetchAnswer,
    Operation,
    Place,
)
from pytest_offline.record.auditing import Finding

BASE = "http://t1.localhost:1"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def entry(path: str, text: str = "text", *, headers: Any = (), **more: Any) -> CacheEntry:
    url = path if "://" in path else BASE + path
    known = {"status": 200, "type": "basic", "url": url, "size": len(text), "sha256": sha(text)}
    key_headers = more.pop("key_headers", ())
    return CacheEntry(
        CachedRequest(url, headers=key_headers),
        CachedResponse(**{**known, "headers": headers, "body": text.encode(), **more}),
    )


def stock(*entries: CacheEntry, cache: str = "v1", **more: Any) -> Stock:
    return Stock(BASE, {cache: entries}, **more)


def at_origin(**texts: str) -> Any:
    """What the origin has: ``a_js="…"`` is /a.js; all else is not there."""
    known = {f"{BASE}/{name.replace('_', '.')}": text for name, text in texts.items()}

    def ask(url: str) -> AtOrigin:
        if url not in known:
            return AtOrigin(404)
        return AtOrigin(200, len(known[url]), sha(known[url]))

    return ask


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [each.code for each in findings]


def place(script: str = "/sw.js", kind: Any = "serviceworker") -> Place:
    return Place(id=script, kind=kind, url=BASE + script, origin=BASE, began=0.0)


def operation(method: Any, cache: str, script: str = "/sw.js", **more: Any) -> Operation:
    target: Any = "caches" if method == "delete" else "cache"
    return Operation(
        number=0, place=place(script), target=target, method=method, started=5.0,
        started_number=0, cache=cache, outcome="fulfilled", **more,
    )  # fmt: skip


def test_what_the_origin_has_too_is_fine() -> None:
    assert cache_findings(stock(entry("/a.js", "one"), at_origin=at_origin(a_js="one"))) == ()


def test_what_is_otherwise_at_the_origin_is_stale() -> None:
    (found,) = cache_findings(stock(entry("/a.js", "one"), at_origin=at_origin(a_js="three")))
    assert (found.code, found.severity, found.url) == ("stale", "note", "/a.js")
    assert found.text == ("/a.js in the cache 'v1' is not what the origin has now (3 and 5 bytes)")


@pytest.mark.parametrize("encoded", [True, False])
def test_a_body_shorter_than_it_said_was_cut_short(encoded: bool) -> None:
    headers = (("content-length", "5"), *((("content-encoding", "gzip"),) if encoded else ()))
    cut = entry("/a.js", "thr", headers=headers)
    (found,) = cache_findings(stock(cut, at_origin=at_origin(a_js="three")))
    assert found.code == ("stale" if encoded else "cut-short")
    if not encoded:
        assert found.text == "/a.js in the cache 'v1' has 3 of 5 bytes"


def test_a_body_that_the_ledger_saw_broken_off_was_cut_short() -> None:
    seen = Exchange(1, 0.0, "GET", "/a.js", f"{BASE}/a.js", outcome="cut", bytes_sent=3)
    ours = stock(entry("/a.js", "thr"), at_origin=at_origin(a_js="three"), exchanges=[seen])
    assert codes(cache_findings(ours)) == ["cut-short"]


def test_what_is_no_more_at_the_origin_and_what_is_of_others() -> None:
    elsewhere = entry("https://cdn.example/x.js")
    opaque = entry("https://cdn.example/y.js", type="opaque", status=0, size=None, sha256=None)
    found = cache_findings(stock(entry("/old.js"), elsewhere, opaque, at_origin=at_origin()))
    assert codes(found) == ["not-at-origin", "opaque-stored"]
    assert "counts as megabytes" in found[1].text


def test_an_origin_that_is_not_known_says_nothing() -> None:
    assert cache_findings(stock(entry("/a.js"))) == ()


def test_errors_and_redirects_that_are_stored() -> None:
    wrong = entry("/gone", status=404)
    moved = entry("/old", redirected=True, url=f"{BASE}/new")
    found = cache_findings(stock(moved, wrong))
    assert codes(found) == ["error-stored", "redirect-stored"]
    assert "with status 404: it stays broken after the network is back" in found[0].text
    assert found[1].text == (
        "/old in the cache 'v1' was redirected to /new: no navigation may be answered with it"
    )


def test_what_is_declared_and_missing() -> None:
    (found,) = cache_findings(stock(missing=["/lost.js"]))
    assert (found.code, found.text) == (
        "declared-missing",
        "/lost.js is declared to be cached, and is in no cache",
    )


def put(path: str, cache: str = "v1") -> Operation:
    response = CachedResponse(200)
    requests = (CachedRequest(BASE + path),)
    return operation("put", cache, requests=requests, response=response)


def answer(path: str) -> FetchAnswer:
    return FetchAnswer(0.0, place(), BASE + path, "GET", "cors", "script", "cache")


def test_what_install_stored_and_nobody_asked_for() -> None:
    ours = stock(
        entry("/used.js"), entry("/about.html"), entry("/a.js"), entry("/later.js"),
        operations=[put("/used.js"), put("/about.html"), put("/a.js")],
        answers=[answer("/used.js"), answer("/about")],
        installs={"/sw.js": 10.0},
    )  # fmt: skip
    (found,) = cache_findings(ours)
    assert found.text == (
        "no page asked for 1 of 4 files that the cache 'v1' was filled with (4 bytes): /a.js"
    )


def test_many_files_that_nobody_asked_for_are_counted() -> None:
    names = [f"/{name}.js" for name in "abcde"]
    ours = stock(
        *map(entry, names), operations=[put(name) for name in names], installs={"/sw.js": 10.0}
    )
    (found,) = cache_findings(ours)
    assert found.text.endswith("(20 bytes): /a.js, /b.js, /c.js and 2 more")


def test_entries_say_when_they_were_stored() -> None:
    ours = stock(
        entry("/b"), entry("/a"), entry("/c"),
        operations=[put("/a"), operation("match", "v1")], installs={"/sw.js": 10.0},
    )  # fmt: skip
    assert [(each.url, each.stored_by) for each in cached_files(ours)] == [
        ("/a", "install"), ("/b", ""), ("/c", ""),
    ]  # fmt: skip
    (file,) = cached_files(stock(entry("/a"), operations=[put("/a")]))
    assert file.stored_by == "runtime"


def test_versions_of_caches_and_of_files_that_are_left() -> None:
    files = (entry("/app.3f2a1b.js"), entry("/app.99ab12.js"), entry("/b.1a2b3c4d.js"))
    ask = at_origin(app_3f2a1b_js="text", b_1a2b3c4d_js="text")
    ours = Stock(BASE, {"app-v1": files, "app-v2": ()}, at_origin=ask)
    found = [each for each in cache_findings(ours) if each.code == "versions"]
    assert [each.text for each in found] == [
        "2 versions of one cache are left: 'app-v1', 'app-v2'",
        "the cache 'app-v1' holds 2 versions of /app.*.js",
    ]


def test_caches_of_other_names_are_no_versions() -> None:
    assert cache_findings(Stock(BASE, {"a-1": (), "b-1": (), "c": ()})) == ()


def test_a_cache_that_another_worker_deletes() -> None:
    ours = stock(
        operations=[
            operation("put", "a", "/one/sw.js"),
            operation("delete", "a", "/one/sw.js", value=True),
            operation("put", "a", "/one/sw.js"),
            operation("delete", "a", "/two/sw.js", value=True),
            operation("delete", "a", "/two/sw.js", value=True),
            operation("delete", "b", "/two/sw.js", value=False),
            replace(operation("delete", "a", value=True), place=place("/", "page")),
        ]
    )
    (found,) = cache_findings(ours)
    assert (found.code, found.severity, found.cache) == ("deleted-by-another", "error", "a")
    assert found.text.startswith("the cache 'a' of /one/sw.js was deleted by /two/sw.js: all")


def test_a_cache_that_the_same_script_deletes_for_another_scope() -> None:
    here = replace(place(), scope=f"{BASE}/a/")
    there = replace(place(), scope=f"{BASE}/b/")
    ours = stock(
        operations=[
            replace(operation("put", "a"), place=here),
            replace(operation("delete", "a", value=True), place=here),
            replace(operation("put", "a"), place=here),
            replace(operation("delete", "a", value=True), place=there),
        ]
    )
    (found,) = cache_findings(ours)
    assert found.text.startswith(
        "the cache 'a' of /sw.js at /a/ was deleted by the same script at /b/: all workers"
    )


def exchange(path: str, *, request: Any = (), response: Any = (), **more: Any) -> Exchange:
    return Exchange(
        1, 0.0, "GET", path, BASE + path, headers=request, response_headers=response, **more
    )


def test_a_stranger_is_asked_at_the_origin_only() -> None:
    seen = replace(exchange("/me", request=(("cookie", "a=1"),)), url="https://x.example/me")
    ours = stock(entry("https://x.example/me"), exchanges=[seen], stranger=lambda url: None)
    assert cache_findings(ours) == ()
    mine = exchange("/me.js", request=(("cookie", "a=1"),))
    ours = stock(entry("/me.js"), exchanges=[mine], stranger=lambda url: sha("other"))
    assert codes(cache_findings(ours)) == ["with-cookies"]
    assert strangers_answer(503, sha("other")) is None


@pytest.mark.parametrize("status", [401, 403, 302])
def test_what_strangers_are_refused_belongs_to_somebody(status: int) -> None:
    mine = exchange("/api/me", request=(("cookie", "a=1"),), status=200)
    ours = stock(
        entry("/api/me"),
        exchanges=[mine],
        stranger=lambda url: strangers_answer(status, sha("log in")),
    )
    (found,) = cache_findings(ours)
    assert (found.code, found.severity) == ("with-cookies", "error")
    assert found.text == (
        "/api/me in the cache 'v1' was asked for with cookies, and somebody without them gets "
        "another answer"
    )
