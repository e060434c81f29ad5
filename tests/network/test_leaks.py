"""The leak table: once ``offline()`` has returned, not one byte of the origin arrives anywhere.

A test a cell, each in every build of the run. Two witnesses: the ledger, and the bytes handed to
the sockets of the server. After ``online()`` everything works again.
"""

from __future__ import annotations

import http.client
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from leak_site import CELLS, PAGE, PORTS, SCRIPT, STARTS, WORKER, Cell, serve
from playwright.sync_api import BrowserContext, Error, Page

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.network import Network
from pytest_offline.origin import Origin
from pytest_offline.origin.connections import ConnectionServer
from pytest_offline.record import OFFLINE

ON_LINE = "navigator.onLine"
IN_NEW_WORKERS = """async () => {
  const dedicated = URL.createObjectURL(new Blob(["postMessage(navigator.onLine)"]));
  const shared = URL.createObjectURL(
    new Blob(["onconnect = (event) => event.ports[0].postMessage(navigator.onLine)"])
  );
  const told = (port) => new Promise((resolve) => {
    port.onmessage = (event) => resolve(event.data);
  });
  const asked = [told(new Worker(dedicated))];
  if (self.origin !== "null") { asked.push(told(new SharedWorker(shared).port)); }
  return Promise.all(asked);
}"""

LONG = bool(os.environ.get("OFFLINE_LONG"))
"""Whether a page is opened offline in every test; else in the one that is about that."""


@dataclass
class Wire:
    """What the server handed to its sockets."""

    sent: list[bytes] = field(default_factory=list)

    def write(self, write: Callable[[Any], None], data: Any) -> None:
        self.sent.append(bytes(data))
        write(data)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire, made = Wire(), ConnectionServer.connection_made

    def connection_made(self: ConnectionServer, handler: Any, transport: Any) -> None:
        write, many = transport.write, transport.writelines
        transport.write = lambda data: wire.write(write, data)
        transport.writelines = lambda parts: wire.write(many, [b"".join(parts)])
        made(self, handler, transport)

    monkeypatch.setattr(ConnectionServer, "connection_made", connection_made)
    return wire


@dataclass
class Site:
    """A page of the origin, and what is to be seen from the moment the network is gone."""

    page: Page
    origin: Origin
    network: Network
    wire: Wire
    workers_know: bool
    mark: int = 0

    def go_offline(self) -> None:
        self.network.offline()
        self.mark = self.origin.requests.mark()
        self.wire.sent.clear()
        self.heard("offline")
        self.knows(self.page, online=False)
        if LONG:
            later = self.page.context.new_page()
            self.knows(later, online=False)
            later.close()

    def knows(self, page: Page, *, online: bool) -> None:
        """What a page believes, and workers that it starts now, a dedicated and a shared one."""
        assert page.evaluate(ON_LINE) is online
        if self.workers_know:
            assert set(page.evaluate(IN_NEW_WORKERS)) == {online}

    def stayed_silent(self) -> None:
        """Not a byte went out, and whatever was asked for stands as blocked."""
        assert self.wire.sent == []
        for seen in self.origin.requests.since(self.mark):
            assert (seen.outcome, seen.bytes_sent, seen.status) == ("blocked", 0, None), str(seen)
            assert seen.stopped_by in ("origin", "browser")
            assert seen.condition == OFFLINE

    def asked_for(self, path: str) -> list[Any]:
        return list(self.origin.requests.since(self.mark).to(path))

    def go_online(self, *heard: str) -> None:
        """The page hears of it once; of nothing else, where it is the one of before."""
        self.stayed_silent()
        self.mark = self.origin.requests.mark()
        self.network.online()
        self.heard(*(heard or ("offline", "online")))
        self.knows(self.page, online=True)

    def is_served(self, path: str) -> None:
        served = self.origin.requests.wait_for(
            lambda seen: [
                each for each in seen
                if each.seq >= self.mark and each.path.partition("?")[0] == path and each.status
            ],
            20,
        )  # fmt: skip
        assert served, str(self.origin.requests)
        assert served[-1].outcome == "served"
        assert self.wire.sent, "the other witness sees nothing at all"

    def ask(self, script: str) -> Any:
        return self.page.evaluate(script)

    def heard(self, *events: str) -> None:
        self.page.wait_for_function("(count) => heard.length >= count", arg=len(events))
        assert self.ask("heard") == list(events)


