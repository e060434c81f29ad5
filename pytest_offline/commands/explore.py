"""``pytest-offline explore``: hunts for programs that a browser and the model see differently."""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from pytest_offline.commands.words import (
    DONE,
    FAILED,
    Parsers,
    add_builds,
    add_command,
    new_console,
)
from pytest_offline.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pytest_offline.explore.side_by_side import Standing

_SAY_EVERY_S: Final = 10.0
_COLUMNS: Final = ("build", "operations", "a second", "programs", "failures", "restarts")


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "make up programs of the Cache API and hold real browsers against the model"
    parser = add_command(commands, "explore", says, _explore)
    add_builds(parser, "repeatable; side by side (chromium)")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default: 1)")
    parser.add_argument("--seed", type=int, help="what is made up follows from it (any)")
    parser.add_argument("--operations", type=int, help="stop after so many in each build")
    parser.add_argument(
        "--corpus", metavar="DIR", help="programs to begin with; those that fail are kept there"
    )
    parser.add_argument("--bundle", metavar="DIR", help="write a bundle of each failure there")


def _explore(options: argparse.Namespace) -> int:
    from pytest_offline.explore.side_by_side import hunt

    console = new_console()
    plan = _plan(options)
    began = time.monotonic()
    console.print(f"seed {plan.seed}, {', '.join(plan.builds)}", markup=False)
    with _shown(console, began) as show:
        standings = hunt(plan, show)
    console.print(_table(standings, time.monotonic() - began))
    return _verdict(standings, console)


def _plan(options: argparse.Namespace) -> Any:
    from pathlib import Path

    from pytest_offline.browser.builds import build_named
    from pytest_offline.explore.corpus import Corpus
    from pytest_offline.explore.side_by_side import Plan

    if not (math.isfinite(options.minutes) and options.minutes > 0):
        raise UsageError(f"--minutes {options.minutes:g}: give more than nothing, such as 5")
    if options.operations is not None and options.operations < 1:
        raise UsageError(f"--operations {options.operations}: give at least 1")
    builds = tuple(dict.fromkeys(options.build or ["chromium"]))
    for name in builds:
        build_named(name)
    if options.corpus is not None:
        Corpus(Path(options.corpus)).programs()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    return Plan(builds, options.minutes, seed, options.operations, options.corpus, options.bundle)


def _shown(
    console: Console, began: float
) -> AbstractContextManager[Callable[[Sequence[Standing]], None]]:
    """A table that lives where somebody watches, else a line now and then."""
    if console.is_terminal:
        return _Live(console, began)
    last = began

    def say(standings: Sequence[Standing]) -> None:
        nonlocal last
        if time.monotonic() - last >= _SAY_EVERY_S:
            last = time.monotonic()
            console.print("; ".join(map(_line, standings)), markup=False)

    return nullcontext(say)


class _Live:
    def __init__(self, console: Console, began: float) -> None:
        from rich.live import Live

        self._began = began
        self._live = Live(console=console, refresh_per_second=4)

    def __enter__(self) -> Callable[[Sequence[Standing]], None]:
        self._live.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _show(self, standings: Sequence[Standing]) -> None:
        self._live.update(_table(standings, time.monotonic() - self._began))


def _table(standings: Sequence[Standing], seconds: float) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column == "build" else "right")
    for each in standings:
        done = each.tally.get("operations", 0)
        table.add_row(
            f"{each.build} {each.version}",
            f"{done:,}",
            f"{done / max(seconds, 0.001):,.0f}",
            f"{each.tally.get('programs', 0):,}",
            str(len(each.failures)),
            str(each.tally.get("restarts", 0)),
        )
    return table


def _line(standing: Standing) -> str:
    done = standing.tally.get("operations", 0)
    return f"{standing.build}: {done:,} operations, {len(standing.failures)} failures"


def _verdict(standings: Sequence[Standing], console: Console) -> int:
    from pytest_offline.explore.telling import failure_lines

    for each in standings:
        met = each.tally.get("deviations", {})
        for name in sorted(met):
            console.print(f"{each.build}: known deviation {name} in {met[name]} programs")
        for failure in each.failures:
            console.print()
            console.print("\n".join(failure_lines(failure)), markup=False, soft_wrap=True)
    found = sum(len(each.failures) for each in standings)
    if found:
        console.print(f"{found} programs did what the model does not allow.")
        return FAILED
    console.print("The model allows everything that was seen.")
    return DONE
