"""Two builds in one test: the one with AppCache, and one of today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pytest_offline.appcache import AppCache
from pytest_offline.browser.starting import start
from pytest_offline.errors import BrowserNotFound
from pytest_offline.manifests.migrate import migrate
from pytest_offline.model import Manifest
from pytest_offline.origin import Origin
from pytest_offline.scene import Scene
from pytest_offline.selection import SETTINGS, missing
from pytest_offline.service_worker import ServiceWorkers

OLD = "chromium-83"
NEW = "chromium"

Serve = Callable[[Origin, Origin], None]
"""Puts a site on an origin; the other one is elsewhere, the same for both builds."""


@dataclass(frozen=True)
class Opened:
    """A site that is open and ready in one build."""

    scene: Scene
    origin: Origin
    page: Page


def worker_of(origin: Origin, manifest: str) -> str:
    """The worker that the origin's manifest migrates to."""
    _, _, body = origin.peek(manifest)
    return migrate(Manifest.parse(body, origin.url_for(manifest)))


@pytest.fixture(scope="session")
def started(playwright: Any, pytestconfig: pytest.Config) -> Iterator[Callable[[str], Browser]]:
    """Starts a build at its first use; one that is missing skips the test, or fails it."""
    running: dict[str, Browser] = {}

    def browser(name: str) -> Browser:
        if name not in running:
            try:
                _, running[name] = start(playwright, name)
            except BrowserNotFound as error:
                missing(name, str(error), pytestconfig.stash[SETTINGS])
        return running[name]

    yield browser
    for each in running.values():
        each.close()


@pytest.fixture
def opened(
    started: Callable[[str], Browser], origin_server: Any
) -> Iterator[Callable[[str, Serve, str], Opened]]:
    """Opens a site in a build: on its manifest in the old one, on the worker in the new one."""
    scenes: list[Scene] = []
    elsewhere = origin_server.new_origin()

    def open_site(build: str, serve: Serve, manifest: str) -> Opened:
        browser = started(build)
        scene = Scene(origin_server, browser, build)
        scenes.append(scene)
        origin = scene.new_origin()
        serve(origin, elsewhere)
        page = browser.new_context().new_page()
        page.goto(origin.url)
        if build == OLD:
            AppCache(scene, origin).wait_for("cached")
        else:
            origin.reply("/sw.js", worker_of(origin, manifest))
            page.evaluate("() => { navigator.serviceWorker.register('/sw.js'); }")
            ServiceWorkers(scene, origin).wait_until_ready()
        page.goto(origin.url)
        return Opened(scene, origin, page)

    yield open_site
    for scene in scenes:
        for context in scene.session.contexts if scene.session else ():
            context.close()
        scene.close()
    origin_server.close_origin(elsewhere)


@pytest.fixture
def sample_sites() -> Path:
    return Path(__file__).parent.parent.parent / "sample_sites"
