"""Verdicts side by side: the first build that differs. No browser is needed for that."""

from __future__ import annotations

from pytest_offline.bundles.known_bugs import KNOWN_BUGS, Versions
from pytest_offline.bundles.replaying import Verdict, changes, code_of, in_order
from pytest_offline.bundles.runner.driving import Finding
from pytest_offline.bundles.runner.replaying import Result

RIGHT, WRONG = Finding(1, "goto /", "loads"), Finding(2, "evaluate 1", "1", "2")


def verdict(build: str, version: str, *findings: Finding) -> Verdict:
    return Verdict(build, version, Result("b", findings))


OLD, NEW = verdict("chromium-83", "83.0", RIGHT), verdict("chromium-153", "153.0", RIGHT, WRONG)
FIREFOX, GONE = verdict("firefox", "153.7", WRONG), Verdict("webkit", why_not="not\n here")


def test_the_first_build_that_differs_is_named() -> None:
    assert changes([OLD, NEW, FIREFOX, GONE]) == [
        "chromium: chromium-153 (153.0) is the first that fails; chromium-83 (83.0) agrees",
        "firefox: it fails in all builds that ran (firefox)",
    ]
    assert [each.answer for each in (OLD, NEW, GONE)] == ["agrees", "fails", "could not"]
    assert (NEW.first, GONE.first) == ("evaluate 1: 1", "not here")


def test_exit_codes() -> None:
    assert [code_of(each) for each in ([OLD], [OLD, NEW], [OLD, GONE], [])] == [0, 1, 2, 2]


def test_the_oldest_comes_first() -> None:
    builds = ["firefox", "chromium", "chromium-153", "chromium-88", "chromium-83"]
    assert in_order(builds, {"chromium": "156.0.8078.79", "firefox": "153.7"}) == [
        "chromium-83",
        "chromium-88",
        "chromium-153",
        "chromium",
        "firefox",
    ]


def test_which_versions_have_a_bug() -> None:
    some = Versions("chromium", since=88, until=135)
    assert [some.has("chromium", each) for each in ("83.0", "88.0.1", "134.9", "135.0")] == [
        False,
        True,
        True,
        False,
    ]
    assert not some.has("firefox", "100.0")
    assert not some.has("chromium", "as the launch arguments say")
    assert str(some) == "chromium from 88 before 135"
    assert KNOWN_BUGS["crbug-880768"].builds == ("chromium-83", "chromium-88", "chromium-92")
    assert "[crbug-880768]" in KNOWN_BUGS["crbug-880768"].test
