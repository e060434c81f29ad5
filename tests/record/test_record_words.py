"""The words everybody shares: what they compute, and how they read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_offline.record import (
    OFFLINE,
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Exchange,
    FetchAnswer,
    Moment,
    Operation,
    Place,
    puts_of,
)

PAGE = Place("p1", "page", "https://o.test/", 1.0)


def operation(method: Any, target: Any = "cache", **fields: Any) -> Operation:
    fields = {"cache": "v1", "started": 1.0, "started_number": 0, **fields}
    return Operation(number=3, place=PAGE, target=target, method=method, **fields)


def test_headers_of_an_exchange() -> None:
    exchange = Exchange(
        1, 2.0, "GET", "/a", "https://o.test/a",
        headers=(("a", "1"), ("a", "2")), status=200, response_headers=(("b", "3"),),
    )  # fmt: skip
    assert exchange.header("A") == "1, 2"
    assert exchange.header("b") is None
    assert exchange.response_header("B") == "3"
    assert str(exchange) == "GET /a → served 200"
    assert str(replace(exchange, status=None, outcome="blocked")) == "GET /a → blocked"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (operation("keys"), "cache 'v1'.keys()"),
        (operation("open", "caches"), "caches.open('v1')"),
        (operation("keys", "caches", cache=None), "caches.keys()"),
        (
            operation("match", "caches", cache=None, requests=(CachedRequest("https://o.test/a"),)),
            "caches.match('https://o.test/a')",
        ),
    ],
)
def test_how_an_operation_reads(made: Operation, words: str) -> None:
    assert str(made) == words


def test_puts_of_every_way_to_put() -> None:
    requests = (CachedRequest("https://o.test/a"), CachedRequest("https://o.test/b"))
    response = CachedResponse(200, (("x", "y"),), type="basic", size=1, sha256="00")
    made = [
        operation(
            "put", requests=requests[:1], response=response, outcome="fulfilled", settled=2.0
        ),
        operation("match", requests=requests[:1]),
        operation("addAll", requests=requests, added=(response,), outcome="fulfilled"),
        operation(
            "add", requests=requests[:1], outcome="rejected", error_name="TypeError", error="no"
        ),
        operation(
            "put", cache=None, outcome="rejected", error_name="TypeError", requests=requests[1:]
        ),
        operation("put"),
    ]
    puts = list(puts_of(made))
    assert [
        (put.api, put.url[-1], put.status, put.size, put.outcome, put.error) for put in puts
    ] == [
        ("put", "a", 200, 1, "fulfilled", None),
        ("addAll", "a", 200, 1, "fulfilled", None),
        ("addAll", "b", None, None, "fulfilled", None),
        ("add", "a", None, None, "rejected", "TypeError: no"),
        ("put", "b", None, None, "rejected", "TypeError"),
    ]
    assert [put.cache for put in puts] == ["v1", "v1", "v1", "v1", ""]
    assert (puts[0].source, puts[0].response_type, puts[0].sha256) == ("page", "basic", "00")
    assert str(puts[0]) == "GET https://o.test/a into 'v1', status 200, fulfilled"
    assert str(puts[3]).endswith("status None, rejected (TypeError: no)")


def test_how_the_others_read() -> None:
    assert str(PAGE) == "page https://o.test/"
    assert str(OFFLINE) == "offline"
    answer = FetchAnswer(1.0, PAGE, "https://o.test/a", "GET", "cors", "", "cache", "v1", 200)
    assert str(answer) == "GET https://o.test/a ← cache 'v1'"
    assert str(replace(answer, source="network", cache=None)) == "GET https://o.test/a ← network"
    assert (
        CacheEntry(CachedRequest("https://o.test/a"), CachedResponse(200)).url == "https://o.test/a"
    )


def test_moments_are_in_order() -> None:
    moments = [
        Moment(2.0, "page", "c"),
        Moment(1.0, "page", "b"),
        Moment(1.0, "origin", "a"),
    ]
    assert [moment.text for moment in sorted(moments)] == ["a", "b", "c"]
