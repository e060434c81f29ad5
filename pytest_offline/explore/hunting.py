"""A hunt: rounds of programs, each from a seed of its own, and a shrunk program for each fault.

What a round makes up follows from the hunt's seed and the round's number alone, so a hunt is run
again by its seed.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from hypothesis import HealthCheck, Phase, Verbosity, find, settings
from hypothesis.errors import NoSuchExample

from pytest_offline.compare import Comparison
from pytest_offline.explore.explorer import BATCH, Explorer
from pytest_offline.explore.program import Program
from pytest_offline.explore.runner import Run
from pytest_offline.explore.shrinking import shrink
from pytest_offline.explore.strategies import programs

ROUND: Final = 32
"""Programs of one round."""


@dataclass(frozen=True)
class Failure:
    """A program whose outcome the model does not allow.

    Attributes:
        run: of the program, shrunk; None where the browser died of it.
        found: the program as it was drawn.
        round: the number of the round that drew it; None for one of the corpus.
    """

    run: Run | None
    found: Program
    build: str
    seed: int
    round: int | None = None

    @property
    def program(self) -> Program:
        """The smallest program that shows it."""
        return self.found if self.run is None else self.run.asked


@dataclass
class Tally:
    """What a hunt has done so far.

    Attributes:
        deviations: how many programs met each known deviation, by its id.
        again: programs that failed as one did that is known already.
    """

    programs: int = 0
    operations: int = 0
    rounds: int = 0
    again: int = 0
    deviations: Counter[str] = field(default_factory=Counter[str])
    failures: list[Failure] = field(default_factory=list[Failure])


class Hunt:
    """One build's hunt.

    Args:
        seed: what is made up follows from it.
        enough: asked after each batch whether to stop.
        progress: told after each batch.
    """

    def __init__(
        self,
        explorer: Explorer,
        *,
        seed: int,
        enough: Callable[[Tally], bool],
        progress: Callable[[Tally], None] = lambda tally: None,
        tally: Tally | None = None,
    ) -> None:
        self.explorer = explorer
        self.seed = seed
        self.tally = tally if tally is not None else Tally()
        self._enough = enough
        self._progress = progress
        self._known: set[str] = set()

    def replay(self, corpus: Sequence[Program]) -> None:
        """Run programs that failed once, as they are."""
        for program in corpus:
            run = self.explorer.run(program)
            if run is not None:
                self._count(run)
            if run is None or not run.compare().agrees:
                self._keep(Failure(run, program, self.explorer.build, self.seed))
        # They are told already; `run` would tell them once more, as found in its first round.
        self.explorer.deadly.clear()

    def run(self) -> Tally:
        """Hunt until it is enough."""
        while not self._enough(self.tally):
            failed = self._round(self.tally.rounds)
            for run in failed:
                self._take(run, self.tally.rounds)
            for program in self.explorer.deadly:
                self._keep(
                    Failure(None, program, self.explorer.build, self.seed, self.tally.rounds)
                )
            self.explorer.deadly.clear()
            self.tally.rounds += 1
        return self.tally

    def _round(self, number: int) -> list[Run]:
        """Make a round up, run all of it, and give what failed."""
        failed: list[Run] = []
        for batch in self._batches(number):
            failed += self._look(self.explorer.turn(batch))
        return failed + self._look(self.explorer.finish())

    def _batches(self, number: int) -> Iterator[Sequence[Program]]:
        drawn = made_up(self.seed, number)
        for at in range(0, len(drawn), BATCH):
            if self._enough(self.tally):
                return
            yield drawn[at : at + BATCH]

    def _look(self, runs: Sequence[Run]) -> list[Run]:
        failed: list[Run] = []
        for run in runs:
            comparison = self._count(run)
            if not comparison.agrees:
                failed.append(run)
        self._progress(self.tally)
        return failed

    def _count(self, run: Run) -> Comparison:
        comparison = run.compare()
        self.tally.programs += 1
        self.tally.operations += len(run.program)
        self.tally.deviations.update(each.id for each in comparison.deviations)
        return comparison

    def _take(self, run: Run, number: int) -> None:
        kind = kind_of(run.compare())
        if kind in self._known:
            self.tally.again += 1
            return
        try:
            smallest = self._shrunk(run, kind, number)
        except BaseException:
            # Shrinking takes long, and may end with the browser or with Ctrl-C: the find stays.
            self._keep(Failure(run, run.program, self.explorer.build, self.seed, number))
            raise
        self._keep(smallest)

    def _keep(self, failure: Failure) -> None:
        if failure.run is not None:
            self._known.add(kind_of(failure.run.compare()))
        self.tally.failures.append(failure)
        self._progress(self.tally)

    def _shrunk(self, run: Run, kind: str, number: int) -> Failure:
        def fails(found: Sequence[Run]) -> Run | None:
            return next((each for each in found if kind_of(each.compare()) == kind), None)

        smallest = shrink(run, lambda tried: fails(self.explorer.run_all(tried)))
        return Failure(smallest, run.program, self.explorer.build, self.seed, number)


def made_up(seed: int, number: int) -> list[Program]:
    """The programs of a round."""
    drawn: list[Program] = []
    limits = settings(
        max_examples=ROUND,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=cast("Any", list(HealthCheck)),
    )
    luck = random.Random(f"{seed}/{number}")
    with contextlib.suppress(NoSuchExample):
        find(programs(), lambda program: bool(drawn.append(program)), settings=limits, random=luck)
    return drawn


def kind_of(comparison: Comparison) -> str:
    """What two programs have in common that fail alike: the method, and what was allowed and seen.

    Empty where the model allows all of it.
    """
    if comparison.agrees:
        return ""
    if not comparison.differences:
        return "undecided"
    first = comparison.differences[0]
    method = first.operation.method if first.operation is not None else "final"
    target = first.operation.target if first.operation is not None else ""
    return f"{target}.{method}: {_words(first.allowed)} | {_words(first.seen)}"


def _words(text: str) -> str:
    """The shape of an outcome: a rejection by its name, a value by what kind it is."""
    head = text.partition(":")[0].partition(" (")[0]
    return head if head.startswith("a rejection") or not head.isdigit() else "a list"
