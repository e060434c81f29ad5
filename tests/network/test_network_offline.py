"""True offline: once ``offline()`` has returned, not one byte of the origin arrives anywhere."""
# ruff: noqa: E501 (scripts and wire data stand on lines of their own)

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Error, Page

from pytest_offline.errors import UsageError
from pytest_offline.network import Network
from pytest_offline.origin import Origin
from pytest_offline.record import OFFLINE, ONLINE
from pytest_offline.scene import Scene

SCRIPT = {"Content-Type": "text/javascript"}

PAGE = """<!doctype html><title>site</title><body><script>
self.heard = [];
for (const name of ["offline", "online"]) { addEventListener(name, () => heard.push(name)); }
const ask = (port, url) => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => resolve(event.data);
  port.postMessage(url, [channel.port2]);
});
const settle = (promise) => promise.then(() => "arrived", () => "nothing");
</script>"""

WORKER = """
const reach = (url) => url.startsWith("import ") ? new Promise((resolve) => { try { importScripts(url.slice(7)); resolve("arrived"); } catch (error) { resolve("nothing"); } })
  : fetch(url).then(() => "arrived", () => "nothing");
const answer = (event) => { reach(event.data).then((text) => event.ports[0].postMessage(text)); };
self.onmessage = answer;
self.onconnect = (event) => { event.ports[0].onmessage = answer; };
if (self.clients) {
  self.oninstall = () => self.skipWaiting();
  self.onactivate = (event) => event.waitUntil(self.clients.claim());
  self.addEventListener("fetch", (event) => { if (event.request.url.includes("through")) { event.respondWith(fetch(event.request)); } });
}
"""


@pytest.fixture
def site(page: Page, origin: Origin) -> Iterator[Page]:
    origin.reply("/", PAGE)
    origin.reply("/worker.js", WORKER, headers=SCRIPT)
    origin.reply("/import.js", "self.imported = 1;", headers=SCRIPT)
    origin.reply("/data", "data")
    page.goto(origin.url)
    yield page


CHANNELS = {
    "fetch": "() => settle(fetch('/data?x'))",
    "keepalive": "() => settle(fetch('/data?x', {method: 'GET', keepalive: true}))",
    "xhr": """() => settle(new Promise((resolve, reject) => { const request = new XMLHttpRequest();
        request.onload = resolve; request.onerror = reject; request.open("GET", "/data?x"); request.send(); }))""",
    "image": """() => new Promise((resolve) => { const image = new Image(); image.src = "/picture.svg?x";
        image.onload = () => resolve("arrived"); image.onerror = () => resolve("nothing"); })""",
    "script": """() => new Promise((resolve) => { const script = document.createElement("script"); script.src = "/import.js?x";
        script.onload = () => resolve("arrived"); script.onerror = () => resolve("nothing"); document.body.append(script); })""",
    "websocket": """() => new Promise((resolve) => { const socket = new WebSocket(`ws://${location.host}/socket?x`);
        socket.onopen = () => resolve("arrived"); socket.onerror = () => resolve("nothing"); })""",
    "worker": "() => ask(self.worker, '/data?x')",
    "importscripts": "() => ask(self.worker, 'import /import.js?x')",
    "sharedworker": "() => ask(self.shared, '/data?x')",
    "serviceworker": "() => ask(self.controlling, '/data?x')",
    "through": "() => settle(fetch('/data?through'))",
    "update": "async () => settle((await navigator.serviceWorker.ready).update())",
}

STARTS = {
    "worker": "() => { self.worker = new Worker('/worker.js'); return ask(self.worker, '/data?start'); }",
    "sharedworker": "() => { self.shared = new SharedWorker('/worker.js').port; shared.start(); return ask(self.shared, '/data?start'); }",
    "serviceworker": """async () => { navigator.serviceWorker.register('/worker.js');
        if (!navigator.serviceWorker.controller) { await new Promise((resolve) => { navigator.serviceWorker.oncontrollerchange = resolve; }); }
        self.controlling = navigator.serviceWorker.controller; return ask(self.controlling, '/data?start'); }""",
}
NEEDS = {"importscripts": "worker", "through": "serviceworker", "update": "serviceworker"}


