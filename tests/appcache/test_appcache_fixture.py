"""The fixture ``appcache`` in a real browser: what it reads, what it calls, how it waits."""

from __future__ import annotations

import re

import pytest
from appcache_kit import html, kinds, version

from pytest_offline import expect
from pytest_offline.errors import JSError, UsageError


def test_events_documents_and_calls_are_recorded(cached, appcache):
    told = [str(event) for event in appcache.events]
    # They waited for load, and tell the status of then.
    assert re.fullmatch(rf"checking \((CHECKING|DOWNLOADING)\) at {re.escape(cached.url)}", told[0])
    assert re.fullmatch(rf"downloading \((DOWNLOADING|IDLE)\) at {re.escape(cached.url)}", told[1])
    assert told[2:] == [
        f"progress 0/2 (DOWNLOADING) at {cached.url}",
        f"progress 1/2 (DOWNLOADING) at {cached.url}",
        f"progress 2/2 (DOWNLOADING) at {cached.url}",
        f"cached (IDLE) at {cached.url}",
    ]
    (document,) = appcache.documents
    assert (document.url, document.manifest) == (cached.url, cached.url_for("/site.appcache"))
    assert document.time < document.loaded < appcache.events[0].time
    assert document.ended is None
    assert appcache.status == "IDLE"
    appcache.update()
    appcache.wait_for("noupdate")
    assert [(call.method, call.before, call.after) for call in appcache.calls] == [
        ("update", "IDLE", "CHECKING")
    ]


def test_the_browsers_own_list(cached, appcache):
    assert kinds(appcache) == {
        "/": {"master"},
        "/app.js": {"explicit"},
        "/offline.json": {"fallback"},
        "/site.appcache": {"manifest"},
    }
    assert appcache.snapshot().manifest == cached.url_for("/site.appcache")


def test_what_the_platform_refuses_is_raised_by_its_name(cached, appcache):
    with pytest.raises(JSError) as caught:
        appcache.swap_cache()
    assert caught.value.name == "InvalidStateError"
    assert "status IDLE" in str(caught.value)
    assert "wait_for('updateready') first" in str(caught.value)
    assert [(call.method, call.error) for call in appcache.calls] == [
        ("swapCache", "InvalidStateError")
    ]


def test_the_ledger_tells_the_download_process(cached, appcache):
    assert [(seen.path, seen.initiator) for seen in cached.requests] == [
        ("/", "document"),
        ("/site.appcache", "manifest"),
        ("/app.js", "appcache"),
        ("/offline.json", "appcache"),
        ("/", "appcache"),
        ("/site.appcache", "manifest"),
    ]


def test_several_pages_of_one_cache(cached, page, context, appcache):
    other = context.new_page()
    other.goto(cached.url_for("/?two"))
    appcache.wait_for("noupdate", page=other)
    assert kinds(appcache, page=page)["/?two"] == {"master"}
    appcache.deploy(version(2, "/app.js"))
    appcache.update(page=page)
    appcache.wait_for("updateready", page=page)
    appcache.wait_for("updateready", page=other)
    # A page that comes to an existing cache hears nothing of the check in Chromium.
    expect(appcache).to_have_events(
        ["noupdate", "checking", "downloading", "progress", "updateready"], page=other
    )
    appcache.swap_cache(page=other)
    expect(appcache).to_have_status("IDLE")
    expect(appcache).to_have_status("UPDATEREADY", page=page)
    assert [(call.method, call.place.url) for call in appcache.calls] == [
        ("update", cached.url),
        ("swapCache", cached.url_for("/?two")),
    ]


@pytest.mark.usefixtures("beyond_the_model")  # frames of a page that is still loading
def test_frames_of_one_cache(site, page, appcache):
    appcache.deploy(
        version(1, "/app.js", "NETWORK:", "*"),
        {
            "/": html() + "<iframe src='/frame.html'></iframe><iframe src='/frame.html'></iframe>",
            "/frame.html": html("frame"),
        },
    )
    page.goto(site.url)
    frames = page.frames[1:]
    for place in (page, *frames):
        appcache.wait_for("cached", "noupdate", page=place)
        expect(appcache).to_contain("/frame.html", kind="master", page=place)
        expect(appcache).to_have_status("IDLE", page=place)
    assert [each.place.kind for each in appcache.documents] == ["page", "frame", "frame"]
    assert {each.manifest for each in appcache.documents} == {site.url_for("/site.appcache")}


