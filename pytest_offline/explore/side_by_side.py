"""Hunts in several builds at once, a process each: two cores do more than one, and a hunt that
breaks takes no other along.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pytest_offline.errors import OfflineError, UsageError

PATIENCE_S: Final = 20.0
"""How long a hunt may take to put its browser away once it is told to stop."""


@dataclass(frozen=True)
class Plan:
    """What to do in each build.

    Attributes:
        minutes: how long each hunts, its browser's start not counted.
        operations: after how many each stops before its time; None for no limit.
        corpus: a folder of programs to begin with, where those that fail are kept.
        bundles: a folder that gets a bundle of each failure.
    """

    builds: tuple[str, ...]
    minutes: float
    seed: int
    operations: int | None = None
    corpus: str | None = None
    bundles: str | None = None

    def arguments(self, build: str) -> list[str]:
        """For the process of one build."""
        found = ["--build", build, "--minutes", str(self.minutes), "--seed", str(self.seed)]
        if self.operations is not None:
            found += ["--operations", str(self.operations)]
        if self.corpus is not None:
            found += ["--corpus", self.corpus]
        if self.bundles is not None:
            found += ["--bundle", self.bundles]
        return found


@dataclass
class Standing:
    """How far one build is.

    Attributes:
        tally: as `telling.tally_to_json` gives it; empty before the first batch.
        failures: as `telling.failure_to_json` gives them.
        error: why it ended before its time.
        ended: whether it came to its end in good order.
        code: the exit code of its process; None while it runs.
    """

    build: str
    version: str = ""
    tally: dict[str, Any] = field(default_factory=dict[str, Any])
    failures: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    error: str | None = None
    wrong_use: bool = False
    ended: bool = False
    code: int | None = None


def hunt(plan: Plan, progress: Callable[[Sequence[Standing]], None]) -> list[Standing]:
    """Hunt in every build of a plan until all have ended.

    Args:
        progress: told after each line of news.

    Raises:
        UsageError: a build is not known or not here.
        OfflineError: a hunt could not go on.
    """
    standings = [Standing(build) for build in plan.builds]
    processes = [_started(plan.arguments(build)) for build in plan.builds]
    try:
        for standing, line in _news(standings, processes):
            _note(standing, line)
            progress(standings)
    finally:
        _put_away(processes)
    for standing, process in zip(standings, processes, strict=True):
        standing.code = process.returncode
        _check(standing)
    return standings


def _started(arguments: Sequence[str]) -> subprocess.Popen[str]:
    # In a session of its own: an interrupt at the terminal is ours to pass on, in good order.
    return subprocess.Popen(
        [sys.executable, "-m", "pytest_offline.explore", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )


def _news(
    standings: Sequence[Standing], processes: Sequence[subprocess.Popen[str]]
) -> Iterator[tuple[Standing, str]]:
    """What they say, as it comes, until all have ended."""
    said: queue.Queue[tuple[Standing, str | None]] = queue.Queue()

    def listen(standing: Standing, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            said.put((standing, line))
        said.put((standing, None))

    for standing, process in zip(standings, processes, strict=True):
        threading.Thread(target=listen, args=(standing, process), daemon=True).start()
    running = len(processes)
    while running:
        standing, line = said.get()
        if line is None:
            running -= 1
        else:
            yield standing, line


def _note(standing: Standing, line: str) -> None:
    row = cast("dict[str, Any]", json.loads(line))
    event = row.pop("event")
    if event == "begun":
        standing.version = row["version"]
    elif event == "tally":
        standing.tally = row
    elif event == "failure":
        standing.failures.append(row)
    elif event == "ended":
        standing.ended = True
    else:
        standing.error, standing.wrong_use = row["text"], row["wrong_use"]


def _put_away(processes: Sequence[subprocess.Popen[str]]) -> None:
    """Each is told to stop by the end of its input, and killed where it does not."""
    for process in processes:
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
    for process in processes:
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _check(standing: Standing) -> None:
    if standing.error is not None:
        raise (UsageError if standing.wrong_use else OfflineError)(standing.error)
    if not standing.ended:
        raise OfflineError(
            f"the hunt in {standing.build} ended with exit code {standing.code} and said no more "
            f"than is above; see it alone: python -m pytest_offline.explore --build "
            f"{standing.build} --minutes 1 --seed 1"
        )