@pytest.fixture
def site(
    wire: Wire, page: Page, origin: Origin, network: Network, browser_build: InstalledBuild
) -> Iterator[Site]:
    serve(origin)
    page.goto(origin.url)
    yield Site(page, origin, network, wire, browser_build.capabilities.workers_on_line)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_nothing_arrives_by(cell: Cell, site: Site) -> None:
    cell.prepare(site.ask)
    site.go_offline()
    assert site.ask(cell.ask) == "nothing"
    if cell.seen:
        blocked = site.origin.requests.wait_for(lambda _: site.asked_for(cell.path), timeout=20)
        assert len(blocked) == 1, str(site.origin.requests)
    site.go_online()
    assert site.ask(cell.ask) == ("nothing" if cell is CELLS["font"] else "arrived")
    if cell is not CELLS["manifest"]:
        site.is_served(cell.path)
    site.heard("offline", "online")


def test_what_a_page_sends_as_it_goes(site: Site) -> None:
    site.ask(
        """() => addEventListener("pagehide", () => { navigator.sendBeacon("/beacon", "last");
        fetch("/data?last", {keepalive: true}).catch(() => undefined); })"""
    )
    site.go_offline()
    site.page.goto("about:blank")
    site.stayed_silent()
    site.network.online()
    site.stayed_silent()
    site.page.goto(site.origin.url)
    site.is_served("/")


@pytest.mark.parametrize("kind", ["worker", "sharedworker", "serviceworker"])
def test_workers_know_that_they_are_offline(kind: str, site: Site) -> None:
    if not site.workers_know:
        pytest.skip("the switch of this build does not show in navigator.onLine of workers")
    assert site.ask(STARTS[kind]) == "arrived"
    site.go_offline()
    assert site.ask(f"() => ask(self.{PORTS[kind]}, 'onLine')") is False
    site.go_online()
    assert site.ask(f"() => ask(self.{PORTS[kind]}, 'onLine')") is True


def test_navigation(site: Site) -> None:
    site.go_offline()
    other = site.page.context.new_page()
    with pytest.raises(Error):
        other.goto(site.origin.url_for("/?again"))
    assert site.origin.requests.wait_for(lambda _: site.asked_for("/?again"), timeout=20)
    # Chromium's own page in its place asks again by itself after a second, so there may be two.
    site.go_online()
    site.page.goto(site.origin.url_for("/?again"))
    site.is_served("/")


def test_new_page_and_popup(site: Site) -> None:
    site.go_offline()
    other = site.page.context.new_page()
    site.knows(other, online=False)
    with pytest.raises(Error):
        other.goto(site.origin.url_for("/?other"))
    with site.page.expect_popup() as opened:
        site.ask("() => { self.open('about:blank'); }")
    assert opened.value.evaluate(ON_LINE) is False
    # What stands in the place of this one is the browser's own page, not the site's.
    with site.page.expect_popup():
        site.ask("() => { self.open('/?popup'); }")
    for path in ("/?other", "/?popup"):
        assert site.origin.requests.wait_for(lambda _, path=path: site.asked_for(path), 20)
    site.go_online()
    other.goto(site.origin.url)
    site.knows(other, online=True)
    assert other.evaluate(CELLS["fetch"].ask) == "arrived"
    assert other.evaluate("heard") == []


