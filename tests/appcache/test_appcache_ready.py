"""``service_worker.wait_until_ready()`` where an application cache keeps the page."""

from __future__ import annotations

import pytest
from appcache_kit import html, version

from pytest_offline import NotReady, expect

WORKER = """
addEventListener("install", (event) => event.waitUntil(
    caches.open("v1").then((cache) => cache.addAll(["/"]))));
addEventListener("fetch", (event) => event.respondWith(
    caches.match(event.request).then((found) => found || fetch(event.request))));
"""


def test_what_it_calls_ready_opens_offline(site, page, network, appcache, service_worker):
    page.goto(site.url)
    service_worker.wait_until_ready()
    assert appcache.status == "IDLE"
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("one")
        page.goto(site.url_for("/api/x"))
        expect(page.locator("body")).to_have_text("offline")
        page.goto(site.url)
        expect(service_worker).to_be_ready()


def test_what_the_test_names_is_looked_for_in_it(cached, service_worker):
    service_worker.wait_until_ready(expect=["/", "/app.js"])
    with pytest.raises(NotReady) as caught:
        service_worker.wait_until_ready(expect=["/net"], timeout=500)
    assert caught.value.missing == (cached.url_for("/net"),)


def test_a_newer_version_is_ready_when_it_is_whole(cached, page, network, appcache, service_worker):
    appcache.deploy(version(2, "/app.js", "/new.js"), {"/": html("two"), "/new.js": "new"})
    appcache.update()
    service_worker.wait_until_ready()
    assert appcache.status == "UPDATEREADY"
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("two")


def test_a_file_that_cannot_be_fetched_is_told(site, page, appcache, service_worker):
    appcache.deploy(version(1, "/app.js", "/gone.js"), {"/gone.js": None})
    page.goto(site.url)
    with pytest.raises(NotReady) as caught:
        service_worker.wait_until_ready()
    assert caught.value.reason == "update-failed"
    assert caught.value.missing == (site.url_for("/app.js"), site.url_for("/gone.js"))
    assert f"The update failed (resource {site.url_for('/gone.js')} 404)" in str(caught.value)


def test_a_manifest_that_went_away_is_told(cached, page, appcache, service_worker):
    appcache.gone()
    appcache.update()
    appcache.wait_for("obsolete")
    with pytest.raises(NotReady, match="its manifest is gone") as caught:
        service_worker.wait_until_ready()
    assert caught.value.reason == "update-failed"


def test_a_download_that_does_not_end_is_waited_for(site, page, appcache, service_worker):
    with appcache.stall("/app.js"):
        page.goto(site.url)
        with pytest.raises(NotReady, match=r"Still caching: what .*site\.appcache lists") as caught:
            service_worker.wait_until_ready(timeout=1_500)
    assert caught.value.reason == "caching"


def test_a_site_with_a_worker_too_is_judged_by_the_worker(site, page, appcache, service_worker):
    register = "addEventListener('load', () => navigator.serviceWorker.register('/sw.js'))"
    site.reply("/", f"{html()}<script>{register}</script>")
    site.reply("/sw.js", WORKER, headers={"Content-Type": "text/javascript"})
    page.goto(site.url)
    service_worker.wait_until_ready()
    assert [each.active for each in service_worker.registrations()] == ["activated"]
