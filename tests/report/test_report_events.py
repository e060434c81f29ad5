"""Moments as rows: marks, states, fields, and what is kept out of them."""

from __future__ import annotations

import json

import pytest
from report_kit import BASE, START, everything, exchange

from pytest_offline.record import OFFLINE, ONLINE, SERVER_DOWN, moments_of
from pytest_offline.report import PageNote, events
from pytest_offline.report.events import periods_of, rows_of

ROWS = rows_of(everything(), START, BASE)


def kinds() -> list[tuple[object, ...]]:
    return [(row["l"], row["k"], row["s"]) for row in ROWS]


def row_of(text: str) -> dict[str, object]:
    (row,) = [row for row in ROWS if text in str(row["x"])]
    return row


def fields_of(text: str) -> dict[str, str]:
    return dict(row_of(text)["f"])  # type: ignore[call-overload]


def test_every_kind_of_record_has_a_mark() -> None:
    assert kinds() == [
        ("page", "page", "ok"), ("origin", "note", "ok"), ("appcache", "page", "ok"),
        ("page", "page", "ok"), ("page", "page", "bad"), ("origin", "request", "ok"),
        ("origin", "request", "miss"), ("origin", "request", "open"), ("page", "life", "ok"),
        ("worker", "life", "bad"), ("appcache", "life", "ok"), ("appcache", "life", "bad"),
        ("appcache", "call", "bad"), ("network", "request", "blocked"),
        ("network", "request", "ok"), ("caches", "put", "ok"), ("caches", "put", "bad"),
        ("caches", "put", "open"), ("caches", "call", "miss"), ("caches", "call", "ok"),
        ("network", "change", "blocked"), ("origin", "request", "blocked"),
        ("origin", "request", "blocked"), ("worker", "answer", "ok"), ("worker", "answer", "bad"),
        ("worker", "fetch", "bad"), ("worker", "fetch", "open"), ("worker", "fetch", "ok"),
        ("network", "change", "ok"), ("network", "change", "ok"), ("origin", "request", "bad"),
        ("appcache", "page", "ok"),
    ]  # fmt: skip


def test_times_count_from_the_start_and_lines_leave_the_origin_out() -> None:
    row = row_of("cache 'v1'.put('/app.js')")
    assert (row["t"], row["d"]) == (120.0, 12.0)
    assert rows_of(everything(), START)[15]["x"] == (
        f"serviceworker: cache 'v1'.put('{BASE}app.js') → fulfilled"
    )


def test_a_row_has_every_field_that_says_something() -> None:
    assert fields_of("bad.js") == {
        "call": "cache.put", "cache": "v1", "URL": f"{BASE}bad.js",
        "made by": f"serviceworker {BASE}sw.js", "outcome": "rejected", "error": "TypeError: no",
        "status": "200 OK", "type": "basic", "size": "1234 bytes", "SHA-256": "ab" * 32,
        "content-type": "text/css",
    }  # fmt: skip
    assert fields_of("places?page=2")["stopped by"] == "origin"
    assert fields_of("offline from here on") == {
        "condition": "offline", "origins": "nothing is answered", "navigator.onLine": "false",
    }  # fmt: skip
    assert fields_of("refused: https://fonts.example")["outcome"] == "refused"


def test_secrets_are_left_out() -> None:
    assert "very-secret" not in json.dumps(ROWS)
    assert fields_of("/missing")["answer header"] == "set-cookie: (15 characters, not shown)"


def test_of_too_many_rows_the_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_EVENTS", 2)
    assert [row["x"] for row in rows_of(everything(), START)] == [
        row["x"] for row in rows_of(everything()[-2:], START)
    ]


def test_periods_say_from_when_to_when() -> None:
    assert periods_of(everything(), START) == [
        {"from": 200.0, "to": 250.0, "name": "offline", "away": True},
        {"from": 255.0, "to": None, "name": "latency(20)", "away": False},
    ]


def test_one_period_ends_where_the_next_begins() -> None:
    changes = [(START + 1, OFFLINE), (START + 2, SERVER_DOWN), (START + 3, ONLINE)]
    periods = periods_of(moments_of([], [], [exchange(0, "/")], changes), START)
    assert [(each["from"], each["to"]) for each in periods] == [(1.0, 2.0), (2.0, 3.0)]


def test_what_befell_a_page_in_words() -> None:
    assert str(PageNote("navigated", BASE)) == f"now at {BASE}"
    assert str(PageNote("opened", "")) == "a page was opened"
    assert str(PageNote("console", BASE, "hello")) == "console: hello"