def test_iframe(site: Site) -> None:
    site.go_offline()
    site.ask("() => { load('iframe', {src: '/?frame', name: 'within'}); }")
    assert site.origin.requests.wait_for(lambda _: site.asked_for("/?frame"), timeout=20)
    settled = """() => { try { return typeof frames.within.settle; }
        catch (error) { return "undefined"; } }"""
    assert site.ask(settled) == "undefined"
    site.go_online()
    assert site.ask("() => load('iframe', {src: '/?frame'})") == "arrived"
    site.is_served("/")


def test_a_second_context_and_one_that_is_opened_offline(
    site: Site, new_context: Callable[..., BrowserContext]
) -> None:
    before = new_context().new_page()
    before.goto(site.origin.url)
    site.go_offline()
    later = new_context().new_page()
    for page in (before, later):
        site.knows(page, online=False)
    assert before.evaluate(CELLS["fetch"].ask) == "nothing"
    with pytest.raises(Error):
        later.goto(site.origin.url)
    site.go_online()
    later.goto(site.origin.url)
    for page in (before, later):
        assert page.evaluate(CELLS["fetch"].ask) == "arrived"
    assert before.evaluate("heard") == ["offline", "online"]


def test_an_event_stream_that_was_open(site: Site, browser_name: str) -> None:
    stream = site.origin.event_stream("/events", retry=20)
    site.ask(
        """() => new Promise((resolve) => { self.events = []; self.sources = 0;
        self.listen = () => { sources += 1; self.source = new EventSource("/events");
          source.onmessage = (event) => events.push(event.data); };
        listen(); source.onopen = resolve; })"""
    )
    stream.wait_for_clients(1)
    site.go_offline()
    stream.wait_for_clients(0)
    assert stream.send("unheard") == 0
    site.go_online()
    # Firefox gives a stream up that it could not open again at once; a site has to.
    site.page.wait_for_function(
        "() => { if (source.readyState === 2) { listen(); } return source.readyState === 1; }"
    )
    stream.wait_for_clients(1)
    stream.send("heard")
    site.page.wait_for_function("events.length > 0")
    assert site.ask("events") == ["heard"]
    assert site.ask("sources") == 1 or browser_name == "firefox", "the browser connects again"


def test_a_web_socket_that_was_open(site: Site) -> None:
    route = site.origin.websocket("/open", on_message=lambda message: message)
    site.ask(
        """() => new Promise((resolve) => { self.got = [];
        self.socket = new WebSocket(`ws://${location.host}/open`);
        self.whenClosed = new Promise((done) => { socket.onclose = () => done("closed"); });
        socket.onmessage = (event) => got.push(event.data); socket.onopen = resolve; })"""
    )
    route.wait_for_clients(1)
    site.go_offline()
    route.wait_for_clients(0)
    assert route.send("unheard") == 0
    assert site.ask("whenClosed") == "closed"
    assert site.ask("got") == []
    site.go_online()
    assert site.ask(CELLS["websocket"].ask) == "arrived"


def test_the_update_check_of_a_navigation(site: Site) -> None:
    """The page comes out of a cache, and the browser looks for a new worker behind its back."""
    assert site.ask(STARTS["serviceworker"]) == "arrived"
    site.go_offline()
    site.page.goto(site.origin.url_for("/kept"))
    assert site.page.title() == "site"
    site.knows(site.page, online=False)
    assert site.origin.requests.wait_for(lambda _: site.asked_for("/worker.js"), timeout=20)
    site.go_online("online")
    site.ask("async () => { await (await navigator.serviceWorker.ready).update(); }")
    site.is_served("/worker.js")


