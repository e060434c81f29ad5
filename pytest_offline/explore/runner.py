"""Programs in a page: a whole one, and many of them, in one ``evaluate``."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, cast

from pytest_offline.compare import Comparison
from pytest_offline.errors import ProbeError
from pytest_offline.explore.causes import Outcome, Where, compare, decode_outcome
from pytest_offline.explore.program import Program
from pytest_offline.explore.resources import SHOWN

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE_MS: Final = 30_000
"""How long a program may take in the page before what has not settled is taken for stuck."""


@dataclass(frozen=True)
class Run:
    """A program that was run.

    Attributes:
        asked: the program as it was given.
        program: the same, complete and closed, as it was run.
        outcomes: one for each step of ``program``.
    """

    asked: Program
    program: Program
    outcomes: tuple[Outcome, ...]
    where: Where
    build: str | None

    def compare(self) -> Comparison:
        """Hold it against the model, the known deviations of the build excused."""
        return compare(self.program, self.outcomes, self.where, self.build)


class Runner:
    """Runs programs in one page, whose origin's caches are emptied before each.

    Args:
        page: of an origin that serves `resources.serve`, for programs that fetch.
        elsewhere: the URL of the second origin.
        build: whose known deviations are excused; None excuses none.
        bare: whether nothing is to be told of what came of the steps: for benchmarks.
        fresh: whether the caches are emptied before each program.
    """

    def __init__(
        self,
        page: Page,
        elsewhere: str,
        build: str | None = None,
        *,
        bare: bool = False,
        fresh: bool = True,
    ) -> None:
        self.page = page
        self.where = Where(page.url, elsewhere)
        self.build = build
        self.bare = bare
        self.fresh = fresh
        self._running: tuple[tuple[Program, Program], ...] = ()
        self._under_way = 0

    def run(self, programs: Iterable[Program]) -> list[Run]:
        """Run programs, one after the other.

        Raises:
            playwright.sync_api.Error: the page or its browser is gone, or does not answer in the
                time that its programs may take.
        """
        self.turn(tuple(programs))
        return self.turn(())

    def turn(self, programs: Sequence[Program]) -> list[Run]:
        """Start programs, and give what came of those that were started before."""
        earlier, self._running = self._running, tuple((each, each.closed()) for each in programs)
        answer = self._told([program for _, program in self._running])
        return [] if self.bare else self._runs(earlier, answer)

    def run_as_it_is(self, program: Program) -> tuple[Outcome, ...]:
        """Run one complete program, with nothing looked at in its end."""
        self.page.evaluate(_script(), self._command([program]))
        (rows,) = json.loads(self.page.evaluate(_script(), self._command([])))
        return _outcomes(program, rows)

    def _told(self, programs: Sequence[Program]) -> Any:
        # Not `evaluate`, which waits for ever: a page that hangs does not die of it by itself.
        limit = PATIENCE_MS * (1 + self._under_way)
        answer = self.page.wait_for_function(_script(), arg=self._command(programs), timeout=limit)
        self._under_way = len(programs)
        return json.loads(cast("str", answer.json_value()))

    def _command(self, programs: Sequence[Program]) -> str:
        command = {
            "programs": [program.to_json() for program in programs],
            "elsewhere": self.where.elsewhere,
            "shown": SHOWN,
            "patience": PATIENCE_MS,
            "bare": self.bare,
            "fresh": self.fresh,
        }
        return json.dumps(command)

    def _runs(self, programs: Sequence[tuple[Program, Program]], answer: Any) -> list[Run]:
        if len(programs) != len(answer or ()):
            raise ProbeError(
                f"{len(programs)} programs were started and {len(answer or ())} came back: the "
                f"page {self.page.url} was reloaded or left meanwhile. Run them in a page that "
                "nobody else uses."
            )
        return [
            Run(asked, program, _outcomes(program, rows), self.where, self.build)
            for (asked, program), rows in zip(programs, answer or (), strict=True)
        ]


def run_all(runners: Sequence[Runner], batches: Iterable[Sequence[Program]]) -> Iterator[Run]:
    """Run batches of programs in several pages side by side, in the order of the batches.

    While the browser works on one batch of each page, the ones before are given, to be compared.
    """
    waiting: deque[Runner] = deque(runners)
    started: deque[Runner] = deque()
    for batch in batches:
        runner = waiting.popleft() if waiting else started.popleft()
        yield from runner.turn(batch)
        started.append(runner)
    for runner in started:
        yield from runner.turn(())


def _outcomes(program: Program, rows: Sequence[object]) -> tuple[Outcome, ...]:
    pairs = zip(rows, program.steps, strict=False)
    return tuple(decode_outcome(row, step) for row, step in pairs)


@cache
def _script() -> str:
    return files(__package__ or "").joinpath("run.js").read_text(encoding="utf-8")
