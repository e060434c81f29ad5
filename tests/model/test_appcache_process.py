"""The download process: each event, state and rule by name, with no browser."""

from __future__ import annotations

from dataclasses import replace

import pytest
from appcache_scenes import (
    MANIFEST,
    NO_STORE,
    ORIGIN,
    PAGE,
    V1,
    V2,
    cached_group,
    events,
    first,
    kinds,
    manifest,
    page,
    site,
    update,
    url,
)

from pytest_offline.errors import JSError, ModelError, UsageError
from pytest_offline.model import ApplicationCacheGroup, Fetched
from pytest_offline.model.appcache.exchanges import Abort, Await, Fetch, Fire, Rerun
from pytest_offline.model.appcache.running import run
from pytest_offline.model.appcache.states import (
    MOVES,
    STATUS,
    UPDATE_STATUS,
    Move,
    Phase,
    advance,
    legal_moves,
)

NEWEST = (
    "checking, downloading, progress 0/3, progress 1/3, progress 2/3, progress 3/3, updateready"
)
FAILING = [
    403, 500, 503, Fetched("", failed="network"), Fetched("", failed="cancelled"),
    Fetched("", status=302, redirected_to=ORIGIN + "login"), Fetched("", status=301),
]  # fmt: skip


def test_a_first_download_ends_with_cached() -> None:
    group = ApplicationCacheGroup(MANIFEST + "#fragment")
    actions = first(group, site())
    assert events(actions) == (
        "checking, downloading, progress 0/2, progress 1/2, progress 2/2, cached"
    )
    assert [(each.url, each.purpose) for each in actions if isinstance(each, Fetch)] == [
        (MANIFEST, "manifest"),
        (url("a"), "file"),
        (url("b"), "file"),
        (MANIFEST, "second manifest"),
    ]
    assert group.status("h") == "IDLE"
    assert kinds(group) == {
        "a": "explicit",
        "b": "explicit",
        "m.appcache": "manifest",
        "page": "master",
    }


def test_one_entry_may_be_in_every_category() -> None:
    text = manifest("page", "m.appcache", "FALLBACK:", "x/ page", "y/ m.appcache")
    group = cached_group(site(text))
    assert kinds(group) == {
        "m.appcache": "explicit fallback manifest",
        "page": "explicit fallback master",
    }


def test_an_unchanged_manifest_is_noupdate_by_bytes_and_by_304() -> None:
    for answer in (V1, 304):
        group = cached_group()
        assert events(update(group, site(answer))) == "checking, noupdate"
        assert group.status("h") == "IDLE"
        assert len(group.caches) == 1


def test_a_changed_manifest_is_updateready_and_swap_cache_takes_it() -> None:
    group = cached_group()
    assert events(update(group, site(V2))) == NEWEST
    assert group.status("h") == "UPDATEREADY"
    group.swap_cache("h")
    assert group.status("h") == "IDLE"
    with pytest.raises(JSError, match=r"swapCache.*nothing is newer than version 2") as caught:
        group.swap_cache("h")
    assert caught.value.name == "InvalidStateError"


def test_swap_cache_jumps_over_versions() -> None:
    group = cached_group()
    update(group, site(V2))
    update(group, site(manifest("# v3", "a")))
    assert [cache.number for cache in group.caches] == [1, 2, 3]
    group.swap_cache("h")
    assert group.hosts["h"].cache is group.newest


@pytest.mark.parametrize("status", [404, 410])
def test_a_manifest_that_is_gone_makes_the_group_obsolete(status: int) -> None:
    group = cached_group()
    assert events(update(group, site(status))) == "checking, obsolete"
    assert group.status("h") == "OBSOLETE"
    assert group.obsolete
    assert not group.exists
    assert group.start("other", master=PAGE) == []
    with pytest.raises(JSError, match=r"update.*obsolete"):
        group.update("h")
    group.swap_cache("h")
    assert group.status("h") == "UNCACHED"
    with pytest.raises(JSError, match=r"swapCache.*no application cache"):
        group.swap_cache("h")


def test_a_first_manifest_that_is_gone_is_an_error_and_no_obsolete() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    assert events(first(group, site(404))) == "checking, error"
    assert group.status("h") == "UNCACHED"


