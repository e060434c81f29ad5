"""Has what a test says to its browser, and what the origin answers, come late now and then.

    pytest --late 0.05 --late-seed 1 …

A test that is green only because nothing happened between two of its lines fails then, as it would
once in some hundred runs on a busy machine. What was late stands in the report of each failure. The
same seed makes the same messages of a test late, as far as its browser sends them in one order. The
runs of pytest that a test starts are late as well (`inner_options`).
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright._impl._connection import Channel, Connection

from pytest_offline.origin.serving import Serving

WAITS_S = (0.05, 0.3, 1.15, 1.6)
"""Browsers look for an update of a worker a second after a navigation: before it, and after."""

INNER = "LATE_INNER_RUNS"
"""The variable that tells the runs which a test starts the rate, and a seed of the test's own."""

MOST_STALLS = 8
"""A test; where it is told hundreds of things, more would take longer than it may."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("late")
    group.addoption(
        "--late",
        type=float,
        default=0.0,
        metavar="RATE",
        help="the part of all messages to browsers, and of the origins' answers, that comes late",
    )
    group.addoption("--late-seed", default="1", metavar="SEED", help="which ones these are")


def pytest_configure(config: pytest.Config) -> None:
    rate = config.getoption("late")
    if rate:
        config.pluginmanager.register(Late(rate, config.getoption("late_seed")))


def inner_options() -> list[str]:
    """What makes a run of pytest that a test starts as late as this one is, if it is."""
    rate, _, seed = os.environ.get(INNER, "").partition(" ")
    return ["-p", "late", "--late", rate, "--late-seed", seed] if rate else []


class Late:
    """Holds messages back, each test's by its own luck.

    Args:
        rate: from 0 to 1.
    """

    def __init__(self, rate: float, seed: str) -> None:
        self.rate = rate
        self.seed = seed
        self.luck = random.Random(seed)
        self.held: list[str] = []
        self.stalls = 0
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(Channel, "_inner_send", self._after_a_while(Channel._inner_send))
        for owner, name in (
            (Serving, "handle"),  # before the ledger has the request
            (web.StreamResponse, "prepare"),
            (web.StreamResponse, "write_eof"),
        ):
            self.patch.setattr(owner, name, self._after_a_while(getattr(owner, name)))
        self.patch.setattr(Connection, "dispatch", self._busy(Connection.dispatch))
        self.patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)

    def pytest_unconfigure(self) -> None:
        self.patch.undo()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.luck.seed(f"{self.seed} {item.nodeid}")
        self.patch.setenv(INNER, f"{self.rate} {self.seed} {item.nodeid}")
        self.held.clear()
        self.stalls = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self,
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed:
            report.sections.append(("late", "\n".join(self.held)))
        return report

    def _after_a_while(self, send: Any) -> Any:
        async def late(sender: Any, *args: Any, **options: Any) -> Any:
            if self.luck.random() < self.rate:
                wait = self.luck.choice(WAITS_S)
                what = getattr(args[0], "path", args[0]) if args else "the end"
                self.held.append(f"{wait} s  {what}  {str(args[1:])[:100]}")
                await asyncio.sleep(wait)
            return await send(sender, *args, **options)

        return late

    def _busy(self, hear: Any) -> Any:
        def late(connection: Any, message: Any) -> None:
            if self.stalls < MOST_STALLS and self.luck.random() < self.rate / 4:
                self.stalls += 1
                wait = self.luck.choice(WAITS_S)
                self.held.append(f"{wait} s  {str(message)[:100]}")
                time.sleep(wait)
            hear(connection, message)

        return late
