"""Two origins in one test: what a page and its caches get of the other, and off localhost."""
# ruff: noqa: E501 (scripts stand on lines of their own)

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from pytest_offline import Caches, Network, ServiceWorkers
from pytest_offline.origin import Origin
from pytest_offline.scene import Scene

pytestmark = pytest.mark.any_build

MakeOrigin = Callable[..., Origin]
SCRIPT = {"Content-Type": "text/javascript"}
SHARED = {"Access-Control-Allow-Origin": "*"}
ASK = """(url) => fetch(url, {mode: "MODE"}).then(
  async (answer) => [answer.type, answer.status, await answer.text(), answer.redirected],
  (error) => [error.name])"""
CORS, NO_CORS = ASK.replace("MODE", "cors"), ASK.replace("MODE", "no-cors")

HOSTS = {
    "localhost": ({}, {}),
    "https": ({"host": "app.test", "https": True}, {"host": "cdn.app.test", "https": True}),
    "insecure": ({"host": "app.test"}, {"host": "cdn.app.test"}),
}


@pytest.fixture(params=HOSTS)
def pair(request: pytest.FixtureRequest, make_origin: MakeOrigin) -> tuple[Origin, Origin]:
    """A site, and a second origin that it asks."""
    app, cdn = (make_origin(**options) for options in HOSTS[request.param])
    app.reply("/", "<!doctype html><title>app</title>")
    cdn.reply("/shared", "shared", headers=SHARED)
    cdn.reply("/closed", "closed")
    cdn.reply("/moved", status=302, headers={**SHARED, "Location": "/shared"})
    cdn.reply("/home", status=302, headers={**SHARED, "Location": app.url_for("/back")})
    app.reply("/back", "back", headers=SHARED)
    app.reply("/away", status=302, headers={"Location": cdn.url_for("/shared")})
    return app, cdn


def test_cross_origin_answers(page: Page, pair: tuple[Origin, Origin]) -> None:
    app, cdn = pair
    page.goto(app.url)
    assert page.evaluate(CORS, cdn.url_for("/shared")) == ["cors", 200, "shared", False]
    assert page.evaluate(CORS, cdn.url_for("/closed")) == ["TypeError"]
    assert page.evaluate(NO_CORS, cdn.url_for("/closed")) == ["opaque", 0, "", False]
    assert [seen.outcome for seen in cdn.requests.to("/closed")] == ["served", "served"]
    assert cdn.requests.to("/shared")[0].header("origin") == app.url[:-1]


def test_redirects_between_origins(page: Page, pair: tuple[Origin, Origin]) -> None:
    app, cdn = pair
    page.goto(app.url)
    assert page.evaluate(CORS, cdn.url_for("/moved")) == ["cors", 200, "shared", True]
    assert page.evaluate(CORS, "/away") == ["cors", 200, "shared", True]
    # Back home by way of another origin, it stays tainted (Fetch, "HTTP-redirect fetch").
    assert page.evaluate(CORS, cdn.url_for("/home")) == ["cors", 200, "back", True]
    assert app.requests.to("/back")[0].header("origin") == "null"


@pytest.mark.parametrize("hosts", ["localhost", "https"])
def test_opaque_and_redirected_answers_are_cached_as_such(
    page: Page, make_origin: MakeOrigin, scene: Scene, hosts: str
) -> None:
    app, cdn = (make_origin(**options) for options in HOSTS[hosts])
    caches = Caches(scene, app)
    cdn.reply("/closed", "closed")
    cdn.reply("/moved", status=302, headers={**SHARED, "Location": "/shared"})
    cdn.reply("/shared", "shared", headers=SHARED)
    app.reply("/", "<!doctype html><title>app</title>")
    page.goto(app.url)
    page.evaluate(
        """async ([closed, moved]) => {
          const cache = await caches.open("v1");
          await cache.put(closed, await fetch(closed, {mode: "no-cors"}));
          await cache.add(moved);
        }""",
        [cdn.url_for("/closed"), cdn.url_for("/moved")],
    )
    puts = {put.url: (put.response_type, put.status) for put in caches.puts}
    assert puts == {
        cdn.url_for("/closed"): ("opaque", 0),
        cdn.url_for("/moved"): ("cors", 200),
    }
    caches.verify()


WORKER = """
self.oninstall = () => skipWaiting();
self.onactivate = (event) => event.waitUntil(clients.claim());
self.onfetch = (event) => { if (event.request.url.endsWith("/made")) { event.respondWith(new Response("made")); } };
"""
ASKING = "self.onmessage = (event) => fetch(event.data).then((answer) => answer.text(), (error) => error.name).then((text) => postMessage(text));"


@pytest.mark.parametrize("hosts", ["localhost", "https"])
def test_offline_a_dedicated_workers_fetch_is_the_service_workers_to_answer(
    page: Page, make_origin: MakeOrigin, network: Network, hosts: str
) -> None:
    """Firefox bug 2067202 hides on localhost: the fetch goes past the service worker.

    ESR 153.7 does not show it, neither where one context is offline, as here, nor where the whole
    browser is (started with ``-offline``), by the way out or with a name it resolves itself.
    """
    app = make_origin(**HOSTS[hosts][0])
    app.reply("/", "<title>app</title><script>navigator.serviceWorker.register('/sw.js')</script>")
    app.reply("/sw.js", WORKER, headers=SCRIPT)
    app.reply("/asking.js", ASKING, headers=SCRIPT)
    page.goto(app.url)
    page.evaluate(
        """async () => {
          if (!navigator.serviceWorker.controller) {
            await new Promise((resolve) => { navigator.serviceWorker.oncontrollerchange = resolve; });
          }
          self.worker = new Worker("/asking.js");
          self.ask = (url) => new Promise((resolve) => {
            worker.onmessage = (event) => resolve(event.data);
            worker.postMessage(url);
          });
        }"""
    )
    assert page.evaluate("ask('/made')") == "made"
    with network.offline():
        assert page.evaluate("ask('/made')") == "made"
        assert page.evaluate("ask('/else')") == "TypeError"
    assert len(app.requests.to("/made")) == 0


@pytest.mark.origin(host="app.test", https=True)
def test_a_font_from_elsewhere_is_gone_and_the_site_still_opens(
    page: Page,
    origin: Origin,
    make_origin: MakeOrigin,
    network: Network,
    service_worker: ServiceWorkers,
) -> None:
    cdn = make_origin(host="cdn.app.test", https=True)
    cdn.reply("/app.css", "h1 { color: rgb(1, 2, 3) }", headers={"Content-Type": "text/css"})
    origin.reply(
        "/",
        f"<link rel=stylesheet href={cdn.url_for('/app.css')}><h1>here</h1>"
        "<script>navigator.serviceWorker.register('/sw.js')</script>",
    )
    origin.reply(
        "/sw.js",
        """self.oninstall = (event) => event.waitUntil(caches.open("v1").then((cache) => cache.add("/")));
        self.onfetch = (event) => event.respondWith(caches.match(event.request).then((hit) => hit || fetch(event.request)));""",
        headers=SCRIPT,
    )
    page.goto(origin.url)
    service_worker.wait_until_ready()
    color = "getComputedStyle(document.querySelector('h1')).color"
    assert page.evaluate(color) == "rgb(1, 2, 3)"
    with network.offline():
        mark = cdn.requests.mark()
        page.reload()
        assert page.inner_text("h1") == "here"
        assert page.evaluate(color) == "rgb(0, 0, 0)"
        assert {seen.outcome for seen in cdn.requests.since(mark)} <= {"blocked"}
