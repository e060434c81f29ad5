"""The life of a service worker on bad networks, and where each answer came from."""
# ruff: noqa: E501 (scripts stand on lines of their own)

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from lifecycle import steps, wait_for_step, wait_until
from playwright.sync_api import Page

from pytest_offline import (
    HANG,
    RESET,
    SERVER_DOWN,
    Condition,
    SiteError,
    captive_portal,
    corrupt,
    flapping,
    status,
    truncate,
)
from pytest_offline.errors import NotReady
from pytest_offline.network import Network
from pytest_offline.origin import Origin
from pytest_offline.record import FetchAnswer
from pytest_offline.service_worker import ServiceWorkers

pytestmark = pytest.mark.any_build(firefox=False)

SCRIPT = {"Content-Type": "text/javascript"}
PAGE = "<!doctype html><title>site</title><link rel=icon href=data:,><script>navigator.serviceWorker.register('/sw.js').catch(() => undefined)</script>"
WORKER = """
const VERSION = 1;
const FILES = ["/", "/a.js", "/b.js"];
self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(`v${VERSION}`).then((cache) => cache.addAll(FILES)));
});
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (path === "/made") { event.respondWith(new Response("made")); return; }
  if (path === "/fails") { event.respondWith(Promise.reject(new Error("no"))); return; }
  if (path === "/passed") { return; }
  if (path === "/named") { event.respondWith(caches.match("/a.js", {cacheName: "z last"}).then((hit) => hit.clone())); return; }
  event.respondWith(caches.match(event.request).then((hit) => hit || fetch(event.request)));
});
"""
VERSION_2 = WORKER.replace("VERSION = 1", "VERSION = 2")
FETCH = "(url) => fetch(url).then((answer) => answer.status, (error) => error.name)"


@pytest.fixture
def site(page: Page, origin: Origin) -> Iterator[Page]:
    origin.reply("/", PAGE)
    origin.reply("/sw.js", WORKER, headers=SCRIPT)
    for name in ("a", "b"):
        origin.reply(f"/{name}.js", f"'{name}'" + " " * 5_000, headers=SCRIPT)
    origin.reply("/data", "data")
    origin.reply("/passed", "passed")
    yield page


def cached(page: Page) -> list[list[object]]:
    found: list[list[object]] = page.evaluate(
        """async () => Promise.all((await caches.keys()).map(async (name) =>
        [name, (await (await caches.open(name)).keys()).length]))"""
    )
    return found


FAILS_AN_INSTALL = [
    RESET.on("/b.js"), status(503).on("/b.js"), truncate(100).on("/b.js"),
    SERVER_DOWN.on("/b.js"), flapping("-+").on("/b.js"),
]  # fmt: skip


@pytest.mark.parametrize("condition", FAILS_AN_INSTALL, ids=str)
def test_an_install_with_one_file_that_fails(
    condition: Condition,
    site: Page,
    origin: Origin,
    network: Network,
    service_worker: ServiceWorkers,
) -> None:
    with network.set(condition):
        site.goto(origin.url)
        with pytest.raises(NotReady) as failure:
            service_worker.wait_until_ready()
    wait_for_step(service_worker, "install-failed")
    assert failure.value.reason in ("install-failed", "redundant", "no-worker")
    assert all(count == 0 for _, count in cached(site)), "addAll stores all or nothing"
    site.goto(origin.url)
    service_worker.wait_until_ready()
    assert cached(site) == [["v1", 3]]


def test_an_install_out_of_a_captive_portal(
    site: Page, origin: Origin, network: Network, service_worker: ServiceWorkers
) -> None:
    """Every file is the login page with status 200: the worker stores it, and cannot know."""
    with network.set(captive_portal("<title>pay</title>").on("/a.js", "/b.js")):
        site.goto(origin.url)
        service_worker.wait_until_ready()
    kept = "() => caches.match('/a.js').then((found) => found.text())"
    assert site.evaluate(kept) == "<title>pay</title>"


@pytest.mark.parametrize("condition", [RESET, SERVER_DOWN, status(503), captive_portal()], ids=str)
def test_a_worker_script_that_cannot_be_had(
    condition: Condition,
    site: Page,
    origin: Origin,
    network: Network,
    service_worker: ServiceWorkers,
) -> None:
    with network.set(condition.on("/sw.js")):
        site.goto(origin.url)
        with pytest.raises(NotReady) as failure:
            service_worker.wait_until_ready()
    assert failure.value.reason in ("register-failed", "no-worker")
    assert service_worker.registrations() == ()
    wait_for_step(service_worker, "register-failed")


AWAY = [RESET, SERVER_DOWN, status(503), captive_portal(), truncate(500), corrupt(every=1)]


@pytest.mark.parametrize("condition", AWAY, ids=str)
def test_an_update_that_fails_leaves_the_worker_in_charge(
    condition: Condition,
    site: Page,
    origin: Origin,
    network: Network,
    service_worker: ServiceWorkers,
) -> None:
    site.goto(origin.url)
    service_worker.wait_until_ready()
    with network.set(condition):
        origin.reply("/sw.js", VERSION_2, headers=SCRIPT)
        mark = origin.requests.mark()
        with pytest.raises(SiteError, match="update failed"):
            service_worker.update()
    assert service_worker.state == "activated"
    assert cached(site) == [["v1", 3]]
    if condition != SERVER_DOWN:
        assert origin.requests.since(mark).to("/sw.js")[0].weather
    service_worker.update()
    service_worker.wait_until_ready()
    site.wait_for_function("async () => (await caches.keys()).includes('v2')")


