"""A site on its cache manifest and on the worker that takes its place: what answers otherwise?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_offline.errors import UsageError
from pytest_offline.walking import Difference, Visit, differences, walk

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

    from pytest_offline.origin import Origin, OriginServer
    from pytest_offline.scene import Scene

Serve = Callable[["Origin"], object]
"""Puts the site on an origin, manifest included: ``lambda origin: origin.mount("dist")``."""


@dataclass(frozen=True)
class Migration:
    """What answers otherwise on the worker than on the manifest; ``print()`` shows it in words."""

    online: tuple[Difference, ...]
    offline: tuple[Difference, ...]

    def __str__(self) -> str:
        told = [f"online: {each}" for each in self.online]
        told += [f"offline: {each}" for each in self.offline]
        return "\n".join(told) or "every URL answers the same, online and offline"


def compare_migration(
    playwright: Playwright,
    serve: Serve,
    urls: Sequence[str],
    *,
    manifest: str,
    worker: str = "/sw.js",
    old: str = "chromium-83",
    new: str = "chromium",
) -> Migration:
    """Walks the same URLs on the manifest and on the worker, each in a browser of its own.

    Args:
        playwright: the fixture of that name.
        serve: called with an origin for each of the two browsers.
        urls: paths of the site; each is fetched by its start page and opened.
        manifest: the path of the manifest, which the start page ``/`` names.
        worker: the path of the worker. Where the site has none there, it is what
            ``pytest-offline migrate`` makes of the manifest.
        old: a build with AppCache.
        new: a build with service workers.

    Raises:
        BrowserNotFound: one of the builds is not on this machine.
        UsageError: ``old`` has no AppCache, or there is no manifest at that path.
        AssertionError: the site was not cached in time in the old build.
        NotReady: the worker was not ready in time in the new one.
    """
    from pytest_offline.browser.builds import build_named
    from pytest_offline.scene import new_server

    if not build_named(old).capabilities.appcache:
        raise UsageError(
            f"compare_migration(old={old!r}): that build has no AppCache, so it does not show what "
            f"the manifest does; choose chromium-83, chromium-88 or chromium-92"
        )
    with new_server() as server:

        def cached(scene: Scene, origin: Origin, page: Page) -> None:
            _check_manifest(origin, manifest)
            _wait_for_cache(scene, origin, page)

        def installed(scene: Scene, origin: Origin, page: Page) -> None:
            _install(scene, origin, page, manifest, worker)

        before = _walks(playwright, server, old, serve, urls, cached)
        after = _walks(playwright, server, new, serve, urls, installed)
    online, offline = (differences(*both) for both in zip(before, after, strict=True))
    return Migration(online, offline)


def _walks(
    playwright: Playwright,
    server: OriginServer,
    build: str,
    serve: Serve,
    urls: Sequence[str],
    make_ready: Callable[[Scene, Origin, Page], None],
) -> tuple[tuple[Visit, ...], tuple[Visit, ...]]:
    """Online, then offline."""
    from pytest_offline.browser.starting import start
    from pytest_offline.scene import Scene

    _, browser = start(playwright, build)
    try:
        with Scene(server, browser, build) as scene:
            origin = scene.new_origin()
            serve(origin)
            page = browser.new_context().new_page()
            make_ready(scene, origin, page)
            page.goto(origin.url)
            online = walk(page, urls)
            with scene.network.offline():
                offline = walk(page, urls)
            page.context.close()
            return online, offline
    finally:
        browser.close()


def _check_manifest(origin: Origin, manifest: str) -> None:
    status, _, _ = origin.peek(manifest)
    if status != 200:
        raise UsageError(
            f"compare_migration(manifest={manifest!r}): the site answers with status {status} "
            f"there; give the path that the attribute manifest= of its start page names"
        )


def _wait_for_cache(scene: Scene, origin: Origin, page: Page) -> None:
    from pytest_offline.appcache import AppCache

    page.goto(origin.url)
    AppCache(scene, origin).wait_for("cached")


def _install(scene: Scene, origin: Origin, page: Page, manifest: str, worker: str) -> None:
    from pytest_offline.manifests.migrate import migrate
    from pytest_offline.model import Manifest
    from pytest_offline.service_worker import ServiceWorkers

    if origin.peek(worker)[0] != 200:
        _, _, body = origin.peek(manifest)
        origin.reply(worker, migrate(Manifest.parse(body, origin.url_for(manifest))))
    page.goto(origin.url)
    page.evaluate("(url) => { navigator.serviceWorker.register(url); }", worker)
    ServiceWorkers(scene, origin).wait_until_ready()
