"""What the witnesses of a test saw, as a section."""

from __future__ import annotations

from typing import Any

from pytest_offline.baseline import Cached, PageState, Section, section_of_test
from pytest_offline.record import (
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Exchange,
    FetchAnswer,
    LifecycleEvent,
    Operation,
    installs_of,
)
from pytest_offline.record.places import Place

BASE = "http://t7.localhost:4711/"
WORKER = Place("w", "serviceworker", f"{BASE}sw.js", 0.0)
AWAY = [(100.0, 200.0)]


def asked(time: float, path: str, outcome: Any = "blocked", initiator: Any = "fetch") -> Exchange:
    url = path if "://" in path else f"{BASE}{path[1:]}"
    return Exchange(
        seq=0, time=time, method="GET", path=path, url=url, headers=(), body=b"", status=None,
        response_headers=(), bytes_sent=0, outcome=outcome, initiator=initiator,
    )  # fmt: skip


def answered(time: float, path: str, source: Any = "cache") -> FetchAnswer:
    return FetchAnswer(time, WORKER, f"{BASE}{path[1:]}", "GET", "navigate", "document", source)


def section(
    exchanges: Any = (),
    answers: Any = (),
    operations: Any = (),
    held: Any = None,
    installs: Any = (),
    away: Any = AWAY,
) -> Section:
    return section_of_test(
        BASE, "/", away, exchanges, answers, operations, installs_of(installs), held or {}
    )


def test_a_page_that_the_worker_answers_opens() -> None:
    found = section([asked(10, "/", "served", "document")], [answered(150, "/")])
    assert found == Section({"/": PageState("opens")})


def test_a_page_that_nobody_answers_is_dead() -> None:
    assert section([asked(150, "/", initiator="document")]).pages == {"/": PageState("dead")}
    assert section(answers=[answered(150, "/", "failed")]).pages == {"/": PageState("dead")}


def test_what_opened_before_does_not_open_now() -> None:
    opened, blocked = answered(10, "/"), asked(150, "/", initiator="document")
    assert section([blocked], [opened]).pages == {"/": PageState("dead")}
    away = [(100.0, 200.0), (300.0, 400.0)]
    late = asked(350, "/", initiator="document")
    shown = section([late], [answered(150, "/")], away=away)
    assert shown.pages == {"/": PageState("dead")}
    assert section([late], [answered(350, "/")], away=away).pages == {"/": PageState("opens")}


def test_what_it_asks_for_in_vain_is_missed() -> None:
    exchanges = [asked(160, "/api"), asked(170, "/logo.3f2a1b.svg", initiator="image")]
    found = section(exchanges, [answered(150, "/about")])
    assert found.pages == {"/about": PageState("opens", ("/api", "/logo.*.svg"))}


def test_a_look_for_a_new_worker_is_not_for_the_pages_sake() -> None:
    found = section([asked(160, "/sw.js", initiator="serviceworker")], [answered(150, "/")])
    assert found.pages == {"/": PageState("opens")}


def test_what_is_blocked_before_a_page_is_opened_belongs_to_none() -> None:
    """The page stays open while the network goes: the test did not open it offline."""
    exchanges = [asked(10, "/", "served", "document"), asked(150, "/api")]
    assert section(exchanges).pages == {}
    assert section([asked(150, "/api")]).pages == {}


def test_online_all_is_well() -> None:
    exchanges = [asked(250, "/", "served", "document"), asked(260, "/api", "served")]
    assert section(exchanges, [answered(250, "/")]) == Section()


def test_other_origins_lose_their_port() -> None:
    exchanges = [asked(160, "http://cdn.localhost:4712/a.css")]
    found = section(exchanges, [answered(150, "/")])
    assert found.pages["/"].without == ("http://cdn.localhost/a.css",)


def put(
    path: str, method: Any, outcome: Any = "fulfilled", time: float = 5.0, place: Place = WORKER
) -> Operation:
    return Operation(
        number=0, place=place, target="cache", method=method, started=time, started_number=0,
        settled=1.0, settled_number=1, outcome=outcome, cache="v1",
        requests=(CachedRequest(f"{BASE}{path[1:]}"),),
    )  # fmt: skip


def entry(path: str, size: int | None) -> CacheEntry:
    return CacheEntry(CachedRequest(f"{BASE}{path[1:]}"), CachedResponse(200, size=size))


def test_what_is_cached_and_by_whom() -> None:
    """The install of a worker, by whatever method it stores; a page's ``addAll`` is none."""
    page = Place("p", "page", BASE, 0.0)
    operations = [
        put("/app.js", "addAll"),
        put("/font", "put"),
        put("/api", "put", time=50),
        put("/more.js", "addAll", place=page),
        put("/no", "put", "rejected"),
    ]
    held = {"v1": tuple(entry(path, 10) for path in ("/app.js", "/font", "/api", "/more.js"))}
    held["v2"] = (entry("/seed", None),)
    installs = [LifecycleEvent("install", 1, WORKER), LifecycleEvent("install-done", 10, WORKER)]
    assert section(operations=operations, held=held, installs=installs).cached == {
        "/app.js": Cached("install", 1, 10),
        "/font": Cached("install", 1, 10),
        "/api": Cached("runtime", 1, 10),
        "/more.js": Cached("runtime", 1, 10),
        "/seed": Cached("other", 1, 0),
    }
