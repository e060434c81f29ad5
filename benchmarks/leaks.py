"""README's table of leaks: the browser's bare switch beside ``network.offline()``, as measured.

    python -m benchmarks.leaks [--build NAME ...] [--write]

A cell says what the origin saw once the switch had been thrown. ``--write`` puts the table into
README.md between ``<!-- leaks -->`` and ``<!-- /leaks -->``.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, sync_playwright

from pytest_offline.browser.launch import launch_options
from pytest_offline.browser.resolve import InstalledBuild, resolve
from pytest_offline.origin import Origin
from pytest_offline.record import OFFLINE, ONLINE, Condition
from pytest_offline.scene import Scene, new_server

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "network"))
from leak_site import CELLS, PAGE, SCRIPT, STARTS, WORKER, serve  # noqa: E402

BLOCK = re.compile(r"(<!-- leaks -->\n).*?(<!-- /leaks -->)", re.S)
BARE = ONLINE.with_browser(online=False)
BUILDS = ("chromium", "chromium-83", "firefox")
BETWEEN = "; "

ROWS = {
    "a page's `fetch`": "fetch",
    "`XMLHttpRequest`": "xhr",
    "`fetch` with `keepalive`": "keepalive",
    "an image": "image",
    "a script": "script",
    "a style sheet": "style",
    "a font": "font",
    "a beacon": "beacon",
    "prefetch": "prefetch",
    "preload": "preload",
    "what the HTTP cache has to ask about": "revalidation",
    "a new web socket": "websocket",
    "a dedicated worker: `fetch`": "worker",
    "a dedicated worker: `importScripts`": "importscripts",
    "a shared worker: `fetch`": "sharedworker",
    "a service worker's own `fetch`": "serviceworker",
    "a service worker on behalf of a page": "through",
    "`registration.update()`": "update",
}
"""Rows that are a cell of the tests' table; the others are measured by themselves."""


