"""Invented runs: tests with every kind of record, as a report gets them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_offline.compare.differences import Difference
from pytest_offline.errors import ModelMismatch
from pytest_offline.record import (
    OFFLINE,
    ONLINE,
    AppCacheCall,
    AppCacheDocument,
    AppCacheEvent,
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Condition,
    Exchange,
    FetchAnswer,
    LifecycleEvent,
    Moment,
    Operation,
    OutsideRequest,
    Place,
    WorkerFetch,
    latency,
    moments_of,
)
from pytest_offline.report import (
    Holding,
    PageNote,
    Part,
    Picture,
    Run,
    TestRecord,
    failures_of,
    pack,
    page,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

BASE = "http://t1.localhost:4000/"
START = 1_700_000_000_000.0
PAGE = Place("p", "page", BASE, START, BASE.rstrip("/"))
WORKER = Place("w", "serviceworker", f"{BASE}sw.js", START, BASE.rstrip("/"))
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>"
FILLED = "#detail[data-filled]"
"""The place of a test's details, once they are there."""

JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI//////////////////////"
    "//////////////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////////"
    "////////////////////////////////wAARCAABAAEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xA"
    "AUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAM"
    "AwEAAhEDEQA/AKAD/9k="
)
"""One grey pixel."""


def put(at: float, path: str, **changed: Any) -> Operation:
    key = CachedRequest(f"{BASE}{path}")
    response = CachedResponse(200, (("content-type", "text/css"),), "OK", "basic", size=1_234,
                              sha256="ab" * 32)  # fmt: skip
    operation = Operation(0, WORKER, "cache", "put", START + at, 0, START + at + 12, 1, cache="v1",
                          cache_number=0, requests=(key,), response=response,
                          outcome="fulfilled")  # fmt: skip
    return replace(operation, **changed)


def exchange(at: float, path: str, **changed: Any) -> Exchange:
    seen = Exchange(1, START + at, "GET", path, BASE.rstrip("/") + path, status=200,
                    headers=(("accept", "*/*"), ("cookie", "sid=very-secret")),
                    response_headers=(("set-cookie", "sid=very-secret"),),
                    bytes_sent=10)  # fmt: skip
    return replace(seen, **changed)


def everything() -> list[Moment]:
    """A timeline with every kind of record in it."""
    operations = [
        put(120, "app.js"),
        put(150, "bad.js", outcome="rejected", error_name="TypeError", error="no"),
        put(160, "wait.js", outcome="pending", settled=None, response=None),
        put(170, "app.js", method="match", response=None, value=None,
            options=(("ignoreSearch", True),)),
        put(180, "app.js", method="match", response=None, value=CachedResponse(0, type="opaque")),
    ]  # fmt: skip
    events = [
        LifecycleEvent("registered", START + 50, PAGE, BASE),
        LifecycleEvent("install-failed", START + 60, WORKER, "TypeError: no"),
        FetchAnswer(
            START + 210, WORKER, f"{BASE}app.js", "GET", "cors", "script", "cache", "v1", 200
        ),
        FetchAnswer(
            START + 215, WORKER, f"{BASE}x", "GET", "cors", "", "failed", error="TypeError"
        ),
        WorkerFetch(START + 220, WORKER, f"{BASE}x", "GET", START + 225, None, "TypeError: no"),
        WorkerFetch(START + 226, WORKER, f"{BASE}y", "GET"),
        WorkerFetch(START + 228, WORKER, f"{BASE}z", "GET", START + 240, 200),
    ]
    blocked = {"status": None, "outcome": "blocked", "stopped_by": "origin", "condition": OFFLINE}
    exchanges = [
        exchange(10, "/"),
        exchange(20, "/missing", status=404),
        exchange(30, "/events", in_flight=True),
        exchange(205, "/api/places?page=2", **blocked),
        exchange(206, "/api/places?page=3", **blocked),
        exchange(260, "/cut", outcome="cut", weather=("broken off after 10 bytes",)),
    ]
    changes = [(START + 200, OFFLINE), (START + 250, ONLINE), (START + 255, latency(20))]
    words = [
        AppCacheEvent("cached", "IDLE", None, None, START + 70, BASE, PAGE),
        AppCacheEvent("error", "IDLE", None, None, START + 71, BASE, PAGE, "manifest 404"),
        AppCacheCall("swapCache", "IDLE", "IDLE", START + 72, PAGE, "InvalidStateError"),
        AppCacheDocument(BASE, f"{BASE}m.appcache", START + 5, PAGE, ended=START + 270),
    ]
    refused = OutsideRequest(START + 90, "fonts.example", 443, url="https://fonts.example/a.css")
    let_out = replace(refused, time=START + 91, refused=False, url=None)
    notes = [
        *(Moment(each.time, "network", f"outside, {each}", each) for each in (refused, let_out)),
        Moment(START + 1, "page", "a page was opened", PageNote("opened", "")),
        Moment(START + 8, "page", f"console: {HOSTILE}", PageNote("console", BASE, HOSTILE)),
        Moment(START + 9, "page", "error: boom", PageNote("error", BASE, "boom")),
        Moment(START + 2, "origin", "TLS, a bare note"),
    ]
    return moments_of(operations, events, exchanges, changes, words, notes)


