"""Each event of ``applicationCache``, in a real browser."""

from __future__ import annotations

import pytest
from appcache_kit import FIRST, asked, version

from pytest_offline import expect

shows = pytest.mark.appcache_shows


@shows("event", "checking")
def test_checking_is_the_first_event_of_every_check(cached, page, appcache):
    expect(appcache).to_have_events(FIRST)
    page.reload()
    expect(appcache).to_have_events(["checking", "noupdate"])
    appcache.update()
    expect(appcache).to_have_events(["checking", "noupdate", "checking", "noupdate"])


@shows("event", "noupdate")
def test_noupdate_where_the_manifest_is_the_same(cached, appcache):
    mark = cached.requests.mark()
    appcache.update()
    assert appcache.wait_for("noupdate").status == "IDLE"
    assert asked(cached, mark) == ["/site.appcache"]


@shows("event", "downloading")
def test_downloading_where_a_manifest_is_new(site, page, appcache):
    page.goto(site.url)
    appcache.wait_for("downloading")  # its status may be a later one: the event waited for load
    appcache.wait_for("cached")
    appcache.deploy(version(2, "/app.js"))
    appcache.update()
    assert appcache.wait_for("downloading").status == "DOWNLOADING"


@shows("event", "progress")
def test_progress_counts_files_and_ends_with_all_of_them(site, page, appcache):
    appcache.deploy(
        version(1, "/app.js", "/b.js", "FALLBACK:", "/api/ /offline.json"), {"/b.js": "b"}
    )
    page.goto(site.url)
    appcache.wait_for("cached")
    counts = [(each.loaded, each.total) for each in appcache.events if each.name == "progress"]
    assert counts == [(0, 3), (1, 3), (2, 3), (3, 3)]


@shows("event", "progress")
def test_progress_of_a_manifest_that_lists_nothing(site, page, appcache):
    appcache.deploy(version(1))
    page.goto(site.url)
    appcache.wait_for("cached")
    counts = [(each.loaded, each.total) for each in appcache.events if each.name == "progress"]
    assert counts == [(0, 0)]


@shows("event", "cached")
def test_cached_ends_the_first_download(site, page, appcache):
    page.goto(site.url)
    assert appcache.wait_for("cached").status == "IDLE"
    assert appcache.events[-1].name == "cached"
    expect(appcache).to_have_fired("cached", times=1)


@shows("event", "updateready")
def test_updateready_ends_the_download_of_a_new_version(cached, appcache):
    appcache.deploy(version(2, "/app.js"), {"/app.js": "two"})
    appcache.update()
    assert appcache.wait_for("updateready").status == "UPDATEREADY"
    expect(appcache).to_have_events([*FIRST, "checking", "downloading", "progress", "updateready"])
    expect(appcache).to_have_fired("cached", times=1)


@shows("event", "obsolete")
@pytest.mark.parametrize("status", [404, 410])
def test_obsolete_where_the_manifest_is_gone(cached, appcache, status):
    appcache.gone(status)
    appcache.update()
    assert appcache.wait_for("obsolete").status == "OBSOLETE"
    expect(appcache).to_have_events([*FIRST, "checking", "obsolete"])


@shows("event", "error")
@pytest.mark.parametrize("status", [404, 410])
def test_error_where_the_first_manifest_is_not_there(site, page, appcache, status):
    appcache.gone(status)
    page.goto(site.url)
    event = appcache.wait_for("error")
    assert event.status == "UNCACHED"
    assert event.detail == f"manifest {site.url_for('/site.appcache')} {status}"
    expect(appcache).to_have_events(["checking", "error"])


@shows("event", "error")
@pytest.mark.parametrize("status", [400, 403, 500])
def test_error_where_the_manifest_fails_otherwise(cached, appcache, status):
    with appcache.gone(status):
        appcache.update()
        event = appcache.wait_for("error")
    assert (event.status, event.detail) == (
        "IDLE",
        f"manifest {cached.url_for('/site.appcache')} {status}",
    )
    appcache.update()
    appcache.wait_for("noupdate")


@shows("event", "error")
def test_error_where_a_file_fails(cached, appcache):
    appcache.deploy(version(2, "/app.js", "/lost.js"))
    appcache.update()
    event = appcache.wait_for("error")
    assert event.detail == f"resource {cached.url_for('/lost.js')} 404"
    expect(appcache).to_have_events([*FIRST, "checking", "downloading", "progress", "error"])


@shows("event", "error")
@shows("rule", "a manifest that changes during the update is not applied")
def test_error_where_the_manifest_changes_during_the_update(cached, appcache):
    mark = cached.requests.mark()
    appcache.deploy(version(2, "/app.js"))
    appcache.change_during_update(version(3, "/app.js"))
    appcache.update()
    assert appcache.wait_for("error").status == "IDLE"
    assert asked(cached, mark).count("/site.appcache") == 2
    expect(appcache).not_to_have_fired("updateready", timeout=1)
    appcache.update()
    appcache.wait_for("updateready")


@shows("rule", "events wait for the end of the load event")
def test_events_wait_for_the_end_of_the_load_event(site, page, appcache):
    site.reply("/", HANDLERS)
    site.reply("/slow.js", "", delay=2)
    page.goto(site.url)
    appcache.wait_for("cached")
    assert page.evaluate("order")[:3] == ["load", "end of load", "checking"]
    (document,) = appcache.documents
    assert document.loaded < appcache.events[0].time
    # The manifest has long been there: only the events waited.
    assert site.requests.to("/site.appcache")[0].time < document.loaded


HANDLERS = """<!doctype html><html manifest="/site.appcache"><link rel="icon" href="data:,">
<script>
  const order = [];
  applicationCache.onchecking = () => order.push("checking");
  addEventListener("load", () => order.push("load"));
  addEventListener("load", () => order.push("end of load"));
</script>
<script src="/slow.js"></script>"""