def asked(name: str) -> Callable[[Page, Origin, Callable[[], None]], None]:
    cell = CELLS[name]

    def ask(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
        cell.prepare(page.evaluate)
        cut()
        page.evaluate(cell.ask)

    return ask


def navigation(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    other = page.context.new_page()
    cut()
    with contextlib.suppress(Error):
        other.goto(origin.url_for("/?again"))
    other.close()


def frame(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    cut()
    document_asked_by(page, "() => { load('iframe', {src: '/?document'}); }")


def new_page(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    cut()
    document_asked_by(page, "() => { self.open('/?document'); }")


def document_asked_by(page: Page, script: str) -> None:
    """Waits until the browser has an answer, or knows that there will be none."""
    found = page.context.expect_event("request", lambda seen: seen.url.endswith("/?document"))
    with found as asked:
        page.evaluate(script)
    with contextlib.suppress(Error):
        asked.value.response()


def second_context(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    assert page.context.browser is not None
    other = page.context.browser.new_context()
    before = other.new_page()
    before.goto(origin.url)
    cut()
    before.evaluate(CELLS["fetch"].ask)
    other.close()


def new_version(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    page.evaluate(STARTS["serviceworker"])
    origin.reply("/worker.js", WORKER.replace("VERSION = 1", "VERSION = 2"), headers=SCRIPT)
    cut()
    page.evaluate(CELLS["update"].ask)


def manifest(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    page.evaluate("() => link({rel: 'manifest', href: '/app.webmanifest'})")
    client = page.context.new_cdp_session(page)
    cut()
    client.send("Page.getAppManifest")


def kept_alive(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    client = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=20)
    headers = {"Host": urlsplit(origin.url).netloc}
    client.request("GET", "/data", headers=headers)
    client.getresponse().read()
    cut()
    with contextlib.suppress(OSError):
        client.request("GET", "/data", headers=headers)
        client.getresponse().read()
    client.close()


def update_check(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    """The page comes out of a cache; about a second later the worker's script is asked for."""
    page.evaluate(STARTS["serviceworker"])
    cut()
    mark = origin.requests.mark()
    page.goto(origin.url_for("/kept"))
    origin.requests.wait_for(lambda _: origin.requests.since(mark).to("/worker.js"), timeout=20)
    origin.requests.wait_for(lambda seen: not any(each.in_flight for each in seen), timeout=20)


def event_stream(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    stream = origin.event_stream("/events")
    page.evaluate(
        "() => new Promise((done) => { self.source = new EventSource('/events'); "
        "source.onopen = done; })"
    )
    stream.wait_for_clients(1)
    cut()
    stream.send("more")


def web_socket(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    route = origin.websocket("/open")
    page.evaluate(
        "() => new Promise((done) => { self.open = new WebSocket(`ws://${location.host}/open`); "
        "open.onopen = done; })"
    )
    route.wait_for_clients(1)
    cut()
    route.send("more")


def appcache(page: Page, origin: Origin, cut: Callable[[], None]) -> None:
    cached = PAGE.replace("<!doctype html>", "<!doctype html><html manifest='/a.appcache'>")
    origin.reply("/cached", cached)
    manifest = {"Content-Type": "text/cache-manifest"}
    origin.reply("/a.appcache", "CACHE MANIFEST\nNETWORK:\n*\n", headers=manifest)
    page.goto(origin.url_for("/cached"))
    page.wait_for_function("applicationCache.status === applicationCache.IDLE")
    cut()
    page.evaluate(
        "() => new Promise((done) => { applicationCache.onerror = applicationCache.onnoupdate = "
        "done; applicationCache.update(); })"
    )


MEASURES = {
    **{row: asked(name) for row, name in ROWS.items()},
    "the update check that a navigation sets off": update_check,
    "a new version of the worker at the origin": new_version,
    "a navigation": navigation,
    "a frame": frame,
    "a page that a page opens": new_page,
    "a second context": second_context,
    "`<link rel=manifest>`": manifest,
    "a connection of another client, kept alive": kept_alive,
    "a web socket that was open before": web_socket,
    "an event stream that was open before": event_stream,
    "AppCache: manifest check": appcache,
}


def outcome(page: Page, origin: Origin, scene: Scene, row: str, condition: Condition) -> str:
    """What the origin saw after the switch: ``stopped``, ``arrives`` or ``goes on``, and bytes."""
    serve(origin)
    page.goto(origin.url)
    mark, open_before = 0, 0

    def cut() -> None:
        nonlocal mark, open_before
        scene.network.set(condition)
        mark = origin.requests.mark()
        open_before = sum(seen.bytes_sent for seen in origin.requests)

    MEASURES[row](page, origin, cut)
    page.evaluate("0")
    sent = sum(seen.bytes_sent for seen in origin.requests) - open_before
    since = origin.requests.since(mark)
    if condition == OFFLINE:
        return f"{sent} bytes"
    if any(seen.outcome == "served" for seen in since):
        return "**arrives**"
    return "**goes on**" if sent else "stopped"


def can_show(row: str, installed: InstalledBuild) -> bool:
    """Nothing makes Firefox ask for a manifest; browsers of today have no AppCache."""
    if MEASURES[row] is manifest:
        return installed.build.engine == "chromium"
    return MEASURES[row] is not appcache or installed.capabilities.appcache


def column(name: str, condition: Condition) -> tuple[str, list[str]]:
    """The build's name and version, and a cell for each row."""
    installed = resolve(name)
    cells: list[str] = []
    with (
        sync_playwright() as playwright,
        new_server() as server,
    ):
        engine = getattr(playwright, installed.build.engine)
        browser = engine.launch(**launch_options(installed, {"headless": True}))
        for row in MEASURES:
            if not can_show(row, installed):
                cells.append("–")
                continue
            with Scene(server, browser, name) as scene:
                page = browser.new_context().new_page()
                cells.append(outcome(page, scene.new_origin(), scene, row, condition))
                page.context.close()
        browser.close()
    return f"{name} {installed.version}", cells


def table(builds: Sequence[str]) -> str:
    """A row for all that come to the same, what leaks first."""
    bare = [column(name, BARE) for name in builds]
    ours = [column(name, OFFLINE)[1] for name in builds]
    heads = ["asked for by", *(head for head, _ in bare), "after `network.offline()`"]
    lines = [" | ".join(heads), " | ".join("---" for _ in heads)]
    alike: dict[tuple[str, ...], list[str]] = {}
    for number, row in enumerate(MEASURES):
        worst = {cells[number] for cells in ours if cells[number] != "–"}
        shown = [cells[number] for _, cells in bare]
        alike.setdefault((*shown, " / ".join(sorted(worst)) or "–"), []).append(row)
    leaking_first = sorted(alike, key=lambda cells: not any("**" in each for each in cells))
    lines += [" | ".join([BETWEEN.join(alike[cells]), *cells]) for cells in leaking_first]
    return "".join(f"| {line} |\n" for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", action="append", metavar="NAME")
    parser.add_argument("--write", action="store_true", help="into README.md")
    options = parser.parse_args()
    made = table(options.build or BUILDS)
    print(made, end="")
    if options.write:
        readme = ROOT / "README.md"
        text, count = BLOCK.subn(
            lambda found: found[1] + made + found[2], readme.read_text(encoding="utf-8")
        )
        if count != 1:
            raise SystemExit(f"{readme} has {count} places for the table; it needs exactly one")
        readme.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
