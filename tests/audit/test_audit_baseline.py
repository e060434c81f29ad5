"""``pytest-offline audit --offline-baseline``: written, held, and red with the right sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

SITE = Path(__file__).parents[2] / "sample_sites" / "precache_shell"


@pytest.fixture
def chromium(pytestconfig: pytest.Config) -> None:
    named = pytestconfig.getoption("--offline-build")
    if named and "chromium" not in named:
        pytest.skip("the command is run in chromium, which this run has not")


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest_offline", "audit", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def audit(*words: str, folder: Path) -> tuple[int, str]:
    done = run(*words, folder=folder)
    return done.returncode, done.stdout + done.stderr


def test_a_broken_site_goes_red_and_says_why(chromium: None, tmp_path: Path) -> None:
    shutil.copytree(SITE, tmp_path / "site")
    held = ("site", "--offline-baseline", "offline.txt")
    code, said = audit(*held, "--offline-update", folder=tmp_path)
    assert (code, "offline.txt was written: commit it." in said) == (0, True), said
    assert "page /about.html same [chromium]\n" in (tmp_path / "offline.txt").read_text()

    code, said = audit(*held, "--format", "github", folder=tmp_path)
    assert (code, said.splitlines()[-1]) == (0, "All is as offline.txt says."), said
    assert "::error" not in said

    done = run(*held, "--json", "-", folder=tmp_path)
    assert json.loads(done.stdout)["build"] == "chromium"
    assert "All is as offline.txt says." in done.stderr

    worker = tmp_path / "site" / "sw.js"
    text = worker.read_text()
    assert "'about.html', " in text
    worker.write_text(text.replace("'about.html', ", ""))
    more = ("--junit", "junit.xml", "--sarif", "sarif.json")
    code, said = audit(*held, *more, folder=tmp_path)
    assert code == 1, said
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["the baseline"], "what is accepted fails nothing, and what is worse does"
    results = json.loads((tmp_path / "sarif.json").read_text())["runs"][0]["results"]
    errors = [each["message"]["text"] for each in results if each["level"] == "error"]
    assert any("/about.html works no more" in each for each in errors), errors
    assert {each["ruleId"] for each in results if each["level"] == "error"} == {
        "worse-than-baseline"
    }
    assert "- page /about.html: same → fallback" in said, said
    assert "/about.html works no more: it opens as another page offline, and until now it" in said
    assert "worse than offline.txt says. Mend it, or accept it" in said


def test_mistakes_are_told_before_the_site_is_visited(tmp_path: Path) -> None:
    shutil.copytree(SITE, tmp_path / "site")
    code, said = audit("site", "--offline-update", folder=tmp_path)
    assert (code, "--offline-update needs the file to write" in said) == (2, True), said
    code, said = audit("site", "--offline-baseline", "gone.txt", folder=tmp_path)
    assert (code, "gone.txt is not there: write it with --offline-update" in said) == (2, True)
