"""pytest's hooks, and nothing else.

This module is loaded in every pytest run of an environment that has the package, so it imports
neither Playwright nor aiohttp, and does nothing to tests that ask for none of the fixtures.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

import pytest

from pytest_offline import deaths, outsiders, selection
from pytest_offline.settings import TIMELINE

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_offline.record import Condition


def pytest_addoption(parser: pytest.Parser) -> None:
    """When pytest collects the options: ours stand in a group of their own."""
    group = parser.getgroup("offline", "offline: real browsers without a network")
    group.addoption(
        "--offline-build",
        action="append",
        default=[],
        metavar="NAME",
        help="run every test that uses a browser in this build (chromium, firefox, webkit, "
        "chromium-83, …); may be given several times: every test runs once in each. A build that "
        "is missing skips its tests. What there is: pytest-offline browsers",
    )
    group.addoption(
        "--offline-require-builds",
        action="store_true",
        help="a build that is missing fails its tests instead of skipping them (for CI)",
    )
    group.addoption(
        "--offline-require-appcache",
        action="store_true",
        help="a test that uses the fixture appcache in a build without AppCache fails instead of "
        "being skipped",
    )
    group.addoption(
        "--offline-timeline",
        type=_lines,
        default=TIMELINE,
        metavar="N",
        help=f"lines of the timeline that a failing test shows, 0 for none (default: {TIMELINE})",
    )
    group.addoption(
        "--offline-outside",
        choices=("closed", "fail", "open"),
        default="closed",
        help="what becomes of requests for hosts beyond this machine, in tests that use a fixture "
        "of this plugin: closed, they are refused and told at the end (default); fail, the test "
        "that made one fails too; open, they are let out",
    )
    group.addoption(
        "--offline-allow",
        action="append",
        default=[],
        metavar="HOST",
        help="a host beyond this machine that every test may reach (fonts.example, *.example); may "
        "be given several times. In one test: network.allow(HOST)",
    )
    group.addoption(
        "--offline-weather",
        type=_weather,
        metavar="WEATHER",
        help="run the tests under a condition of the network: a name (slow 3G, fast 3G, 4G, …) or "
        "an expression, such as 'latency(200) + flaky(0.1, seed=1)'",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """After every plugin's own: fixtures registered last stand before pytest-playwright's."""
    from pytest_offline import fixtures

    for marker in (selection.ORIGIN_MARKER, selection.NETWORK_MARKER):
        config.addinivalue_line("markers", marker)
    config.stash[selection.SETTINGS] = selection.configure(config)
    config.pluginmanager.register(fixtures, "pytest_offline_fixtures")


def pytest_report_header(config: pytest.Config) -> str | None:
    """When a run begins: which builds and what weather are in force, where any was named."""
    settings = config.stash[selection.SETTINGS]
    parts = [f"builds {', '.join(settings.builds)}"] if settings.builds else []
    parts += [f"weather {settings.weather}"] if settings.weather else []
    return f"offline: {'; '.join(parts)}" if parts else None


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Before a test's fixtures: builds obey the markers of their engine; no browser is a corpse.

    The innermost of the wrappers: who skips in an outer one keeps pytest's own from their part.
    """
    __tracebackhide__ = True
    selection.skip_by_engine(item)
    deaths.bury(item)
    with deaths.explained(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Around each fixture: the scene is set before the first that may open a page."""
    __tracebackhide__ = True
    selection.set_the_scene_first(fixturedef, request)
    value = yield
    deaths.watch(fixturedef, request, value)
    return value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Around a test: a browser that died in it is named, with the way out."""
    __tracebackhide__ = True
    with deaths.explained(item):
        yield
    outsiders.fail_if_asked_to(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Around the end of a test: one death is one error."""
    __tracebackhide__ = True
    with deaths.explained(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """When a phase of a test is over: a failure shows the timeline, as a section of its own."""
    report = yield
    if report.failed and report.when != "teardown":
        lines = selection.timeline_of(item)
        if lines:
            report.sections.append(("offline timeline", "\n".join(lines)))
    if report.when == "teardown":
        report.sections.extend(outsiders.section_of(item))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """At the end of a run: who asked for the world outside, which is closed."""
    lines = outsiders.summary(terminalreporter.stats)
    if lines:
        terminalreporter.section("offline: the world outside")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None]:
    """Around the end of a run, when pytest puts away what it kept for all of it."""
    if exitstatus != pytest.ExitCode.INTERRUPTED:
        return (yield)
    with deaths.closed_quietly(session.config):
        return (yield)


def _lines(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no number of lines: give 0 (none), 1, 2, …")
    return int(text)


def _weather(text: str) -> Condition:
    from pytest_offline.errors import UsageError
    from pytest_offline.record import condition_of

    try:
        condition = condition_of(text)
    except UsageError as error:
        raise ArgumentTypeError(str(error)) from None
    if not (condition.reachable and condition.browser_online):
        raise ArgumentTypeError(
            f"{text!r}: no test could open a page under {condition}; give weather that answers, "
            f"such as 'slow 3G', or call network.set({text}) in the tests that mean it"
        )
    return condition
