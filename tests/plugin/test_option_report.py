"""``--offline-report FILE.html``: what a run leaves in it, alone and with pytest-xdist."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_offline.report.packing import unpack

TESTS = """
import pytest
from pytest_offline import expect, OFFLINE

def test_passes(site, page, network, caches, service_worker):
    page.goto(site.url)
    service_worker.wait_until_ready()
    with network.offline():
        page.reload()
        page.evaluate("fetch('/api?secret=1').catch(() => console.warn('no api'))")
        expect(page.get_by_role("heading")).to_have_text("Gallery")

def test_fails(site, page, caches, service_worker):
    page.goto(site.url)
    service_worker.wait_until_ready()
    expect(caches).to_have_put("/app.js", timeout=1)

def test_of_its_own():
    assert True
"""

MORE = """
from pytest_offline import HANG

def test_hangs(site, page, network):
    page.goto(site.url_for("/x"))
    for _ in range(7):
        network.offline()
        network.online()
    network.set(HANG)
"""

WITHOUT_BROWSER = """
import pytest

def test_passes(origin): pass

def test_fails(origin):
    assert 1 == 2, "one is not two"

@pytest.fixture
def broken(origin):
    raise RuntimeError("my own fixture")

def test_error(broken): pass

@pytest.fixture
def broken_at_the_end(origin):
    yield
    raise RuntimeError("my own end")

def test_error_at_the_end(broken_at_the_end): pass

@pytest.mark.skip(reason="not on a Sunday")
def test_skipped(origin): pass

@pytest.mark.xfail(reason="known", strict=False)
def test_xfailed(origin): assert False

@pytest.mark.xfail(reason="said to fail", strict=False)
def test_xpassed(origin): pass

@pytest.mark.xfail(strict=True)
def test_strict(origin): pass