def silent_since(origin: Origin, mark: int) -> None:
    for seen in origin.requests.since(mark):
        assert (seen.outcome, seen.bytes_sent, seen.status) == ("blocked", 0, None), str(seen)
        assert seen.stopped_by in ("origin", "browser")
        assert seen.condition == OFFLINE


@pytest.mark.parametrize("channel", CHANNELS)
def test_nothing_arrives_by(channel: str, site: Page, origin: Origin, network: Network):
    origin.reply("/picture.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    origin.websocket("/socket")
    start = NEEDS.get(channel, channel)
    if start in STARTS:
        assert site.evaluate(STARTS[start]) == "arrived"
    mark = origin.requests.mark()
    network.offline()
    assert site.evaluate(CHANNELS[channel]) == "nothing"
    silent_since(origin, mark)
    asked = {"update": "/worker.js", "image": "/picture.svg", "script": "/import.js"}
    path = asked.get(
        channel, {"websocket": "/socket", "importscripts": "/import.js"}.get(channel, "/data")
    )
    if channel != "websocket":  # Chromium reports no web socket that its own switch stopped
        assert len(origin.requests.since(mark).to(path)) == 1, str(origin.requests)
    network.online()
    assert site.evaluate(CHANNELS[channel]) == "arrived"
    assert origin.requests[-1].outcome == "served"
    assert site.evaluate("heard") == ["offline", "online"]


def test_a_frame_that_is_opened_offline_stays_empty(site: Page, origin: Origin, network: Network):
    mark = origin.requests.mark()
    with network.offline():
        site.evaluate(
            """() => { const frame = document.createElement("iframe"); frame.src = "/?frame";
            document.body.append(frame); }"""
        )
        blocked = origin.requests.wait_for(
            lambda seen: [one for one in seen if one.path == "/?frame"]
        )
        assert len(blocked) == 1
        silent_since(origin, mark)
        content = """() => { try { return typeof frames[0].settle; } catch (error) { return "undefined"; } }"""
        assert site.evaluate(content) == "undefined"


def test_navigation_new_page_and_popup(site: Page, origin: Origin, network: Network):
    mark = origin.requests.mark()
    with network.offline():
        assert site.evaluate("navigator.onLine") is False
        with pytest.raises(Error):
            site.goto(origin.url_for("/?again"))
        other = site.context.new_page()
        assert other.evaluate("navigator.onLine") is False
        with pytest.raises(Error):
            other.goto(origin.url)
        origin.requests.wait_for(lambda seen: len([one for one in seen if one.seq >= mark]) >= 2)
        assert len(origin.requests.since(mark)) >= 2
        silent_since(origin, mark)
    other.goto(origin.url)
    assert other.evaluate("navigator.onLine") is True
    with network.offline():
        mark = origin.requests.mark()
        with other.expect_popup() as opened:
            other.evaluate("() => { self.open('/?popup'); }")
        # Waits over the error page that takes the popup's place, which an evaluate would not.
        opened.value.wait_for_function("navigator.onLine === false")
        origin.requests.wait_for(lambda seen: [one for one in seen if one.path == "/?popup"])
        silent_since(origin, mark)
    assert other.evaluate("heard") == ["offline", "online"]


def test_contexts_opened_before_and_while_offline(
    site: Page, origin: Origin, network: Network, new_context: Callable[..., BrowserContext]
):
    before = new_context().new_page()
    before.goto(origin.url)
    mark = origin.requests.mark()
    with network.offline():
        assert before.evaluate(CHANNELS["fetch"]) == "nothing"
        assert before.evaluate("navigator.onLine") is False
        later = new_context().new_page()
        assert later.evaluate("navigator.onLine") is False
        with pytest.raises(Error):
            later.goto(origin.url)
        silent_since(origin, mark)
    later.goto(origin.url)
    assert later.evaluate(CHANNELS["fetch"]) == "arrived"
    assert before.evaluate(CHANNELS["fetch"]) == "arrived"
    assert before.evaluate("heard") == ["offline", "online"]


def test_an_open_event_stream_falls_silent(site: Page, origin: Origin, network: Network):
    stream = origin.event_stream("/events")
    site.evaluate(
        """() => new Promise((resolve) => { self.events = []; self.source = new EventSource("/events");
        source.onmessage = (event) => events.push(event.data); source.onopen = resolve; })"""
    )
    stream.wait_for_clients(1)
    mark = origin.requests.mark()
    network.offline()
    stream.wait_for_clients(0)
    assert stream.send("unheard") == 0
    silent_since(origin, mark)
    network.online()
    site.evaluate(
        "() => { if (source.readyState === 2) { self.source = new EventSource('/events'); source.onmessage = (event) => events.push(event.data); } }"
    )
    stream.wait_for_clients(1)
    stream.send("heard")
    site.wait_for_function("events.length > 0")
    assert site.evaluate("events") == ["heard"]


def test_an_open_web_socket_is_closed(site: Page, origin: Origin, network: Network):
    route = origin.websocket("/socket", on_message=lambda message: message)
    site.evaluate(
        """() => new Promise((resolve) => { self.got = []; self.socket = new WebSocket(`ws://${location.host}/socket`);
        self.whenClosed = new Promise((done) => { socket.onclose = () => done("closed"); });
        socket.onmessage = (event) => got.push(event.data); socket.onopen = resolve; })"""
    )
    route.wait_for_clients(1)
    network.offline()
    route.wait_for_clients(0)
    assert route.send("unheard") == 0
    assert site.evaluate("whenClosed") == "closed"
    assert site.evaluate("got") == []
    network.online()
    assert site.evaluate(CHANNELS["websocket"].replace("?x", "?y")) == "arrived"


def test_a_beacon_is_blocked(site: Page, origin: Origin, network: Network):
    origin.reply("/beacon", "", method="POST", status=204)
    mark = origin.requests.mark()
    network.offline()
    site.evaluate("navigator.sendBeacon('/beacon', 'text')")
    origin.requests.wait_for(lambda seen: [one for one in seen if one.path == "/beacon"])
    silent_since(origin, mark)
    network.online()


def test_a_new_worker_version_is_not_installed(site: Page, origin: Origin, network: Network):
    assert site.evaluate(STARTS["serviceworker"]) == "arrived"
    origin.reply("/worker.js", WORKER + "\nself.version = 2;", headers=SCRIPT)
    mark = origin.requests.mark()
    network.offline()
    with pytest.raises(Error):
        site.goto(origin.url_for("/?navigation"))
    silent_since(origin, mark)
    network.online()
    site.goto(origin.url)
    state = "async () => { const found = await navigator.serviceWorker.getRegistration(); return [found.installing, found.waiting].filter(Boolean).length; }"
    assert site.evaluate(state) in (0, 1)
    site.evaluate("async () => { await (await navigator.serviceWorker.ready).update(); }")
    assert origin.requests.since(mark).to("/worker.js")[-1].status == 200


def test_blocks_nest_and_give_back_what_was(site: Page, origin: Origin, network: Network):
    with network.offline():
        with network.online():
            assert site.evaluate(CHANNELS["fetch"]) == "arrived"
        assert network.condition == OFFLINE
        assert site.evaluate(CHANNELS["fetch"]) == "nothing"
    assert network.condition == ONLINE
    with pytest.raises(RuntimeError, match="inside"), network.offline():
        raise RuntimeError("inside")
    assert site.evaluate(CHANNELS["fetch"]) == "arrived"
    assert site.evaluate("heard") == ["offline", "online"] * 3
    assert [str(condition) for _, condition in network.changes] == [
        "offline", "online", "offline", "online", "offline", "online",
    ]  # fmt: skip


def test_a_scene_that_ends_offline_leaves_its_contexts_online(
    page: Page, origin: Origin, scene: Scene
):
    origin.reply("/", PAGE)
    page.goto(origin.url)
    scene.network.offline()
    assert page.evaluate("navigator.onLine") is False
    scene.close()
    assert page.evaluate("navigator.onLine") is True
