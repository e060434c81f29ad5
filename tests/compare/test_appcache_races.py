"""Pages that come, join and leave in mid-update: what may come of it, and what may not.

Each history is one that Chromium 83 made on a busy machine; beside it stands a browser that does
wrong in just that situation, and is found.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from appcache_recorder import V1, V2, Recorder, agrees, snapshot

from pytest_offline.appcache.verifying import mismatch_of
from pytest_offline.errors import ModelError
from pytest_offline.model.appcache.selection import ApplicationCaches
from pytest_offline.record import Place

IDLE = {"error": "IDLE"}
LATE = {"checking": "DOWNLOADING"}


def differs(recorder: Recorder, build: str | None = "chromium-83", **fields: object) -> str:
    found = recorder.compare(build, **fields)
    assert found.differences or found.overdue
    assert found.undecided is None
    return "\n".join(each.allowed for each in (*found.differences, *found.overdue))


def begun(recorder: Recorder) -> Place:
    """A page with a cache, and an update of it whose files are on their way."""
    place = recorder.cached()
    recorder.now += 2000
    recorder.call(place, "update")
    recorder.manifest(V2)
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/page")
    recorder.fires(place, "0/2", "1/2")
    return place


# Joining


def comes_too_late_to_join(*heard: str) -> Recorder:
    """A frame whose selection comes after the failure of the update that ran when it began."""
    recorder = Recorder()
    place = recorder.cached()
    recorder.call(place, "update")
    frame = recorder.page(asked=False)
    recorder.manifest(None, status=500)
    recorder.fires(place, "checking", "error", "checking", **IDLE)
    recorder.fires(frame, "checking")
    recorder.manifest(None, status=500)
    recorder.fires(place, "error", **IDLE)
    recorder.fires(frame, *heard, **IDLE)
    return recorder


def test_a_page_may_come_later_than_it_says() -> None:
    agrees(comes_too_late_to_join("error"))


def test_a_page_that_comes_later_hears_of_one_process_only() -> None:
    assert "no event after error" in differs(comes_too_late_to_join("error", "error"))
    assert "error" in differs(comes_too_late_to_join())


def calls_for_an_update(*heard: str) -> Recorder:
    """A frame that calls while its selection may be pending: the call waits for it."""
    recorder = Recorder()
    place = begun(recorder)
    frame = recorder.page(asked=False)
    recorder.call(frame, "update")
    recorder.manifest(V2)
    recorder.fires(place, "2/2", "updateready")
    recorder.fires(frame, "checking", "downloading", "2/2", "updateready", **LATE)
    recorder.leave(frame)
    recorder.fires(place, *heard)
    return recorder


def test_a_call_comes_after_the_selection_of_its_page() -> None:
    assert "closes-after-commit" in agrees(calls_for_an_update())
    assert "no event after updateready" in differs(calls_for_an_update("cached"))


def joins_the_second_check(*heard: str) -> Recorder:
    recorder = Recorder()
    place = begun(recorder)
    recorder.manifest(V2)
    frame = recorder.page(asked=False)
    recorder.fires(place, "2/2", "updateready")
    recorder.fires(frame, "checking", "downloading", *heard, **LATE)
    return recorder


def test_who_joins_the_second_check_hears_the_closing_count() -> None:
    assert "closes-after-commit" in agrees(joins_the_second_check("2/2", "updateready"))
    assert "of 2 files" in differs(joins_the_second_check("3/3", "updateready"))
    assert "the last one 2/2" in differs(joins_the_second_check("updateready"))
    assert "no event after updateready" in differs(
        joins_the_second_check("2/2", "updateready", "updateready")
    )
    assert "updateready" in differs(joins_the_second_check("2/2"))


def test_who_joins_a_download_that_goes_on() -> None:
    recorder = Recorder()
    begun(recorder)
    recorder.manifest(None, in_flight=True, status=None)
    frame = recorder.page(asked=False)
    recorder.fires(frame, "checking", "downloading", **LATE)
    agrees(recorder)


V3 = b"CACHE MANIFEST\n# 3\nc\n"


def asked_before_it_was_stored(path: str) -> Recorder:
    """A frame whose file was on its way into the cache when the frame was asked for."""
    recorder = Recorder()
    place = recorder.cached()
    recorder.call(place, "update")
    recorder.manifest(V3)
    recorder.fires(place, "checking", "downloading")
    recorder.asked(path, "iframe")
    recorder.files("/c", "/page")
    recorder.fires(place, "0/2", "1/2")
    recorder.manifest(V3)
    recorder.fires(place, "2/2", "updateready")
    frame = recorder.page(path, asked=False)
    recorder.fires(place, "checking")
    recorder.manifest(V3)
    recorder.fires(place, "noupdate")
    recorder.fires(frame, "noupdate")
    return recorder


def test_how_a_page_is_loaded_is_decided_when_it_is_asked_for() -> None:
    agrees(asked_before_it_was_stored("/c"))
    assert "with no request" in differs(asked_before_it_was_stored("/page"))


# Leaving


def leaves_and_comes_back(*, ending: str = "updateready") -> Recorder:
    """Twice: the page that comes back holds the cache, so the download goes on, and it joins."""
    recorder = Recorder()
    place = begun(recorder)
    recorder.manifest(V2)
    recorder.leave(place)
    again = recorder.page(asked=False)
    recorder.fires(again, "checking", "downloading", "2/2", "updateready", **LATE)
    recorder.now += 2000
    recorder.call(again, "update")
    recorder.manifest(V1)
    recorder.fires(again, "checking", "downloading")
    recorder.files("/a", "/b", "/page")
    recorder.fires(again, "0/3", "1/3", "2/3")
    recorder.manifest(V1)
    recorder.leave(again)
    last = recorder.page(asked=False)
    recorder.fires(last, "checking", "downloading", "3/3", ending, **LATE)
    return recorder


def test_a_page_that_comes_back_joins_what_it_has_begun() -> None:
    agrees(leaves_and_comes_back())
    assert differs(leaves_and_comes_back(ending="cached"))


def test_a_download_goes_on_until_its_page_is_really_gone() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(V2)
    recorder.fires(place, "checking", "downloading")
    recorder.asked("/page", "document")
    recorder.leave(place)
    recorder.files("/a", "/page")
    again = recorder.page(asked=False)
    recorder.manifest(V2)
    recorder.fires(again, "checking", "downloading", "1/1", "cached", **LATE)
    agrees(recorder)


def is_lost(*heard: str) -> Recorder:
    """An update is completed while no page has the cache; the page on its way begins anew."""
    recorder = Recorder()
    place = begun(recorder)
    recorder.leave(place)
    again = recorder.page(asked=False)
    recorder.manifest(V2)
    recorder.fires(again, "checking")
    recorder.manifest(V2)
    recorder.fires(again, "downloading")
    recorder.files("/a")
    recorder.fires(again, "0/1")
    recorder.manifest(V2)
    recorder.fires(again, "1/1", *heard)
    return recorder


def test_a_cache_that_nobody_holds_is_lost() -> None:
    recorder = is_lost("cached")
    old = snapshot(a="explicit", b="explicit", page="master", m_appcache="manifest")
    assert "forgets-when-left" in agrees(recorder, snapshots=[old])
    recorder.now += 2000
    recorder.call(recorder.documents[-1].place, "update")
    recorder.manifest(V2)
    recorder.fires(recorder.documents[-1].place, "checking", "noupdate")
    agrees(recorder)


def test_a_page_whose_cache_was_lost_swaps_to_the_one_that_came_after() -> None:
    recorder = is_lost("cached")
    place = recorder.documents[-1].place
    recorder.call(place, "swapCache")
    recorder.call(place, "swapCache", error="InvalidStateError")
    agrees(recorder)
    recorder.call(place, "swapCache")
    assert differs(recorder)


def test_what_was_lost_is_no_licence() -> None:
    assert differs(is_lost("updateready"))
    assert differs(is_lost("cached"), None)


def test_a_way_that_the_model_refuses_is_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(caches: ApplicationCaches, host: str) -> list[object]:
        raise ModelError("a first download needs a host", state="idle", event="start")

    recorder = Recorder()
    place = recorder.cached()
    recorder.now += 2000
    recorder.call(place, "update")
    recorder.fires(place, "checking")
    agrees(recorder)
    monkeypatch.setattr(ApplicationCaches, "update", refuse)
    assert "no event after cached" in differs(recorder)


def leaves_its_page_behind(*kinds: str) -> tuple[Recorder, list[object]]:
    """A frame that is new joins a download, and is gone before it was fetched."""
    recorder = Recorder()
    place = begun(recorder)
    frame = recorder.page("/two")
    recorder.asked("/two")
    recorder.leave(frame)
    recorder.manifest(V2)
    recorder.fires(place, "2/2", "updateready")
    held = {"a": "explicit", "page": "master", "m_appcache": "manifest"}
    return recorder, [snapshot(**held, **dict.fromkeys(kinds, "master"))]


def test_a_page_that_left_is_stored_all_the_same() -> None:
    recorder, shown = leaves_its_page_behind("two")
    assert "keeps-pages-that-left" in agrees(recorder, snapshots=shown)
    recorder, shown = leaves_its_page_behind("three")
    assert differs(recorder, snapshots=shown)


# No verdict

RACES: list[Callable[[], Recorder]] = [
    lambda: comes_too_late_to_join("error"),
    lambda: comes_too_late_to_join("error", "error"),
    calls_for_an_update,
    lambda: joins_the_second_check("2/2", "updateready"),
    lambda: joins_the_second_check("3/3", "updateready"),
    lambda: asked_before_it_was_stored("/c"),
    leaves_and_comes_back,
    lambda: is_lost("cached"),
    lambda: leaves_its_page_behind("two")[0],
]


def test_how_often_there_is_no_verdict() -> None:
    found = [race().compare() for race in RACES]
    assert [each.undecided for each in found] == [None] * len(RACES)
    right = [each.explored for each in found if each.agrees]
    assert len(right) == 7
    assert max(right) < 100


def test_a_search_that_runs_out_is_no_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_offline.compare.appcache.MOST_WAYS", 2)
    found = leaves_and_comes_back(ending="cached").compare()
    assert not found.agrees
    assert found.differences == ()
    raised = mismatch_of(found)
    assert raised is not None
    assert raised.differences == ()
    assert str(raised).startswith("undecided: 2")
    assert "This is no agreement, and no difference either." in str(raised)
    assert "the best of them does not explain event" in str(raised)
