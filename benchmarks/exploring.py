"""Programs in a browser, compared with the model: against the same programs run bare in the page,
and side by side against one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.measuring import Figure, by_turns
from pytest_offline.browser.starting import start
from pytest_offline.explore.hunting import made_up
from pytest_offline.explore.program import Program
from pytest_offline.explore.resources import PAGE, serve
from pytest_offline.explore.runner import Runner, run_all
from pytest_offline.origin import OriginServer

BATCH = 8
PROGRAMS = 64
PAGES = 3


def figures(build: str, rounds: int) -> Iterator[Figure]:
    programs = [program for number in range(3) for program in made_up(1, number)][:PROGRAMS]
    count = sum(len(program.closed()) for program in programs)
    batches = [programs[at : at + BATCH] for at in range(0, len(programs), BATCH)]
    with sync_playwright() as playwright, OriginServer() as server:
        installed, browser = start(playwright, build)
        elsewhere = server.new_origin()
        serve(elsewhere)
        pages = [_page(browser, server) for _ in range(PAGES)]
        compared = [Runner(page, elsewhere.url, build) for page in pages]
        bare = [Runner(pages[0], elsewhere.url, build, bare=True)]
        try:
            rates = by_turns(
                rounds,
                bare=lambda: _rate(bare, batches, count),
                compared=lambda: _rate(compared[:1], batches, count),
                together=lambda: _rate(compared, batches, count),
            )
        finally:
            browser.close()
    name = f"{installed.build.name} {installed.version}"
    yield Figure(
        "explored operations, compared with the model, against the same run bare",
        rates["compared"], rates["bare"], "a second", 0.85, at_most=False, build=name,
    )  # fmt: skip
    yield Figure(
        f"explored operations in {PAGES} pages side by side, against one after the other",
        rates["together"], rates["compared"], "a second", 1.5, at_most=False, build=name,
    )  # fmt: skip


def _page(browser: Browser, server: OriginServer) -> Page:
    origin = server.new_origin()
    serve(origin)
    page = browser.new_context().new_page()
    page.goto(origin.url_for(PAGE))
    return page


def _rate(runners: Sequence[Runner], batches: Sequence[Sequence[Program]], count: int) -> float:
    started = time.perf_counter()
    for run in run_all(runners, batches):
        if not run.compare().agrees:
            raise SystemExit(f"{run.asked.to_json()} is not what the model allows")
    return count / (time.perf_counter() - started)
