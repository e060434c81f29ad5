"""One scenario in one browser: run it, and say whether it still fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

from .driving import Driver, Finding, OnPage, first_line
from .fields import BundleError
from .serving import Served
from .words import Scenario

AGREES: Final = 0
STILL_FAILS: Final = 1
COULD_NOT: Final = 2

# Firefox repeats what was reset by itself, nine times; once is what the site asked for.
_PREFERENCES: Final = {"network.http.request.max-attempts": 1}


@dataclass(frozen=True)
class Result:
    """What came of a scenario in a browser.

    Attributes:
        browser: name and version.
        findings: a step each.
    """

    browser: str
    findings: tuple[Finding, ...]

    @property
    def differences(self) -> tuple[Finding, ...]:
        """The steps of which something else came than what is right."""
        return tuple(each for each in self.findings if each.wrong)

    @property
    def code(self) -> int:
        """The exit code."""
        return STILL_FAILS if self.differences else AGREES


def replayed(scenario: Scenario, browser: str, launch: Mapping[str, Any]) -> Result:
    """Starts a browser and runs the scenario in it.

    Raises:
        BundleError: the browser would not start, or died; the site cannot be served.
    """
    options = dict(launch)
    if browser == "firefox":
        options["firefox_user_prefs"] = {
            **_PREFERENCES,
            **(options.get("firefox_user_prefs") or {}),
        }
    with sync_playwright() as playwright:
        try:
            started = getattr(playwright, browser).launch(**options)
        except Error as error:
            raise BundleError(f"{browser} would not start: {first_line(error)}") from None
        try:
            return replayed_in(scenario, started)
        finally:
            started.close()


def replayed_in(
    scenario: Scenario,
    browser: Browser,
    on_page: OnPage | None = None,
    lent: BrowserContext | None = None,
) -> Result:
    """Runs the scenario in a browser that is there; the arguments are those of `Driver`."""
    with Served(scenario.site) as served:
        findings = Driver(browser, served, scenario, on_page, lent).run()
    return Result(f"{browser.browser_type.name} {browser.version}", tuple(findings))


def report(scenario: Scenario, result: Result) -> list[str]:
    """What came of it, for a person."""
    wrong = len(result.differences)
    counted = f"{wrong} of {len(result.findings)} steps"
    return [
        scenario.title,
        *([scenario.link] if scenario.link else []),
        f"in {result.browser}",
        *map(str, result.findings),
        f"it still fails: something else came of {counted}" if wrong else "it agrees now",
    ]
