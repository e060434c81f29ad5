"""Every fixture, documented; they join the rooms and decide nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_offline.selection import SCENE, engine_and_build, missing_build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.caches import Caches
    from pytest_offline.network import Network
    from pytest_offline.origin import Origin, OriginServer
    from pytest_offline.scene import Scene
    from pytest_offline.service_worker import ServiceWorkers
    from pytest_offline.settings import Settings


def _settings(config: pytest.Config) -> Settings:
    from pytest_offline.plugin import SETTINGS

    return config.stash[SETTINGS]


class BuildName(str):
    """An engine's name, as pytest-playwright knows it, that also knows its build."""

    build: str


@pytest.fixture(scope="session")
def browser_name(request: pytest.FixtureRequest) -> str:
    """The engine: ``chromium``, ``firefox`` or ``webkit``, also where the build is named."""
    from pytest_offline.browser.builds import build_named

    build = build_named(engine_and_build(request, _settings(request.config)))
    name = BuildName(build.engine)
    name.build = build.name
    return name


@pytest.fixture(scope="session")
def browser_build(
    playwright: Playwright, browser_name: str, pytestconfig: pytest.Config
) -> InstalledBuild:
    """The build in which the test runs: its version, executable and capabilities.

    One that is not on this machine skips its tests with the reason, or fails them
    (``--offline-require-builds``).
    """
    from pytest_offline.browser.resolve import resolve
    from pytest_offline.errors import BrowserNotFound

    name = getattr(browser_name, "build", browser_name)
    try:
        return resolve(
            name,
            playwright_executable=lambda engine: getattr(playwright, engine).executable_path,
        )
    except BrowserNotFound as error:
        missing_build(name, str(error), _settings(pytestconfig))
        raise


@pytest.fixture(scope="session")
def launch_browser(
    request: pytest.FixtureRequest,
    launch_browser: Callable[..., Browser],
    browser_name: str,
    browser_type_launch_args: dict[str, Any],
    connect_options: dict[str, Any] | None,
) -> Callable[..., Browser]:
    """pytest-playwright's, with what the build needs added to ``browser_type_launch_args``.

    A ``channel`` or ``executable_path`` given there wins, and so does ``connect_options``.
    """
    if connect_options:
        return launch_browser
    from playwright.sync_api import Error

    from pytest_offline.browser.launch import launch_options
    from pytest_offline.browser.launch_errors import launch_error

    def launch(**options: Any) -> Browser:
        given = {**browser_type_launch_args, **options}
        chosen = bool(given.get("executable_path") or given.get("channel"))
        if chosen and getattr(browser_name, "build", browser_name) == browser_name:
            return launch_browser(**options)
        installed = request.getfixturevalue("browser_build")
        try:
            return launch_browser(**launch_options(installed, given))
        except Error as error:
            raise launch_error(installed, error) from error

    return launch


@pytest.fixture(scope="session")
def origin_server() -> Generator[OriginServer]:
    """The run's one server, on a port of loopback that the system chose."""
    from pytest_offline.origin import OriginServer
    from pytest_offline.probes import instrument, internals

    with OriginServer(instrument=instrument, internal=internals()) as server:
        yield server


@pytest.fixture
def scene(request: pytest.FixtureRequest, origin_server: OriginServer) -> Generator[Scene]:
    """Everything of one test, joined: origins, browser contexts, network. Rarely asked for itself.

    It is set before ``page`` opens anything, so that nothing goes unseen.
    """
    from pytest_offline.scene import Scene

    browser: Browser | None = None
    build: str | None = None
    if "browser" in request.fixturenames:
        browser = request.getfixturevalue("browser")
        build = getattr(request.getfixturevalue("browser_name"), "build", None)
    with Scene(origin_server, browser, build) as scene:
        request.node.stash[SCENE] = scene
        yield scene


@pytest.fixture
def make_origin(scene: Scene) -> Callable[..., Origin]:
    """Further origins in one test: ``make_origin()`` gives one with a host of its own."""
    return scene.new_origin


@pytest.fixture
def origin(scene: Scene) -> Origin:
    """The local site under test, of this test alone: what it serves, and what it was asked.

    ``origin.mount("dist")``, ``origin.reply("/api", '{"ok": true}')``, ``page.goto(origin.url)``;
    ``origin.requests`` is the ledger.
    """
    return scene.new_origin()


@pytest.fixture
def network(scene: Scene) -> Network:
    """The network: ``with network.offline(): ...`` takes it away for real.

    No byte from the test's origins reaches any page or worker of any context; pages see
    ``navigator.onLine === false``.
    """
    return scene.network


@pytest.fixture
def caches(scene: Scene, origin: Origin) -> Caches:
    """The Cache API probe: ``puts``, ``operations``, ``snapshot()``, ``explain()``, ``verify()``."""
    from pytest_offline.caches import Caches

    return Caches(scene, origin)


@pytest.fixture
def service_worker(scene: Scene, origin: Origin) -> ServiceWorkers:
    """The origin's service workers: ``wait_until_ready()``, ``state``, ``events``, ``answers``."""
    from pytest_offline.service_worker import ServiceWorkers

    return ServiceWorkers(scene, origin)
