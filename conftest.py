"""For every test of this project: inner pytest runs, what a test of AppCache shows, stuck tests."""

from __future__ import annotations

import gc
import os
import threading
import traceback
import zlib
from collections.abc import Generator, Sequence

import pytest
from greenlet import greenlet
from hypothesis import Phase, settings

from pytest_offline.browser.builds import BUILDS, Build

pytest_plugins = ["pytester", "late"]

# What explains a find runs it again and again under a tracer. Of a state machine that took longer
# than a test may, and the find itself was never seen.
settings.register_profile("finds", phases=[each for each in Phase if each is not Phase.explain])
settings.load_profile("finds")

SHOWN_BEFORE_SECONDS = 10
"""So long before ``faulthandler_timeout``, which ends the process, a stuck test is shown."""


FIREFOX_ONE_IN = 6
"""Of tests that any build can show, Firefox gets few: its pages cost three times the time."""

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
    config.addinivalue_line(
        "markers",
        "any_build(firefox=True): one build of the run is enough, another for each test, for what "
        "it shows is this project's own doing and the same in all; OFFLINE_LONG runs it in all of "
        "them; with firefox=False it is one in which a page costs a third of the time",
    )
    config.addinivalue_line(
        "markers", "each_build: this test is run in every build, though its module is any_build"
    )
    # As it is now: while a test runs it is captured.
    config.stash[REAL_STDERR] = os.dup(2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what a build cannot show, or what need not be shown in each."""
    leave_out(config, items, without_appcache(items))
    if not os.environ.get("OFFLINE_LONG"):
        leave_out(config, items, in_other_builds(items))


def leave_out(config: pytest.Config, items: list[pytest.Item], which: set[pytest.Item]) -> None:
    """As ``-k`` does: they are counted as deselected."""
    config.hook.pytest_deselected(items=list(which))
    items[:] = [item for item in items if item not in which]


def without_appcache(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Tests of AppCache in builds without it, where another build of the run has it.

    Where none has, the tests stay, and are skipped with the option that runs them.
    """
    mine = [item for item in items if NEED_APPCACHE.intersection(getattr(item, "fixturenames", ()))]
    builds = {item: build for item in mine if (build := build_of(item)) is not None}
    left_out = {item for item, build in builds.items() if not build.capabilities.appcache}
    return left_out if len(left_out) < len(builds) else set()


def in_other_builds(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """All but one of the builds of each test marked ``any_build``.

    Which one its name decides, so that it is the same in every run, and no build is spared.
    """
    told: dict[str, list[pytest.Item]] = {}
    for item in items:
        any_build = item.get_closest_marker("any_build") and not item.get_closest_marker(
            "each_build"
        )
        if any_build and (build := build_of(item)) is not None:
            told.setdefault(item.nodeid.replace(build.name, ""), []).append(item)
    kept = {drawn(zlib.crc32(name.encode()), same) for name, same in told.items()}
    return {item for same in told.values() for item in same} - kept


def drawn(number: int, same: list[pytest.Item]) -> pytest.Item:
    """One of a test's builds."""
    firefox = [item for item in same if build_of(item) is BUILDS["firefox"]]
    others = [item for item in same if item not in firefox]
    marker = same[0].get_closest_marker("any_build")
    in_turn = marker is not None and marker.kwargs.get("firefox", True)
    due = firefox and in_turn and number % FIREFOX_ONE_IN == 0
    among = firefox if due or not others else others
    return among[number // FIREFOX_ONE_IN % len(among)]


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