def test_a_new_worker_version_that_waits_at_the_origin(site: Site) -> None:
    assert site.ask(STARTS["serviceworker"]) == "arrived"
    site.go_offline()
    site.origin.reply("/worker.js", WORKER.replace("VERSION = 1", "VERSION = 2"), headers=SCRIPT)
    assert site.ask(CELLS["update"].ask) == "nothing"
    version = "() => ask(navigator.serviceWorker.controller, 'version')"
    assert site.ask(version) == 1
    states = """async () => { const found = await navigator.serviceWorker.getRegistration();
        return [found.installing, found.waiting].filter(Boolean).length; }"""
    assert site.ask(states) == 0
    site.go_online()
    site.ask(
        """async () => { const workers = navigator.serviceWorker;
        const changed = new Promise((resolve) => { workers.oncontrollerchange = resolve; });
        await (await workers.getRegistration()).update();
        if (workers.controller === self.controlling) { await changed; } }"""
    )
    assert site.ask(version) == 2


def test_a_manifest_that_the_browser_is_asked_for(site: Site, browser_name: str) -> None:
    if browser_name != "chromium":
        pytest.skip("only Chromium can be told to fetch a manifest")
    site.ask("() => link({rel: 'manifest', href: '/app.webmanifest'})")
    client = site.page.context.new_cdp_session(site.page)
    site.go_offline()
    client.send("Page.getAppManifest")
    site.go_online()
    site.page.reload()
    site.ask("() => link({rel: 'manifest', href: '/app.webmanifest?y'})")
    assert client.send("Page.getAppManifest")["data"] == '{"name": "x"}'
    site.is_served("/app.webmanifest")


def test_an_application_cache(site: Site, browser_build: InstalledBuild) -> None:
    if not browser_build.capabilities.appcache:
        pytest.skip(f"{browser_build.build.name} has no application cache")
    cached = PAGE.replace("<!doctype html>", "<!doctype html><html manifest='/a.appcache'>")
    manifest = {"Content-Type": "text/cache-manifest"}
    site.origin.reply("/cached", cached)
    site.origin.reply("/a.appcache", "CACHE MANIFEST\n/data\nNETWORK:\n*\n", headers=manifest)
    site.page.goto(site.origin.url_for("/cached"))
    site.page.wait_for_function("applicationCache.status === applicationCache.IDLE")
    checked = """() => new Promise((resolve) => {
        applicationCache.onerror = () => resolve("error");
        for (const name of ["noupdate", "updateready"]) { applicationCache[`on${name}`] = () => resolve(name); }
        applicationCache.update(); })"""  # noqa: E501
    site.go_offline()
    assert site.ask(checked) == "error"
    (blocked,) = site.asked_for("/a.appcache")
    assert blocked.stopped_by == "origin", "its own switch does not stop it"
    site.go_online()
    assert site.ask(checked) == "noupdate"


def test_a_connection_that_was_kept_alive(site: Site) -> None:
    client = http.client.HTTPConnection("127.0.0.1", site.origin.port, timeout=20)
    headers = {"Host": site.origin.url[7:-1]}
    client.request("GET", "/data", headers=headers)
    assert client.getresponse().read() == b"data"
    site.go_offline()
    with pytest.raises(ConnectionResetError):
        client.sock.recv(1)
    client.close()
    site.go_online()
    client.request("GET", "/data", headers=headers)
    assert client.getresponse().read() == b"data"
    client.close()


def test_leaks_says_what_got_past_the_browsers_own_switch(
    site: Site, browser_name: str, network: Network
) -> None:
    assert site.ask(STARTS["serviceworker"]) == "arrived"
    assert len(network.leaks) == 0
    site.go_offline()
    for name in ("fetch", "serviceworker", "update"):
        assert site.ask(CELLS[name].ask) == "nothing"
    found = [(seen.path, seen.stopped_by, seen.outcome) for seen in network.leaks]
    expected = [("/worker.js", "origin", "blocked")]
    if browser_name == "firefox":
        expected.insert(0, ("/data?x", "origin", "blocked"))
    assert found == expected
    assert "/worker.js" in str(network.leaks)
    site.go_online()
    assert site.ask(CELLS["update"].ask) == "arrived"
    assert len(network.leaks) == len(expected), "what is answered afterwards is none"
