"""A failure becomes a bundle, which fails where the browser differs and agrees elsewhere."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from playwright.sync_api import Browser

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.bundles import Evaluate, read_bundle
from pytest_offline.bundles.replaying import run_in
from pytest_offline.explore import Asked, Fetched, Made, Program, Step, programs
from pytest_offline.explore.allowed import told
from pytest_offline.explore.bundling import keep_bundle, scenario_of
from pytest_offline.explore.causes import Outcome, Where
from pytest_offline.explore.hunting import Failure
from pytest_offline.explore.runner import Run

pytestmark = pytest.mark.any_build

TWICE = Made(headers=(("x-c", "1"),), body="x")
PROGRAM = Program(
    (
        Step("cache", "put", "one", requests=(Asked("/a"),), response=TWICE),
        Step("cache", "put", "one", requests=(Asked("/b"),), response=Fetched(elsewhere=True)),
        Step("cache", "put", "one", requests=(Asked("/c"),), response=Made(status=206)),
        Step("cache", "add", "one", requests=(Asked("/r/plain"),)),
        Step("cache", "match", "one", requests=(Asked("/a"),)),
    )
)


def test_what_a_program_has_to_come_to_is_told() -> None:
    assert told(PROGRAM) == [
        None,
        None,
        "rejects: TypeError",
        None,
        {
            "status": 200,
            "statusText": "",
            "type": "default",
            "url": "",
            "redirected": False,
            "headers": {"content-type": "text/plain;charset=UTF-8", "x-c": "1"},
            "size": 1,
            "sha256": hashlib.sha256(b"x").hexdigest(),
        },
    ]


def putting(response: Made | Fetched, url: str = "/a") -> Program:
    return Program((Step("cache", "put", "one", requests=(Asked(url),), response=response),))


@pytest.mark.parametrize(
    ("asked", "came"),
    [
        (Made(body="x"), Made(body="y")),
        (Made(headers=(("x-c", "1"),)), Made(headers=(("x-c", "2"),))),
        (Made(status_text="a"), Made(status_text="b")),
        (Fetched("/r/plain"), Made(body="plain", headers=(("content-type", "text/plain"),))),
        (Fetched("/r/plain"), Fetched("/r/hop")),
    ],
    ids=["body", "headers", "statusText", "url", "redirected"],
)
def test_a_response_that_differs_in_anything_is_a_bundle_that_fails(
    asked: Made | Fetched, came: Made | Fetched, browser: Browser
) -> None:
    right, other = scenario_of(putting(asked), "t", {}), scenario_of(putting(came), "t", {})
    assert run_in(right, browser).differences == ()
    # As in a browser that keeps another response than it was given.
    kept = other.steps[1]
    assert isinstance(kept, Evaluate) and isinstance(right.steps[1], Evaluate)
    wrong = replace(kept, expected=right.steps[1].expected)
    wrong = replace(right, steps=(right.steps[0], wrong))
    assert run_in(wrong, browser).differences


REPEATED = Program(
    (
        *putting(Made(headers=(("x-c", "1"), ("x-c", "2")), body="x")).steps,
        *putting(Made(), "/b#").steps,
        *putting(Made(), "/c#end").steps,
    )
)


@pytest.mark.each_build
def test_what_a_build_is_known_for_is_allowed_in_its_bundle(
    browser: Browser, browser_build: InstalledBuild, tmp_path: Path
) -> None:
    build = browser_build.build.name
    folder = keep_bundle(tmp_path, Failure(None, REPEATED, build, 7), "1.0")
    assert run_in(read_bundle(folder), browser).differences == ()
    assert run_in(scenario_of(REPEATED, "t", {}), browser).differences, "it meets a deviation"


def test_a_known_way_to_settle_is_allowed_where_the_build_settled_so() -> None:
    twice = (Asked("/r/plain#1"), Asked("/r/plain#2"))
    program = Program((Step("cache", "addAll", "one", requests=twice),)).closed()
    refused = [Outcome()] * len(program)
    refused[1] = Outcome(error_name="InvalidStateError", error="twice")
    assert told(program)[0] == "rejects: InvalidStateError"
    assert told(program, "chromium", [Outcome()] * len(program))[0] is None
    assert told(program, "chromium", refused)[0] == "rejects: InvalidStateError"
    assert told(program, "firefox", [Outcome()] * len(program)) == told(program)


@settings(deadline=None, max_examples=20)
@given(programs())
def test_there_is_one_word_for_each_call(program: Program) -> None:
    calls = [step for step in program.complete().steps if not step.is_opening]
    assert len(told(program)) == len(calls)


def test_a_program_that_agrees_is_a_bundle_that_agrees(browser: Browser, tmp_path: Path) -> None:
    failure = Failure(None, PROGRAM, "chromium", 7)
    folder = keep_bundle(tmp_path, failure, "1.0")
    assert folder == tmp_path / PROGRAM.id
    assert (folder / "run.py").is_file()
    scenario = read_bundle(folder)
    assert scenario.title == "the browser dies, in chromium 1.0, seed 7"
    assert run_in(scenario, browser).differences == ()


def test_a_bundle_says_its_seed_and_what_the_browser_did(tmp_path: Path) -> None:
    put = Program((Step("cache", "put", "one", requests=(Asked("/a"),), response=TWICE),))
    whole = put.closed()
    where = Where("http://t7.localhost:4321/explore", "http://t8.localhost:4321/")
    outcomes = tuple(Outcome(error_name="Odd", error=f"{where.page} is odd") for _ in whole.steps)
    failure = Failure(Run(put, whole, outcomes, where, "firefox"), put, "firefox", 7)
    folder = keep_bundle(tmp_path, failure, "1.0")
    assert read_bundle(folder).seed == "7"
    lines = [each["text"] for each in json.loads((folder / "timeline.json").read_text())]
    assert len(lines) == len(whole)
    (told,) = (line for line in lines if ".put(" in line)
    assert told.endswith("rejected Odd: http://main.localhost:0/explore is odd")


def test_a_program_that_differs_is_a_bundle_that_fails(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a browser would that refuses nothing: the model is told that all of it fulfils.
    monkeypatch.setattr(
        "pytest_offline.explore.bundling.told", lambda program: [None] * len(program)
    )
    assert run_in(scenario_of(PROGRAM, "it differs", {}), browser).differences
