"""From records to facts: what workers and documents were seen to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_offline.readiness.facts import Failure, PendingWork
from pytest_offline.readiness.witnesses import Workers, appcache_facts, document_at
from pytest_offline.record import (
    AppCacheDocument,
    AppCacheEvent,
    FetchAnswer,
    LifecycleEvent,
    Place,
    WorkerFetch,
)

PAGE = "https://site.test/"
SCRIPT = f"{PAGE}sw.js"
OLD = Place("w1", "serviceworker", SCRIPT, 10.0)
NEW = Place("w2", "serviceworker", SCRIPT, 20.0)
SHOWN = Place("p1", "page", PAGE, 5.0)
MANIFEST = f"{PAGE}site.appcache"


def step(name: str, place: Place = OLD, time: float = 11.0, detail: str = "") -> LifecycleEvent:
    return LifecycleEvent(name, time, place, detail)  # type: ignore[arg-type]


def answer(url: str = PAGE, time: float = 100.0, mode: str = "navigate") -> FetchAnswer:
    return FetchAnswer(time, OLD, url, "GET", mode, "document", "cache")


def test_a_step_is_seen_by_its_name():
    workers = Workers([answer(), step("clients-claim")])
    assert workers.saw("clients-claim")
    assert not workers.saw("fetch-handler")


def test_handlers_are_pending_until_they_are_done_or_failed():
    begun = [step("install"), step("install-done"), step("activate")]
    assert [*Workers(begun).pending_work()] == [PendingWork("activate", SCRIPT)]
    assert [*Workers([*begun, step("activate-failed")]).pending_work()] == []


def test_what_a_worker_began_before_it_was_started_anew_cannot_end():
    for events in (
        [step("install"), step("started", NEW)],
        [step("started", NEW), step("install")],
    ):
        workers = Workers(events)
        assert [*workers.pending_work()] == []
        assert (workers.runs(OLD), workers.runs(NEW)) == (False, True)


def test_only_service_workers_are_waited_for():
    assert not Workers([]).runs(SHOWN)
    assert Workers([]).runs(OLD)


def test_fetches_are_pending_where_the_worker_asks_for_itself():
    fetches = [
        WorkerFetch(30.0, OLD, f"{PAGE}a", "GET"),
        WorkerFetch(30.0, OLD, f"{PAGE}b", "GET", settled=31.0),
        WorkerFetch(30.0, OLD, f"{PAGE}events", "GET"),
    ]
    passed_on = answer(f"{PAGE}events", mode="cors")
    assert [*Workers([*fetches, passed_on]).pending_fetches()] == [f"{PAGE}a"]
    assert [*Workers([*fetches, step("started", NEW)]).pending_fetches()] == []


def test_what_failed_before_the_page_was_loaded_is_over():
    events = [
        step("install-failed", time=10, detail="Error: old"),
        step("register-failed", SHOWN, 20, "Error: new"),
        step("installing", time=30),
    ]
    assert [*Workers(events).failures(since=15)] == [Failure("register", PAGE, "Error: new")]


@pytest.mark.parametrize(
    ("seen", "answered"),
    [
        (answer(), True),
        (answer(time=99_000), True),
        (answer(mode="cors"), False),
        (answer(f"{PAGE}other"), False),
        (step("started"), False),
    ],
)
def test_whether_a_worker_answered_the_navigation(seen, answered):
    assert Workers([seen]).answered_navigation(f"{PAGE}#top", 1_000) is answered


def test_a_navigation_long_before_was_another():
    assert not Workers([answer()]).answered_navigation(PAGE, 10_000)


def document(place: Place = SHOWN, manifest: str | None = MANIFEST) -> AppCacheDocument:
    return AppCacheDocument(PAGE, manifest, 5.0, place, loaded=9.0)


def event(name: str, place: Place = SHOWN, detail: str = "") -> AppCacheEvent:
    return AppCacheEvent(name, "IDLE", None, None, 9.0, PAGE, place, detail)  # type: ignore[arg-type]


def test_the_document_of_a_place_is_found_where_it_names_a_manifest():
    other = replace(SHOWN, id="p2")
    words = [event("checking"), document(other), document(manifest=None), document()]
    assert document_at(words, "p1") == document()
    assert document_at(words[:3], "p1") is None


LISTED = (f"{PAGE}app.js",)


@pytest.mark.parametrize(
    ("events", "failure"),
    [
        ([], ""),
        ([event("error", detail="manifest 500")], "manifest 500"),
        ([event("error")], "error"),
        ([event("error"), event("checking")], ""),
        ([event("cached"), event("error", replace(SHOWN, id="p2"))], ""),
    ],
)
def test_how_the_last_update_of_this_document_ended(events, failure):
    found = appcache_facts(document(), events, "IDLE", LISTED, [PAGE])
    assert found.failure == failure
    assert (found.manifest, found.loaded, found.held) == (MANIFEST, True, (PAGE,))
    assert [item.url for item in found.listed] == [*LISTED]


def test_a_version_that_was_just_downloaded_is_whole():
    found = appcache_facts(document(), [], "UPDATEREADY", LISTED, [PAGE])
    assert found.held == LISTED
