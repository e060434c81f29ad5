"""For every test of this project: inner pytest runs, and where a test stands that never ends."""

from __future__ import annotations

import gc
import os
import threading
import traceback
from collections.abc import Generator

import pytest
from greenlet import greenlet

pytest_plugins = ["pytester"]

STUCK_AFTER_SECONDS = 170
"""Before ``faulthandler_timeout``, which ends the process."""


REAL_STDERR = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Keeps standard error as it is now: while a test runs it is captured."""
    config.stash[REAL_STDERR] = os.dup(2)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Shows where a stuck test stands: faulthandler sees no greenlet, and Playwright uses them."""
    timer = threading.Timer(STUCK_AFTER_SECONDS, show_stuck, [item])
    timer.daemon = True
    timer.start()
    try:
        return (yield)
    finally:
        timer.cancel()


def show_stuck(item: pytest.Item) -> None:
    """Prints the stack of every greenlet."""
    with os.fdopen(os.dup(item.config.stash[REAL_STDERR]), "w") as error:
        print(f"stuck for {STUCK_AFTER_SECONDS} s: {item.nodeid}", file=error)
        for found in [each for each in gc.get_objects() if isinstance(each, greenlet)]:
            if found.gr_frame is not None:
                traceback.print_stack(found.gr_frame, limit=30, file=error)
