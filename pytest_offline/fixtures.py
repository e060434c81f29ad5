"""Every fixture, documented; they join the rooms and decide nothing."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_offline.hooks import bundling
from pytest_offline.hooks.deaths import BUILD
from pytest_offline.hooks.selection import (
    SCENE,
    SETTINGS,
    BuildName,
    asked_for,
    build_of,
    has_own_proxy,
    missing,
    needs_appcache,
    origin_arguments,
    uses_ours,
    weather_of,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

    from pytest_offline.appcache import AppCache
    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.caches import Caches
    from pytest_offline.network import Network
    from pytest_offline.origin import Certificates, Origin, OriginServer
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
    from pytest_offline.browser.launch import given_instead
    from pytest_offline.browser.resolve import resolve
    from pytest_offline.errors import BrowserNotFound

    name = build_of(browser_name)
    installed = given_instead(name, browser_type_launch_args)
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

    from pytest_offline.browser.launch import given_instead, launch_options, no_window
    from pytest_offline.browser.launch_errors import check_executable, launch_error
    from pytest_offline.browser.loopback import take_webrtc_out

    installed: InstalledBuild = request.getfixturevalue("browser_build")
    pin: str | None = None
    if installed.build.engine == "chromium" and uses_ours(request.session):
        # It takes no key later on; a run without our fixtures is spared the making of one.
        pin = request.getfixturevalue("origin_certificates").pin

    def launch(**options: Any) -> Browser:
        __tracebackhide__ = True
        given = {**browser_type_launch_args, **options}
        chosen = given_instead(installed.build.name, given) or installed
        if chosen.capabilities.headless_only:
            if given.get("headless") is False:
                warnings.warn(pytest.PytestWarning(no_window(chosen)), stacklevel=2)
            given["headless"] = True
        check_executable(chosen)
        try:
            browser = launch_browser(**launch_options(installed, given, pin=pin))
        except Error as error:
            raise launch_error(chosen, error) from None
        if installed.capabilities.loopback_only:
            take_webrtc_out(browser)
        return browser

    return launch


@pytest.fixture(scope="session")
def origin_certificates() -> Certificates:
    """What the run's origins over https prove themselves with; nothing is made before it is used.

    Browsers trust it by themselves. ``origin_certificates.authority`` is a PEM, for clients of a
    test that are none: ``ssl.create_default_context(cadata=origin_certificates.authority)``.
    """
    from pytest_offline.origin import Certificates

    return Certificates()


@pytest.fixture(scope="session")
def origin_server(origin_certificates: Certificates) -> Generator[OriginServer]:
    """The run's one server, on a port of loopback that the system chose; rarely asked for itself.

    ``origin`` and ``make_origin`` give a test its own hosts on it: ``http://t7.localhost:PORT/``.
    """
    from pytest_offline.scene import new_server

    with new_server(origin_certificates) as server:
        yield server


@pytest.fixture
def origin_options() -> dict[str, Any]:
    """Where the fixture ``origin`` is, for every test below the one who overrides it::

        @pytest.fixture
        def origin_options():
            return {"host": "app.test", "https": True}

    ``name``, ``host``, ``https``, ``certificate``, as for ``make_origin``. For one test or class:
    ``@pytest.mark.origin(host="app.test", https=True)``, which wins.
    """
    return {}


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
    guarded = False
    settings = request.config.stash[SETTINGS]
    if "browser" in request.fixturenames:
        guarded = not has_own_proxy(request)
        browser = request.getfixturevalue("browser")
        build = build_of(request.getfixturevalue("browser_name"))
        artifacts = Path(request.getfixturevalue("output_path"))
    wanted = origin_arguments(request)
    https = wanted.get("https", False) and wanted.get("certificate", "trusted") == "trusted"
    with Scene(
        origin_server,
        browser,
        build,
        artifacts,
        guarded=guarded,
        allowed=["*"] if settings.outside == "open" else settings.allowed,
        https=https or "make_origin" in request.fixturenames,
        weather=settings.weather or ONLINE,
        taped=settings.bundles is not None,
    ) as scene:
        request.node.stash[SCENE] = scene
        bundling.begin(request.node, scene)
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

    ``make_origin(host="cdn.app.test", https=True)`` is ``https://cdn.app.test:PORT/``, trusted by
    the browser; without https, a name below ``.test`` is no secure context. To see what a site
    makes of a bad certificate: ``certificate="expired"``, or ``"stranger"``.

    ``network.offline()`` takes every origin of the test away.
    """
    return scene.new_origin


@pytest.fixture
def origin(scene: Scene, request: pytest.FixtureRequest) -> Origin:
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

    ``origin.deploy("dist-2")`` puts another version in its place, wholly or half, and is a context
    manager that puts the old one back; ``origin.kill_switch("/sw.js")`` ends the site's workers.

    It is at ``http://t7.localhost:PORT/`` unless ``@pytest.mark.origin(host="app.test",
    https=True)`` or the fixture ``origin_options`` says otherwise.
    """
    return scene.new_origin(**origin_arguments(request))


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

    Hosts beyond this machine are refused, in tests that use a fixture of this plugin;
    ``network.outside`` lists who was asked for, ``network.allow("fonts.example")`` opens one.
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

    _check_can_be_asked(scene, "caches")
    return Caches(scene, origin)


@pytest.fixture
def service_worker(scene: Scene, origin: Origin) -> ServiceWorkers:
    """The service workers of ``origin``: their state, their life, and readiness for going offline.

    ``wait_until_ready(expect=["/a"], timeout=15_000)`` (milliseconds) raises `NotReady` with
    ``.reason`` and ``.missing``; ``.state``, ``.registrations()``, ``.update()``,
    ``.unregister()``; ``.events``: lifecycle steps; ``.answers``: every ``fetch`` event, and
    whether a cache, the network or the worker itself answered it; ``.tabs()``: the open pages, and
    which worker of which version controls each::

        page.goto(origin.url)
        service_worker.wait_until_ready()
        with network.offline():
            page.reload()
        expect(service_worker).to_have_answered("/app.js", source="cache")
    """
    from pytest_offline.service_worker import ServiceWorkers

    _check_can_be_asked(scene, "service_worker")
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

    _check_can_be_asked(scene, "appcache")
    needs_appcache(browser_build, pytestconfig.stash[SETTINGS])
    return AppCache(scene, origin)


def _check_can_be_asked(scene: Scene, name: str) -> None:
    from pytest_offline.errors import UsageError

    if scene.following is not None:
        raise UsageError(
            f"the fixture {name!r} asks pages in the middle of a call, which Playwright's "
            f"asynchronous API does not allow; origin, make_origin and network work with it (async "
            f"with network.offline(): ...). Write this test as a plain function, for "
            f"pytest-playwright, and run it with -p no:playwright-asyncio."
        )
