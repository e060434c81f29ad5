"""The fixture ``appcache`` in a real browser: what it reads, what it calls, how it waits."""

from __future__ import annotations

import pytest

from pytest_offline.errors import JSError

PAGE = """<!doctype html><html manifest="/site.appcache#x"><title>t</title>
<link rel="icon" href="data:,"><p>one"""
MANIFEST = "CACHE MANIFEST\n/a.js\nFALLBACK:\n/f/ /fallback.html\nNETWORK:\n*\n"


@pytest.fixture
def site(origin, page, appcache):
    origin.reply("/", PAGE)
    origin.reply("/site.appcache", MANIFEST)
    origin.reply("/a.js", "1")
    origin.reply("/fallback.html", "<p>fallback")
    page.goto(origin.url + "#here")
    appcache.wait_for("cached")
    return origin


def test_events_documents_and_calls_are_recorded(site, appcache):
    assert [str(event) for event in appcache.events] == [
        f"checking (CHECKING) at {site.url}",
        f"downloading (DOWNLOADING) at {site.url}",
        f"progress 0/2 (DOWNLOADING) at {site.url}",
        f"progress 1/2 (DOWNLOADING) at {site.url}",
        f"progress 2/2 (DOWNLOADING) at {site.url}",
        f"cached (IDLE) at {site.url}",
    ]
    (document,) = appcache.documents
    assert (document.url, document.manifest) == (site.url, site.url_for("/site.appcache"))
    assert document.time < document.loaded < appcache.events[0].time
    assert document.ended is None
    assert appcache.status == "IDLE"
    appcache.update()
    appcache.wait_for("noupdate")
    assert [(call.method, call.before, call.after) for call in appcache.calls] == [
        ("update", "IDLE", "CHECKING")
    ]


def test_the_browsers_own_list(site, appcache):
    assert {entry.url.removeprefix(site.base): entry.kinds for entry in appcache.entries()} == {
        "/": {"master"},
        "/a.js": {"explicit"},
        "/fallback.html": {"fallback"},
        "/site.appcache": {"manifest"},
    }
    assert appcache.snapshot().manifest == site.url_for("/site.appcache")


def test_what_the_platform_refuses_is_raised_by_its_name(site, appcache):
    with pytest.raises(JSError) as caught:
        appcache.swap_cache()
    assert caught.value.name == "InvalidStateError"
    assert "status IDLE" in str(caught.value)
    assert "wait_for('updateready') first" in str(caught.value)
    assert [(call.method, call.error) for call in appcache.calls] == [
        ("swapCache", "InvalidStateError")
    ]


def test_the_ledger_tells_the_download_process(site, appcache):
    assert [(seen.path, seen.initiator) for seen in site.requests] == [
        ("/", "document"),
        ("/site.appcache", "manifest"),
        ("/a.js", "appcache"),
        ("/fallback.html", "appcache"),
        ("/", "appcache"),
        ("/site.appcache", "manifest"),
    ]
