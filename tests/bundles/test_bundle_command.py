"""``pytest-offline bundle`` and ``bisect``, as they are typed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from inner_pytest import run_python

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.bundles import Answer, Evaluate, Goto, Outcome, Scenario, Site, read_bundle
from pytest_offline.bundles.replaying import Verdict
from pytest_offline.bundles.runner.driving import Finding
from pytest_offline.bundles.runner.replaying import Result
from pytest_offline.bundles.writing import write_bundle
from pytest_offline.cli import DONE, FAILED, main

SECRET = "named-secret-1"

TESTS = f"""
def test_passes(page, origin):
    origin.reply("/", "<!DOCTYPE html><link rel=icon href=data:,><title>{SECRET}</title>")
    page.goto(origin.url)

def test_has_no_page(origin):
    pass
"""

TWO = Scenario(
    "one is [bold]two[/bold]",
    (Goto("/"), Evaluate("() => 1", expected=(Outcome(2),))),
    Site.of(Answer("/", f"<title>{SECRET}</title>".encode())),
)


def typed(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run_python(folder, "-m", "pytest_offline", *words)


@pytest.mark.any_build
def test_a_test_that_passes_is_bundled_and_masked(
    tmp_path: Path, browser_build: InstalledBuild
) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    options = ("--out", "out", "--build", browser_build.build.name, "--mask", SECRET)
    bundle = f"out/test_it.py-test_passes-{browser_build.build.name}"
    for _ in range(2):  # the second replaces the first, and is told of as well
        done = typed(tmp_path, "bundle", "test_it.py::test_passes", *options)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (DONE, bundle), done
    site = read_bundle(tmp_path / bundle).site.hosts[0]
    assert b"<title>masked</title>" in site.answers[0].body
    files = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    assert SECRET.encode() not in b"".join(file.read_bytes() for file in files)
    none = typed(tmp_path, "bundle", "test_it.py::test_has_no_page", *options)
    assert (none.returncode, "1 passed" in none.stdout.splitlines()[-1]) == (FAILED, True)
    assert "test_it.py::test_has_no_page left no bundle: it has to be a test that uses both" in (
        none.stderr
    )


def test_a_scenario_is_made_whole_and_masked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = write_bundle(tmp_path / "bare", TWO, whole=False)
    out = tmp_path / "out"
    assert not (bare / "runner").exists()
    assert main(["bundle", str(bare), "--out", str(out), "--mask", SECRET]) == DONE
    assert capsys.readouterr().out.strip() == str(out)
    assert (out / "runner" / "__main__.py").is_file()
    assert read_bundle(out).site.hosts[0].answers[0].body == b"<title>masked</title>"


RIGHT, WRONG = Finding(1, "goto /", "loads"), Finding(2, "evaluate", "[1]", "2")


@pytest.fixture
def two_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle, on a machine that has two Chromiums of which the newer fails."""
    here = {"chromium": "156.0", "chromium-83": "83.0"}
    rows = [
        SimpleNamespace(build=SimpleNamespace(name=name), version=here.get(name), here=name in here)
        for name in (*here, "webkit")
    ]
    findings = {"chromium-83": (RIGHT,), "chromium": (RIGHT, WRONG)}

    def replay(scenario: Scenario, builds: Sequence[str]) -> list[Verdict]:
        return [Verdict(each, here[each], Result("b", findings[each])) for each in builds]

    monkeypatch.setattr("pytest_offline.browser.survey.survey", lambda: rows)
    monkeypatch.setattr("pytest_offline.bundles.replaying.replay", replay)
    monkeypatch.setenv("COLUMNS", "120")
    return write_bundle(tmp_path / "bundle", TWO)


def test_bisect_shows_every_build_the_oldest_first(
    two_builds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bisect", str(two_builds)]) == FAILED
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    assert rows == [
        ["chromium-83", "83.0", "agrees", ""],
        ["chromium", "156.0", "fails", "evaluate: [1]"],
    ]
    assert any("one is [bold]two[/bold]" in line for line in lines)
    assert lines[-2:] == [
        "chromium: chromium (156.0) is the first that fails; chromium-83 (83.0) agrees",
        "not here: webkit (pytest-offline browsers install webkit)",
    ]


def test_bisect_of_one_build_says_nothing_of_others(
    two_builds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bisect", str(two_builds), "--build", "chromium-83", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert [(each["build"], each["answer"]) for each in told["builds"]] == [
        ("chromium-83", "agrees")
    ]
    assert told["changes"] == ["chromium: it agrees in all builds that ran (chromium-83)"]


@pytest.mark.any_build
def test_bisect_runs_the_bundle(tmp_path: Path, browser_build: InstalledBuild) -> None:
    name = browser_build.build.name
    write_bundle(tmp_path / "bundle", TWO)
    done = typed(tmp_path, "bisect", "bundle", "--build", name)
    assert done.returncode == FAILED, done
    assert f": it fails in all builds that ran ({name})" in done.stdout