@pytest.mark.parametrize("answer", [*FAILING, b"NO MANIFEST", 304], ids=str)
def test_any_other_failure_of_the_manifest_is_an_error(answer: object) -> None:
    group = ApplicationCacheGroup(MANIFEST)
    assert events(first(group, site(answer))) == "checking, error"
    assert not group.exists
    assert group.update_status == "idle"


@pytest.mark.parametrize("answer", [*FAILING, b"NO MANIFEST"], ids=str)
def test_a_failed_check_keeps_the_newest_complete_cache(answer: object) -> None:
    group = cached_group()
    before = group.newest
    assert events(update(group, site(answer))) == "checking, error"
    assert group.newest is before
    assert group.status("h") == "IDLE"


@pytest.mark.parametrize("answer", [*FAILING, 404, 410, page(headers=NO_STORE), 304], ids=str)
def test_a_listed_file_that_fails_fails_the_whole_update(answer: object) -> None:
    for text in (manifest("a", "new"), manifest("a", "FALLBACK:", "x/ new")):
        group = cached_group()
        before = group.newest
        actions = update(group, site(text, new=answer))
        assert events(actions) == "checking, downloading, progress 0/3, progress 1/3, error"
        assert group.newest is before
        assert group.caches == (before,)
        assert group.status("h") == "IDLE"


def test_a_failed_first_download_discards_the_group() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    assert events(first(group, site(a=500))) == "checking, downloading, progress 0/2, error"
    assert not group.exists
    assert group.caches == ()
    assert group.status("h") == "UNCACHED"
    with pytest.raises(JSError, match=r"update.*no application cache"):
        group.update("h")


def test_files_that_are_under_way_are_aborted_when_one_fails() -> None:
    group = ApplicationCacheGroup(MANIFEST, parallel=None)
    group.start("h", master=PAGE, resource=page())
    group.fetched(Fetched(MANIFEST, body=manifest("a", "b", "c")))
    actions = group.fetched(Fetched(url("b"), status=500))
    assert actions == [Abort((url("a"), url("c")))]
    assert group.awaited == ()
    assert events(group.loaded("h")) == "checking, downloading, progress 0/3, error"


def test_side_by_side_counts_are_of_files_done_when_the_fetch_begins() -> None:
    group = ApplicationCacheGroup(MANIFEST, parallel=2)
    group.loaded("h")
    actions = group.start("h", master=PAGE, resource=page())
    actions += group.fetched(Fetched(MANIFEST, body=manifest("a", "b", "c")))
    for path in ("b", "a", "c"):
        actions += group.fetched(Fetched(url(path)))
    assert events(actions) == (
        "checking, downloading, progress 0/3, progress 0/3, progress 1/3, progress 3/3"
    )


@pytest.mark.parametrize(
    ("answer", "kept"),
    [(404, False), (410, False), (page("p2", headers=NO_STORE), False), (500, True), (302, True),
     (Fetched("", status=500, headers=NO_STORE), True), (304, True), (b"new", True)],
    ids=str,
)  # fmt: skip
def test_a_page_that_is_not_listed_never_fails_an_update(answer: object, kept: bool) -> None:
    group = cached_group()
    update(group, site(V2, page=answer))
    assert ("page" in kinds(group)) is kept
    assert group.status("h") == "UPDATEREADY"
    if kept:
        stored = group.newest.entries[PAGE].resource  # type: ignore[union-attr]
        assert stored.body == (b"new" if answer == b"new" else b"")


def test_what_is_not_listed_may_be_skipped() -> None:
    group = cached_group(may_skip=lambda url: True)
    assert events(update(group, site(V2))) == (
        "checking, downloading, progress 0/3, progress 1/3, progress 3/3, updateready"
    )
    assert "page" not in kinds(group)


def test_a_manifest_that_lists_nothing_is_cached_at_once() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    assert events(first(group, site(manifest()))) == "checking, downloading, progress 0/0, cached"


