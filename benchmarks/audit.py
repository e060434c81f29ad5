"""An audit against the same visits made by a plain Playwright script, one after the other.

Both visit every page of a site of 200 pages online, then offline in a new tab, then by reloading
it, and read its text, its title and its pictures; the script waits for ``load`` and no longer.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.measuring import Figure, medians
from pytest_offline.audit.frontier import Limits
from pytest_offline.audit.options import Options, Silent
from pytest_offline.audit.run import audit_build
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.browser.starting import start
from pytest_offline.origin import OriginServer
from pytest_offline.scene import new_server

PAGES = 200
TARGET = 1.6
WORKER = """
const FILES = %s;
addEventListener("install", (event) => event.waitUntil(
  caches.open("v1").then((cache) => cache.addAll(FILES)).then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(
  caches.match(event.request).then((found) => found || fetch(event.request))));
"""
SEEN = """() => [document.title, document.body.innerText,
  [...document.images].map((each) => [each.src, each.naturalWidth])]"""


def figures(build: str, rounds: int, pages: int = PAGES) -> Iterator[Figure]:
    """Pages a second, both ways, turn by turn."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        make_site(Path(folder), pages)
        installed, browser = start(playwright, build)
        measured: dict[str, list[float]] = {"audit": [], "script": []}
        with new_server() as server:
            for _ in range(rounds):
                took = by_audit(server, browser, installed, folder, pages)
                measured["audit"].append(pages / took)
                measured["script"].append(pages / by_script(server, browser, folder, pages))
        browser.close()
    rates = medians(measured)
    yield Figure(
        f"`audit` of a site of {pages} pages, against the same visits in a plain script",
        rates["audit"], rates["script"], "pages a second", TARGET, at_most=False,
        build=f"{build} {installed.version}",
    )  # fmt: skip


def make_site(folder: Path, pages: int) -> None:
    """Pages of some text, a style sheet, a script and a picture; all of it kept at install."""
    names = ["index.html", *(f"page-{number}.html" for number in range(1, pages))]
    picture = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>'
    (folder / "picture.svg").write_text(picture, "utf-8")
    (folder / "style.css").write_text("body { font: 16px sans-serif }", "utf-8")
    (folder / "app.js").write_text('navigator.serviceWorker.register("/sw.js");', "utf-8")
    kept = ["/", "/picture.svg", "/style.css", "/app.js", *(f"/{name}" for name in names[1:])]
    (folder / "sw.js").write_text(WORKER % json.dumps(kept), "utf-8")
    links = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in names[1:])
    for number, name in enumerate(names):
        text = f"<p>Page {number} says what no other page says: {number * 7919}.</p>" * 20
        (folder / name).write_text(
            f'<!doctype html><title>Page {number}</title><link rel="icon" href="data:,">'
            f'<link rel="stylesheet" href="/style.css"><script src="/app.js" defer></script>'
            f'<h1>Page {number}</h1><img src="/picture.svg" alt="">{text}'
            f"<ul>{links if number == 0 else ''}</ul>",
            "utf-8",
        )


def by_audit(
    server: OriginServer, browser: Browser, installed: InstalledBuild, folder: str, pages: int
) -> float:
    """Seconds that the audit takes, its findings about the caches included."""
    options = Options(folder, limits=Limits(pages=pages))
    found = audit_build(server, browser, installed, options, Silent())
    assert (len(found.pages), found.count("same")) == (pages, pages), found.remarks
    return found.seconds


def by_script(server: OriginServer, browser: Browser, folder: str, pages: int) -> float:
    """Seconds that the plain script takes."""
    origin = server.new_origin()
    origin.mount(folder)
    started = time.monotonic()
    context = browser.new_context()
    page = context.new_page()
    page.goto(origin.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    paths = ["/", *(f"/page-{number}.html" for number in range(1, pages))]
    online = {path: _seen(page, origin.url_for(path)) for path in paths}
    context.set_offline(True)
    for path in paths:
        tab = context.new_page()
        cold = _seen(tab, origin.url_for(path))
        tab.reload()
        assert cold == online[path] == tab.evaluate(SEEN)
        tab.close()
    context.close()
    took = time.monotonic() - started
    server.close_origin(origin)
    return took


def _seen(page: Page, url: str) -> object:
    page.goto(url)
    return page.evaluate(SEEN)
