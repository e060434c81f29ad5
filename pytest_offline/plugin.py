"""pytest's hooks, and nothing else.

This module is loaded in every pytest run of an environment that has the package, so it imports
neither Playwright nor aiohttp, and does nothing to tests that ask for none of the fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_offline.settings import Settings

SETTINGS: Final[pytest.StashKey[Settings]] = pytest.StashKey()
"""What the options say, for fixtures."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """When pytest collects the options: ours stand in a group of their own."""
    group = parser.getgroup("offline", "offline: real browsers without a network")
    group.addoption(
        "--offline-build",
        action="append",
        default=[],
        metavar="NAME",
        help="run every test that uses a browser in this build; may be given several times "
        "(see: pytest-offline browsers)",
    )
    group.addoption(
        "--offline-require-builds",
        action="store_true",
        help="a build that is missing fails its tests instead of skipping them, for CI",
    )
    group.addoption(
        "--offline-timeline",
        type=int,
        default=40,
        metavar="N",
        help="lines of the timeline that a failing test shows (default: 40)",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """After every plugin's own: fixtures registered last stand before pytest-playwright's."""
    from pytest_offline import fixtures
    from pytest_offline.selection import configure

    config.stash[SETTINGS] = configure(config)
    config.pluginmanager.register(fixtures, "pytest_offline_fixtures")


def pytest_report_header(config: pytest.Config) -> str | None:
    """When a run begins: which builds are in force, where any was named."""
    builds = config.stash[SETTINGS].builds
    return f"offline: builds {', '.join(builds)}" if builds else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """When a test was found: the scene is set before the browser opens anything."""
    from pytest_offline.selection import set_the_scene_first

    set_the_scene_first(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """When a phase of a test is over: a failure shows the timeline, as a section of its own."""
    report = yield
    if report.when == "call" and report.failed:
        from pytest_offline.selection import timeline_of

        lines = timeline_of(item, item.config.stash[SETTINGS])
        if lines:
            report.sections.append(("offline timeline", "\n".join(lines)))
    return report
