"""A find of a state machine: its bundle has the smallest example, and fails until it is mended."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from inner_pytest import run_pytest
from playwright.sync_api import Browser

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.bundles import Evaluate, OpenPage, WaitUntilReady, read_bundle
from pytest_offline.bundles.recorded_deeds import spans_put_back
from pytest_offline.bundles.recorded_steps import Timed
from pytest_offline.bundles.replaying import run_in
from pytest_offline.bundles.runner.words import Host, Scenario, Site
from pytest_offline.record import EXAMPLE
from pytest_offline.scene import Deed

SITE = Path(__file__).parents[1] / "explore" / "site"
WRONG = ", { ignoreSearch: true }"

TEST = """
from hypothesis import Phase, settings
from hypothesis.stateful import rule
from hypothesis.strategies import sampled_from
from pytest_offline.explore import CacheStateMachine

ITEMS = {"/item?id=1": "item 1: anvil", "/item?id=2": "item 2: bellows, used"}
FETCH = "url => fetch(url).then((answer) => answer.text())"

class Shop(CacheStateMachine):
    @rule(item=sampled_from(sorted(ITEMS)))
    def ask(self, item):
        assert self.page.evaluate(FETCH, item) == ITEMS[item]

def test_shop(page, origin, caches, service_worker):
    origin.mount("site")
    for url, text in ITEMS.items():
        origin.reply(url, text, headers={"Content-Type": "text/plain", "Cache-Control": "no-store"})
    page.goto(origin.url)
    page.evaluate("() => navigator.serviceWorker.register('/sw.js')")
    service_worker.wait_until_ready(expect=[])
    page.reload()
    Shop.explore(page, caches, settings=settings(
        max_examples=40, stateful_step_count=6, derandomize=True, database=None,
        phases=[Phase.generate, Phase.shrink]))
"""


@pytest.mark.any_build
def test_a_planted_bug_is_found_shrunk_bundled_and_replayed(
    tmp_path: Path, browser: Browser, browser_build: InstalledBuild
) -> None:
    shutil.copytree(SITE, tmp_path / "site")
    (tmp_path / "test_shop.py").write_text(TEST)
    build = browser_build.build.name
    done = run_pytest(tmp_path, "-q", "--offline-build", build, "--offline-bundle", "out")
    assert "1 failed" in done.stdout, done.stdout
    (folder,) = (tmp_path / "out").iterdir()
    scenario = read_bundle(folder)
    # Of all the examples the smallest alone: two items, the second is given the first.
    ready = next(at for at, step in enumerate(scenario.steps) if isinstance(step, WaitUntilReady))
    evaluated = [step for step in scenario.steps[ready:] if isinstance(step, Evaluate)]
    assert [(step.note, step.argument) for step in evaluated] == [
        ("caches.clear()", None), ("", "/item?id=1"), ("", "/item?id=2"),
    ]  # fmt: skip
    (found,) = run_in(scenario, browser).differences
    assert scenario.steps[found.number - 1] == evaluated[-1]
    assert run_in(mended(scenario), browser).differences == ()


def mended(scenario: Scenario) -> Scenario:
    (host,) = scenario.site.hosts
    answers = [replace(each, body=each.body.replace(WRONG.encode(), b"")) for each in host.answers]
    assert answers != list(host.answers)
    return replace(scenario, site=Site((Host(tuple(answers), host.name),)))


def deed(time: float, what: str = EXAMPLE, run: int = 1) -> Deed:
    nothing = cast("Any", SimpleNamespace())
    return Deed(time, what, nothing, None, None, {"run": run})


def test_examples_are_put_back_but_the_last_of_each_machine() -> None:
    deeds = [deed(10), deed(15, "clear"), deed(20), deed(30), deed(40, run=2), deed(50, run=2)]
    put_back = spans_put_back(deeds, [])
    assert [time for time in range(5, 60, 5) if put_back(time)] == [10, 15, 20, 25, 40, 45]


def test_where_a_page_is_left_over_no_example_is_left_out() -> None:
    steps: list[Timed] = [(12, OpenPage("page-2")), (25, Evaluate("1", page="page-2"))]
    assert not spans_put_back([deed(10), deed(20)], steps)(12)
    assert spans_put_back([deed(10), deed(20)], steps[:1])(12)
