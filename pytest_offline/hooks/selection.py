"""What the hooks of ``plugin.py`` decide: builds, the order of fixtures, a failure's section."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

import pytest

from pytest_offline.settings import Settings

if TYPE_CHECKING:
    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.record import Condition
    from pytest_offline.scene import Scene

SETTINGS: Final[pytest.StashKey[Settings]] = pytest.StashKey()
"""What the options say, on the configuration."""

SCENE: Final[pytest.StashKey[Scene]] = pytest.StashKey()
"""A test's scene, on its item, for the report of its failure."""

ORIGIN_MARKER: Final = (
    "origin(*, host=None, https=False, certificate='trusted', name=None): where the fixture origin "
    "of the test is: @pytest.mark.origin(host='app.test', https=True)"
)

NETWORK_MARKER: Final = (
    "network(condition): the condition of the network that the test begins with, such as "
    "latency(200) or HANG.on('/api/*') (pytest-playwright-offline)"
)

_ORIGIN_OPTIONS: Final = ("certificate", "host", "https", "name")
_ORDERED: Final[pytest.StashKey[bool]] = pytest.StashKey()
"""On an item whose first fixture of function scope is on its way."""

_OURS: Final = frozenset(
    {"origin", "make_origin", "network", "caches", "service_worker", "appcache"}
)
_BROWSERS: Final = frozenset({"page", "context", "new_context", "browser"})


class BuildName(str):
    """An engine's name, as pytest-playwright knows it, that also knows its build.

    Attributes:
        build: the name in the test's id: ``chromium-83`` where the string is ``chromium``.
    """

    build: str

    def __new__(cls, engine: str, build: str) -> BuildName:
        """The engine's name, of a build."""
        name = super().__new__(cls, engine)
        name.build = build
        return name


def build_of(browser_name: str) -> str:
    """The build behind ``browser_name``, which a user's own fixture may give as a plain string."""
    return browser_name.build if isinstance(browser_name, BuildName) else browser_name


def configure(config: pytest.Config) -> Settings:
    """Reads the settings; the builds named take their place among pytest-playwright's browsers.

    Raises pytest.UsageError for a build that is none, or that cannot be had in this run.
    """
    settings = Settings.read(config)
    if settings.builds:
        _check(settings.builds, config)
        chosen = cast("list[str]", config.option.browser)
        config.option.browser = list(dict.fromkeys([*chosen, *settings.builds]))
    return settings


def _check(names: tuple[str, ...], config: pytest.Config) -> None:
    from pytest_offline.browser.builds import build_named
    from pytest_offline.errors import UsageError

    channel = config.getoption("--browser-channel", default=None)
    for name in names:
        try:
            build = build_named(name)
        except UsageError as error:
            raise pytest.UsageError(f"--offline-build: {error}") from None
        if channel and build.source == "npm":
            raise pytest.UsageError(
                f"--offline-build {name} and --browser-channel {channel} name two browsers for "
                f"the same tests; leave one of them out"
            )
    if not hasattr(config.option, "browser"):
        raise pytest.UsageError(
            f"--offline-build {names[0]} needs the plugin pytest-playwright, which this run does "
            f"not load; leave out -p no:playwright, or the option"
        )


def asked_for(request: pytest.FixtureRequest) -> str:
    """The browser or build that a test's id names.

    Tests of ``unittest`` classes cannot be parametrized: they get the run's first.
    """
    if hasattr(request, "param"):
        return str(request.param)
    names = cast("list[str]", request.config.getoption("--browser", default=None) or ["chromium"])
    if len(names) > 1:
        warnings.warn(
            f"tests of unittest classes run in one browser only: in {names[0]}, "
            f"not in {', '.join(names[1:])}",
            stacklevel=2,
        )
    return names[0]


def missing(name: str, reason: str, settings: Settings) -> NoReturn:
    """Skips the tests of a build that was named and is not here, or fails them where asked to.

    The default build fails them always: a run that tests nothing is no success.
    """
    if settings.require_builds:
        pytest.fail(f"{reason}\n  (--offline-require-builds: it may not be missing)", pytrace=False)
    if name not in settings.builds:
        pytest.fail(reason, pytrace=False)
    pytest.skip("; ".join(" ".join(line.split()) for line in reason.splitlines()))


def needs_appcache(installed: InstalledBuild, settings: Settings) -> None:
    """Skips a test of a build that has no AppCache, or fails it where it was required."""
    if installed.capabilities.appcache:
        return
    from pytest_offline.browser.builds import BUILDS

    having = [name for name, build in BUILDS.items() if build.capabilities.appcache]
    reason = (
        f"{installed.build.name} has no AppCache (it left Chromium with version 95); run the test "
        f"in a build that has: --offline-build {having[0]} (or {', '.join(having[1:])})"
    )
    if settings.require_appcache:
        pytest.fail(f"{reason}\n  (--offline-require-appcache: no such skip)", pytrace=False)
    pytest.skip(reason)


