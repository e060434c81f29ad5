"""A bundle in one build or several: does it still fail, and from which build on."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

from pytest_offline.browser.builds import BUILDS
from pytest_offline.browser.old_chromium import is_old, teach_visibility
from pytest_offline.browser.starting import start
from pytest_offline.bundles.runner.driving import OnPage
from pytest_offline.bundles.runner.fields import BundleError
from pytest_offline.bundles.runner.replaying import Result, replayed_in
from pytest_offline.bundles.runner.words import Scenario
from pytest_offline.errors import OfflineError

Answer = Literal["agrees", "fails", "could not"]

_CODES: Final[dict[Answer, int]] = {"agrees": 0, "fails": 1, "could not": 2}


@dataclass(frozen=True)
class Verdict:
    """What came of a scenario in a build.

    Attributes:
        build: its name.
        version: as the browser states it; empty where it did not start.
        result: the steps; None where it could not be run.
        why_not: in that case.
    """

    build: str
    version: str = ""
    result: Result | None = None
    why_not: str = ""

    @property
    def answer(self) -> Answer:
        """``agrees``: all is right. ``fails``: something else came. ``could not``: not run."""
        if self.result is None:
            return "could not"
        return "fails" if self.result.differences else "agrees"

    @property
    def engine(self) -> str:
        """The build's."""
        return BUILDS[self.build].engine if self.build in BUILDS else ""

    @property
    def first(self) -> str:
        """The first difference, in a line; empty where there is none."""
        if self.result is None:
            return " ".join(self.why_not.split())
        found = self.result.differences
        return f"{found[0].did}: {found[0].seen}" if found else ""


def code_of(verdicts: Sequence[Verdict]) -> int:
    """The exit code: 0 agrees everywhere, 1 fails somewhere, 2 could not be run somewhere."""
    return max((_CODES[verdict.answer] for verdict in verdicts), default=2)


def run_in(scenario: Scenario, browser: Browser, lent: BrowserContext | None = None) -> Result:
    """Runs a scenario in a browser that is started already.

    Args:
        lent: a context of it, for scenarios that need none of their own: opening one takes longer
            than most of them.

    Raises:
        BundleError: the browser died, or the scenario cannot be run in any.
    """
    return replayed_in(scenario, browser, on_page(browser), lent)


def on_page(browser: Browser) -> OnPage | None:
    """What pages of a browser need before they are used."""
    return teach_visibility if is_old(browser) else None


def replay(scenario: Scenario, builds: Sequence[str], *, headed: bool = False) -> list[Verdict]:
    """Runs a scenario in builds, one after the other; none of them holds up the next.

    Not for a test: Playwright's synchronous API runs once at a time.
    """
    with sync_playwright() as playwright:
        verdicts: list[Verdict] = []
        for build in builds:
            try:
                installed, browser = start(playwright, build, headless=not headed)
            except OfflineError as error:
                verdicts.append(Verdict(build, why_not=str(error)))
                continue
            try:
                verdicts.append(Verdict(build, installed.version, run_in(scenario, browser)))
            except (BundleError, Error) as error:
                verdicts.append(Verdict(build, installed.version, why_not=str(error)))
            finally:
                with contextlib.suppress(Error):
                    browser.close()
        return verdicts


def in_order(builds: Sequence[str], versions: dict[str, str]) -> list[str]:
    """Builds by engine, and in each the oldest first, as far as their versions are known."""

    def age(name: str) -> tuple[str, tuple[int, ...]]:
        build = BUILDS[name]
        parts = versions.get(name, build.version or "").split(".")
        return build.engine, tuple(int(part) for part in parts if part.isdecimal())

    return sorted(builds, key=age)


def changes(verdicts: Sequence[Verdict]) -> list[str]:
    """In each engine, the first build in which it is otherwise than in the ones before it."""
    lines: list[str] = []
    for engine in dict.fromkeys(verdict.engine for verdict in verdicts):
        ran = [each for each in verdicts if each.engine == engine and each.result is not None]
        found = [
            (before, after)
            for before, after in itertools.pairwise(ran)
            if before.answer != after.answer
        ]
        lines += [_change(before, after) for before, after in found]
        if ran and not found:
            lines.append(f"{engine}: it {ran[0].answer} in all builds that ran ({_names(ran)})")
    return lines


def _change(before: Verdict, after: Verdict) -> str:
    return (
        f"{after.engine}: {after.build} ({after.version}) is the first that {after.answer}; "
        f"{before.build} ({before.version}) {before.answer}"
    )


def _names(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(verdict.build for verdict in verdicts)
