"""What comes out of an audit: JUnit, SARIF, annotations, the terminal, the exit code."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from rich.console import Console

from pytest_offline.audit.faults import FailOn, exit_code, faults
from pytest_offline.audit.formats import as_github, as_json, as_junit, as_sarif
from pytest_offline.audit.telling import tell
from pytest_offline.cli import main
from pytest_offline.record.auditing import (
    Answered,
    BuildAudit,
    CachedFile,
    Finding,
    PageAudit,
    Readiness,
    SiteAudit,
    Skipped,
)

GOOD = PageAudit(
    "/", "same", "same", "same", answered=(Answered("/", "document", "cache", "v1", 200),)
)
SHELL = PageAudit(
    "/about", "degraded", "degraded", "degraded",
    failed=("/logo.png",), why="its request for /logo.png: status 504 fails",
    next="Store /logo.png too.", answered=(Answered("/about", "document", "made", None, 200),),
    remarks=("it opened a dialog (alert): 'hi'",),
)  # fmt: skip
DEAD = PageAudit(
    "/news/?a=1", "dead", "dead", "dead", why="/news/?a=1 does not open: 100% dead",
    next="Store it.", answered=(Answered("/news/?a=1", "document", "failed"),),
)  # fmt: skip
NOTE = Finding("stale", "note", "/a.js", "v1", "/a.js is not what the origin has now")
ERROR = Finding("error-stored", "error", "/b.js", "v1", "/b.js is a 404", "Mend it.")
BUILD = BuildAudit(
    "chromium", "156.0", Readiness("ready"), pages=(GOOD, SHELL, DEAD), findings=(ERROR, NOTE),
    cached=(CachedFile("v1", "/", 200, 1_500),), seconds=2.5, remarks=("2 more were left out",),
    skipped=(Skipped("/gone", "it answers 404 online too", "a link on /"),),
)  # fmt: skip
AUDIT = SiteAudit("dist", (BUILD,))
FINE = SiteAudit("dist", (replace(BUILD, pages=(GOOD,), findings=(NOTE,)),))


@pytest.mark.parametrize(
    ("fail_on", "count"), [("degraded", 3), ("fallback", 2), ("dead", 2), ("never", 0)]
)
def test_faults_begin_where_they_are_told_to(fail_on: FailOn, count: int) -> None:
    assert len(faults(AUDIT, fail_on)) == count
    assert exit_code(AUDIT, fail_on) == (1 if count else 0)


def test_a_site_that_is_not_ready_is_a_fault_of_its_build() -> None:
    lazy = replace(BUILD, ready=Readiness("no-worker", "no worker"), pages=(GOOD,), findings=())
    found = faults(SiteAudit("dist", (lazy, FINE.builds[0])))
    assert found == ("chromium: not ready (no-worker): no worker",)


def test_what_was_not_audited_to_its_end_has_a_code_of_its_own() -> None:
    assert exit_code(FINE) == 0
    assert exit_code(SiteAudit("dist")) == 2
    assert exit_code(SiteAudit("dist", (replace(BUILD, stopped="it was interrupted"),))) == 2
    assert exit_code(SiteAudit("dist", (replace(BUILD, pages=()),)), "never") == 2


def test_json_is_what_as_data_gives() -> None:
    assert json.loads(as_json(AUDIT)) == AUDIT.as_data()


def test_junit_has_a_case_a_page() -> None:
    stopped = replace(BUILD, stopped="the browser\x00 died")
    suite = ElementTree.fromstring(as_junit(SiteAudit("dist", (stopped,))))[0]
    assert suite.attrib == {
        "name": "dist in chromium", "tests": "6", "failures": "3", "errors": "1", "time": "2.500",
    }  # fmt: skip
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert list(cases) == [
        "the site is ready",
        "/",
        "/about",
        "/news/?a=1",
        "the caches",
        "the audit",
    ]
    failure = cases["/about"].find("failure")
    assert failure is not None
    assert (failure.get("type"), failure.text) == (
        "degraded",
        "its request for /logo.png: status 504 fails. Store /logo.png too.",
    )
    error = cases["the audit"].find("error")
    assert error is not None
    assert (
        error.text
        == error.get("message")
        == ("The audit did not come to its end: the browser died")
    )
    assert "<failure" not in as_junit(AUDIT, "never")


def test_a_build_that_never_started_is_nowhere_green() -> None:
    missing = SiteAudit(
        "dist", (BuildAudit("firefox", "", Readiness(""), stopped="it is missing"),)
    )
    suite = ElementTree.fromstring(as_junit(missing))[0]
    assert [case.get("name") for case in suite.iter("testcase")] == ["the audit"]
    said = "The audit did not come to its end: it is missing"
    assert as_github(missing, "never") == [f"::error title=not-audited in firefox::{said}"]
    (result,) = json.loads(as_sarif(missing))["runs"][0]["results"]
    assert (result["ruleId"], result["message"]["text"]) == ("not-audited", said)


def test_sarif_has_rules_results_and_files() -> None:
    run = json.loads(as_sarif(AUDIT))["runs"][0]
    results = {result["ruleId"]: result for result in run["results"]}
    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == sorted(results)
    assert {rule: result["level"] for rule, result in results.items()} == {
        "degraded": "error", "dead": "error", "error-stored": "error", "stale": "note",
    }  # fmt: skip
    where = results["dead"]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert where == "news/index.html"
    assert results["dead"]["message"]["text"] == "/news/?a=1 does not open: 100% dead. Store it."


def test_sarif_of_what_is_no_fault_warns() -> None:
    lazy = replace(BUILD, ready=Readiness("no-worker", "no worker"))
    elsewhere = replace(NOTE, url="https://cdn.example/x.js")
    audit = SiteAudit("dist", (replace(lazy, findings=(elsewhere,)),))
    results = json.loads(as_sarif(audit, "never"))["runs"][0]["results"]
    assert [each["level"] for each in results] == ["warning", "warning", "warning", "note"]
    uri = results[3]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "https://cdn.example/x.js"


def test_annotations_escape_what_github_reads() -> None:
    lines = as_github(AUDIT)
    assert lines[1] == (
        "::error title=dead in chromium::/news/?a=1 does not open: 100%25 dead. Store it."
    )
    assert lines[3].startswith("::notice title=stale in chromium::")


def told(audit: SiteAudit) -> str:
    out = io.StringIO()
    tell(audit, Console(file=out, width=100, highlight=False))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def test_a_terminal_gets_a_table_and_sentences() -> None:
    text = told(AUDIT)
    assert "dist  in chromium 156.0  2.5 s" in text
    assert "✓ 1 same   ◐ 1 degraded   ✗ 1 dead" in text
    assert "✗ /news/?a=1 does not open: 100% dead\n    → Store it." in text
    assert "◐ /about: its request for /logo.png: status 504 fails" in text
    assert "1 cache, 1 file, 1.5 kB  v1" in text
    assert "error error-stored  /b.js is a 404\n    → Mend it." in text
    assert "· left out: /gone, it answers 404 online too (found by a link on /)" in text
    assert "· /about: it opened a dialog (alert): 'hi'" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["/", "✓", "same", "cache", "v1"] in rows
    assert ["/about", "◐", "degraded", "made", "by", "the", "worker"] in rows
    assert ["/news/?a=1", "✗", "dead", "nowhere"] in rows


def test_many_pages_are_told_briefly() -> None:
    same = [replace(GOOD, path=f"/{number}") for number in range(40)]
    dead = [
        replace(DEAD, path=f"/d{number}", why=f"/d{number} does not open", warm="same")
        for number in range(30)
    ]
    odd = [replace(SHELL, path=f"/s{number}", why=f"reason {number}") for number in range(20)]
    skipped = [Skipped(f"/x{number}", "it is a download") for number in range(9)]
    notes = [replace(NOTE, url=f"/{number}") for number in range(20)]
    build = replace(
        BUILD, pages=(*same, *dead, *odd), skipped=tuple(skipped), findings=tuple(notes),
        ready=Readiness("missing", "1 URL is missing"), stopped="it was interrupted",
    )  # fmt: skip
    text = told(SiteAudit("dist", (build,)))
    assert "stopped before its end: it was interrupted" in text
    assert "not ready (missing): 1 URL is missing" in text
    assert "… 25 more" in text
    assert "(and 29 more pages like it)" in text
    assert "… and 9 more reasons; --json FILE has them all" in text
    assert "… and 14 more findings; --json FILE has them all" in text
    assert "… and 4 more were left out" in text
    assert "/s0 and 19 more: it opened a dialog" in text
    assert "dead / same" in text


def test_an_audit_of_nothing_says_so() -> None:
    bare = BuildAudit("chromium", "156.0", Readiness("ready"))
    assert "no page was audited" in told(SiteAudit("dist", (bare,)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere is not there; give the folder that a build makes"),
        ([".", "--header", "X-A"], "--header 'X-A': write a name, ':' and a value"),
        ([".", "--cookie", "=1"], "--cookie '=1': write a name, '=' and a value"),
    ],
)
def test_wrong_use_ends_with_two(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_count_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["audit", ".", "--depth", "deep"])
    assert "'deep' is no number; give 0 or more" in capsys.readouterr().err