def skip_by_engine(item: pytest.Item) -> None:
    """``skip_browser`` and ``only_browser`` name an engine, and mean every build of it.

    pytest-playwright compares them with the name in the test's id, which is right for engines.
    """
    params = cast("dict[str, object]", getattr(getattr(item, "callspec", None), "params", {}))
    name = params.get("browser_name")
    if not isinstance(name, str):
        return
    from pytest_offline.browser.builds import BUILDS

    only, skip = item.get_closest_marker("only_browser"), item.get_closest_marker("skip_browser")
    if only and only.args[0] in BUILDS and BUILDS[only.args[0]].engine != only.args[0]:
        pytest.fail(
            f"@pytest.mark.only_browser({only.args[0]!r}): this marker of pytest-playwright takes "
            f"an engine (chromium, firefox or webkit); choose a build with --offline-build",
            pytrace=False,
        )
    build = BUILDS.get(name)
    if build is None or build.engine == name:
        return
    if (skip and skip.args[0] == build.engine) or (only and only.args[0] != build.engine):
        pytest.skip(f"skipped for this browser: {name}")


def set_the_scene_first(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> None:
    """The probes have to be in a context before its first page: the scene comes before ``page``.

    Nothing else orders two fixtures of which neither asks for the other, and a user's own ``page``
    may open one long before it asks for ``origin``. So the first fixture of function scope that a
    test sets up, whichever it is, finds the scene set.
    """
    __tracebackhide__ = True
    if request.scope != "function" or _ORDERED in request.node.stash:
        return
    request.node.stash[_ORDERED] = True
    names = request.fixturenames
    if fixturedef.argname == "scene" or _OURS.isdisjoint(names) or _BROWSERS.isdisjoint(names):
        return
    request.getfixturevalue("scene")


def is_ours(item: pytest.Item) -> bool:
    """Whether a test asks for a fixture of this package."""
    return not _OURS.isdisjoint(getattr(item, "fixturenames", ()))


def uses_ours(session: pytest.Session) -> bool:
    """Whether any test of the run asks for a fixture of this package."""
    return any(map(is_ours, session.items))


def has_own_proxy(request: pytest.FixtureRequest) -> bool:
    """Whether the browser has a way out of its own, which stays, or is on another machine."""
    given = cast("dict[str, Any]", request.getfixturevalue("browser_type_launch_args"))
    context = cast("dict[str, Any]", request.getfixturevalue("browser_context_args"))
    switches = cast("list[str]", given.get("args") or [])
    return bool(
        given.get("proxy")
        or context.get("proxy")
        or request.getfixturevalue("connect_options")
        or any(each.startswith("--proxy-") for each in switches)
    )


def origin_arguments(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What ``origin`` is to be: the markers, nearest first, over the fixture ``origin_options``."""
    found = cast("dict[str, Any]", request.getfixturevalue("origin_options"))
    given = [("the fixture origin_options", found)]
    for marker in reversed(list(request.node.iter_markers("origin"))):
        if marker.args:
            shown = ", ".join(map(repr, marker.args))
            _refuse_origin(f"@pytest.mark.origin({shown})", "it takes keywords only")
        given.append(("@pytest.mark.origin", dict(marker.kwargs)))
    merged: dict[str, Any] = {}
    for source, options in given:
        for name in options:
            if name not in _ORIGIN_OPTIONS:
                _refuse_origin(f"{source}, {name}={options[name]!r}", "there is no such option")
        merged.update(options)
    return merged


def _refuse_origin(what: str, why: str) -> NoReturn:
    from pytest_offline.errors import UsageError

    raise UsageError(
        f"{what}: {why}; choose from {', '.join(_ORIGIN_OPTIONS)}, as in "
        f"@pytest.mark.origin(host='app.test', https=True)."
    )


def weather_of(item: pytest.Item) -> Condition | None:
    """What ``@pytest.mark.network(condition)`` says of a test; None where it is not there.

    Raises UsageError for a marker that says anything else.
    """
    marker = item.get_closest_marker("network")
    if marker is None:
        return None
    from pytest_offline.errors import UsageError
    from pytest_offline.record import Condition

    given = cast("tuple[object, ...]", marker.args)
    if len(given) == 1 and isinstance(given[0], Condition) and not marker.kwargs:
        return given[0]
    shown = [*map(repr, given), *(f"{name}={value!r}" for name, value in marker.kwargs.items())]
    raise UsageError(
        f"@pytest.mark.network({', '.join(shown)}): the marker takes one condition, such as "
        f"latency(200) or SERVER_DOWN of pytest_offline; add conditions up to have several"
    )


def timeline_of(item: pytest.Item) -> list[str]:
    """The last of the timeline of a test that set a scene; nothing for any other."""
    scene = item.stash.get(SCENE, None)
    most = item.config.stash[SETTINGS].timeline
    if scene is None or most <= 0:
        return []
    from pytest_offline.record import lines_of

    scene.catch_up()
    return lines_of(scene.timeline(), most)


def forget_the_scene(item: pytest.Item) -> None:
    """Lets go of a test's scene: pytest keeps its items until the run ends, 100 kB with each."""
    if SCENE in item.stash:
        del item.stash[SCENE]
