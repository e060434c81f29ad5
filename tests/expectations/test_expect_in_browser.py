"""``expect`` with a real browser: waiting for what pages and workers do, and Playwright's own."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect as playwrights

from pytest_offline import expect

pytestmark = pytest.mark.any_build

PAGE = """<!doctype html><title>t</title><link rel=icon href=data:,><h1>Gallery</h1>
<script>navigator.serviceWorker.register("/sw.js")</script>"""

# It keeps the page at once, and what it is asked for when it has come.
WORKER = """
self.addEventListener("install", event => event.waitUntil(
  caches.open("v1").then(cache => cache.addAll(["/"]))));
self.addEventListener("activate", event => event.waitUntil(clients.claim()));
self.addEventListener("fetch", event => event.respondWith((async () => {
  const hit = await caches.match(event.request);
  if (hit) { return hit; }
  const answer = await fetch(event.request);
  await (await caches.open("v2")).put(event.request, answer.clone());
  return answer;
})()));
"""


@pytest.fixture
def site(origin, page, service_worker):
    origin.reply("/", PAGE)
    origin.reply("/sw.js", WORKER)
    origin.reply("/late", "late", headers={"X-A": "1"})
    page.goto(origin.url)
    service_worker.wait_until_ready()
    return origin


def test_it_waits_for_a_put_that_the_worker_makes_later(site, page, caches):
    expect(caches).to_have_put("/", cache="v1", source="serviceworker", status=200, body=PAGE)
    expect(caches).not_to_have_put("/late")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    # Asked for when this call is over, and not waited for.
    page.evaluate("void setTimeout(() => fetch('/late'))")
    expect(caches).to_have_put("/late", cache="v2", headers={"x-a": "1"}, times=1)
    expect(caches).to_contain("/late", cache="v2", body=b"late")
    expect(caches).not_to_contain("/late", cache="v1")


def test_it_fails_with_what_was_there(site, caches):
    expect(caches).to_have_put("/", cache="v1", status=200)
    with pytest.raises(AssertionError) as caught:
        expect(caches, "the shell").to_have_put("/", cache="v2", timeout=1)
    url = site.url
    assert str(caught.value) == (
        f"the shell\nexpected <Caches of {url}> to have put '{url}' (cache='v2'), but saw\n"
        f"  GET {url} into 'v1', status 200, fulfilled, but its cache is 'v1'\n  waited 1 ms"
    )
    with pytest.raises(AssertionError, match="not to contain"):
        expect(caches).not_to_contain("/", timeout=1)


def test_service_workers(site, page, service_worker, network):
    expect(service_worker).to_have_state("activated")
    expect(service_worker).to_be_ready(expect=["/"])
    expect(service_worker).not_to_be_ready(expect=["/nothing"])
    with network.offline():
        page.reload()
    expect(service_worker).to_have_answered("/", source="cache")
    expect(service_worker).not_to_have_answered("/", source="network")


def test_the_origin_offline(site, page, network, service_worker):
    expect(site).to_have_received("/sw.js")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    with network.offline():
        site.requests.clear()
        page.reload()
        page.evaluate("fetch('/nothing').catch(error => error.name)")
        expect(site).to_have_served_nothing()
        # The browser looks for a new worker besides, and tells later what it stopped itself.
        with pytest.raises(AssertionError, match=r"GET /\S+ → blocked|nothing was received"):
            expect(site).not_to_have_served_nothing(timeout=1)


def test_what_the_browsers_switch_stopped_was_not_received(origin, page, network):
    origin.reply("/", "<!doctype html><title>t</title><link rel=icon href=data:,>")
    page.goto(origin.url)
    with network.offline():
        page.evaluate("fetch('/never').catch(error => error.name)")
        stopped = origin.requests.wait_for(
            lambda seen: [each for each in seen if each.path == "/never"]
        )
        assert [each.outcome for each in stopped] == ["blocked"]
        if stopped[0].stopped_by == "browser":
            expect(origin).not_to_have_received("/never")
        else:
            expect(origin).to_have_received("/never")
        expect(origin).to_have_served_nothing(since=stopped[0].seq)


def test_playwrights_own_objects_go_to_its_own_expect(site, page):
    expect(page).to_have_title("t")
    expect(page.get_by_role("heading"), "the heading").to_have_text("Gallery")
    with pytest.raises(AssertionError, match="the heading"):
        expect(page.get_by_role("heading"), "the heading").to_have_text("no", timeout=1)
    assert type(expect(page)) is type(playwrights(page))


def test_set_options_is_for_both(page, caches, origin):
    origin.reply("/", "<!doctype html><title>t</title>")
    page.goto(origin.url)
    try:
        expect.set_options(timeout=20)
        with pytest.raises(AssertionError, match="waited 20 ms"):
            expect(caches).to_have_put("/nothing")
        with pytest.raises(AssertionError, match="20ms"):
            expect(page).to_have_title("another")
    finally:
        expect.set_options(timeout=None)
    with pytest.raises(ValueError, match="Unsupported type"):
        expect(42)
    with pytest.raises(AttributeError, match="nothing_of_it"):
        expect.nothing_of_it  # noqa: B018