@pytest.mark.parametrize("second", [V2, *FAILING, 404, 410], ids=str)
def test_a_second_manifest_that_differs_fails_and_schedules_a_rerun(second: object) -> None:
    group = ApplicationCacheGroup(MANIFEST)
    actions = first(group, site([V1, second]))
    assert events(actions).endswith("progress 2/2, error")
    again = next(each for each in actions if isinstance(each, Rerun))
    assert (again.host, again.master) == ("h", PAGE)
    assert events(run(group, group.rerun(again), site(V2))).endswith("cached")


def test_a_rerun_of_an_update_has_no_host() -> None:
    group = cached_group()
    again = [each for each in update(group, site([V2, V1])) if isinstance(each, Rerun)]
    assert again == [Rerun(None, None)]
    assert group.newest.number == 1  # type: ignore[union-attr]
    assert events(run(group, group.rerun(again[0]), site(V2))) == NEWEST
    assert ApplicationCacheGroup(MANIFEST).rerun(again[0]) == []


def test_a_second_manifest_may_be_answered_with_304() -> None:
    assert cached_group(site([V1, 304])).newest


def test_events_wait_for_the_load_and_progress_is_merged() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    actions = run(group, group.start("h", master=PAGE, resource=page()), site())
    assert not [each for each in actions if isinstance(each, Fire)]
    assert events(group.loaded("h")) == "checking, downloading, progress 2/2, cached"
    assert group.loaded("h") == []


def test_progress_is_merged_only_while_it_waits() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.start("h", master=PAGE, resource=page())
    group.fetched(Fetched(MANIFEST, body=V1))
    group.fetched(Fetched(url("a")))
    assert events(group.loaded("h")) == "checking, downloading, progress 1/2"
    assert events(group.fetched(Fetched(url("b")))) == "progress 2/2"


def test_the_progress_of_a_later_process_takes_the_place_of_one_that_waits() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    run(group, group.start("h", master=PAGE, resource=page()), site())
    run(group, group.start(), site(V2))
    assert events(group.loaded("h")) == (
        "checking, downloading, cached, checking, downloading, progress 3/3, updateready"
    )


def test_several_hosts_of_one_cache_all_hear() -> None:
    group = cached_group()
    group.loaded("other")
    group.associate("other")
    actions = update(group, site(V2))
    assert events(actions, "other") == events(actions, "h") == NEWEST
    group.swap_cache("other")
    assert (group.status("h"), group.status("other")) == ("UPDATEREADY", "IDLE")
    actions = update(group, site(manifest("# v3")))
    assert events(actions, "h") == events(actions, "other")
    group.associate("h", group.caches[0])
    assert group.status("h") == "UPDATEREADY"


def test_an_update_while_one_is_under_way_does_nothing() -> None:
    group = cached_group()
    assert events(group.update("h")) == "checking"
    assert group.update("h") == []
    assert group.status("h") == "CHECKING"


def test_a_second_page_joins_a_check_and_becomes_a_master_entry() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    for host in ("h", "two"):
        group.loaded(host)
    actions = group.start("h", master=PAGE, resource=page())
    actions += group.start("two", master=url("p2#top"), resource=page("p2"))
    actions = run(group, actions, site())
    assert events(actions, "two") == events(actions, "h")
    assert kinds(group)["p2"] == "master"


def test_a_page_that_comes_while_files_are_fetched_is_in_no_cache_yet() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    for host in ("h", "two"):
        group.loaded(host)
    actions = group.start("h", master=PAGE, resource=page())
    actions += group.fetched(Fetched(MANIFEST, body=V1))
    actions += group.start("two", master=url("p2"), resource=page("p2"))
    assert (group.status("h"), group.status("two")) == ("DOWNLOADING", "UNCACHED")
    actions = run(group, actions, site())
    assert events(actions, "two") == "checking, downloading"
    assert kinds(group)["p2"] == "master"
    assert events(actions, "h").endswith("cached")


def test_a_user_agent_may_adopt_a_page_that_joins() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.loaded("two")
    group.adopt("two")
    group.start("h", master=PAGE, resource=page())
    actions = group.fetched(Fetched(MANIFEST, body=V1))
    actions += group.start("two", master=url("p2"), resource=page("p2"))
    group.adopt("two")
    actions = run(group, actions, site())
    assert events(actions, "two") == "checking, downloading, progress 1/2, progress 2/2, cached"
    group.adopt("two")
    assert group.status("two") == "IDLE"