def test_a_frame_without_a_manifest_has_a_document_too(site, page, appcache):
    site.reply("/frame.html", html("frame", None))
    site.reply("/", html() + "<iframe src='/frame.html#part'></iframe>")
    page.goto(site.url)
    appcache.wait_for("cached")
    found = [(each.url, each.manifest) for each in appcache.documents]
    assert found == [
        (site.url, site.url_for("/site.appcache")),
        (site.url_for("/frame.html"), None),
    ]
    expect(appcache).to_have_status("UNCACHED", page=page.frames[1])
    assert appcache.entries(page=page.frames[1]) == ()


def test_a_frame_of_another_origin(site, page, appcache, make_origin):
    other = make_origin()
    other.reply("/", html("other"))
    other.reply("/site.appcache", "CACHE MANIFEST\n")
    site.reply("/", html() + f"<iframe src='{other.url}'></iframe>")
    page.goto(site.url)
    appcache.wait_for("cached")
    expect(other).to_have_received("/site.appcache")
    assert [each.url for each in appcache.documents] == [site.url]
    page.wait_for_function("frames.length === 1")
    expect(appcache).to_contain(other.url, kind="master", page=page.frames[1])
    expect(appcache).not_to_contain(other.url)


def test_two_caches_of_one_origin(site, page, context, appcache):
    site.reply("/b/", html("b", "/b/site.appcache"))
    site.reply("/b/site.appcache", version(1))
    page.goto(site.url)
    appcache.wait_for("cached")
    other = context.new_page()
    other.goto(site.url_for("/b/"))
    appcache.wait_for("cached", page=other)
    assert kinds(appcache) == {"/b/": {"master"}, "/b/site.appcache": {"manifest"}}
    assert appcache.snapshot(page=page).manifest == site.url_for("/site.appcache")


def test_an_event_counts_once(cached, page, appcache):
    with pytest.raises(AssertionError, match="waited 1 ms for 'cached'") as caught:
        appcache.wait_for("cached", timeout=1)
    assert str(caught.value).endswith(
        "  no event\n  (6 earlier events are over)\n  status IDLE\n"
        "nothing is under way: the last update ended with 'cached'"
    )
    appcache.update()
    first = appcache.wait_for("noupdate")
    page.reload()
    assert appcache.wait_for("noupdate").time > first.time
    with appcache.gone(500):
        appcache.update()
        assert appcache.wait_for("noupdate", "error").name == "error"


def test_what_a_document_saw_before_the_tests_update_is_over(cached, page, appcache):
    page.reload()
    expect(appcache).to_have_fired("noupdate")
    appcache.update()
    assert appcache.wait_for("checking").time > appcache.calls[0].time


def test_an_event_that_does_not_exist(cached, appcache):
    with pytest.raises(UsageError, match=r"'updated'\): .* choose from checking, error, noupdate"):
        appcache.wait_for("updated")


def test_no_page_is_open(cached, page, appcache):
    page.goto("about:blank")
    with pytest.raises(UsageError, match=f"no page of {cached.url} is open"):
        _ = appcache.status
    assert [event.name for event in appcache.events][-1] == "cached"
    assert appcache.documents[0].ended is not None


def test_versions_in_one_line_each(cached, appcache):
    """Version 2 is out, then 404, then back."""
    appcache.deploy(version(2, "/app.js"), {"/app.js": "two"})
    appcache.update()
    appcache.wait_for("updateready")
    with appcache.gone():
        appcache.update()
        appcache.wait_for("obsolete")
    status, _, body = cached.peek("/site.appcache")
    assert (status, body) == (200, version(2, "/app.js").encode())


def test_a_stall_has_to_leave_something_out(cached, appcache):
    with pytest.raises(UsageError, match=r"stall\('/app.js', after=3\): its body has 3 bytes"):
        appcache.stall("/app.js", after=3)
    with pytest.raises(UsageError, match="cut_after=3"):
        appcache.break_off("/app.js", after=3)


def test_the_timeline_has_lines_of_it(cached, page, appcache, scene):
    appcache.update()
    appcache.wait_for("noupdate")
    page.goto("about:blank")
    lines = [moment.text for moment in scene.timeline() if moment.lane == "appcache"]
    assert lines[0] == f"page: document {cached.url} with manifest {cached.url}site.appcache"
    assert f"page: applicationCache.update() (IDLE → CHECKING) at {cached.url}" in lines
    assert lines[-2:] == [f"page: noupdate (IDLE) at {cached.url}", f"page: end of {cached.url}"]
