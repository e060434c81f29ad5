"""What a browser says it could not store, on invented histories: believed so far and no further."""

from __future__ import annotations

import pytest
from appcache_recorder import MANIFEST, ORIGIN, V1, V2, Recorder, agrees, differs, snapshot

from pytest_offline.model.appcache.exchanges import Fetched
from pytest_offline.record import AppCacheSnapshot, Place

QUOTA = "Failed to commit new cache to storage, would exceed quota"
WHOLE = [
    QUOTA,
    "Failed to commit new cache to storage",
    "Failed to write the manifest headers to storage",
    "Failed to write the manifest data to storage",
]
OTHER = [
    "",
    "Manifest changed during update",
    f"Resource fetch failed (2) {ORIGIN}/a",
    f"resource {ORIGIN}/a 404",
    f"manifest {ORIGIN}/page",
    "Failed to mark the cache as obsolete",
    "quota",
]
LATE = "runs-out-of-storage-late"
KEPT = "keeps-pages-not-stored"
V1_HELD = snapshot(a="explicit", b="explicit", page="master", m_appcache="manifest")


def downloaded(recorder: Recorder) -> Place:
    """A first download of V1 up to its second check, which finds the same."""
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/b", "/page")
    recorder.fires(place, "0/2", "1/2")
    recorder.manifest()
    return place


@pytest.mark.parametrize("told", WHOLE)
def test_a_first_version_that_was_not_stored_leaves_nothing(told: str) -> None:
    recorder = Recorder()
    recorder.fails(downloaded(recorder), told)
    assert LATE in agrees(recorder, snapshots=[])
    text = differs(recorder, snapshots=[V1_HELD])
    assert "the entries of" in text
    assert "never-reruns" not in agrees(recorder), "the manifest was the same: nothing to run again"


@pytest.mark.parametrize("told", OTHER)
def test_an_error_of_which_the_browser_says_anything_else_is_a_mismatch(told: str) -> None:
    recorder = Recorder()
    recorder.fails(downloaded(recorder), told)
    differs(recorder)


def test_the_bare_text_believes_no_browser() -> None:
    recorder = Recorder()
    recorder.fails(downloaded(recorder), QUOTA)
    differs(recorder, None)


def test_what_was_not_stored_is_not_cached_after_all() -> None:
    recorder = Recorder()
    place = downloaded(recorder)
    recorder.fails(place, QUOTA)
    recorder.fires(place, "cached")
    text = differs(recorder)
    assert "no event after error" in text
    assert "cached (IDLE)" in text


def test_before_the_second_check_no_version_is_stored() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fails(place, QUOTA)
    differs(recorder)


def test_an_update_that_was_not_stored_leaves_the_version_before() -> None:
    recorder = Recorder()
    place = recorder.cached()
    recorder.updates(place)
    recorder.fails(place, QUOTA, "IDLE")
    assert LATE in agrees(recorder, snapshots=[V1_HELD])
    new = snapshot(a="explicit", page="master", m_appcache="manifest")
    assert "the entries of" in differs(recorder, snapshots=[new])
    # There is room again: the next one is an update from the same version.
    recorder.now += 5000
    recorder.updates(place)
    recorder.fires(place, "2/2", "updateready")
    assert LATE in agrees(recorder, snapshots=[new])


def test_an_update_that_was_stored_is_no_error_of_the_next_one() -> None:
    recorder = Recorder()
    place = recorder.cached()
    recorder.updates(place)
    recorder.fires(place, "2/2", "updateready")
    recorder.now += 5000
    recorder.call(place, "update")
    recorder.manifest(V2)
    recorder.fires(place, "checking")
    recorder.fails(place, QUOTA, "IDLE")
    differs(recorder)


def test_all_pages_of_a_version_that_was_not_stored_hear_so() -> None:
    for heard in (True, False):
        recorder = Recorder()
        place = recorder.page()
        recorder.manifest(status=200)
        other = recorder.page("/two")
        recorder.fires(place, "checking")
        recorder.fires(other, "checking")
        recorder.fires(place, "downloading")
        recorder.fires(other, "downloading")
        recorder.files("/a", "/b", "/page", "/two")
        recorder.fires(place, "0/2", "1/2")
        recorder.fires(other, "0/2", "1/2")
        recorder.manifest()
        recorder.fails(place, QUOTA)
        if heard:
            recorder.fails(other, QUOTA)
            assert LATE in agrees(recorder)
        else:
            recorder.fires(other, "2/2", "cached")
            differs(recorder)