def test_a_page_that_joins_a_failing_download_hears_error() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.loaded("two")
    group.start("h", master=PAGE, resource=page())
    group.fetched(Fetched(MANIFEST, body=V1))
    group.start("two", master=url("p2"), resource=page("p2"))
    group.adopt("two")
    assert events(group.fetched(Fetched(url("a"), status=500)), "two") == "error"
    assert group.status("two") == "UNCACHED"


def test_a_host_of_a_cache_that_is_discarded_has_none() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.start("h", master=PAGE, resource=page())
    group.fetched(Fetched(MANIFEST, body=V1))
    group.loaded("frame")
    group.adopt("frame")
    assert events(group.fetched(Fetched(url("a"), status=500)), "frame") == "error"
    assert group.status("frame") == "UNCACHED"


def test_a_page_that_comes_too_late_is_left_for_the_next_process() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.loaded("two")
    actions = group.start("h", master=PAGE, resource=page())
    actions = run_until(group, Phase.RECHECKING)
    actions += group.start("two", master=url("p2"), resource=page("p2"))
    actions += run(group, [], site())
    assert events(actions, "two") == "checking, downloading"
    assert "p2" not in kinds(group)
    assert events(update(group, site(V1)), "two") == "noupdate"
    assert kinds(group)["p2"] == "master"


def test_a_page_may_come_while_nothing_runs() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.start("h", master=PAGE, resource=page())
    run_until(group, Phase.RECHECKING)
    group.start("two", master=url("p2"))
    run(group, [], site())
    assert group.master_fetched("two", page("p2")) == []
    update(group, site(V1))
    assert kinds(group)["p2"] == "master"


def run_until(group: ApplicationCacheGroup, phase: Phase) -> list:
    answers = {MANIFEST: V1, url("a"): b"a", url("b"): b"b"}
    actions = []
    while group.phase is not phase:
        waited = group.awaited[0]
        actions += group.fetched(Fetched(waited.url, body=answers[waited.url]))
    return actions


@pytest.mark.parametrize(
    "answer", [page(status=500), page(failed="network"), page(headers=NO_STORE)]
)
def test_a_page_that_fails_when_nothing_changed_hears_error_alone(answer: Fetched) -> None:
    group = cached_group()
    group.loaded("two")
    answer = replace(answer, url=url("p2"))
    actions = run(group, group.start("two", master=url("p2")), site(V1, p2=answer))
    assert Await("two", url("p2")) in actions
    assert (events(actions, "h"), events(actions, "two")) == ("checking, noupdate", "error")
    assert "p2" not in kinds(group)


def test_a_page_that_names_an_unchanged_manifest_is_added() -> None:
    group = cached_group()
    group.loaded("two")
    actions = run(group, group.start("two", master=url("p2")), site(V1, p2=b"two"))
    assert events(actions, "two") == "noupdate"
    assert kinds(group)["p2"] == "master"
    assert group.status("two") == "IDLE"


def test_a_page_that_fails_while_another_is_stored_does_not_fail_the_download() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    for host in ("h", "two"):
        group.loaded(host)
    actions = group.start("h", master=PAGE) + group.start("two", master=url("p2"))
    actions = run(group, actions, site(page=500, p2=b"two"))
    assert events(actions, "h").endswith("progress 2/2, error")
    assert events(actions, "two").endswith("progress 2/2, cached")
    assert "page" not in kinds(group)
    assert group.status("h") == "UNCACHED"


def test_when_the_last_page_fails_a_first_download_is_discarded() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.loaded("h")
    actions = run(group, group.start("h", master=PAGE), site(page=500))
    assert events(actions).endswith("progress 2/2, error")
    assert not group.exists
    assert group.update_status == "idle"


def test_a_page_that_fails_never_fails_an_upgrade() -> None:
    group = cached_group()
    group.loaded("two")
    actions = run(group, group.start("two", master=url("p2")), site(V2, p2=500))
    assert events(actions, "h") == NEWEST
    assert events(actions, "two").endswith("progress 3/3, error")


def test_pages_may_come_before_they_are_waited_for() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.loaded("h")
    actions = group.start("h", master=PAGE)
    actions += group.master_fetched("h", page())
    with pytest.raises(ModelError, match=r"the page of host h came"):
        group.master_fetched("h", page())
    assert events(run(group, actions, site())).endswith("cached")


