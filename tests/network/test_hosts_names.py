"""Origins on names and over https, in real browsers: trusted, and nothing else is."""
# ruff: noqa: E501 (scripts stand on lines of their own)

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Error, Page

from pytest_offline import SERVER_DOWN, Caches, Network, ServiceWorkers, tls_error
from pytest_offline.origin import Origin
from pytest_offline.scene import Scene

MakeOrigin = Callable[..., Origin]
SCRIPT = {"Content-Type": "text/javascript"}
REGISTER = "<script>navigator.serviceWorker && navigator.serviceWorker.register('/sw.js')</script>"
WORKER = """
self.oninstall = (event) => event.waitUntil(caches.open("v1").then((cache) => cache.addAll(["/"])).then(() => skipWaiting()));
self.onactivate = (event) => event.waitUntil(clients.claim());
self.onfetch = (event) => event.respondWith(caches.match(event.request).then((hit) => hit || fetch(event.request)));
"""
ASK = "(url) => fetch(url).then((answer) => answer.text(), (error) => error.name)"


def serve(origin: Origin, *, worker: bool = True) -> Origin:
    register = REGISTER if worker else ""
    origin.reply("/", f"<!doctype html><title>site</title><h1>here</h1>{register}")
    origin.reply("/sw.js", WORKER, headers=SCRIPT)
    origin.reply("/data", "data")
    return origin


@pytest.mark.origin(host="app.test", https=True)
def test_a_site_over_https_on_a_name_goes_offline(
    page: Page, origin: Origin, network: Network, caches: Caches, service_worker: ServiceWorkers
) -> None:
    serve(origin)
    page.goto(origin.url)
    assert page.evaluate("[isSecureContext, location.origin]") == [True, origin.url[:-1]]
    service_worker.wait_until_ready()
    with network.offline():
        page.reload()
        assert page.inner_text("h1") == "here"
        assert page.evaluate("navigator.onLine") is False
    assert page.evaluate(ASK, "/data") == "data"
    assert list(caches.snapshot()) == ["v1"]
    caches.verify()
    assert origin.handshakes == []


@pytest.mark.origin(https=True)
def test_https_below_localhost(page: Page, origin: Origin) -> None:
    serve(origin)
    page.goto(origin.url)
    assert page.evaluate("location.protocol") == "https:"
    assert page.evaluate("isSecureContext") is True


@pytest.mark.origin(host="app.test")
def test_an_insecure_origin_has_no_caches(page: Page, origin: Origin, network: Network) -> None:
    serve(origin)
    page.goto(origin.url)
    assert page.evaluate("[isSecureContext, 'caches' in self, 'serviceWorker' in navigator]") == [
        False,
        False,
        False,
    ]
    with network.offline():
        assert page.evaluate(ASK, "/data") == "TypeError"
        assert page.evaluate("navigator.onLine") is False
    assert page.evaluate(ASK, "/data") == "data"


@pytest.mark.parametrize("certificate", ["expired", "stranger"])
def test_a_bad_certificate_is_refused_and_told(
    browser: Browser, scene: Scene, certificate: str
) -> None:
    """Chromium trusts one key; Firefox anything, but only in contexts of tests with https."""
    origin = serve(scene.new_origin(host="bad.test", https=True, certificate=certificate))
    context = browser.new_context()
    page = context.new_page()
    with pytest.raises(Error, match=r"CERT|SEC_ERROR"):
        page.goto(origin.url)
    context.close()
    assert origin.requests.wait_for(lambda _: len(origin.handshakes) > 0)
    assert f"certificate='{certificate}'" in origin.handshakes[0][1]
    assert any("TLS, https://bad.test" in moment.text for moment in scene.timeline())
    assert len(origin.requests) == 0


def test_several_origins_one_down_while_the_other_is_up(
    page: Page, make_origin: MakeOrigin, network: Network
) -> None:
    # Of what a worker of Firefox asks for in vain, the browser tells nobody.
    app = serve(make_origin(host="app.test", https=True), worker=False)
    cdn = make_origin(host="cdn.app.test", https=True)
    cdn.reply("/font", "font", headers={"Access-Control-Allow-Origin": "*"})
    page.goto(app.url)
    assert page.evaluate(ASK, cdn.url_for("/font")) == "font"
    with network.set(SERVER_DOWN.on(cdn)):
        assert page.evaluate(ASK, cdn.url_for("/font")) == "TypeError"
        assert page.evaluate(ASK, "/data") == "data"
        assert page.evaluate("navigator.onLine") is True
        # Firefox tells of a request that failed after the page has heard it.
        assert cdn.requests.wait_for(lambda _: cdn.requests.to("/font")[1:])
    assert page.evaluate(ASK, cdn.url_for("/font")) == "font"
    seen = cdn.requests.wait_for(lambda _: (found := cdn.requests.to("/font"))[2:] and found)
    assert [each.outcome for each in seen] == ["served", "blocked", "served"]
    assert (seen[1].stopped_by, network.outside) == ("origin", ())


@pytest.mark.origin(host="app.test", https=True)
def test_a_handshake_that_fails(page: Page, origin: Origin, network: Network, scene: Scene) -> None:
    serve(origin, worker=False)
    page.goto(origin.url)
    mark = origin.requests.mark()
    with network.set(tls_error()):
        assert page.evaluate(ASK, "/data") == "TypeError"
        with pytest.raises(Error, match=r"SSL|PROTOCOL"):
            page.goto(origin.url_for("/other"))
    assert origin.requests.wait_for(lambda _: len(origin.handshakes) > 0)
    assert origin.handshakes[0][1] == "the handshake was refused by tls error"
    assert any("TLS, https://app.test" in moment.text for moment in scene.timeline())
    seen = origin.requests.since(mark)
    assert {each.path for each in seen} == {"/data", "/other"}
    assert {(each.outcome, each.stopped_by) for each in seen} == {("blocked", "origin")}
    page.goto(origin.url)
    assert page.evaluate(ASK, "/data") == "data"
