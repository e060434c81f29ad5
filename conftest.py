"""For every test of this project: inner pytest runs, what a test of AppCache shows, stuck tests."""

from __future__ import annotations

import gc
import os
import threading
import traceback
from collections.abc import Generator

import pytest
from greenlet import greenlet

from pytest_offline.browser.builds import BUILDS, Build

pytest_plugins = ["pytester"]

SHOWN_BEFORE_SECONDS = 10
"""So long before ``faulthandler_timeout``, which ends the process, a stuck test is shown."""


NEED_APPCACHE = {"appcache", "browser_with_appcache"}
"""Fixtures of tests that only a build with AppCache can run."""

REAL_STDERR = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """The marker by which the table of docs/appcache.md finds its tests."""
    config.addinivalue_line(
        "markers",
        "appcache_shows(kind, name): this test shows an event ('event', 'checking'), a state "
        "('state', 'UPDATEREADY') or a rule ('rule', 'a 404 of the manifest deletes the cache') "
        "of AppCache in a real browser; may stand several times",
    )
    # As it is now: while a test runs it is captured.
    config.stash[REAL_STDERR] = os.dup(2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves AppCache out of builds without it, where another build of the run has it.

    Where none has, the tests stay, and are skipped with the option that runs them.
    """
    mine = [item for item in items if NEED_APPCACHE.intersection(getattr(item, "fixturenames", ()))]
    builds = {item: build for item in mine if (build := build_of(item)) is not None}
    left_out = {item for item, build in builds.items() if not build.capabilities.appcache}
    if len(left_out) < len(builds):
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def build_of(item: pytest.Item) -> Build | None:
    """The build of a test's id; None where it uses no browser."""
    name = getattr(getattr(item, "callspec", None), "params", {}).get("browser_name")
    return BUILDS.get(str(name))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Shows where a stuck test stands: faulthandler sees no greenlet, and Playwright uses them."""
    limit = float(item.config.getini("faulthandler_timeout"))
    timer = threading.Timer(limit - SHOWN_BEFORE_SECONDS, show_stuck, [item])
    timer.daemon = True
    timer.start()
    try:
        return (yield)
    finally:
        timer.cancel()


def show_stuck(item: pytest.Item) -> None:
    """Prints the stack of every greenlet."""
    with os.fdopen(os.dup(item.config.stash[REAL_STDERR]), "w") as error:
        print(f"stuck: {item.nodeid}", file=error)
        for found in [each for each in gc.get_objects() if isinstance(each, greenlet)]:
            if found.gr_frame is not None:
                traceback.print_stack(found.gr_frame, limit=30, file=error)