def test_pages_that_join_while_pages_are_awaited_are_awaited_too() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.start("h", master=PAGE)
    run_until(group, Phase.GATHERING)
    assert group.start("two", master=url("p2"))[-1] == Await("two", url("p2"))
    assert group.awaited == (Await("h", PAGE), Await("two", url("p2")))
    group.master_fetched("h", page())
    group.master_fetched("two", page("p2"))
    assert group.phase is Phase.RECHECKING


@pytest.mark.parametrize("path", ["early", "late"])
def test_a_failure_waits_for_pages(path: str) -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.loaded("h")
    group.start("h", master=PAGE)
    group.start("two", master=url("p2"))
    if path == "late":
        group.fetched(Fetched(MANIFEST, body=V1))
        group.fetched(Fetched(url("a"), status=500))
    else:
        group.fetched(Fetched(MANIFEST, status=500))
    assert group.phase in (Phase.FAILING, Phase.FAILING_EARLY)
    assert group.awaited == (Await("h", PAGE), Await("two", url("p2")))
    assert events(group.master_fetched("h", page())) == ""
    assert events(group.master_fetched("two", page("p2"))) == "error"


def test_a_host_that_left_hears_nothing_and_its_page_has_failed() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.loaded("h")
    group.start("h", master=PAGE)
    group.fetched(Fetched(MANIFEST, status=500))
    assert group.leave("h") == []
    assert group.phase is Phase.IDLE
    assert group.leave("nobody") == []


def test_a_download_goes_on_when_its_host_has_left() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.start("h", master=PAGE, resource=page())
    group.leave("h")
    actions = run(group, [], site())
    assert not [each for each in actions if isinstance(each, Fire)]
    assert group.newest is not None


def test_abort_breaks_off_files_and_nothing_else() -> None:
    group = cached_group()
    assert group.abort("nobody") == []
    assert group.abort("h") == []
    group.update("h")
    assert group.abort("h") == []
    group.fetched(Fetched(MANIFEST, body=V2))
    actions = group.abort("h")
    assert actions[0] == Abort((url("a"),))
    assert events(actions) == "error"
    assert group.newest.number == 1  # type: ignore[union-attr]
    assert group.status("h") == "IDLE"


def test_abort_in_every_other_phase_changes_nothing() -> None:
    for phase in Phase:
        if phase is not Phase.DOWNLOADING:
            assert advance(phase, Move.ABORTED) is phase


def unstorable(body: bytes) -> Fetched:
    return Fetched("", body=body, can_be_stored=False)


def test_a_file_that_cannot_be_stored_fails_the_update() -> None:
    group = cached_group(parallel=2)
    actions = update(group, site(V2, a=unstorable(b"a")))
    assert events(actions) == "checking, downloading, progress 0/3, progress 0/3, error"
    assert [each for each in actions if isinstance(each, Abort)] == [Abort((url("b"),))]
    assert not [each for each in actions if isinstance(each, Rerun)]
    assert (group.newest.number, group.status("h")) == (1, "IDLE")  # type: ignore[union-attr]


def test_a_page_that_is_not_listed_and_cannot_be_stored_fails_the_update() -> None:
    group = cached_group()
    answers = {**site(V2), PAGE: unstorable(b"page")}
    assert events(update(group, answers)).endswith("progress 2/3, error")


def test_what_is_not_fetched_again_needs_no_room() -> None:
    group = cached_group()
    answers = site(V2, a=Fetched("", status=304, can_be_stored=False))
    assert events(update(group, answers)) == NEWEST


def test_a_manifest_that_cannot_be_stored_leaves_a_first_page_without_a_cache() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    actions = first(group, site([V1, unstorable(V1)]))
    assert events(actions).endswith("progress 2/2, error")
    assert not [each for each in actions if isinstance(each, Rerun)]
    assert (group.newest, group.caches, group.status("h")) == (None, (), "UNCACHED")
    assert not group.exists


def test_a_manifest_that_moved_on_is_a_rerun_whether_it_can_be_stored_or_not() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    actions = first(group, site([V1, unstorable(V2)]))
    assert [each for each in actions if isinstance(each, Rerun)]


