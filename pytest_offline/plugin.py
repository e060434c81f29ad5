"""pytest's hooks, and nothing else.

This module is loaded in every pytest run of an environment that has the package, so it imports
neither Playwright nor aiohttp, and does nothing to tests that ask for none of the fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_offline.hooks import bundling, deaths, outsiders, selection, verifying
from pytest_offline.hooks.options import add_options

if TYPE_CHECKING:
    from collections.abc import Generator


def pytest_addoption(parser: pytest.Parser) -> None:
    """When pytest collects the options: ours stand in a group of their own."""
    add_options(parser)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """After every plugin's own: fixtures registered last stand before pytest-playwright's."""
    from pytest_offline import fixtures

    for marker in (selection.ORIGIN_MARKER, selection.NETWORK_MARKER, bundling.KNOWN_BUG_MARKER):
        config.addinivalue_line("markers", marker)
    settings = config.stash[selection.SETTINGS] = selection.configure(config)
    config.pluginmanager.register(fixtures, "pytest_offline_fixtures")
    if settings.report is not None:
        from pytest_offline.hooks import reporting

        reporting.start(config, settings.report)
    if settings.baseline is not None or settings.update:
        from pytest_offline.hooks import baselines

        baselines.start(config, settings.baseline, settings.update)


def pytest_report_header(config: pytest.Config) -> str | None:
    """When a run begins: which builds and what weather are in force, where any was named."""
    settings = config.stash[selection.SETTINGS]
    parts = [f"builds {', '.join(settings.builds)}"] if settings.builds else []
    parts += [f"weather {settings.weather}"] if settings.weather else []
    return f"offline: {'; '.join(parts)}" if parts else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """When the tests are known: each known bug that one names has to be one."""
    bundling.check_known_bugs(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Around all of a test, its reports too: what it needed is let go of."""
    try:
        return (yield)
    finally:
        selection.forget_the_scene(item)


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
    """Around a test: a browser that died in it is named; what it did is verified, if asked to."""
    __tracebackhide__ = True
    with deaths.explained(item), verifying.noted(item):
        yield
    verifying.fail_if_it_differs(item)
    outsiders.fail_if_asked_to(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Around the end of a test: one death is one error."""
    __tracebackhide__ = True
    with deaths.explained(item):
        yield
    deaths.tell_if_unseen(item)


def pytest_fixture_post_finalizer(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> None:
    """After each fixture: a browser that died, and that nothing has met since, is noted."""
    deaths.look(fixturedef, request)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """When a phase of a test is over: a failure shows the timeline, as a section of its own."""
    report = yield
    bundling.judge(item, call, report)
    bundling.write(item, call, report)
    if report.failed and report.when != "teardown":
        lines = selection.timeline_of(item)
        if lines:
            report.sections.append(("offline timeline", "\n".join(lines)))
        report.sections.extend(verifying.section_of(item))
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
