"""Programs in real browsers: a few hundred operations of each build agree with the model."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.compare import explain, known_for
from pytest_offline.errors import ProbeError
from pytest_offline.explore import Asked, Fetched, Made, Program, Run, Runner, Step, serve
from pytest_offline.explore.hunting import made_up
from pytest_offline.explore.resources import PAGE
from pytest_offline.explore.runner import run_all
from pytest_offline.origin import Origin

LONG = bool(os.environ.get("OFFLINE_LONG"))
HUNTS = range(24 if LONG else 1)
OPERATIONS = 4_200 if LONG else 200
"""Of each hunt: long, that is 100,000 of them in a build."""

OPEN = Step("caches", "open", "one")
X_A = (("x-a", "1"),)


def put(url: str, response: Made | Fetched | None = None, **asked: object) -> Step:
    made = Asked(url, **asked)  # type: ignore[arg-type]
    return Step("cache", "put", "one", requests=(made,), response=response or Made())


def ask(method: str, *urls: str, **options: bool) -> Step:
    return Step(
        "cache",
        method,  # type: ignore[arg-type]
        "one",
        requests=tuple(map(Asked, urls)),
        options=tuple(options.items()),
    )


SHOWN = {
    "chromium-one-entry-a-url": (
        put("/a", Made(headers=(("vary", "x-a"),)), headers=X_A),
        put("/a", Made(headers=(("vary", "x-a"),))),
        ask("keys"),
    ),
    "firefox-empty-header-is-missing": (
        put("/a", Made(headers=(("vary", "x-a"),)), headers=(("x-a", ""),)),
        ask("match", "/a"),
    ),
    "chromium-first-of-repeated-headers": (
        put("/a", Made(headers=(("x-c", "1"), ("x-c", "2")))),
        ask("match", "/a"),
    ),
    "chromium-first-of-repeated-vary": (
        put("/a", Made(headers=(("vary", "x-a"), ("vary", "x-b"))), headers=(("x-b", "1"),)),
        ask("delete", "/a"),
    ),
    "chromium-83-drops-fragments": (put("/a#f"), ask("keys")),
    "chromium-83-scalar-names": (Step("caches", "open", "\ud800"), Step("caches", "keys")),
    "chromium-83-unescapes-paths": (put("/%61"), ask("keys")),
    "chromium-83-undefined-is-a-url": (put("/a"), ask("keys", ignoreSearch=False)),
    "firefox-drops-empty-fragments": (put("/a#"), ask("keys")),
    "firefox-add-all-duplicates-first": (ask("addAll", "/r/plain", "/r/plain", "/r/star"),),
    "chromium-add-all-fragments-apart": (ask("addAll", "/r/plain", "/r/plain#f"),),
    "fetched-204-has-a-body": (put("/a", Fetched("/r/empty", spent="used")),),
    "firefox-sees-hidden-vary": (put("/a", Fetched("/r/star", elsewhere=True)),),
    "match-refuses-invalid-url-without-caches": (
        Step("caches", "match", requests=(Asked("http://["),)),
    ),
}
"""For each known deviation a program that shows it, as hunts shrank it."""


@pytest.fixture
def runner(
    page: Page,
    origin: Origin,
    make_origin: Callable[[], Origin],
    browser_build: InstalledBuild,
) -> Runner:
    elsewhere = make_origin()
    serve(origin)
    serve(elsewhere)
    page.goto(origin.url_for(PAGE))
    return Runner(page, elsewhere.url, browser_build.build.name)


def check(runs: list[Run]) -> int:
    for run in runs:
        comparison = run.compare()
        assert comparison.agrees, "\n".join([*explain(comparison), str(run.asked.to_json())])
    return sum(len(run.program) for run in runs)


@pytest.mark.parametrize("number", HUNTS)
def test_programs_do_what_the_model_allows(runner: Runner, number: int) -> None:
    done, rounds = 0, itertools.count(100 * number)
    while done < OPERATIONS:
        done += check(runner.run(made_up(20, next(rounds))[::2]))


def test_a_known_deviation_shows_where_it_is_listed_and_nowhere_else(runner: Runner) -> None:
    mine = {each.id for each in known_for(runner.build)}
    runs = runner.run(Program(steps) for steps in SHOWN.values())
    check(runs)
    met = {
        name
        for name, run in zip(SHOWN, runs, strict=True)
        if name in [each.id for each in run.compare().deviations]
    }
    assert met == mine


def test_pages_take_turns(runner: Runner, origin: Origin) -> None:
    with runner.page.context.new_page() as other:
        other.goto(origin.url_for(PAGE))
        # One context has one storage: turns of pages in it must not overlap, but here they do not.
        second = Runner(other, runner.where.elsewhere, runner.build)
        programs = [Program((put(f"/{number}"), ask("keys"))) for number in range(3)]
        for program in programs:
            runs = list(run_all([runner, second], [[program]]))
            assert [run.asked for run in runs] == [program]


def test_a_page_that_is_left_in_between_is_told(runner: Runner) -> None:
    runner.turn([Program((OPEN,))])
    runner.page.reload()
    with pytest.raises(ProbeError) as caught:
        runner.turn(())
    assert str(caught.value).startswith("1 programs were started and 0 came back")
