"""The options of the command line, in pytest's help: each is read once, by `settings.Settings`."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_offline.settings import TIMELINE

if TYPE_CHECKING:
    import pytest

    from pytest_offline.record import Condition


def add_options(parser: pytest.Parser) -> None:
    """All of them, in a group of their own."""
    group = parser.getgroup("offline", "offline: real browsers without a network")
    _add_builds(group)
    _add_network(group)
    _add_telling(group)
    _add_bundles(group)


def _add_builds(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--offline-build",
        action="append",
        default=[],
        metavar="NAME",
        help="run every test that uses a browser in this build (chromium, firefox, webkit, "
        "chromium-83, …); may be given several times: every test runs once in each. A build that "
        "is missing skips its tests. What there is: pytest-offline browsers",
    )
    group.addoption(
        "--offline-require-builds",
        action="store_true",
        help="a build that is missing fails its tests instead of skipping them (for CI)",
    )
    group.addoption(
        "--offline-require-appcache",
        action="store_true",
        help="a test that uses the fixture appcache in a build without AppCache fails instead of "
        "being skipped",
    )


def _add_network(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--offline-outside",
        choices=("closed", "fail", "open"),
        default="closed",
        help="what becomes of requests for hosts beyond this machine, in tests that use a fixture "
        "of this plugin: closed, they are refused and told at the end (default); fail, the test "
        "that made one fails too; open, they are let out",
    )
    group.addoption(
        "--offline-allow",
        action="append",
        default=[],
        metavar="HOST",
        help="a host beyond this machine that every test may reach (fonts.example, *.example); may "
        "be given several times. In one test: network.allow(HOST)",
    )
    group.addoption(
        "--offline-weather",
        type=_weather,
        metavar="WEATHER",
        help="run the tests under a condition of the network: a name (slow 3G, fast 3G, 4G, …) or "
        "an expression, such as 'latency(200) + flaky(0.1, seed=1)'",
    )


def _add_telling(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--offline-verify",
        action="store_true",
        help="at the end of every test that used an origin, hold what its pages and workers did "
        "with the Cache API against the model, as caches.verify() does; a mismatch fails the test",
    )
    group.addoption(
        "--offline-timeline",
        type=_lines,
        default=TIMELINE,
        metavar="N",
        help=f"lines of the timeline that a failing test shows, 0 for none (default: {TIMELINE})",
    )
    group.addoption(
        "--offline-report",
        type=_page,
        metavar="FILE.html",
        help="write one page, which needs nothing but a browser, about every test that uses a "
        "fixture of this plugin: timelines, pictures online and offline, what the caches held, why "
        "it failed. Pictures take their time: some 0.1 s at each change of the network",
    )
    group.addoption(
        "--offline-baseline",
        type=Path,
        metavar="FILE",
        help="hold what each test saw offline (pages that open, what they miss, what is cached) "
        "against this file of the repository: what is worse fails the test, with the reason",
    )
    group.addoption(
        "--offline-update",
        action="store_true",
        help="write the file of --offline-baseline anew, with the tests of this run that pass",
    )


def _add_bundles(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--offline-bundle",
        metavar="DIR",
        help="write a folder below DIR for every failing test that uses an origin and a browser: "
        "its site, its requests, its steps, and a run.py that needs neither the test nor pytest",
    )
    group.addoption(
        "--offline-bundle-all",
        action="store_true",
        help="with --offline-bundle: for tests that pass too",
    )
    group.addoption(
        "--offline-mask",
        action="append",
        default=[],
        metavar="VALUE",
        help="a secret that stands in no bundle, besides what Authorization, Cookie and "
        "Set-Cookie headers carry; may be given several times",
    )


def _lines(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no number of lines: give 0 (none), 1, 2, …")
    return int(text)


def _page(text: str) -> Path:
    path = Path(text).expanduser()
    if path.suffix.lower() not in (".html", ".htm"):
        raise ArgumentTypeError(
            f"{text!r} is no name of a page: give a file that ends in .html, such as offline.html"
        )
    return path


def _weather(text: str) -> Condition:
    from pytest_offline.errors import UsageError
    from pytest_offline.record import condition_of

    try:
        condition = condition_of(text)
    except UsageError as error:
        raise ArgumentTypeError(str(error)) from None
    if condition.is_away:
        raise ArgumentTypeError(
            f"{text!r}: no test could open a page under {condition}; give weather that answers, "
            f"such as 'slow 3G', or call network.set({text}) in the tests that mean it"
        )
    return condition
