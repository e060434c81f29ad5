"""A site that asks its origin for things in every way there is, one cell of the leak table each."""
# ruff: noqa: E501 (scripts stand on lines of their own)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_offline.origin import Origin

SCRIPT = {"Content-Type": "text/javascript"}

PAGE = """<!doctype html><title>site</title><link rel=icon href=data:,><body><script>
self.heard = [];
for (const name of ["offline", "online"]) { addEventListener(name, () => heard.push(name)); }
const ask = (port, url) => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => resolve(event.data);
  port.postMessage(url, [channel.port2]);
});
const settle = (promise) => promise.then(() => "arrived", () => "nothing");
const load = (name, properties) => new Promise((resolve) => {
  const made = Object.assign(document.createElement(name), properties);
  made.onload = () => resolve("arrived");
  made.onerror = () => resolve("nothing");
  document.body.append(made);
});
const link = (properties) => {
  document.head.append(Object.assign(document.createElement("link"), properties));
  return settle(fetch("/data?after"));
};
</script>"""

WORKER = """
const VERSION = 1;
const reach = (url) => {
  if (url === "version") { return Promise.resolve(VERSION); }
  if (url === "onLine") { return Promise.resolve(navigator.onLine); }
  if (url.startsWith("import ")) {
    return new Promise((resolve) => {
      try { importScripts(url.slice(7)); resolve("arrived"); } catch (error) { resolve("nothing"); }
    });
  }
  return fetch(url).then(() => "arrived", () => "nothing");
};
const answer = (event) => { reach(event.data).then((text) => event.ports[0].postMessage(text)); };
self.onmessage = answer;
self.onconnect = (event) => { event.ports[0].onmessage = answer; };
if (self.clients) {
  self.oninstall = (event) => { self.skipWaiting(); event.waitUntil(caches.open("v1").then((cache) => cache.add("/kept"))); };
  self.onactivate = (event) => event.waitUntil(self.clients.claim());
  self.addEventListener("fetch", (event) => {
    if (event.request.url.includes("through")) { event.respondWith(fetch(event.request)); }
    if (event.request.url.includes("kept")) { event.respondWith(caches.match("/kept")); }
  });
}
"""


@dataclass(frozen=True)
class Cell:
    """One way to ask.

    Attributes:
        ask: a script that asks once and gives ``arrived`` or ``nothing``.
        path: what is asked for.
        needs: the worker in ``STARTS`` that asks, or that has to be there.
        seen: whether every build tells, or lets arrive, what its switch stops. Chromium reports no
            web socket that it stopped, and no build everything it only might have fetched.
        before: it has to have been asked for once before.
    """

    ask: str
    path: str = "/data"
    needs: str | None = None
    seen: bool = True
    before: bool = False

    def prepare(self, evaluate: Callable[[str], object]) -> None:
        """What has to be there while the network still is."""
        if self.needs:
            assert evaluate(STARTS[self.needs]) == "arrived"
        if self.before:
            assert evaluate(self.ask) == "arrived"


STARTS = {
    "worker": "() => { self.worker = new Worker('/worker.js'); return ask(self.worker, '/data?start'); }",
    "sharedworker": "() => { self.shared = new SharedWorker('/worker.js').port; shared.start(); return ask(self.shared, '/data?start'); }",
    "serviceworker": """async () => { navigator.serviceWorker.register('/worker.js');
        if (!navigator.serviceWorker.controller) { await new Promise((resolve) => { navigator.serviceWorker.oncontrollerchange = resolve; }); }
        self.controlling = navigator.serviceWorker.controller; return ask(self.controlling, '/data?start'); }""",
}
PORTS = {"worker": "worker", "sharedworker": "shared", "serviceworker": "controlling"}

CELLS = {
    "fetch": Cell("() => settle(fetch('/data?x'))"),
    "xhr": Cell("""() => settle(new Promise((resolve, reject) => { const request = new XMLHttpRequest();
        request.onload = resolve; request.onerror = reject; request.open("GET", "/data?x"); request.send(); }))"""),
    "keepalive": Cell("() => settle(fetch('/data?x', {method: 'GET', keepalive: true}))"),
    "image": Cell("() => load('img', {src: '/picture.svg?x'})", "/picture.svg"),
    "script": Cell("() => load('script', {src: '/import.js?x'})", "/import.js"),
    "style": Cell("() => load('link', {rel: 'stylesheet', href: '/style.css?x'})", "/style.css"),
    "font": Cell("() => settle(new FontFace('f' + Math.random(), 'url(/font.woff2?x)').load())", "/font.woff2"),
    "websocket": Cell("""() => new Promise((resolve) => { const socket = new WebSocket(`ws://${location.host}/socket?x`);
        socket.onopen = () => resolve("arrived"); socket.onerror = () => resolve("nothing"); })""", "/socket", seen=False),
    "beacon": Cell("() => { navigator.sendBeacon('/beacon', 'text'); return settle(fetch('/data?after')); }", "/beacon"),
    "prefetch": Cell("() => load('link', {rel: 'prefetch', href: '/later.js?' + Math.random()})", "/later.js", seen=False),
    "preload": Cell("() => load('link', {rel: 'preload', as: 'script', href: '/later.js?' + Math.random()})", "/later.js", seen=False),
    "manifest": Cell("() => link({rel: 'manifest', href: '/app.webmanifest'})", "/app.webmanifest", seen=False),
    "worker": Cell("() => ask(self.worker, '/data?x')", needs="worker"),
    "importscripts": Cell("() => ask(self.worker, 'import /import.js?x')", "/import.js", needs="worker"),
    "sharedworker": Cell("() => ask(self.shared, '/data?x')", needs="sharedworker"),
    "serviceworker": Cell("() => ask(self.controlling, '/data?x')", needs="serviceworker"),
    "through": Cell("() => settle(fetch('/data?through'))", needs="serviceworker"),
    "update": Cell("async () => settle((await navigator.serviceWorker.ready).update())", "/worker.js", needs="serviceworker"),
    "revalidation": Cell("() => settle(fetch('/validated', {cache: 'no-cache'}))", "/validated", before=True),
}  # fmt: skip
"""The cells in which a page or a worker of it asks; the rest have a test each."""


def serve(origin: Origin) -> None:
    """All that the cells ask for."""
    for path in ("/", "/kept"):
        origin.reply(path, PAGE)
    for path, script in (("/worker.js", WORKER), ("/import.js", "self.imported = 1;")):
        origin.reply(path, script, headers=SCRIPT)
    # Firefox gives up what it fetched before its time, where that may not be kept.
    origin.reply("/later.js", "", headers={**SCRIPT, "Cache-Control": "max-age=60"})
    origin.reply("/style.css", "body {}", headers={"Content-Type": "text/css"})
    origin.reply("/font.woff2", b"no font, but bytes")
    origin.reply("/app.webmanifest", '{"name": "x"}')
    origin.reply("/picture.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    origin.reply("/data", "data")
    origin.reply("/beacon", "", method="POST", status=204)
    origin.reply("/validated", "data", headers={"ETag": '"1"', "Cache-Control": "max-age=0"})
    origin.websocket("/socket", on_message=lambda message: message)
