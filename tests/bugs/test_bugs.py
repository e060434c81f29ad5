"""Known bugs, each a bundle of its own: where one is known it shows, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from pytest_offline.bundles import read_bundle
from pytest_offline.bundles.known_bugs import KNOWN_BUGS
from pytest_offline.bundles.replaying import run_in

BUGS = Path(__file__).parent


@pytest.fixture(scope="module")
def lent(browser: Browser) -> Iterator[BrowserContext]:
    """One context for all of them: each has an origin, and so storage, of its own."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.mark.parametrize("name", KNOWN_BUGS)
def test_a_bug_shows_where_it_is_known(browser: Browser, lent: BrowserContext, name: str) -> None:
    result = run_in(read_bundle(BUGS / name), browser, lent)
    told = "\n".join(map(str, result.findings))
    known = KNOWN_BUGS[name].is_in(browser.browser_type.name, browser.version)
    assert bool(result.differences) == known, told
    # What shows is the bug, and not a way there that could not be gone.
    assert all(" [" in finding.did for finding in result.differences), told


def test_every_bundle_is_of_a_known_bug_and_names_its_link() -> None:
    folders = {file.parent.name: read_bundle(file.parent) for file in BUGS.glob("*/scenario.json")}
    assert set(folders) == set(KNOWN_BUGS)
    for name, bug in KNOWN_BUGS.items():
        assert folders[name].link == bug.link
        assert bug.link.startswith("https://")
        assert any(step.note for step in folders[name].steps)


def test_a_bundle_is_small() -> None:
    for file in BUGS.glob("*/scenario.json"):
        files = [each for each in file.parent.rglob("*") if each.is_file()]
        assert sum(each.stat().st_size for each in files) < 10_000
        assert "/home/" not in json.dumps(json.loads(file.read_text()))


def test_at_least_five_are_from_public_trackers() -> None:
    trackers = ("github.com/", "crbug.com/", "bugzilla.mozilla.org/")
    links = {bug.link for bug in KNOWN_BUGS.values() if any(each in bug.link for each in trackers)}
    assert len(links) >= 5
