"""A build with pages for programs: started, and started again where it dies."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, cast

from pytest_offline.errors import BrowserError
from pytest_offline.explore.program import Program
from pytest_offline.explore.resources import PAGE, serve
from pytest_offline.explore.runner import Run, Runner

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

    from pytest_offline.origin import OriginServer

PAGES: Final = 2
"""Pages side by side: each has its own context and origin, so none sees another's caches."""

BATCH: Final = 8
"""Programs a page is given in one ``evaluate``."""


class Explorer:
    """One build, started, with pages that take turns.

    Args:
        build: its name.
        pages: how many, side by side.
        start: starts a build's browser; `browser.starting.start` by default.

    Attributes:
        version: what the browser states.
        restarts: how often it had to be started again.
        deadly: programs that the browser died of twice.

    Raises:
        UsageError, BrowserError: by entering: it is not here, or does not start.
    """

    def __init__(
        self,
        playwright: Playwright,
        server: OriginServer,
        build: str,
        *,
        pages: int = PAGES,
        start: Callable[[Playwright, str], Browser] | None = None,
    ) -> None:
        self.build = build
        self.version = ""
        self.restarts = 0
        self.deadly: list[Program] = []
        self._playwright = playwright
        self._start = start or _started
        self._origins = [server.new_origin() for _ in range(pages)]
        self._elsewhere = server.new_origin()
        for origin in (*self._origins, self._elsewhere):
            serve(origin)
        self._browser: Browser | None = None
        self._runners: deque[Runner] = deque()
        self._running: dict[Runner, Sequence[Program]] = {}

    def __enter__(self) -> Explorer:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def run(self, program: Program) -> Run | None:
        """Run one program by itself; None where the browser dies of it, twice."""
        return next(iter(self.run_all([program])), None)

    def run_all(self, programs: Sequence[Program]) -> list[Run]:
        """Run programs in one turn; those are left out that the browser dies of twice."""
        return [*self.turn(programs), *self.finish()]

    def turn(self, batch: Sequence[Program]) -> list[Run]:
        """Start a batch on the page whose turn it is, and give what came of its last one."""
        runner = self._runners[0]
        try:
            found = runner.turn(batch)
        except _gone() as error:
            return self._after_death(error, batch)
        self._runners.rotate(-1)
        self._running[runner] = batch
        return found

    def finish(self) -> list[Run]:
        """Wait for all that was started, and give what came of it."""
        found: list[Run] = []
        while any(self._running.values()):
            found += self.turn(())
        return found

    def _after_death(self, error: Exception, batch: Sequence[Program]) -> list[Run]:
        """All that was under way runs again, a program at a time, to see which one it was."""
        lost = [program for programs in self._running.values() for program in programs]
        self._restart(error)
        return [run for program in (*lost, *batch) for run in self._alone(program)]

    def _alone(self, program: Program) -> list[Run]:
        for _ in range(2):
            try:
                return self._runners[0].run([program])
            except _gone() as error:
                self._restart(error)
        self.deadly.append(program)
        return []

    def _restart(self, error: Exception) -> None:
        self.restarts += 1
        self._close()
        try:
            self._open()
        except _gone() as again:
            raise BrowserError(
                f"{self.build} died while programs ran in it ({_first_line(error)}) and could not "
                f"be opened again ({_first_line(again)}); see whether it starts at all: "
                "pytest-offline browsers"
            ) from again

    def _open(self) -> None:
        self._browser = self._start(self._playwright, self.build)
        self.version = self._browser.version
        self._running.clear()
        self._runners.clear()
        for origin in self._origins:
            page = self._browser.new_context().new_page()
            page.goto(origin.url_for(PAGE))
            self._runners.append(Runner(page, self._elsewhere.url, self.build))

    def _close(self) -> None:
        if self._browser is not None:
            with contextlib.suppress(*_gone()):
                self._browser.close()
            self._browser = None


def _started(playwright: Playwright, build: str) -> Browser:
    from pytest_offline.browser.starting import start

    return start(playwright, build)[1]


def _gone() -> tuple[type[Exception], ...]:
    """What Playwright raises when a page or browser is gone."""
    from playwright.sync_api import Error

    return (cast("type[Exception]", Error),)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
