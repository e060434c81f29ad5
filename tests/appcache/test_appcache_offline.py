"""True offline: the origin's cut stops what an application cache's download process fetches."""

from __future__ import annotations

import pytest
from appcache_kit import html, kinds, text_of, version

from pytest_offline import expect

shows = pytest.mark.appcache_shows


@shows("rule", "offline a check fails, the old version stays and opens")
def test_offline_a_check_fails_and_the_old_version_stays(cached, page, appcache, network):
    before = kinds(appcache)
    appcache.deploy(version(2, "/app.js"), {"/": html("two"), "/app.js": "two"})
    with network.offline():
        mark = cached.requests.mark()
        assert page.evaluate("navigator.onLine") is False
        appcache.update()
        event = appcache.wait_for("error")
        assert event.detail == f"manifest {cached.url_for('/site.appcache')}"
        expect(appcache).to_have_status("IDLE")
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("one")
        appcache.wait_for("error")
        assert page.evaluate("navigator.onLine") is False
        assert text_of(page, "/app.js") == "200 one"
        assert kinds(appcache) == before
        blocked = cached.requests.since(mark)
        assert {(each.path, each.initiator, each.outcome) for each in blocked} == {
            ("/site.appcache", "manifest", "blocked")
        }
        expect(cached).to_have_served_nothing(since=mark)
    assert page.evaluate("navigator.onLine") is True
    appcache.update()
    appcache.wait_for("updateready")
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("two")


@pytest.mark.usefixtures("beyond_the_model")  # a file cut short may pass for whole
def test_the_network_that_goes_in_mid_download(cached, page, appcache, network):
    appcache.deploy(version(2, "/app.js"), {"/app.js": "two" * 1000})
    with appcache.stall("/app.js"):
        appcache.update()
        expect(cached).to_have_received("/app.js", times=2)
        with network.offline():
            event = appcache.wait_for("error")
    # Chromium may take for whole what a lost connection left, and then fails at the second check.
    assert event.detail in (
        f"resource {cached.url_for('/app.js')}",
        f"Manifest re-fetch failed (6) {cached.url_for('/site.appcache')}",
    )
    last = cached.requests.to("/app.js")[-1]
    assert (last.outcome, last.initiator) == ("cut", "appcache")
    assert text_of(page, "/app.js") == "200 one"
    appcache.update()
    appcache.wait_for("updateready")


@pytest.mark.usefixtures("beyond_the_model")  # a file cut short may pass for whole
def test_a_first_visit_that_loses_the_network(site, page, appcache, network):
    with appcache.stall("/app.js"):
        page.goto(site.url)
        expect(site).to_have_received("/app.js")
        with network.offline():
            appcache.wait_for("error")
            expect(appcache).to_have_status("UNCACHED")
            with pytest.raises(Exception, match="ERR_"):
                page.reload()


def test_both_caches_of_one_site(cached, page, appcache, caches, service_worker, network):
    """Old builds have service workers and the Cache API too."""
    cached.reply(
        "/sw.js", "oninstall = e => e.waitUntil(caches.open('v1').then(c => c.add('/net')))"
    )
    page.evaluate("navigator.serviceWorker.register('/sw.js', {scope: '/x/'}).then(() => null)")
    expect(service_worker).to_have_state("activated")
    expect(caches).to_have_put("/net", cache="v1")
    with network.offline():
        page.reload()
        assert page.evaluate("caches.match('/net').then(found => found.text())") == "net"
        expect(page.get_by_role("heading")).to_have_text("one")
    expect(appcache).to_contain("/app.js", kind="explicit")
    caches.verify()
