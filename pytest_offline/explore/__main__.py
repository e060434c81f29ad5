"""One build's hunt in a process of its own, as `side_by_side` starts it.

What it does is told on standard output, a line of JSON each. It ends when its time is up, when it
is interrupted, or when standard input ends: then whoever started it is gone.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from pytest_offline.errors import OfflineError, UsageError


class _Stop:
    """Whether it is enough: time, operations, or somebody who says so."""

    def __init__(self, minutes: float, operations: int | None) -> None:
        self.asked = threading.Event()
        self._seconds = minutes * 60
        self._until = math.inf
        self._operations = operations

    def begin(self) -> None:
        """Its time runs from now on."""
        self._until = time.monotonic() + self._seconds

    def enough(self, operations: int) -> bool:
        """Whether to stop after so many operations."""
        most = self._operations
        return (
            self.asked.is_set()
            or time.monotonic() >= self._until
            or (most is not None and operations >= most)
        )

    def listen(self) -> None:
        """An interrupt stops it, and so does the end of standard input."""
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self._interrupted)
        threading.Thread(target=self._wait_for_end, daemon=True).start()

    def _interrupted(self, number: int, frame: object) -> None:
        self.asked.set()

    def _wait_for_end(self) -> None:
        # By the descriptor: a thread that waits in sys.stdin would hold its lock at the end.
        while os.read(0, 1024):
            pass
        self.asked.set()


def main(argv: Sequence[str] | None = None) -> int:
    """Run it. Returns 0 where nothing was found, 1 where something was, 2 for wrong use."""
    options = _parser().parse_args(argv)
    stop = _Stop(options.minutes, options.operations)
    stop.listen()
    try:
        return _hunt(options, stop)
    except OfflineError as error:
        _tell("error", text=str(error), wrong_use=isinstance(error, UsageError))
        return 2 if isinstance(error, UsageError) else 1


def _hunt(options: argparse.Namespace, stop: _Stop) -> int:
    from playwright.sync_api import sync_playwright

    from pytest_offline.explore.bundling import keep_bundle
    from pytest_offline.explore.corpus import Corpus
    from pytest_offline.explore.explorer import Explorer
    from pytest_offline.explore.hunting import Hunt, Tally
    from pytest_offline.explore.telling import failure_to_json, tally_to_json
    from pytest_offline.origin import OriginServer

    corpus = Corpus(Path(options.corpus)) if options.corpus else None
    programs = corpus.programs() if corpus is not None else []
    with (
        sync_playwright() as playwright,
        OriginServer() as server,
        Explorer(playwright, server, options.build) as explorer,
    ):
        told = 0

        def progress(tally: Tally) -> None:
            nonlocal told
            for failure in tally.failures[told:]:
                row = failure_to_json(failure, explorer.version)
                if corpus is not None and failure.round is not None:
                    corpus.keep(failure.program, _about(row))
                if options.bundle:
                    keep_bundle(Path(options.bundle), failure, explorer.version)
                _tell("failure", **row)
            told = len(tally.failures)
            _tell("tally", **tally_to_json(tally, explorer.restarts))

        stop.begin()
        _tell("begun", version=explorer.version, corpus=len(programs))
        hunt = Hunt(
            explorer,
            seed=options.seed,
            enough=lambda tally: stop.enough(tally.operations),
            progress=progress,
        )
        hunt.replay(programs)
        tally = hunt.run()
        progress(tally)
    _tell("ended")
    return 1 if tally.failures else 0


def _about(row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in ("build", "version", "seed", "round", "kind", "lines")}


def _tell(event: str, **data: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **data}) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pytest_offline.explore")
    parser.add_argument("--build", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--operations", type=int)
    parser.add_argument("--corpus")
    parser.add_argument("--bundle")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
