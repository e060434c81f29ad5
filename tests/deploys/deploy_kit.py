"""What tests of deploys share: the two versions of the site, and what its pages show."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from pytest_offline import expect

SITE = Path(__file__).parents[2] / "sample_sites" / "tides"
V1, V2 = SITE / "version-1", SITE / "version-2"

TELL = """([place, what]) => navigator.serviceWorker.getRegistration()
  .then((found) => { found[place].postMessage(what); })"""


def tell(page: Page, place: str, what: str) -> None:
    """Sends a message to the worker in a place, as sites do from an "update now" button."""
    page.evaluate(TELL, [place, what])


def shown(page: Page, part: str) -> str:
    """What the site shows for a part of it that is fetched when it is first wanted."""
    page.locator("#shown").evaluate("(shown) => { shown.textContent = ''; }")
    page.locator(f"#{part}").click()
    expect(page.locator("#shown")).not_to_be_empty()
    return page.locator("#shown").inner_text()
