"""Runs the suite again and again, to find the test that fails now and then.

    python tests/repeat.py [--times N] [--load] -- [PYTEST ARGUMENTS]

It stops at the first run that fails, with that run's exit code. ``--load`` keeps every core busy
meanwhile, with processes that it starts and ends itself.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def keep_busy() -> None:
    """Counts until it is ended, or until who started it is gone."""
    parent = os.getppid()
    count = 0
    while count % 100_000 or os.getppid() == parent:
        count += 1


@contextmanager
def load(wanted: bool) -> Iterator[None]:
    """One busy process a core."""
    context = multiprocessing.get_context("spawn")
    busy = [context.Process(target=keep_busy) for _ in range(os.cpu_count() or 1) if wanted]
    for process in busy:
        process.start()
    try:
        yield
    finally:
        for process in busy:
            process.terminate()
            process.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--load", action="store_true", help="with every core kept busy")
    parser.add_argument("arguments", nargs="*", help="for pytest, after --")
    options = parser.parse_args()
    with load(options.load):
        for number in range(1, options.times + 1):
            beside = ", every core busy" if options.load else ""
            print(f"repeat: run {number} of {options.times}{beside}", flush=True)  # noqa: T201
            done = subprocess.run([sys.executable, "-m", "pytest", *options.arguments], check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