def test_an_update_while_offline(
    site: Page, origin: Origin, network: Network, service_worker: ServiceWorkers
) -> None:
    site.goto(origin.url)
    service_worker.wait_until_ready()
    with network.offline():
        origin.reply("/sw.js", VERSION_2, headers=SCRIPT)
        with pytest.raises(SiteError, match="offline, an update check always fails"):
            service_worker.update()
    assert cached(site) == [["v1", 3]]


def test_an_update_that_is_cut_while_it_installs(
    site: Page, origin: Origin, network: Network, service_worker: ServiceWorkers
) -> None:
    """The new script arrives, one of its files hangs, and then the network is gone."""
    site.goto(origin.url)
    service_worker.wait_until_ready()
    origin.reply("/sw.js", VERSION_2, headers=SCRIPT)
    mark = origin.requests.mark()
    network.set(HANG.on("/b.js"))
    site.evaluate(
        "() => { navigator.serviceWorker.getRegistration().then((found) => found.update()); }"
    )
    # Chromium 83 may leave the new version half started, which takes five seconds to be told.
    assert origin.requests.wait_for(
        lambda seen: [each for each in seen if each.in_flight and each.path == "/b.js"], 60
    )
    network.offline()
    wait_for_step(service_worker, "install-failed")
    network.online()
    site.wait_for_function(
        "async () => !(await navigator.serviceWorker.getRegistration()).installing"
    )
    assert origin.requests.since(mark).to("/b.js")[0].outcome == "blocked"
    assert steps(service_worker).count("install-failed") == 1
    assert ["v1", 3] in cached(site)
    assert site.evaluate(FETCH, "/a.js") == 200
    service_worker.update()
    site.wait_for_function("async () => (await caches.keys()).includes('v2')")
    service_worker.wait_until_ready()


@pytest.mark.each_build
def test_where_each_answer_came_from(
    site: Page, origin: Origin, network: Network, service_worker: ServiceWorkers
) -> None:
    site.goto(origin.url)
    service_worker.wait_until_ready()
    site.evaluate(
        "async () => { await caches.open('a first'); await (await caches.open('z last')).put('/a.js', new Response('')); }"
    )
    site.reload()
    for path, online, away in [
        ("/a.js", 200, 200), ("/data", 200, "TypeError"), ("/made", 200, 200),
        ("/fails", "TypeError", "TypeError"), ("/passed", 200, "TypeError"), ("/named", 200, 200),
    ]:  # fmt: skip
        assert site.evaluate(FETCH, path) == online, path
        with network.set(SERVER_DOWN):
            assert site.evaluate(FETCH, path) == away, path

    def answered() -> list[FetchAnswer]:
        answers = [event for event in service_worker.answers if event.mode != "navigate"]
        return [event for event in answers if event.source != "pending"]

    wait_until(service_worker, lambda: len(answered()) == 12)
    found: dict[str, list[tuple[str, str | None]]] = {}
    for event in answered():
        path = "/" + event.url.removeprefix(origin.url)
        found.setdefault(path, []).append((event.source, event.cache))
    assert found["/a.js"] == [("cache", "v1")] * 2, "the first that has it, of three"
    assert found["/named"] == [("cache", "z last")] * 2, "with cacheName"
    assert found["/data"] == [("network", None), ("failed", None)]
    assert found["/made"] == [("made", None)] * 2
    assert found["/fails"] == [("failed", None)] * 2
    assert found["/passed"] == [("passed", None)] * 2


@pytest.mark.each_build
def test_a_worker_that_is_stopped_between_two_steps(
    site: Page, origin: Origin, network: Network, service_worker: ServiceWorkers, browser_name: str
) -> None:
    if browser_name != "chromium":
        pytest.skip("only Chromium's protocol can stop a worker")
    site.goto(origin.url)
    service_worker.wait_until_ready()
    site.reload()
    assert site.evaluate(FETCH, "/made") == 200
    client = site.context.new_cdp_session(site)
    client.send("ServiceWorker.enable")

    def started(times: int) -> Callable[[], bool]:
        return lambda: len({event.place.id for event in service_worker.answers}) == times

    def sources() -> set[str]:
        answers = [each for each in service_worker.answers if each.url.endswith("/a.js")]
        return {each.source for each in answers}

    with network.set(SERVER_DOWN):
        for times in (1, 2):
            # Ended from outside a moment after an answer, a worker takes the record of it along.
            wait_until(service_worker, started(times))
            wait_until(service_worker, lambda: "pending" not in sources())
            client.send("ServiceWorker.stopAllWorkers")
            assert site.evaluate(FETCH, "/a.js") == 200, "started again without the network"
            assert site.evaluate(FETCH, "/data") == "TypeError"
    client.detach()
    # The same worker, three times started.
    wait_until(service_worker, started(3))

    wait_until(service_worker, lambda: "pending" not in sources())
    assert sources() == {"cache"}
