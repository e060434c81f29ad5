"""``--offline-verify``: every test is held against the model, and no mismatch passes."""

from __future__ import annotations

import os
from fnmatch import fnmatch

import pytest

TESTS = """
import pytest

PUT = "(async () => (await caches.open('v1')).put('/a', new Response('x')))()"

def tamper(scene, origin):
    # Behind the model's back: what the browser holds is no longer what was recorded.
    scene.session.ask_origin(origin.url, "clear")

@pytest.fixture
def opened(site, page):
    page.goto(site.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.evaluate(PUT)
    return page

def test_right(opened): pass

def test_wrong(opened, scene, site):
    tamper(scene, site)

def test_fails_and_wrong(opened, scene, site):
    tamper(scene, site)
    assert 1 == 2

def test_says_so_itself(opened, scene, site, caches):
    tamper(scene, site)
    caches.verify()

@pytest.mark.xfail(strict=True)
def test_expected_to_differ(opened, scene, site):
    tamper(scene, site)

def test_skips(opened, scene, site):
    tamper(scene, site)
    pytest.skip("not now")

def test_seeded(opened, caches):
    caches.seed({"old": {"/kept": "text"}})
    opened.evaluate("caches.match('/kept').then(() => null)")

def test_two_origins(opened, scene, make_origin, context):
    other = make_origin("other")
    other.reply("/", "<!doctype html><title>o</title><link rel=icon href=data:,>")
    second = context.new_page()
    second.goto(other.url)
    second.evaluate(PUT)
    tamper(scene, other)

def test_without_a_browser(origin):
    origin.reply("/", "x")

def test_of_its_own(): pass

def test_closed(opened):
    opened.close()

def test_closed_context(opened):
    opened.context.close()
"""


LONG = pytest.mark.skipif(
    "OFFLINE_LONG" not in os.environ, reason="starts more browsers; set OFFLINE_LONG=1"
)


@LONG
def test_without_the_option_nobody_is_asked(inner, chromium):
    inner.write(TESTS)
    inner.run("-k", "test_wrong").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "processes", [pytest.param((), marks=LONG), ("-n", "1")], ids=["one", "xdist"]
)
def test_every_test_is_verified(inner, chromium, processes):
    inner.write(TESTS)
    result = inner.run("--offline-verify", "-rA", "--offline-timeline=0", *processes)
    result.assert_outcomes(passed=6, failed=4, xfailed=1, skipped=1)
    said = "E *ModelMismatch: what the browser did is not what the model allows (--offline-verify)"
    assert sum(fnmatch(line, said) for line in result.outlines) == 2
    # The words of caches.verify(): what differs, both states, the way to see it again.
    result.stdout.fnmatch_lines_random(
        [
            "*ModelMismatch: what the browser did is not what the model allows*",
            "*browser holds  no cache*",
            "*python -m pytest_offline.compare *timeline.json*",
            "*python -m pytest_offline.compare *timeline-2.json*",
        ]
    )
    # A test's own error stays the one that is shown.
    result.stdout.fnmatch_lines(["*_ test_fails_and_wrong*_*", "*assert 1 == 2*"])
    assert sum("- offline verify -" in line for line in result.outlines) == 1
    failed = {
        line.split("::")[1].split("[")[0]
        for line in result.outlines
        if "FAILED" in line and "::" in line
    }
    assert failed == {
        "test_wrong", "test_fails_and_wrong", "test_says_so_itself", "test_two_origins",
    }  # fmt: skip


def test_what_cannot_be_decided_does_not_pass(inner, chromium):
    inner.write(
        TESTS,
        conftest="""
@pytest.fixture(autouse=True)
def no_time(monkeypatch):
    from pytest_offline.compare import timelines
    monkeypatch.setattr(timelines.Timeline, "compare", lambda self: undecided(self))

def undecided(timeline):
    from pytest_offline.compare import Comparison
    from pytest_offline.model import CacheStorage
    return Comparison((), CacheStorage(), "12 operations, too wide")
""",
    )
    result = inner.run("--offline-verify", "-k", "test_right or test_fails", "-p", "no:xdist")
    result.assert_outcomes(failed=2)
    said = ["*nobody knows whether the model allows what the browser did (--offline-verify)",
            "*undecided: 12 operations, too wide*"]  # fmt: skip
    result.stdout.fnmatch_lines(["E *ModelMismatch: " + said[0][1:], "E " + said[1]])
    result.stdout.fnmatch_lines(["*- offline verify -*", *said])


def test_a_browser_that_cannot_be_asked_is_a_warning(inner, chromium):
    inner.write(
        TESTS,
        conftest="""
@pytest.fixture(autouse=True)
def silent(monkeypatch):
    from playwright.sync_api import Error
    from pytest_offline.compare import timelines
    def compare(self):
        raise Error("Target crashed")
    monkeypatch.setattr(timelines.Timeline, "compare", compare)
""",
    )
    result = inner.run("--offline-verify", "-k", "test_right", "-p", "no:xdist")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["*PytestWarning: --offline-verify: no verdict on http://*: *no answer (Target crashed)*"]
    )


@LONG
def test_a_build_with_application_caches(inner, needs_build):
    needs_build("chromium-83")
    inner.write(TESTS)
    result = inner.run(
        "--offline-verify", "--offline-build", "chromium-83", "-k", "test_right or test_wrong"
    )
    result.assert_outcomes(passed=1, failed=1)
