"""How real Chromium reads manifests: each known deviation, and that there are no others.

What a build keeps is what it fetches; what it leaves open is what a page of the cache can fetch.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from pytest_offline.compare.appcache_manifest_deviations import (
    KNOWN,
    ManifestDeviation,
    known_for,
    parse_in,
    update_fails,
)
from pytest_offline.errors import ManifestError
from pytest_offline.model import Manifest

SEEDS = range(50 if os.environ.get("OFFLINE_LONG") else 2)

PAGE = """<!doctype html><html manifest="m"><script>
window.ended = new Promise((done) => {
  for (const name of ['cached', 'noupdate', 'updateready', 'obsolete'])
    applicationCache.addEventListener(name, () => done(name));
  applicationCache.addEventListener('error', (event) => done(`error: ${event.reason}`));
});
</script>"""

FETCH = "(url) => fetch(url).then((response) => response.status, () => 'refused')"

HTML = {"Content-Type": "text/html"}
MANIFEST = {"Content-Type": "text/cache-manifest"}


@dataclass
class Browser:
    """One page on one origin, and manifests given to it one after the other."""

    page: Page
    origin: Any
    build: str
    folder: str = "app"

    @property
    def url(self) -> str:
        return f"{self.origin.url}{self.folder}/"

    def serve(self, *paths: str) -> None:
        for path in paths:
            self.origin.reply(path, "x", headers={"Cache-Control": "no-store"})

    def load(self, manifest: bytes, **headers: str) -> tuple[str, set[str]]:
        """How the first download ends, and the URLs that the manifest made the browser fetch."""
        at = f"/{self.folder}/"
        self.origin.reply(f"{at}m", manifest, headers={**MANIFEST, **headers})
        self.origin.reply(f"{at}page", PAGE, headers=HTML)
        mark = self.origin.requests.mark()
        self.page.goto(f"{self.url}page")
        ended = self.page.evaluate("window.ended")
        seen = {each.url for each in self.origin.requests.since(mark)}
        ours = {self.url + "m", self.url + "page", self.origin.url + "favicon.ico"}
        return ended, {url.removeprefix(self.url) for url in seen - ours}

    def fetch(self, url: str) -> Any:
        return self.page.evaluate(FETCH, url)

    def example(self, id: str) -> tuple[ManifestDeviation, bytes]:
        (found,) = (each for each in KNOWN if each.id == id)
        host = self.origin.url.split("/")[2].encode()
        data = found.example.replace(b"ORIGIN", b"http://" + host).replace(b"HOST", host)
        return found, data


@pytest.fixture
def browser_with_appcache(page: Page, origin: Any, browser_build: Any) -> Browser:
    build = browser_build.build.name
    if not browser_build.capabilities.appcache:
        pytest.skip(f"{build} has no application cache: run it with --offline-build chromium-83")
    browser = Browser(page, origin, build)
    browser.serve("/app/a.css", "/app/b.css", "/app/off.html", "/app/free")
    return browser


@pytest.mark.parametrize(
    ("id", "ends", "fetched"),
    [
        ("chromium-own-signature", "cached", {"a.css"}),
        ("chromium-signature-at-the-end", "cached", set()),
        ("chromium-unescapes-paths", "cached", {"a.css"}),
        ("chromium-escapes-pipes", "cached", {"a%7Cb"}),
        ("chromium-no-nul-in-paths", "cached", {"a.css"}),
        ("chromium-no-blob-fallbacks", "cached", {"a.css"}),
        ("chromium-no-credentials-in-namespaces", "cached", set()),
        ("chromium-namespace-twice-fails", "error: unknown", {"a.css", "b.css"}),
        ("chromium-scope-header", "cached", {"off.html"}),
        ("chromium-intercept", "cached", {"b.css"}),
    ],
)
def test_what_is_kept(
    id: str, ends: str, fetched: set[str], browser_with_appcache: Browser
) -> None:
    browser = browser_with_appcache
    browser.serve("/app/a%7Cb", "/app/%61.css")
    found, data = browser.example(id)
    assert browser.load(data, **found.headers) == (ends, fetched)
    # By the text it would have been something else.
    try:
        text = Manifest.parse(data, browser.url + "m")
    except ManifestError:
        return
    kept = {url.removeprefix(browser.url) for url in (*text.explicit, *text.fallback.values())}
    assert kept != fetched


def test_outside_of_the_folder_nothing_counts_without_header_and_type(
    browser_with_appcache: Browser,
) -> None:
    found, data = browser_with_appcache.example("chromium-scope-header")
    assert browser_with_appcache.load(data) == ("cached", set())
    browser_with_appcache.folder = "plain"
    browser_with_appcache.serve("/plain/off.html")
    other = {**found.headers, "Content-Type": "text/plain"}
    assert browser_with_appcache.load(data, **other) == ("cached", set())


def test_what_the_network_is_open_for(browser_with_appcache: Browser) -> None:
    browser = browser_with_appcache
    _, data = browser.example("chromium-wildcard-alone")
    assert browser.load(data) == ("cached", {"a.css"})
    browser.page.reload()
    assert browser.fetch("a.css") == 200
    is_open = parse_in(data, browser.url + "m", browser.build).network_wildcard
    assert is_open == (browser.build == "chromium-92")
    assert browser.fetch("free") == (200 if is_open else "refused")


@pytest.mark.parametrize(("line", "status"), [("*", 200), (" *\t", 200), ("free", 200), ("", None)])
def test_the_network_opens_as_the_model_says(
    line: str, status: int | None, browser_with_appcache: Browser
) -> None:
    browser = browser_with_appcache
    data = f"CACHE MANIFEST\nNETWORK:\n{line}\n".encode()
    assert browser.load(data)[0] == "cached"
    browser.page.reload()
    manifest = parse_in(data, browser.url + "m", browser.build)
    opened = manifest.network_wildcard or browser.url + "free" in manifest.network
    assert opened == (status == 200 or browser.build == "chromium-92")
    assert browser.fetch("free") == (200 if opened else "refused")


def test_prefer_online_is_not_known(browser_with_appcache: Browser) -> None:
    browser = browser_with_appcache
    _, data = browser.example("chromium-no-settings")
    assert browser.load(data) == ("cached", {"a.css"})
    browser.page.reload()
    mark = browser.origin.requests.mark()
    assert browser.fetch("a.css") == 200
    assert not [each for each in browser.origin.requests.since(mark) if each.path == "/app/a.css"]


# A line each, as Python writes it.
PLACES = [
    *("a.css", "b/c.js", "./d", "e?v=1", "e?v=2", "%66.css", "%C3%BC", "ü", "g|h", "i%2ej", "k#l"),
    *("/{f}/m1", "m2;n", "o p", "q\tr", "~s", "t\\u", "x%00y", "x\0z", "caf\xe9", "%", "a'b"),
    *("{w}", "\ufeffv", "\u2028", "\x0c1", "1\x0b2"),
]
OTHERS = [
    *("CACHE:", "CACHE:", "NETWORK:", "FALLBACK:", "FALLBACK:", "SETTINGS:", "Other:", "cache:"),
    *("ftp://HOST/a", "https://HOST/a", "//[", "data:,x", "CACHE: a", "prefer-online", "*", "* x"),
    *("#x", "# y", "", " ", "p1 a.css", "p2/ off", "p1/2 off", "%703 off", "p4", "/ off", "p6 o#p"),
    *("p5 //other.test/x", "http://HOST/{f}/p7 off", "http://HOST:1/{f}/p8 off"),
    "p9 blob:http://HOST/x",
]


def random_manifest(luck: random.Random, host: str, folder: str) -> bytes:
    lines = luck.choices([*PLACES, *OTHERS], k=luck.randrange(1, 14))
    text = luck.choice(["\n", "\n", "\r\n", "\r", " \n\t"]).join(lines)
    text = text.replace("HOST", host).replace("{f}", folder)
    start = luck.choice(["", "", "\ufeff", "CHROMIUM "]) + "CACHE MANIFEST"
    end = luck.choice(["\n", " \n", "\t#\r\n", "\r", "", "X\n"])
    data = (start + end + text).encode()
    return data + luck.choice([b"", b"", b"\n\xff", b"\r\xc3"])


@pytest.mark.parametrize("seed", SEEDS)
def test_random_manifests_are_read_as_the_model_says(
    seed: int, browser_with_appcache: Browser
) -> None:
    browser, luck = browser_with_appcache, random.Random(seed)
    assert known_for(browser.build)
    for number in range(12):
        browser.folder = f"g{number}"
        data = random_manifest(luck, browser.origin.url.split("/")[2], browser.folder)
        try:
            manifest = parse_in(data, browser.url + "m", browser.build)
        except ManifestError:
            assert browser.load(data) == ("error: signature", set()), data
            continue
        kept = {*manifest.explicit, *manifest.fallback.values()}
        browser.serve(*(urlsplit(url).path for url in kept))
        ended, fetched = browser.load(data)
        if update_fails(manifest, browser.build):
            # Which of two pages of one namespace is fetched first is not said, nor does it matter.
            assert ended == "error: unknown", data
        else:
            wanted = {url.removeprefix(browser.url) for url in kept}
            assert (ended, fetched) == ("cached", wanted), data
