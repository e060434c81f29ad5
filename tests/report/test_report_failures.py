"""One sentence for a failure, and all the rest of it."""

from __future__ import annotations

import pytest
from report_kit import BASE, START, mismatch

from pytest_offline.errors import NotReady, UsageError
from pytest_offline.report import failures_of
from pytest_offline.report.failures import MOST_REASON, reason_of


class Group(Exception):
    """As the exception groups of Python 3.11, which 3.10 does not have."""

    def __init__(self, *exceptions: Exception) -> None:
        super().__init__("a group")
        self.exceptions = exceptions


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            AssertionError(
                f"expected <Caches of {BASE}> to have put '{BASE}a.js', but saw\n"
                f"  GET {BASE}b.js into 'v1'\n  waited 300 ms"
            ),
            "expected the caches to have put '/a.js', but saw GET /b.js into 'v1'",
        ),
        (
            AssertionError(f"expected <Origin {BASE} online> to have received '/x', but saw"),
            "expected the origin to have received '/x', but saw",
        ),
        (AssertionError(f"<Strange {BASE}>"), "<Strange />"),
        (
            AssertionError("\x1b[2mLocator expected to be 'A'\x1b[22m\nActual value: B\nCall log:"),
            "Locator expected to be 'A', but it was B",
        ),
        (AssertionError("Page expected\nActual value: \n"), "Page expected, but it was empty"),
        (AssertionError("Actual value: B\n"), "Actual value: B"),
        (AssertionError("\n  assert 1 == 2\n  more"), "assert 1 == 2"),
        (AssertionError(), "AssertionError"),
        (UsageError("give a path"), "give a path"),
        (RuntimeError("no\nmore"), "RuntimeError: no"),
        (RuntimeError(), "RuntimeError"),
        (
            mismatch(),
            "operation 0, cache 'v1'.put('/bad.js') in the service worker /sw.js: the model "
            "allows fulfilled with nothing; the browser did rejected with TypeError",
        ),
    ],
)
def test_the_reason_is_one_sentence(error: Exception, reason: str) -> None:
    assert reason_of(error, BASE) == reason


def test_a_long_reason_is_cut_and_says_so() -> None:
    reason = reason_of(AssertionError("x" * 1_000))
    assert len(reason) == MOST_REASON
    assert reason.endswith("…")


def test_without_an_origin_urls_stay_whole() -> None:
    assert reason_of(AssertionError(f"saw {BASE}a.js")) == f"saw {BASE}a.js"


def test_a_mismatch_has_its_differences_as_data() -> None:
    (failure,) = failures_of(mismatch(), phase="call", time=START, traceback="\x1b[31mhere\x1b[0m")
    assert failure.type == "ModelMismatch"
    assert failure.message == "operation 0 differs\n  more of it"
    assert failure.traceback == "here"
    assert failure.differences == (
        {
            "subject": f"operation 0, cache 'v1'.put('{BASE}bad.js') in the service worker "
            f"{BASE}sw.js",
            "allowed": "fulfilled with nothing",
            "seen": "rejected with TypeError",
            "rule": "Cache.put(), step 4",
            "witnesses": ["GET /bad.js → served 200"],
        },
    )


def test_what_is_not_ready_names_what_it_misses() -> None:
    error = NotReady("not ready: /a.js is in no cache", reason="missing", missing=["/a.js"])
    (failure,) = failures_of(error, phase="call", time=START)
    assert failure.missing == ("/a.js",)
    assert failure.reason == "not ready: /a.js is in no cache"


def test_every_failure_in_a_group_is_told() -> None:
    group = Group(AssertionError("one"), Group(AssertionError("two"), ValueError("three")))
    found = failures_of(group, phase="call", time=START, traceback="all of it")
    assert [each.reason for each in found] == ["one", "two", "ValueError: three"]
    assert [each.traceback for each in found] == ["all of it", "", ""]
