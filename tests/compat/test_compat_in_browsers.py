"""The compatibility table against the builds of the run: each cell is what the build does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from compat_cases import Case, cases
from compat_table import (
    COMMAND,
    CRASHED,
    WORKERS,
    Seen,
    in_worker,
    judged,
    of_workers,
    recorded,
    seen_in,
)
from compat_world import lay_out, lay_out_elsewhere
from playwright.sync_api import Browser, BrowserContext, Error, Page

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.origin import Origin, OriginServer

SITE = Path(__file__).parent / "site"
RUN = "([programs, elsewhere]) => runPrograms(programs, elsewhere)"
RUN_IN_WORKER = "([kind, programs, elsewhere]) => runProgramsIn(kind, programs, elsewhere)"
LONG = bool(os.environ.get("OFFLINE_LONG"))
WRITE_TO = os.environ.get("PYTEST_OFFLINE_COMPAT")
"""A folder that gets what the builds did, for docs/compat.py; nothing is held against the table."""


def of(kind: str) -> list[Case]:
    return [case for case in cases() if case.on == kind]


def run(page: Page, origin: Origin, elsewhere: str, chosen: list[Case]) -> dict[str, list[str]]:
    """What the programs of cases come to in a page."""
    origin.mount(SITE)
    lay_out(origin)
    page.goto(origin.url)
    return evaluate(page, elsewhere, chosen)


def evaluate(page: Page, elsewhere: str, chosen: list[Case]) -> dict[str, list[str]]:
    """All in one ``evaluate``; where the page does not survive that, each half in a page anew."""
    programs = [
        [{"name": each.name, "text": each.text} for each in case.program] for case in chosen
    ]
    url = page.url
    try:
        found = page.evaluate(RUN, [programs, elsewhere])
    except Error as error:
        if "crashed" not in error.message:
            raise
    else:
        return {case.id: outcomes for case, outcomes in zip(chosen, found, strict=True)}
    if len(chosen) == 1:
        return {chosen[0].id: [CRASHED]}
    found = {}
    for half in (chosen[: len(chosen) // 2], chosen[len(chosen) // 2 :]):
        another = page.context.new_page()
        another.goto(url)
        found |= evaluate(another, elsewhere, half)
        another.close()
    return found


def hold(build: InstalledBuild, outcomes: dict[str, list[str]], part: str) -> None:
    """Against the committed table; or writes them down for the next one."""
    name = build.build.name
    seen = Seen(build.version, outcomes)
    if WRITE_TO:
        write(seen, name, part)
        return
    verdict, message = judged(name, seen, recorded())
    if verdict == "fail":
        pytest.fail(message)
    if verdict == "skip":
        pytest.skip(message)


def write(seen: Seen, build: str, part: str) -> None:
    kept = {"build": build, "version": seen.version, "part": part, "outcomes": seen}
    Path(str(WRITE_TO), f"{build}-{part}.json").write_text(json.dumps(kept), encoding="utf-8")


@pytest.fixture
def new_origin(origin_server: OriginServer) -> Iterator[Callable[[], Origin]]:
    """Origins without a scene, whose pages have no probe."""
    made: list[Origin] = []

    def make() -> Origin:
        made.append(origin_server.new_origin())
        return made[-1]

    yield make
    for origin in made:
        origin_server.close_origin(origin)


@pytest.fixture
def bare_context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def test_every_cell_is_what_the_build_does(
    bare_context: BrowserContext, browser_build: InstalledBuild, new_origin: Callable[[], Origin]
) -> None:
    elsewhere = new_origin()
    lay_out_elsewhere(elsewhere)
    page = bare_context.new_page()
    seen = run(page, new_origin(), elsewhere.url, of("secure"))
    hold(browser_build, seen, "secure")


@pytest.mark.skipif(not (LONG or WRITE_TO), reason="OFFLINE_LONG: all rules in workers once more")
@pytest.mark.parametrize("kind", WORKERS)
def test_workers_do_the_same(
    bare_context: BrowserContext,
    browser_build: InstalledBuild,
    new_origin: Callable[[], Origin],
    kind: str,
) -> None:
    elsewhere, origin = new_origin(), new_origin()
    lay_out_elsewhere(elsewhere)
    page = bare_context.new_page()
    name = browser_build.build.name
    # A program that brings a page down would take the worker along, and the page that asks it.
    known = seen_in(recorded()).get(name, Seen("", {}))
    chosen = [case for case in of_workers() if known.get(case.id) != [CRASHED]]
    run(page, origin, elsewhere.url, [])
    programs = [[vars(each) for each in case.program] for case in chosen]
    found = page.evaluate(RUN_IN_WORKER, [kind, programs, elsewhere.url])
    outcomes = {case.id: each for case, each in zip(chosen, found, strict=True)}
    if WRITE_TO:
        write(Seen(browser_build.version, outcomes), name, kind)
    else:
        otherwise = recorded()["workers"][kind].get(name, {"otherwise": {}})["otherwise"]
        assert in_worker(known, outcomes)["otherwise"] == otherwise, f"write it anew: {COMMAND}"


@pytest.mark.origin(host="app.test")
def test_every_cell_of_an_insecure_context(
    page: Page, browser_build: InstalledBuild, origin: Origin
) -> None:
    hold(browser_build, run(page, origin, origin.url, of("insecure")), "insecure")


@pytest.mark.skipif(bool(WRITE_TO), reason="the table is made without probes")
@pytest.mark.skipif(not LONG, reason="OFFLINE_LONG: tests/probes shows the same by parts")
def test_a_page_with_a_probe_does_the_same(
    page: Page, browser_build: InstalledBuild, origin: Origin, make_origin: Callable[..., Any]
) -> None:
    elsewhere = make_origin()
    lay_out_elsewhere(elsewhere)
    hold(browser_build, run(page, origin, elsewhere.url, of("secure")), "probed")
