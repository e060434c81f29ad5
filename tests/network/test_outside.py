"""The world outside is closed to every page and worker of the test, and what was asked is told."""
# ruff: noqa: E501 (scripts stand on lines of their own)

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, Page

from pytest_offline import Network, UsageError, dns_failure
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.origin import Origin
from pytest_offline.origin.outside import Gate
from pytest_offline.scene import Scene

pytestmark = pytest.mark.any_build

SCRIPT = {"Content-Type": "text/javascript"}

PAGE = """<!doctype html><title>site</title><body><script>
const ask = (port, url) => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => resolve(event.data);
  port.postMessage(url, [channel.port2]);
});
const settle = (promise) => promise.then(() => "arrived", () => "nothing");
</script>"""

WORKER = """
self.onmessage = (event) => fetch(event.data, {mode: "no-cors"}).then(() => "arrived", () => "nothing").then((text) => event.ports[0].postMessage(text));
self.onconnect = (event) => { event.ports[0].onmessage = self.onmessage; };
if (self.clients) { self.oninstall = () => skipWaiting(); self.onactivate = (event) => event.waitUntil(clients.claim()); }
"""

ASKING = {
    "fetch": "(url) => settle(fetch(url, {mode: 'no-cors'}))",
    "image": "(url) => new Promise((resolve) => { const image = new Image(); image.src = url; image.onload = () => resolve('arrived'); image.onerror = () => resolve('nothing'); })",
    "script": "(url) => new Promise((resolve) => { const script = document.createElement('script'); script.src = url; script.onload = () => resolve('arrived'); script.onerror = () => resolve('nothing'); document.body.append(script); })",
    "worker": "(url) => ask(new Worker('/worker.js'), url)",
    "sharedworker": "(url) => { const port = new SharedWorker('/worker.js').port; port.start(); return ask(port, url); }",
    "serviceworker": "async (url) => { navigator.serviceWorker.register('/worker.js'); return ask((await navigator.serviceWorker.ready).active, url); }",
}


@pytest.fixture
def site(page: Page, origin: Origin) -> Page:
    origin.reply("/", PAGE)
    origin.reply("/worker.js", WORKER, headers=SCRIPT)
    page.goto(origin.url)
    return page


def wait_for_urls(page: Page, network: Network, url: str) -> list[str]:
    """The URLs outside, once this one is told: Firefox tells of what failed after the page knows."""
    end = time.monotonic() + 20
    while url not in (urls := [each.url for each in network.outside]) and time.monotonic() < end:
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 20))")
    return urls


@pytest.mark.parametrize("how", ASKING)
def test_every_kind_of_request_is_refused_and_noted(
    site: Page, network: Network, browser_build: InstalledBuild, how: str
) -> None:
    for scheme in ("https", "http"):
        host = f"{scheme}.stats.example"
        assert site.evaluate(ASKING[how], f"{scheme}://{host}/hit?x") == "nothing"
        seen = [each for each in network.outside if each.host == host]
        if browser_build.capabilities.loopback_only and how == "sharedworker":
            # Contexts of these builds take no proxy, and no event tells of what such a worker asks.
            assert seen == []
            continue
        assert seen
        assert all(each.refused for each in seen)
        if how in ("fetch", "image", "script"):
            url = f"{scheme}://{host}/hit?x"
            assert url in wait_for_urls(site, network, url)
    assert {each.host.partition(".")[2] for each in network.outside} <= {"stats.example"}


def test_a_navigation_and_an_address_are_refused(site: Page, network: Network) -> None:
    with pytest.raises(Error):
        site.goto("https://away.example/")
    # Chromium tries twice.
    assert {each.host for each in network.outside} == {"away.example"}
    with pytest.raises(Error):
        site.goto("http://203.0.113.7/")
    assert network.outside[-1].host == "203.0.113.7"


