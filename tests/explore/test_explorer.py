"""A build with pages that take turns, and what becomes of a hunt whose browser dies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright

from pytest_offline.browser.launch import launch_options
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.errors import BrowserError
from pytest_offline.explore import Asked, Made, Program, Step
from pytest_offline.explore.explorer import Explorer
from pytest_offline.explore.hunting import Hunt
from pytest_offline.origin import OriginServer

pytestmark = pytest.mark.any_build(firefox=False)

PUT = Step("cache", "put", "one", requests=(Asked("/a"),), response=Made())


class Starter:
    """Starts browsers of the test's build, and can kill the one that runs."""

    def __init__(self, playwright: Playwright, installed: InstalledBuild) -> None:
        self.engine = getattr(playwright, installed.build.engine)
        self.options = launch_options(installed, {"headless": True})
        self.started: list[Browser] = []
        self.fails = False

    def __call__(self, playwright: Playwright, build: str) -> Browser:
        if self.fails:
            self.options = {**self.options, "executable_path": "/nowhere", "channel": None}
        self.started.append(self.engine.launch(**self.options))
        return self.started[-1]

    def kill(self) -> None:
        """As a browser dies: nobody has asked it to close."""
        self.started[-1].close()


@pytest.fixture
def starter(playwright: Playwright, browser_build: InstalledBuild) -> Starter:
    return Starter(playwright, browser_build)


@pytest.fixture
def explorer(
    playwright: Playwright, browser_build: InstalledBuild, starter: Starter
) -> Iterator[Explorer]:
    with (
        OriginServer() as server,
        Explorer(playwright, server, browser_build.build.name, start=starter) as explorer,
    ):
        yield explorer


def test_a_browser_that_dies_is_started_again_and_nothing_is_lost(
    explorer: Explorer, starter: Starter
) -> None:
    programs = [Program((PUT,) * count) for count in (1, 2, 3)]
    assert explorer.turn(programs[:1]) == []
    assert explorer.turn(programs[1:2]) == []
    starter.kill()
    runs = [*explorer.turn(programs[2:]), *explorer.finish()]
    assert sorted(len(run.asked) for run in runs) == [1, 2, 3]
    assert all(run.compare().agrees for run in runs)
    assert (explorer.restarts, explorer.deadly) == (1, [])


def test_a_browser_that_hangs_is_started_again_and_nothing_is_lost(
    explorer: Explorer, starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = [Program((PUT,) * count) for count in (1, 2)]
    assert explorer.turn(programs[:1]) == []
    for context in starter.started[-1].contexts:
        context.pages[0].evaluate("setTimeout(() => { for (;;); }, 0)")
    restart = explorer._restart

    def patient_again(error: Exception) -> None:
        monkeypatch.undo()
        restart(error)

    monkeypatch.setattr("pytest_offline.explore.runner.PATIENCE_MS", 500)
    monkeypatch.setattr(explorer, "_restart", patient_again)
    runs = [*explorer.turn(programs[1:]), *explorer.finish()]
    assert sorted(len(run.asked) for run in runs) == [1, 2]
    assert (explorer.restarts, explorer.deadly) == (1, [])


def test_a_hunt_goes_on_with_its_seed(explorer: Explorer, starter: Starter) -> None:
    killed: list[int] = []

    def kill_once(tally: Any) -> None:
        if not killed:
            killed.append(tally.operations)
            starter.kill()

    hunt = Hunt(explorer, seed=3, enough=lambda tally: tally.operations >= 300, progress=kill_once)
    tally = hunt.run()
    assert tally.failures == []
    assert tally.operations >= 300
    assert explorer.restarts == 1


def test_a_program_that_kills_twice_is_kept_apart(
    explorer: Explorer, starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly, harmless = Program((PUT, PUT)), Program((PUT,))
    from pytest_offline.explore.runner import Runner

    really = Runner.turn

    def turn(self: Runner, programs: Any) -> Any:
        if deadly in programs:
            starter.kill()
        return really(self, programs)

    monkeypatch.setattr(Runner, "turn", turn)
    assert [run.asked for run in explorer.run_all([harmless, deadly])] == [harmless]
    assert explorer.deadly == [deadly]


def test_a_browser_that_does_not_start_again_is_told(explorer: Explorer, starter: Starter) -> None:
    starter.kill()
    starter.fails = True
    with pytest.raises(BrowserError) as caught:
        explorer.turn([Program((PUT,))])
    assert f"{explorer.build} died while programs ran in it" in str(caught.value)
    assert "could not be opened again" in str(caught.value)
    assert "pytest-offline browsers" in str(caught.value)