def one_file(told: str) -> Recorder:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/page")
    recorder.fires(place, "0/2")
    recorder.fails(place, told)
    return recorder


def test_a_file_that_was_not_stored_fails_the_update() -> None:
    assert LATE in agrees(one_file(f"Resource fetch failed (2) {ORIGIN}/a"), snapshots=[])


def test_a_file_that_was_stored_is_not_the_one_that_was_not() -> None:
    found = one_file(f"Resource fetch failed (2) {ORIGIN}/elsewhere").compare()
    assert LATE not in {each.id.removeprefix("chromium-") for each in found.deviations}


def not_written(path: str) -> str:
    return f"manifest {ORIGIN}{path}: Manifest fetch failed (2) {ORIGIN}{path}"


@pytest.mark.parametrize("again", [(), ("/page",)], ids=["once", "asked for once more"])
def test_a_first_page_that_was_not_stored_leaves_nothing(again: tuple[str, ...]) -> None:
    """Chromium 83 now and then asks a second time for what it broke off."""
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/b", "/page", *again)
    recorder.fires(place, "0/2")
    recorder.fails(place, not_written("/page"))
    assert LATE in agrees(recorder, snapshots=[])


def joined(recorder: Recorder) -> tuple[Place, Place]:
    """A page that names a manifest that is cached and has not changed, up to its own fetch."""
    place = recorder.cached()
    recorder.now += 5000
    other = recorder.page("/two")
    recorder.manifest(V1)
    recorder.fires(place, "checking")
    recorder.files("/two")
    return place, other


def test_a_page_that_was_not_stored_is_no_entry() -> None:
    recorder = Recorder()
    place, other = joined(recorder)
    recorder.fails(other, not_written("/two"))
    recorder.fires(place, "noupdate")
    assert LATE in agrees(recorder, snapshots=[V1_HELD])
    with_two = AppCacheSnapshot(MANIFEST, (*V1_HELD.entries, *snapshot(two="master").entries))
    assert "the entries of" in differs(recorder, snapshots=[with_two])


def test_a_page_that_had_no_room_keeps_the_version_that_is_there() -> None:
    recorder = Recorder()
    place, other = joined(recorder)
    recorder.fails(place, QUOTA, "IDLE")
    recorder.fails(other, QUOTA, "IDLE")
    assert {LATE, KEPT} <= agrees(recorder, snapshots=[V1_HELD])
    recorder.now += 5000
    recorder.call(other, "update")
    recorder.manifest(V1)
    recorder.fires(other, "checking", "noupdate")
    recorder.fires(place, "checking", "noupdate")
    assert KEPT in agrees(recorder, snapshots=[V1_HELD])


def test_a_page_that_had_no_room_may_be_gone_when_the_others_hear_so() -> None:
    recorder = Recorder()
    place, other = joined(recorder)
    recorder.leave(other)
    recorder.fails(place, QUOTA, "IDLE")
    assert LATE in agrees(recorder, snapshots=[V1_HELD])


def test_a_page_that_was_added_is_told_so_and_not_that_there_was_no_room() -> None:
    for told in (*OTHER, "Failed to commit"):
        recorder = Recorder()
        place, other = joined(recorder)
        recorder.fails(place, told, "IDLE")
        recorder.fails(other, told, "IDLE")
        differs(recorder)


def test_a_manifest_that_fails_is_stored_nowhere() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(b"", status=500)
    recorder.fires(place, "checking")
    recorder.fails(place, QUOTA)
    assert LATE not in agrees(recorder)


def test_what_cannot_be_stored_is_a_good_answer_all_the_same() -> None:
    answer = Fetched(MANIFEST, body=V1, can_be_stored=False)
    assert not answer.is_error
    assert answer != Fetched(MANIFEST, body=V1)