def test_a_page_that_cannot_be_stored_fails_the_download() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    for host in ("h", "two"):
        group.loaded(host)
    group.start("h", master=PAGE, resource=page())
    group.start("two", master=url("p2"), resource=page("p2", can_be_stored=False))
    actions = run(group, [], site())
    assert events(actions) == events(actions, "two")
    assert events(actions).endswith("progress 2/2, error")
    assert (group.newest, group.phase) == (None, Phase.IDLE)


def test_a_page_that_cannot_be_added_is_told_and_so_are_the_others() -> None:
    group = cached_group()
    group.loaded("two")
    for resource in (page("p2", can_be_stored=False), page("p2", status=404)):
        actions = run(group, group.start("two", master=url("p2"), resource=resource), site())
        assert events(actions, "two") == "error"
        assert group.status("two") == "UNCACHED"
        ending = "noupdate" if resource.is_error else "error"
        assert events(actions) == f"checking, {ending}"
        assert sorted(kinds(group)) == ["a", "b", "m.appcache", "page"]


def test_no_store_of_a_manifest_does_not_matter() -> None:
    assert cached_group(site(Fetched("", body=V1, headers=NO_STORE))).newest


def test_headers_that_forbid_or_expire_do_not_matter() -> None:
    headers = (("cache-control", "no-cache, private, max-age=0"), ("Pragma", "no-cache"),
               ("expires", "0"))  # fmt: skip
    assert cached_group(site(a=Fetched("", headers=headers))).newest


def test_a_file_that_names_another_manifest_is_foreign() -> None:
    group = cached_group(site(a=Fetched("", declares=url("other")),
                              b=Fetched("", declares=MANIFEST)))  # fmt: skip
    assert kinds(group)["a"] == "explicit foreign"
    assert kinds(group)["b"] == "explicit"


def test_files_are_offered_the_copy_of_the_newest_cache() -> None:
    group = cached_group()
    actions = update(group, site(V2, a=304))
    offered = {each.url: each.stored for each in actions if isinstance(each, Fetch)}
    assert offered[url("a")].body == b"a"  # type: ignore[union-attr]
    assert offered[MANIFEST].body == V2  # type: ignore[union-attr]
    assert group.newest.entries[url("a")].resource.body == b"a"  # type: ignore[union-attr]


def test_what_nobody_asked_for_is_an_error_that_says_what_is_awaited() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    with pytest.raises(
        ModelError, match=r"o.test/a came' cannot happen .* 'idle'.*process started"
    ):
        group.fetched(Fetched(url("a")))
    group.start("h", master=PAGE)
    with pytest.raises(
        ModelError, match=r"/a came while .* 'checking the manifest' and waits for .*m.app"
    ):
        group.fetched(Fetched(url("a")))
    with pytest.raises(ModelError, match=r"a first download of .* needs a host"):
        ApplicationCacheGroup(MANIFEST).start()
    with pytest.raises(ModelError, match=r"the master entry .*page' of .* needs a host"):
        cached_group().start(master=PAGE)
    with pytest.raises(
        UsageError, match=r"no answer was given for .*/a; there are answers for .*m.app"
    ):
        run(group, [], {MANIFEST: V1})
    with pytest.raises(UsageError, match=r"answers for nothing"):
        run(ApplicationCacheGroup(MANIFEST), [], {}) or run(group, [], {})


def test_an_illegal_move_names_the_phase_and_what_is_legal_there() -> None:
    with pytest.raises(
        ModelError, match=r"'file done'.*'idle'. Legal there: process started, ab"
    ) as e:
        advance(Phase.IDLE, Move.FILE_DONE)
    assert e.value.legal == ("abort() called", "process started")
    assert e.value.state == "idle"


def test_every_phase_is_reached_and_left_and_has_a_status() -> None:
    reached = {following for moves in MOVES.values() for following in moves.values()}
    assert reached == set(Phase) == set(MOVES) == set(UPDATE_STATUS)
    assert {status for status, _ in STATUS} == set(UPDATE_STATUS.values())
    moves = {move for phase in Phase for move in legal_moves(phase)}
    assert moves == set(Move)
