"""The words of an audit, and the JSON they become."""

from __future__ import annotations

import json

import pytest

from pytest_offline.record.auditing import (
    Answered,
    BuildAudit,
    CachedFile,
    Difference,
    Finding,
    Offline,
    PageAudit,
    Readiness,
    SiteAudit,
    Skipped,
    worst,
)

ABOUT = PageAudit(
    "/about",
    "degraded",
    cold="degraded",
    warm="same",
    failed=("/logo.png",),
    title="About",
    found_by="a link on /",
    why="its picture /logo.png is missing",
    next="Store /logo.png too.",
    differences=(Difference("request", "200", "failed"),),
    answered=(Answered("/about", "document", "cache", "v1", 200),),
    remarks=("it opened a dialog",),
)
BUILD = BuildAudit(
    "chromium",
    "156.0",
    Readiness("ready", visits=2),
    pages=(PageAudit("/", "same", "same", "same"), ABOUT),
    skipped=(Skipped("/gone", "it answers 404 online", "a link on /"),),
    cached=(CachedFile("v1", "/about", 200, 12, "ab", "install"),),
    findings=(Finding("error-stored", "error", "/gone", "v1", "a 404 is stored", "Check ok."),),
    remarks=("2 more links were left out",),
    seconds=1.23456,
)


def test_json_has_the_contracts_shape() -> None:
    data = json.loads(json.dumps(SiteAudit("dist", (BUILD,)).as_data()))
    assert data["ready"] == {"reason": "ready", "sentence": "", "missing": [], "visits": 2}
    assert [(page["path"], page["offline"]) for page in data["pages"]] == [
        ("/", "same"),
        ("/about", "degraded"),
    ]
    assert data["pages"][1]["failed"] == ["/logo.png"]
    assert data["pages"][1]["answered"][0]["cache"] == "v1"
    assert data["pages"][1]["differences"][0]["what"] == "request"
    assert data["skipped"][0]["why"] == "it answers 404 online"
    assert data["caches"][0]["storedBy"] == "install"
    assert data["findings"][0]["code"] == "error-stored"
    assert (data["format"], data["site"], data["seconds"]) == (1, "dist", 1.235)
    assert [each["build"] for each in data["builds"]] == ["chromium"]


def test_an_audit_of_no_build_has_no_pages() -> None:
    assert SiteAudit("dist").as_data() == {"format": 1, "site": "dist", "builds": []}


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [((), "same"), (("same", "dead", "fallback"), "dead"), (("degraded", "same"), "degraded")],
)
def test_the_worst_verdict_is_the_pages(verdicts: tuple[Offline, ...], expected: Offline) -> None:
    assert worst(verdicts) == expected


def test_pages_are_counted_by_verdict() -> None:
    assert [BUILD.count("same"), BUILD.count("degraded"), BUILD.count("dead")] == [1, 1, 0]


def test_a_finding_says_its_code_and_whether_it_is_private() -> None:
    finding = BUILD.findings[0]
    assert str(finding) == "error-stored: a 404 is stored"
    assert not finding.private
    assert Finding("canary", "error", "/me", "v1", "it holds 'x'").private
