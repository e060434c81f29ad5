"""The timeline: what every witness saw, as lines for a person."""

from __future__ import annotations

from dataclasses import replace

from pytest_offline.record import (
    OFFLINE,
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Exchange,
    FetchAnswer,
    LifecycleEvent,
    Operation,
    Place,
    WorkerFetch,
    lines_of,
    moments_of,
)

PAGE = Place("p", "page", "https://o.test/", 1.0, "https://o.test")
WORKER = Place("w", "serviceworker", "https://o.test/sw.js", 1.0, "https://o.test")
KEY = CachedRequest("https://o.test/a")
MATCH = Operation(0, PAGE, "cache", "match", 1_000, 0, 1_001, 1, cache="v1", requests=(KEY,),
                  outcome="fulfilled")  # fmt: skip


def text_of(operation: Operation) -> str:
    return moments_of([operation], [], [], [])[0].text


def test_every_witness_in_one_order() -> None:
    moments = moments_of(
        [replace(MATCH, started=3_000)],
        [LifecycleEvent("install", 2_000, WORKER)],
        [Exchange(1, 1_000, "GET", "/a", "https://o.test/a", status=200)],
        [(4_000, OFFLINE)],
    )
    assert [moment.lane for moment in moments] == ["origin", "worker", "caches", "network"]
    assert lines_of(moments) == [
        "   0.000 s  origin   GET /a → served 200 (other)",
        "   1.000 s  worker   serviceworker: install",
        "   2.000 s  caches   page: cache 'v1'.match('https://o.test/a') → fulfilled, no match",
        "   3.000 s  network  offline from here on",
    ]


def test_only_the_last_are_shown_and_the_rest_is_counted() -> None:
    moments = moments_of([], [], [], [(float(time), OFFLINE) for time in range(5)])
    assert lines_of(moments, 2) == [
        "… 3 earlier lines left out",
        "   0.003 s  network  offline from here on",
        "   0.004 s  network  offline from here on",
    ]


def test_nothing_at_all_is_said() -> None:
    assert lines_of([]) == ["nothing was recorded"]


def test_what_operations_gave() -> None:
    assert text_of(replace(MATCH, value=CachedResponse(203))).endswith("→ fulfilled, 203")
    had = replace(MATCH, target="caches", method="has", requests=(), value=True)
    assert text_of(had) == "page: caches.has('v1') → fulfilled, true"
    keys = replace(MATCH, method="keys", requests=(), value=(KEY, KEY))
    assert text_of(keys) == "page: cache 'v1'.keys() → fulfilled, 2 found"
    put = replace(MATCH, method="put")
    assert text_of(put) == "page: cache 'v1'.put('https://o.test/a') → fulfilled"
    failed = replace(put, outcome="rejected", error_name="TypeError", error="no")
    assert text_of(failed).endswith("→ rejected TypeError: no")
    assert text_of(replace(put, outcome="pending")).endswith("→ pending")


def test_what_workers_lived_through() -> None:
    answer = FetchAnswer(1, WORKER, "https://o.test/a", "GET", "cors", "", "cache", "v1", 200)
    fetched = WorkerFetch(1, WORKER, "https://o.test/a", "GET")
    events = [
        LifecycleEvent("registered", 1, PAGE, "https://o.test/"),
        answer,
        replace(answer, source="failed", cache=None, error="TypeError: x"),
        fetched,
        replace(fetched, status=404),
        replace(fetched, error="TypeError: x"),
    ]
    moments = moments_of([], events, [], [])
    assert [moment.text for moment in moments] == [
        "page: registered https://o.test/",
        "serviceworker: fetch event GET https://o.test/a ← cache 'v1'",
        "serviceworker: fetch event GET https://o.test/a ← failed TypeError: x",
        "serviceworker: fetch(https://o.test/a) → pending",
        "serviceworker: fetch(https://o.test/a) → 404",
        "serviceworker: fetch(https://o.test/a) → TypeError: x",
    ]
    assert moments[0].lane == "page"


def test_an_entry_reads_like_a_put() -> None:
    response = CachedResponse(201, (("a", "b"),), type="basic", size=1, sha256="ab", body=b"x")
    entry = CacheEntry(CachedRequest("https://o.test/a", headers=(("c", "d"),)), response)
    assert (entry.url, entry.method, entry.status) == ("https://o.test/a", "GET", 201)
    assert (entry.request_headers, entry.response_headers) == ((("c", "d"),), (("a", "b"),))
    assert (entry.response_type, entry.size, entry.sha256) == ("basic", 1, "ab")
    assert entry.body == b"x"
