"""The comparison of application caches on invented histories: what agrees, what differs, why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from appcache_recorder import MANIFEST, ORIGIN, V1, V2, Recorder, agrees, differs, snapshot

from pytest_offline.compare import explain
from pytest_offline.compare.appcache_behaviour import Behaviour
from pytest_offline.compare.appcache_deviations import APPCACHE_KNOWN
from pytest_offline.errors import ProbeError
from pytest_offline.record import AppCacheEvent, Place

HELD = {"a": "explicit", "b": "explicit", "page": "master", "m_appcache": "manifest"}
RETRY = (("retry-after", "0"),)


def test_a_first_download_is_what_chromium_may_do() -> None:
    recorder = Recorder()
    recorder.cached()
    met = agrees(recorder, snapshots=[snapshot(**HELD)])
    assert met == {"status-follows-events", "fetches-pages-again"}


def test_a_first_download_as_the_text_has_it() -> None:
    recorder = Recorder()
    place = recorder.page(loaded=False)
    recorder.manifest()
    recorder.files("/a", "/b")
    recorder.manifest()
    recorder.load(place)
    late = {"checking": "IDLE", "downloading": "IDLE", "progress": "IDLE"}
    recorder.fires(place, "checking", "downloading", "2/2", "cached", **late)
    assert agrees(recorder, None, snapshots=[snapshot(**HELD)]) == set()


def test_the_text_merges_progress_and_counts_before_the_second_check() -> None:
    recorder = Recorder()
    place = recorder.page(loaded=False)
    recorder.manifest()
    recorder.files("/a", "/b")
    recorder.manifest()
    recorder.load(place)
    late = {"checking": "IDLE", "downloading": "IDLE"}
    recorder.fires(place, "checking", "downloading", "0/2", "1/2", "2/2", "cached", **late)
    assert "1 progress events of 2 files, the last one 2/2" in differs(recorder, None)


def test_a_build_has_its_own_statuses_and_the_text_has_others() -> None:
    recorder = Recorder()
    recorder.cached()
    text = differs(recorder, None)
    assert "the request for https://o.test/page" in text
    assert "checking with status DOWNLOADING or UNCACHED" in text
    assert "7.9.8, status" in text


def test_an_event_that_may_not_come_is_shown_with_what_the_origin_saw() -> None:
    recorder = Recorder()
    place = recorder.cached()
    recorder.call(place, "update")
    recorder.manifest()
    recorder.fires(place, "checking", "updateready")
    text = differs(recorder)
    assert "event updateready of page https://o.test/page" in text
    assert "model allows   noupdate" in text
    assert "browser did    updateready (UPDATEREADY) at https://o.test/page   (probe)" in text
    assert "origin saw     GET /m.appcache → served 200   (ledger)" in text
    assert "7.9.4, step 8" in text


def test_an_event_too_many() -> None:
    recorder = Recorder()
    place = recorder.cached()
    recorder.fires(place, "noupdate")
    assert "no event after cached" in differs(recorder)
    alone = Recorder()
    alone.fires(alone.page(manifest=None), "checking")
    assert "no event at all" in differs(alone)


def test_what_has_not_come_yet_is_overdue_and_no_difference() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    found = recorder.compare()
    assert found.agrees
    assert [each.allowed for each in found.overdue] == ["checking"]
    assert found.to_json()["overdue"]
    recorder.fires(place, "checking", "downloading")
    recorder.asked("/a", in_flight=True)
    recorder.files("/b")
    recorder.fires(place, "0/2")
    agrees(recorder)
    recorder.leave(place)
    agrees(recorder)


def test_wrong_counts_of_progress() -> None:
    for counts in (["0/3"], ["1/2", "0/2"], ["2/2"], ["0/2", "1/2", "1/2", "2/2"], ["0/2"]):
        recorder = Recorder()
        place = recorder.page()
        recorder.manifest()
        recorder.fires(place, "checking", "downloading")
        recorder.files("/a", "/b", "/page")
        recorder.manifest()
        recorder.fires(place, *counts, "cached")
        assert "progress" in differs(recorder), counts


def test_two_counts_that_are_full_are_one_too_many() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/b", "/page")
    recorder.manifest()
    recorder.fires(place, "0/2", "2/2", "2/2", "cached")
    assert "progress with 0 to 1 of 2 files" in differs(recorder)


def test_a_file_that_fails_is_an_error() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", "downloading")
    recorder.asked("/a", status=500)
    recorder.asked("/b", outcome="blocked", status=None)
    recorder.fires(place, "0/2", "error")
    agrees(recorder, snapshots=[])


def test_a_manifest_that_fails_never_asks_for_the_page() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(None, status=302, headers=(("location", "/login"),))
    recorder.fires(place, "checking", "error")
    recorder.call(place, "update", "InvalidStateError")
    agrees(recorder)


def test_entries_that_differ_are_listed() -> None:
    recorder = Recorder()
    recorder.cached()
    text = differs(recorder, snapshots=[snapshot(**{**HELD, "b": "fallback", "c": "master"})])
    assert "model allows   https://o.test/b (explicit) and 3 more that agree" in text
    assert "browser did    https://o.test/b (fallback), https://o.test/c (master) and 3" in text
    fewer = {path: kind for path, kind in HELD.items() if path != "b"}
    assert "no other entry and 3 more" in differs(recorder, snapshots=[snapshot(**fewer)])
    nothing = Recorder()
    nothing.page(manifest=None)
    assert "model allows   no other entry" in differs(nothing, snapshots=[snapshot(a="explicit")])


def test_a_list_may_be_of_the_version_that_a_document_has() -> None:
    recorder = Recorder()
    place = recorder.cached()
    recorder.updates(place)
    recorder.fires(place, "2/2", "updateready")
    agrees(recorder, snapshots=[snapshot(**HELD)])
    newest = {path: kind for path, kind in HELD.items() if path != "b"}
    agrees(recorder, snapshots=[snapshot(**newest)])
    recorder.call(place, "swapCache")
    agrees(recorder, snapshots=[snapshot(**newest)])
    recorder.call(place, "swapCache")
    assert "model allows   a throw of InvalidStateError" in differs(recorder)
    assert "browser did    a call that returned" in differs(recorder)


def test_a_call_that_threw_though_it_may_not() -> None:
    recorder = Recorder()
    place = recorder.cached()
    recorder.call(place, "update", "InvalidStateError")
    text = differs(recorder)
    assert "model allows   a call that returns" in text
    assert "browser did    a throw of InvalidStateError" in text
    assert "7.9.8, update()" in text


def test_abort_by_the_text_and_by_the_build() -> None:
    recorder = Recorder()
    place = recorder.cached()
    recorder.call(place, "update")
    recorder.manifest(V2)
    recorder.fires(place, "checking", "downloading")
    recorder.asked("/a")
    recorder.call(place, "abort")
    recorder.files("/page")
    recorder.fires(place, "0/2", "1/2")
    recorder.manifest(V2)
    recorder.fires(place, "2/2", "updateready")
    assert "ignores-abort" in agrees(recorder)


def test_abort_breaks_off_by_the_text() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", checking="UNCACHED")
    recorder.fires(place, "downloading")
    recorder.asked("/a", in_flight=True)
    recorder.asked("/b", in_flight=True)
    recorder.call(place, "abort")
    recorder.fires(place, "0/2", "error")
    assert agrees(recorder, None) == set()


def test_a_rerun_by_the_text() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(V2)
    recorder.files("/a")
    recorder.manifest(V1)
    recorder.fires(place, "checking", checking="UNCACHED")
    recorder.fires(place, "downloading", "0/1", "1/1", "error")
    recorder.manifest(V1)
    recorder.fires(place, "checking", checking="UNCACHED")
    recorder.files("/a", "/b")
    recorder.fires(place, "downloading", "0/2", "1/2", "2/2")
    recorder.manifest(V1)
    recorder.fires(place, "cached")
    assert agrees(recorder, None) == set()


def test_a_manifest_that_changed_is_an_error_without_the_closing_progress() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(V2)
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/page")
    recorder.fires(place, "0/1")
    recorder.manifest(V1)
    recorder.fires(place, "error")
    assert agrees(recorder) >= {"closes-after-commit", "never-reruns"}


def test_a_check_that_the_user_agent_makes_by_itself() -> None:
    recorder = Recorder()
    place = recorder.cached()
    recorder.now += 5000
    recorder.manifest()
    recorder.fires(place, "checking", "noupdate")
    agrees(recorder)


def test_a_request_that_nobody_waits_for() -> None:
    recorder = Recorder()
    recorder.cached()
    recorder.now += 5000
    recorder.asked("/other")
    assert "no download process waits for it" in differs(recorder)


def test_a_document_from_the_cache_makes_no_request() -> None:
    recorder = Recorder()
    recorder.leave(recorder.cached())
    recorder.now += 5000
    place = recorder.page(asked=False)
    recorder.manifest()
    recorder.fires(place, "checking", "noupdate")
    agrees(recorder)
    recorder.now += 5000
    recorder.page()
    text = differs(recorder)
    assert "an entry of version 1 of https://o.test/m.appcache, with no request" in text
    assert "the load of document https://o.test/page" in text


def test_a_document_from_a_fallback() -> None:
    text = b"CACHE MANIFEST\nFALLBACK:\n/f/ /a\n"
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(text)
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/page")
    recorder.fires(place, "0/1")
    recorder.manifest(text)
    recorder.fires(place, "1/1", "cached")
    recorder.now += 5000
    other = recorder.page("/f/1", status=503)
    recorder.manifest(text)
    for each in (place, other):
        recorder.fires(each, "checking", "noupdate")
    agrees(recorder)


def test_a_503_is_asked_again_and_the_last_answer_counts() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(None, status=503, headers=RETRY)
    recorder.manifest(None, status=503, headers=RETRY)
    recorder.manifest(None, status=404)
    recorder.fires(place, "checking", "error")
    assert "asks-again-after-503" in agrees(recorder)
    assert "checking" in differs(recorder, None)


def test_a_request_that_is_broken_off_is_asked_again_or_not() -> None:
    recorder = Recorder()
    place = recorder.cached()
    met: set[str] = set()
    for times in (2, 1, 2):
        recorder.call(place, "update")
        recorder.fires(place, "checking")
        for _ in range(times):
            recorder.manifest(None, status=None, outcome="blocked")
        recorder.fires(place, "error", error="IDLE")
        met |= agrees(recorder)
    assert "asks-again-when-broken-off" in met
    assert not recorder.compare(None).agrees, "the text knows one answer for a check"


def test_no_store_is_stored_but_not_from_another_origin() -> None:
    no_store = (("cache-control", "no-store"),)
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(V2)
    recorder.fires(place, "checking", "downloading")
    recorder.asked("/a", headers=no_store)
    recorder.files("/page")
    recorder.fires(place, "0/1")
    recorder.manifest(V2)
    recorder.fires(place, "1/1", "cached")
    assert "stores-no-store" in agrees(recorder)


def test_the_behaviour_of_no_store_across_origins() -> None:
    from pytest_offline.model import Fetched

    headers = (("cache-control", "no-store"),)
    elsewhere = Fetched("https://cdn.test/a", headers=headers)
    behaviour = Behaviour.of("chromium-83")
    assert behaviour.answer(elsewhere, MANIFEST) is elsewhere
    assert behaviour.answer(Fetched(ORIGIN + "/a", headers=headers), MANIFEST).headers == ()
    assert not behaviour.cannot_store(Fetched(MANIFEST, body=None))


def test_a_file_that_was_cut_may_count_or_not() -> None:
    for ending in (["error"], ["1/2", "2/2", "cached"]):
        recorder = Recorder()
        place = recorder.page()
        recorder.manifest()
        recorder.fires(place, "checking", "downloading")
        recorder.asked("/a", outcome="cut")
        recorder.files("/b", "/page")
        if "cached" in ending:
            recorder.manifest()
        recorder.fires(place, "0/2", *ending)
        assert "may-store-what-was-cut" in agrees(recorder)


def test_a_repeated_namespace_fails_after_everything_was_downloaded() -> None:
    text = b"CACHE MANIFEST\nNETWORK:\n* x\nFALLBACK:\n/f/ /a\n/f/ /b\n"
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(text)
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/b", "/page")
    recorder.fires(place, "0/2", "1/2")
    recorder.manifest(text)
    recorder.fires(place, "error")
    met = agrees(recorder)
    assert met >= {"fails-for-a-repeated-namespace", "wants-the-asterisk-alone"}


def with_lifetime(recorder: Recorder, *headers: tuple[str, str]) -> None:
    recorder.exchanges = [
        each if each.initiator == "manifest" else replace(each, response_headers=headers)
        for each in recorder.exchanges
    ]


def test_what_was_never_asked_for_was_fresh_or_failed() -> None:
    recorder = Recorder()
    place = recorder.cached()
    with_lifetime(recorder, ("cache-control", "max-age=600"))
    recorder.call(place, "update")
    recorder.manifest(V2)
    recorder.fires(place, "checking", "downloading", "0/2", "1/2")
    recorder.manifest(V2)
    recorder.fires(place, "2/2", "updateready")
    agrees(recorder)
    for odd in ([], [("cache-control", "max-age=600, no-cache")]):
        with_lifetime(recorder, *odd)
        assert not recorder.compare().agrees
    for header in ("expires", "last-modified"):
        with_lifetime(recorder, (header, "Sat, 01 Jan 2022 00:00:00 GMT"))
        agrees(recorder)
    recorder.now += 5000
    recorder.call(place, "update")
    recorder.fires(place, "checking", "error", error="IDLE")
    recorder.now += 5000
    recorder.call(place, "update")
    recorder.manifest(V2)
    recorder.fires(place, "checking", "noupdate")
    agrees(recorder)
    recorder.now += 5000
    recorder.call(place, "update")
    recorder.fires(place, "checking", "error", error="IDLE")
    agrees(recorder)


def test_a_page_that_is_fresh_or_there_already_is_not_asked_for() -> None:
    recorder = Recorder()
    recorder.cached()
    other = recorder.page("/a", asked=False)
    recorder.asked("/p2", "document")
    third = recorder.page("/p2", asked=False)
    recorder.manifest()
    for each in (recorder.documents[0].place, other):
        recorder.fires(each, "checking", "noupdate")
    recorder.fires(third, "checking", "noupdate")
    agrees(recorder)


def test_a_page_joins_a_download() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/page")
    recorder.fires(place, "0/2")
    two = recorder.page("/two")
    recorder.fires(two, "checking", "downloading")
    recorder.files("/b", "/two")
    recorder.fires(place, "1/2")
    recorder.fires(two, "1/2")
    recorder.manifest()
    for each in (place, two):
        recorder.fires(each, "2/2", "cached")
    assert "adopts-joiners" in agrees(recorder)


def test_a_page_that_comes_during_the_second_check_waits() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", "downloading")
    recorder.files("/a", "/b", "/page")
    recorder.fires(place, "0/2", "1/2")
    two = recorder.page("/two")
    recorder.manifest()
    recorder.fires(place, "2/2", "cached")
    recorder.now += 5000
    recorder.manifest()
    recorder.files("/two")
    recorder.fires(place, "checking", "noupdate")
    recorder.fires(two, "noupdate")
    assert "puts-late-pages-off" in agrees(recorder)


def test_a_first_download_ends_when_its_page_leaves() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", "downloading")
    recorder.asked("/a", outcome="cut")
    recorder.leave(place)
    recorder.asked("/b")
    recorder.asked("/page", "document")
    again = recorder.page(asked=False)
    recorder.manifest(None, status=500)
    recorder.fires(again, "checking", "error")
    assert "cancels-when-left" in agrees(recorder)


def test_a_page_keeps_a_cache_that_became_obsolete_meanwhile() -> None:
    recorder = Recorder()
    place = recorder.cached()
    recorder.call(place, "update")
    recorder.manifest(None, status=404)
    recorder.page(asked=False)
    recorder.fires(place, "checking", "obsolete")
    assert "keeps-obsolete-caches" in agrees(recorder)


def test_a_page_may_write_down_late_what_it_has_done() -> None:
    recorder = Recorder()
    recorder.asked("/page", "document")
    recorder.manifest(None, status=500)
    place = recorder.page(asked=False)
    recorder.fires(place, "checking", "error")
    agrees(recorder)
    late = Recorder()
    first = late.cached()
    other = late.page("/none", manifest=None)
    late.now += 5000
    late.manifest()
    late.call(other, "update", "InvalidStateError")
    late.call(first, "abort")
    late.call(first, "update")
    late.fires(first, "checking", "noupdate")
    agrees(late)


def test_a_page_by_the_text_is_what_its_navigation_brought() -> None:
    recorder = Recorder()
    recorder.page(headers=(("cache-control", "no-store"),))
    place = recorder.documents[0].place
    recorder.manifest(V2)
    recorder.fires(place, "checking", checking="UNCACHED")
    recorder.fires(place, "downloading", "0/1")
    recorder.asked("/a")
    recorder.fires(place, "1/1", "error")
    assert agrees(recorder, None) == set()


def test_a_page_whose_answer_is_not_over_is_stored_by_the_text() -> None:
    recorder = Recorder()
    place = recorder.page(in_flight=True)
    recorder.manifest(V2)
    recorder.files("/a")
    recorder.manifest(V2)
    recorder.fires(place, "checking", checking="UNCACHED")
    recorder.fires(place, "downloading", "0/1", "1/1", "cached")
    assert agrees(recorder, None) == set()


def test_a_closing_progress_whose_second_check_goes_on() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", checking="UNCACHED")
    recorder.fires(place, "downloading", "0/2", "1/2")
    recorder.files("/a", "/b")
    recorder.fires(place, "2/2")
    agrees(recorder, None)
    recorder.manifest(in_flight=True)
    agrees(recorder, None)


def test_a_download_runs_on_without_its_page_by_the_text() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest()
    recorder.fires(place, "checking", checking="UNCACHED")
    recorder.leave(place)
    recorder.files("/a", "/b")
    recorder.manifest()
    agrees(recorder, None, snapshots=[snapshot(**HELD)])


def test_progress_that_waited_for_the_load_is_not_merged_by_the_build() -> None:
    recorder = Recorder()
    place = recorder.page(loaded=False)
    recorder.manifest()
    recorder.files("/a", "/b", "/page")
    recorder.manifest()
    recorder.load(place)
    recorder.fires(place, "checking", "downloading", "0/2", "1/2", "2/2", "cached")
    assert "never-merges-progress" in agrees(recorder)


def test_a_page_that_is_listed_is_fetched_once() -> None:
    text = b"CACHE MANIFEST\npage\n"
    recorder = Recorder()
    place = recorder.page(asked=False)
    recorder.manifest(text)
    recorder.fires(place, "checking", "downloading")
    recorder.files("/page")
    recorder.fires(place, "0/1")
    recorder.manifest(text)
    recorder.fires(place, "1/1", "cached")
    agrees(recorder, snapshots=[snapshot(page="explicit master", m_appcache="manifest")])


def test_a_page_that_no_network_brings_is_an_error() -> None:
    recorder = Recorder()
    recorder.page(asked=False)
    recorder.manifest()
    recorder.fires(recorder.documents[0].place, "checking", "downloading")
    recorder.files("/a", "/b")
    recorder.fires(recorder.documents[0].place, "0/2", "1/2", "error")
    agrees(recorder)


def test_a_page_leaves_while_the_manifest_is_on_its_way() -> None:
    recorder = Recorder()
    place = recorder.page()
    recorder.manifest(None, in_flight=True, status=None)
    recorder.fires(place, "checking")
    recorder.leave(place)
    again = recorder.page()
    recorder.manifest(None, status=500)
    recorder.fires(again, "checking", "error")
    assert "cancels-when-left" in agrees(recorder)


def test_two_groups_side_by_side() -> None:
    recorder = Recorder()
    recorder.cached()
    other = recorder.page("/other", manifest=ORIGIN + "/other.appcache")
    recorder.asked("/other.appcache", "manifest", V2)
    recorder.fires(other, "checking", "downloading")
    recorder.files("/a", "/other")
    recorder.fires(other, "0/1")
    recorder.asked("/other.appcache", "manifest", V2)
    recorder.fires(other, "1/1", "cached")
    recorder.now += 5000
    recorder.call(other, "update")
    recorder.asked("/other.appcache", "manifest", None, status=500)
    recorder.fires(other, "checking", "error", error="IDLE")
    recorder.leave(other)
    recorder.leave(recorder.page("/alone", manifest=None))
    agrees(recorder)


def test_too_many_ways_are_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_offline.compare.appcache.MOST_WAYS", 1)
    recorder = Recorder()
    place = recorder.cached()
    recorder.fires(place, "noupdate")
    found = recorder.compare()
    assert not found.agrees
    assert found.undecided is not None
    assert "can be read in more than 1 ways" in found.undecided
    assert found.differences == ()
    assert "undecided" in "\n".join(explain(found))


def test_records_that_cannot_be() -> None:
    recorder = Recorder()
    place = recorder.page()
    stray = Place("elsewhere", "page", ORIGIN, 0.0)
    for odd in (stray, None):
        event = AppCacheEvent("checking", "IDLE", None, None, 1.0, ORIGIN, odd)
        with pytest.raises(ProbeError, match=r"checking \(IDLE\).*a record is lost"):
            Recorder.compare(_with_event(recorder, event))
    recorder.manifest(V1)
    recorder.fires(place, "checking")
    with pytest.raises(ProbeError, match="is a manifest, and what was sent was not kept"):
        recorder.compare(bodies={})


def _with_event(recorder: Recorder, event: AppCacheEvent) -> Recorder:
    other = Recorder()
    other.documents = recorder.documents
    other.events = [event]
    return other


def test_every_row_says_all_of_it_and_names_its_test() -> None:
    assert len({row.id for row in APPCACHE_KNOWN}) == len(APPCACHE_KNOWN)
    for row in APPCACHE_KNOWN:
        assert row.effect
        assert row.rule[0] in "7U"
        assert "::test_" in row.shown_by
        assert row in Behaviour.of("chromium-92").rows
    assert Behaviour.of(None).rows == ()


def test_a_304_to_the_http_cache_gives_what_the_page_has_loaded() -> None:
    def download(*, loaded_before: bool) -> Recorder:
        recorder = Recorder()
        place = recorder.page()
        if loaded_before:
            recorder.asked("/a", "script")
        recorder.manifest()
        recorder.fires(place, "checking", "downloading")
        recorder.asked("/a", status=304)
        recorder.files("/b", "/page")
        recorder.fires(place, "0/2", "1/2")
        recorder.manifest()
        recorder.fires(place, "2/2", "cached")
        return recorder

    agrees(download(loaded_before=True), snapshots=[snapshot(**HELD)])
    assert "no download process waits for it" in differs(download(loaded_before=False))
