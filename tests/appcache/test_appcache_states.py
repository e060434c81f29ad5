"""Each state of ``applicationCache``, in a real browser, and what its methods do in it."""

from __future__ import annotations

import pytest
from appcache_kit import html, version

from pytest_offline import expect
from pytest_offline.errors import JSError

shows = pytest.mark.appcache_shows


def refused(call) -> str:
    with pytest.raises(JSError) as caught:
        call()
    return caught.value.name


@shows("state", "UNCACHED")
def test_uncached_is_a_page_without_a_manifest(origin, page, appcache):
    origin.reply("/", html(manifest=None))
    page.goto(origin.url)
    expect(appcache).to_have_status("UNCACHED")
    assert page.evaluate("applicationCache.status === applicationCache.UNCACHED") is True
    assert appcache.entries() == ()
    assert refused(appcache.update) == "InvalidStateError"
    assert refused(appcache.swap_cache) == "InvalidStateError"


@shows("state", "IDLE")
def test_idle_is_a_page_with_the_newest_version(cached, appcache):
    expect(appcache).to_have_status("IDLE")
    assert refused(appcache.swap_cache) == "InvalidStateError"
    appcache.update()
    appcache.wait_for("noupdate")
    expect(appcache).to_have_status("IDLE")


@shows("state", "CHECKING")
def test_checking_is_while_the_manifest_is_fetched(cached, appcache):
    with appcache.stall("/site.appcache"):
        appcache.update()
        appcache.wait_for("checking")
        expect(appcache).to_have_status("CHECKING")
        (call,) = appcache.calls
        assert (call.before, call.after) == ("IDLE", "CHECKING")


@shows("state", "DOWNLOADING")
def test_downloading_is_while_files_are_fetched(cached, appcache):
    appcache.deploy(version(2, "/app.js"))
    with appcache.stall("/app.js"):
        appcache.update()
        appcache.wait_for("downloading")
        expect(appcache).to_have_status("DOWNLOADING")


@shows("state", "UPDATEREADY")
def test_updateready_is_until_the_new_version_is_swapped_in(cached, appcache):
    appcache.deploy(version(2, "/app.js"), {"/app.js": "two"})
    appcache.update()
    appcache.wait_for("updateready")
    expect(appcache).to_have_status("UPDATEREADY")
    appcache.swap_cache()
    expect(appcache).to_have_status("IDLE")
    assert [(call.method, call.before, call.after) for call in appcache.calls] == [
        ("update", "IDLE", "CHECKING"),
        ("swapCache", "UPDATEREADY", "IDLE"),
    ]


@shows("state", "OBSOLETE")
def test_obsolete_is_a_page_of_a_cache_that_was_deleted(cached, page, appcache):
    appcache.gone()
    appcache.update()
    appcache.wait_for("obsolete")
    expect(appcache).to_have_status("OBSOLETE")
    assert refused(appcache.update) == "InvalidStateError"
    page.reload()
    appcache.wait_for("error")
    expect(appcache).to_have_status("UNCACHED")
    assert appcache.entries() == ()


@shows("rule", "swapCache of an obsolete cache leaves the page without one")
def test_swapping_an_obsolete_cache_leaves_none(cached, appcache):
    appcache.gone()
    appcache.update()
    appcache.wait_for("obsolete")
    appcache.swap_cache()
    expect(appcache).to_have_status("UNCACHED")


@shows("rule", "abort ends a download")
def test_abort_is_recorded_and_throws_nothing(cached, appcache):
    appcache.deploy(version(2, "/app.js"))
    with appcache.stall("/app.js"):
        appcache.update()
        appcache.wait_for("downloading")
        appcache.abort()
    assert appcache.calls[-1].method == "abort"
    assert appcache.calls[-1].error is None


def test_the_names_of_all_states_are_the_platforms(cached, page):
    names = ["UNCACHED", "IDLE", "CHECKING", "DOWNLOADING", "UPDATEREADY", "OBSOLETE"]
    assert page.evaluate("names => names.map(name => applicationCache[name])", names) == [*range(6)]