def test_it_stands_on_the_timeline(site: Page, scene: Scene, network: Network) -> None:
    site.evaluate(ASKING["fetch"], "https://stats.example/hit")
    assert wait_for_urls(site, network, "https://stats.example/hit")
    texts = [moment.text for moment in scene.timeline()]
    assert "outside, refused: https://stats.example/hit (fetch)" in texts


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """A server of another host, for names that this process finds on this machine."""
    find = socket.getaddrinfo

    def found(host: object, *args: object, **options: object) -> object:
        here = "127.0.0.1" if str(host).endswith(".example") else host
        return find(here, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield lambda host: f"http://{host}:{server.server_address[1]}/a"
        server.shutdown()


def test_a_host_is_opened_and_goes_with_the_network(
    site: Page,
    network: Network,
    browser_build: InstalledBuild,
    elsewhere: Callable[[str], str],
) -> None:
    url = elsewhere("fonts.example")
    if browser_build.capabilities.loopback_only:
        with pytest.raises(UsageError, match=r"allow\('fonts.example'\): this build is too old"):
            network.allow("fonts.example")
        return
    assert site.evaluate(ASKING["fetch"], url) == "nothing"
    with network.allow("fonts.example"):
        assert site.evaluate(ASKING["fetch"], url) == "arrived"
        assert site.evaluate(ASKING["serviceworker"], url) == "arrived"
        assert site.evaluate(ASKING["fetch"], elsewhere("other.example")) == "nothing"
        with network.offline():
            assert site.evaluate(ASKING["fetch"], url) == "nothing"
            assert site.evaluate(ASKING["serviceworker"], url) == "nothing"
        assert site.evaluate(ASKING["fetch"], url) == "arrived"
        with network.set(dns_failure("Fonts.example")):
            assert site.evaluate(ASKING["fetch"], url) == "nothing"
            assert site.evaluate(ASKING["fetch"], "/") == "arrived"
        assert site.evaluate(ASKING["fetch"], url) == "arrived"
    assert site.evaluate(ASKING["fetch"], url) == "nothing"
    with pytest.raises(
        UsageError, match=r"'fonts.example' is closed until network.allow\(\) opens"
    ):
        network.set(dns_failure("fonts.example"))
    assert False in {each.refused for each in network.outside}


def test_other_servers_of_this_machine_are_not_the_world_outside(
    site: Page, network: Network
) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for host in ("127.0.0.1", "localhost"):
            url = f"http://{host}:{server.server_address[1]}/"
            assert site.evaluate(ASKING["fetch"], url) == "arrived"
        server.shutdown()
    assert network.outside == ()


@pytest.fixture
def gone_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that the way out was asked for, origins' own too."""
    hosts: list[str] = []
    let_through = Gate._let_through

    async def noting(self: Gate, client: socket.socket, host: str, port: int) -> None:
        hosts.append(host)
        await let_through(self, client, host, port)

    monkeypatch.setattr(Gate, "_let_through", noting)
    return hosts


@pytest.mark.each_build
def test_what_is_on_this_machine_goes_past_the_way_out(
    gone_out: list[str],
    site: Page,
    origin: Origin,
    make_origin: Callable[..., Origin],
    browser_build: InstalledBuild,
) -> None:
    if not browser_build.capabilities.context_proxy:
        pytest.skip(f"contexts of {browser_build.build.name} take no proxy")
    other = make_origin("beside")
    other.reply("/x", "x")
    for how in ("fetch", "worker", "serviceworker"):
        assert site.evaluate(ASKING[how], other.url_for("/x")) == "arrived"
    site.reload()
    assert gone_out == []
    site.evaluate(ASKING["fetch"], "https://stats.example/")
    assert set(gone_out) == {"stats.example"}


def test_a_second_context_and_a_page_of_the_browser_are_closed_too(
    origin: Origin, browser: Browser, network: Network
) -> None:
    origin.reply("/", PAGE)
    for opened in (browser.new_context().new_page(), browser.new_page()):
        opened.goto(origin.url)
        known = len(network.outside)
        assert opened.evaluate(ASKING["fetch"], "https://stats.example/") == "nothing"
        opened.context.close()
        assert {each.host for each in network.outside[known:]} == {"stats.example"}
