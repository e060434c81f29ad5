"""Every fixture, documented; they join the rooms and decide nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_offline.deaths import BUILD
from pytest_offline.selection import (
    SCENE,
    SETTINGS,
    BuildName,
    asked_for,
    build_of,
    missing,
    needs_appcache,
    weather_of,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Playwright

    from pytest_offline.appcache import AppCache
    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.caches import Caches
    from pytest_offline.network import Network
    from pytest_offline.origin import Origin, OriginServer
    from pytest_offline.scene import Scene
    from pytest_offline.service_worker import ServiceWorkers


@pytest.fixture(scope="session")
def browser_name(request: pytest.FixtureRequest) -> str:
    """The engine, ``chromium``, ``firefox`` or ``webkit``, also where ``--offline-build`` names a
    build of it: in ``test_x[chromium-83]`` it is ``chromium``.

    Which build it is, ``browser_build`` says.
    """
    from pytest_offline.browser.builds import build_named

    build = build_named(asked_for(request))
    return BuildName(build.engine, build.name)


@pytest.fixture(scope="session")
def browser_build(
    playwright: Playwright,
    browser_name: str,
    browser_type_launch_args: dict[str, Any],
    pytestconfig: pytest.Config,
) -> InstalledBuild:
    """The build that the test runs in: what it is, where it is, what it can do.

    ``browser_build.build.name`` is ``"chromium-83"``, ``.version`` what the browser states,
    ``.path`` its executable, ``.capabilities`` a set of flags (``appcache``, ``service_workers``,
    ``module_workers``, …)::

        def test_modules(browser_build, page, origin):
            if not browser_build.capabilities.module_service_workers:
                pytest.skip(f"{browser_build} has no module service workers")

    A build that was named and is not on this machine skips its tests with the reason, or fails
    them (``--offline-require-builds``); the default one fails them.
    """
    from pytest_offline.browser.resolve import resolve
    from pytest_offline.errors import BrowserNotFound

    name = build_of(browser_name)
    installed = _given(name, browser_type_launch_args)
    if installed is None:
        try:
            installed = resolve(
                name,
                playwright_executable=lambda engine: getattr(playwright, engine).executable_path,
            )
        except BrowserNotFound as error:
            missing(name, str(error), pytestconfig.stash[SETTINGS])
    pytestconfig.stash[BUILD] = installed
    return installed


@pytest.fixture(scope="session")
def launch_browser(
    launch_browser: Callable[..., Browser],
    browser_type_launch_args: dict[str, Any],
    connect_options: dict[str, Any] | None,
    request: pytest.FixtureRequest,
) -> Callable[..., Browser]:
    """pytest-playwright's, with what the build needs added to ``browser_type_launch_args``.

    Override that fixture as ever, with a fresh dict or by adding to the given one; ``args``
    and ``env`` are merged. A ``channel`` or ``executable_path`` in it names another browser, and
    wins; with ``connect_options`` nothing is added at all. A browser that will not start raises
    `BrowserError`: what it said, why, and what to do next.
    """
    if connect_options:
        return launch_browser
    from playwright.sync_api import Error

    from pytest_offline.browser.launch import launch_options
    from pytest_offline.browser.launch_errors import launch_error
    from pytest_offline.browser.opening import Opening

    installed: InstalledBuild = request.getfixturevalue("browser_build")

    def launch(**options: Any) -> Browser:
        __tracebackhide__ = True
        given = {**browser_type_launch_args, **options}
        if installed.capabilities.headless_only:
            given["headless"] = True
        chosen = _given(installed.build.name, given) or installed
        _check_executable(chosen)
        try:
            browser = launch_browser(**launch_options(installed, given))
        except Error as error:
            raise launch_error(chosen, error) from None
        if installed.capabilities.loopback_only:
            Opening(browser, "new_context", _without_webrtc).__enter__()
        return browser

    return launch


def _without_webrtc(context: BrowserContext) -> None:
    """No switch keeps WebRTC of old builds on this machine, so their pages do without it."""
    from pytest_offline.browser.loopback import context_script

    context.add_init_script(context_script())


@pytest.fixture(scope="session")
def origin_server() -> Generator[OriginServer]:
    """The run's one server, on a port of loopback that the system chose; rarely asked for itself.

    ``origin`` and ``make_origin`` give a test its own hosts on it: ``http://t7.localhost:PORT/``.
    """
    from pytest_offline.origin import OriginServer
    from pytest_offline.probes import instrument, internals

    with OriginServer(instrument=instrument, internal=internals()) as server:
        yield server


@pytest.fixture
def scene(request: pytest.FixtureRequest, origin_server: OriginServer) -> Generator[Scene]:
    """Everything of one test, joined: origins, browser contexts, network; rarely asked for itself.

    It is set before any fixture of the test may open a page, so that nothing goes unseen, and put
    away after the last has closed its own: the browser is online again then, every origin gone.
    No browser is started for a test that asks for none.
    """
    from pytest_offline.record import ONLINE
    from pytest_offline.scene import Scene

    browser: Browser | None = None
    build: str | None = None
    artifacts: Path | None = None
    if "browser" in request.fixturenames:
        browser = request.getfixturevalue("browser")
        build = build_of(request.getfixturevalue("browser_name"))
        artifacts = Path(request.getfixturevalue("output_path"))
    weather = request.config.stash[SETTINGS].weather or ONLINE
    with Scene(origin_server, browser, build, artifacts, weather) as scene:
        request.node.stash[SCENE] = scene
        marked = weather_of(request.node)
        if marked is not None:
            scene.network.set(marked)
        yield scene


@pytest.fixture
def make_origin(scene: Scene) -> Callable[..., Origin]:
    """Further origins in one test, each a host of its own: storage, workers and ledger apart.

    ``make_origin()`` chooses the host, ``make_origin("cdn")`` is ``http://cdn.localhost:PORT/``::

        def test_fonts_from_elsewhere(page, origin, make_origin):
            cdn = make_origin("cdn")
            cdn.mount("fonts", headers={"Access-Control-Allow-Origin": "*"})

    ``network.offline()`` takes every origin of the test away.
    """
    return scene.new_origin


@pytest.fixture
def origin(scene: Scene) -> Origin:
    """The local site under test, of this test alone: what it serves, and what it was asked.

    No storage, connection or ledger entry crosses from one test to the next::

        def test_it(page, origin):
            origin.mount("dist")                          # a folder; fallback=, headers=, …
            origin.reply("/api/user", '{"id": 1}', times=1)  # scripted, over what is mounted
            page.goto(origin.url)                         # ends in "/"; origin.url_for("/x")
            assert [seen.path for seen in origin.requests] == ["/", "/app.js"]

    ``origin.requests`` is the ledger: an `Exchange` for every request, with ``.outcome`` (served,
    blocked, cut, failed), ``.initiator`` (document, script, serviceworker, …), ``.status`` and
    times in milliseconds; ``.to(path)``, ``.since(mark)``, ``.mark()``, ``.clear()``.
    """
    return scene.new_origin()


@pytest.fixture
def network(scene: Scene) -> Network:
    """The network of this test; ``with network.offline(): ...`` takes it away for real.

    On return from ``offline()`` no byte from the test's origins reaches any page, frame or worker
    of any context, in any build; pages see ``navigator.onLine === false`` and get their
    ``offline`` event. What is still asked for stands in ``origin.requests`` as ``blocked``::

        with network.offline():
            page.reload()
            expect(page.get_by_role("heading")).to_have_text("Gallery")

    ``network.online()`` gives it back; ``network.set(condition)`` does the same for any
    condition, ``@pytest.mark.network(condition)`` from the test's start::

        with network.set(latency(200) + flaky(0.1, seed=1)):
            page.reload()

    ``network.condition`` reads it, ``network.leaks`` says what got past the browser's own
    switch. A test that never goes online again leaves nothing behind for the next.
    """
    return scene.network


@pytest.fixture
def caches(scene: Scene, origin: Origin) -> Caches:
    """The Cache API of ``origin``: what its pages and workers did with it, and what is there now.

    ``caches.puts`` is every put, those inside ``add`` and ``addAll`` too, as `Put` (cache, url,
    status, size in bytes, sha256, source, outcome, …); ``caches.operations`` every call of every
    method; ``caches.snapshot()`` cache names to entries; ``caches.seed({...})``,
    ``caches.clear()``; ``caches.explain("/x")`` says why a URL misses; ``caches.verify()`` holds
    it all against the model::

        expect(caches).to_have_put("/app.js", cache="v1", status=200)
        assert [entry.url for entry in caches.snapshot()["v1"]] == [origin.url]
        caches.verify()
    """
    from pytest_offline.caches import Caches

    return Caches(scene, origin)


@pytest.fixture
def service_worker(scene: Scene, origin: Origin) -> ServiceWorkers:
    """The service workers of ``origin``: their state, their life, and readiness for going offline.

    ``wait_until_ready(expect=["/a"], timeout=15_000)`` (milliseconds) raises `NotReady` with
    ``.reason`` and ``.missing``; ``.state``, ``.registrations()``, ``.update()``,
    ``.unregister()``; ``.events``: lifecycle steps; ``.answers``: every ``fetch`` event, and
    whether a cache, the network or the worker itself answered it::

        page.goto(origin.url)
        service_worker.wait_until_ready()
        with network.offline():
            page.reload()
        expect(service_worker).to_have_answered("/app.js", source="cache")
    """
    from pytest_offline.service_worker import ServiceWorkers

    return ServiceWorkers(scene, origin)


@pytest.fixture
def appcache(
    browser_build: InstalledBuild, pytestconfig: pytest.Config, scene: Scene, origin: Origin
) -> AppCache:
    """The application caches of ``origin``: their events, what is in them, and their status.

    ``.wait_for("cached", timeout=5_000)`` (milliseconds) returns the `AppCacheEvent`; ``.events``
    (name, status, loaded, total, time, url); ``.status``, ``UNCACHED`` to ``OBSOLETE``;
    ``.entries()`` as the browser lists them, each with its kinds; ``.update()``,
    ``.swap_cache()``, ``.abort()``; ``.calls`` and ``.documents``; ``.deploy(...)`` puts versions
    of a site on the origin; ``.verify()`` holds it all against the model::

        def test_kiosk(page, origin, appcache, network):
            appcache.deploy(manifest="CACHE MANIFEST\\n/app.js", files={"/app.js": "…"})
            page.goto(origin.url)
            appcache.wait_for("cached")
            with network.offline():
                page.reload()
            expect(appcache).to_contain("/app.js", kind="explicit")

    In a build without AppCache the test is skipped, with the option that runs it
    (``--offline-build chromium-83``); ``--offline-require-appcache`` makes that a failure.
    """
    from pytest_offline.appcache import AppCache

    needs_appcache(browser_build, pytestconfig.stash[SETTINGS])
    return AppCache(scene, origin)


def _given(name: str, options: Mapping[str, Any]) -> InstalledBuild | None:
    """The browser that launch arguments name in place of the build's; None where they name none.

    A numbered build is exactly one binary: for it they are left to speak for themselves.
    """
    from pathlib import Path

    from pytest_offline.browser.builds import build_named
    from pytest_offline.browser.resolve import InstalledBuild

    path, channel = options.get("executable_path"), options.get("channel")
    build = build_named(name)
    if build.source != "found" or not (path or channel):
        return None
    return InstalledBuild(
        build=build,
        executable=Path(path) if path else None,
        channel=channel,
        args=(),
        env={},
        version="as the launch arguments say",
        origin=f"channel {channel!r}",
        path=Path(path) if path else None,
        capabilities=build.capabilities,
    )


def _check_executable(installed: InstalledBuild) -> None:
    """Before Playwright looks: where it finds nothing to start, it leaves two folders behind."""
    import shutil

    from pytest_offline.browser.launch_errors import launch_error

    path = installed.executable
    if path is None or shutil.which(path):
        return
    code = "EACCES" if path.exists() else "ENOENT"
    raise launch_error(installed, f"spawn {path} {code}")