def entry(path: str, status: int = 200) -> CacheEntry:
    headers = (("content-type", "text/css"), ("set-cookie", "sid=very-secret"))
    response = CachedResponse(status, headers, type="basic", size=1_234, sha256="cd" * 32)
    return CacheEntry(CachedRequest(path if "://" in path else f"{BASE}{path}"), response)


HOLDING = Holding(
    BASE,
    0,
    {
        "v1": (entry(""), entry("app.js"), entry("old.css", 404), entry("https://cdn.test/a.css")),
        "empty": (),
    },
)


def mismatch() -> ModelMismatch:
    difference = Difference(
        put(150, "bad.js"), "fulfilled with nothing", "rejected with TypeError",
        (exchange(10, "/bad.js"),), "Cache.put(), step 4",
    )  # fmt: skip
    return ModelMismatch("operation 0 differs\n  more of it", (difference,))


def picture(at: float, condition: Condition, caption: str) -> Picture:
    away = not condition.browser_online
    return Picture(START + at, str(condition), caption, away, BASE, JPEG)


def failing(nodeid: str = "tests/test_a.py::test_fails[chromium]") -> TestRecord:
    """A test with everything in it."""
    return TestRecord(
        nodeid,
        "failed",
        duration=1.25,
        build="chromium",
        failures=tuple(
            failures_of(mismatch(), phase="call", time=START + 300, traceback="a.py:1: here")
        ),
        moments=tuple(everything()),
        origins=(BASE,),
        pictures=(
            picture(199, ONLINE, "the last moment before offline"),
            picture(249, OFFLINE, "the last moment before online"),
            picture(301, ONLINE, "at the end of the test"),
        ),
        holdings=(HOLDING,),
        notes=("No picture of the second page: it hangs.",),
        artifacts=(("Playwright trace (trace.zip)", "test-results/a/trace.zip"),),
    )


def passing(number: int = 0, build: str = "firefox") -> TestRecord:
    return TestRecord(
        f"tests/test_b.py::TestB::test_{number}[{build}-x]", "passed", duration=0.5, build=build,
        moments=tuple(moments_of([], [], [exchange(10, "/")], [])), origins=(BASE,),
        holdings=(Holding(BASE, 0, {"v1": (entry(f"only-{number}.js"),)}),),
    )  # fmt: skip


def busy(events: int) -> TestRecord:
    """A test with so many events."""
    exchanges = [exchange(number, f"/{number}.js") for number in range(events)]
    moments = moments_of([], [], exchanges, [(START + events / 2, OFFLINE)])
    return replace(passing(), nodeid="tests/test_c.py::test_busy", moments=tuple(moments))


def text_of(records: Iterable[TestRecord], run: Run | None = None) -> str:
    return "".join(page([pack(record) for record in records], run))


def write(path: Path, records: Iterable[TestRecord], run: Run | None = None) -> str:
    """Writes the page; returns the address to open it by."""
    path.write_text(text_of(records, run), encoding="utf-8")
    return path.as_uri()


def part(record: TestRecord) -> Part:
    return pack(record)


def open_first(page: Page) -> None:
    """Opens the first test of the list, and waits for its details."""
    page.locator("#list a").first.click()
    page.wait_for_selector(FILLED)