def test_of_others(): assert False
"""


@dataclass
class Read:
    """A report as its page would read it."""

    index: dict[str, Any]
    details: dict[str, dict[str, Any]]

    def test(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        (head,) = [each for each in self.index["tests"] if f"::{name}" in each["id"]]
        return head, self.details[head["id"]]


def read(path: Path) -> Read:
    text = path.read_text(encoding="utf-8")
    blocks = dict(re.findall(r'<script type="\S+" id="([\w-]+)">(.*?)</script>', text, re.S))
    index = json.loads(blocks["index"])
    tests = enumerate(index["tests"])
    return Read(index, {each["id"]: unpack(blocks[f"test-{number}"]) for number, each in tests})


def test_it_shows_what_the_tests_did(inner, chromium):
    """In two processes of pytest-xdist, whose parts are put together."""
    inner.write(TESTS + MORE)
    result = inner.run("--offline-report", "out/report.html", "-n", "2")
    result.assert_outcomes(passed=3, failed=1)
    path = inner.pytester.path / "out" / "report.html"
    result.stdout.fnmatch_lines(["*= offline report =*", f"3 tests: {path.as_uri()}"])
    report = read(path)
    assert report.index["counts"] == {"failed": 1, "passed": 2}
    assert report.index["others"] == {"passed": 1}
    assert [each["name"] for each in report.index["builds"]] == ["chromium"]
    # Beside it the browser may look for a new worker, at a moment of its own.
    assert {"path": "/api", "requests": 1, "tests": 1} in report.index["blocked"]["most"]

    _, detail = report.test("test_passes")
    assert [(each["condition"], each["caption"]) for each in detail["pictures"]] == [
        ("online", "the last moment before offline"),
        ("offline", "the last moment before online"),
        ("online", "at the end of the test"),
    ]
    assert [each["name"] for each in detail["periods"]] == ["offline"]
    lanes = {each["l"] for each in detail["events"]}
    assert lanes == {"page", "worker", "caches", "origin", "network"}
    said = [each["x"] for each in detail["events"]]
    assert "console: warning: no api" in said
    assert "now at /" in said
    assert [name for name, _ in detail["caches"][0]["caches"]] == ["v1"]
    assert detail["notes"] == []

    head, detail = report.test("test_fails")
    assert head["reason"].startswith("expected the caches to have put '/app.js'")
    (failure,) = detail["failures"]
    assert failure["phase"] == "call"
    assert "def test_fails" in failure["traceback"]
    _, detail = report.test("test_hangs")
    assert len(detail["pictures"]) == 12
    assert detail["notes"] == [
        "No picture, the last moment before offline: the test has 12 already.",
        "No picture, the last moment before online: the test has 12 already.",
        "No picture, the last moment before hang: the test has 12 already.",
        "No picture, at the end of the test: requests hang, and a picture waits for them.",
    ]
    # pytest-playwright's own folders are left by processes of pytest-xdist, which end at once.
    assert not [name for name in inner.leftovers() if "report" in name]


def test_every_outcome_has_its_reason(inner):
    inner.write(WITHOUT_BROWSER)
    result = inner.run("--offline-report", "report.html", "-p", "no:playwright")
    result.stdout.fnmatch_lines(["8 tests: file://*/report.html"])
    report = read(inner.pytester.path / "report.html")
    shown = {
        each["id"].partition("::")[2]: (each["outcome"], each["reason"])
        for each in report.index["tests"]
    }
    assert shown == {
        "test_passes": ("passed", ""),
        "test_fails": ("failed", "one is not two"),
        "test_error": ("error", "RuntimeError: my own fixture"),
        "test_error_at_the_end": ("error", "RuntimeError: my own end"),
        "test_skipped": ("skipped", "not on a Sunday"),
        "test_xfailed": ("xfailed", "known"),
        "test_xpassed": ("xpassed", "said to fail"),
        "test_strict": ("failed", "[XPASS(strict)]"),
    }
    assert report.index["others"] == {"failed": 1}
    assert inner.leftovers() == []


@pytest.mark.skipif(not hasattr(pytest, "Subtests"), reason="pytest before 9 has no subtests")
def test_every_failed_subtest_is_told(inner):
    inner.write(
        "def test_all(origin, subtests):\n"
        "    for number in range(3):\n"
        "        with subtests.test(number=number):\n"
        "            assert number == 1, f'{number} is not one'\n"
    )
    inner.run("--offline-report", "report.html", "-p", "no:playwright")
    head, detail = read(inner.pytester.path / "report.html").test("test_all")
    assert head["outcome"] == "failed"
    assert [each["reason"] for each in detail["failures"]][:2] == ["0 is not one", "2 is not one"]


def test_a_process_that_dies_under_a_test_is_told(inner):
    inner.write("import os\ndef test_dies(origin): os._exit(1)\ndef test_lives(origin): pass\n")
    inner.run("--offline-report", "report.html", "-n", "1", "-p", "no:playwright")
    report = read(inner.pytester.path / "report.html")
    head, _ = report.test("test_dies")
    assert head["outcome"] == "error"
    assert re.match(r"worker 'gw\d' crashed while running", head["reason"])
    assert report.test("test_lives")[0]["outcome"] == "passed"


def test_a_run_that_is_interrupted_shows_what_there_was(inner):
    inner.write("def test_first(origin): pass\ndef test_then(origin): raise KeyboardInterrupt\n")
    inner.run("--offline-report", "report.html", "-p", "no:playwright")
    report = read(inner.pytester.path / "report.html")
    assert [each["id"] for each in report.index["tests"]] == ["test_inner.py::test_first"]
    assert report.index["notes"] == [
        "The run was interrupted: tests that had not ended are not shown."
    ]


def test_nothing_is_collected_without_it(inner):
    inner.write(
        "import sys\n"
        "def test_it(origin, network):\n"
        "    assert network.before_change is None\n"
        "    assert not [name for name in sys.modules if 'pytest_offline.report' in name]\n"
        "    assert 'pytest_offline.hooks.reporting' not in sys.modules\n"
    )
    inner.run("-p", "no:playwright").assert_outcomes(passed=1)


def test_collecting_alone_writes_nothing(inner):
    inner.write(WITHOUT_BROWSER)
    inner.run("--offline-report", "report.html", "-p", "no:playwright", "--collect-only")
    assert not (inner.pytester.path / "report.html").exists()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("report.json", "*'report.json' is no name of a page: give a file that ends in .html*"),
        ("a.html", "*--offline-report a.html is a folder; give a file in it, such as a.html/off*"),
        ("f/r.html", "*--offline-report f/r.html: no file can be written in */f; name another*"),
    ],
)
def test_a_file_that_cannot_be_is_a_usage_error(inner, value, message):
    inner.write("def test_never(origin): pass")
    (inner.pytester.path / "a.html").mkdir()
    (inner.pytester.path / "f").write_text("a file")
    result = inner.run("--offline-report", value, "-p", "no:playwright")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_a_place_that_is_gone_in_the_end_is_told(inner):
    inner.write(
        "import pathlib\ndef test_it(origin): pathlib.Path('out').write_text('a file in the way')\n"
    )
    result = inner.run("--offline-report", "out/report.html", "-p", "no:playwright")
    result.stdout.fnmatch_lines(["--offline-report */out/report.html: not written (*; make room *"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
