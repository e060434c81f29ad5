"""The tutorial of the manual, followed to the letter in an empty folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from readme_blocks import ROOT

STEP = re.compile(
    r'^```\w+ title="(?P<file>[^"]+)"\n(?P<text>.*?)^```$'
    r"|^<!-- (?P<verdict>runs|fails): (?P<said>.+?) -->\n```sh\n(?P<command>.+?)\n```$",
    re.M | re.S,
)


@pytest.fixture
def both(pytestconfig: pytest.Config) -> None:
    named = set(pytestconfig.getoption("--offline-build"))
    if not {"chromium", "firefox"} <= named:
        pytest.skip("the tutorial is followed where the run has chromium and firefox")


def test_it_goes_as_it_says(both: None, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    followed: list[str] = []
    for step in STEP.finditer(text):
        if step["file"]:
            file = tmp_path / step["file"]
            file.parent.mkdir(exist_ok=True)
            file.write_text(step["text"], encoding="utf-8")
            continue
        code, printed = run(step["command"], tmp_path)
        assert step["said"] in printed, printed
        assert (code == 0) == (step["verdict"] == "runs"), printed
        followed.append(step["verdict"])
    assert followed == ["runs", "fails", "runs"]


def test_no_command_of_it_goes_untried() -> None:
    """All but the setting up, which make test has done: each pytest line has its verdict."""
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    tried = [step["command"] for step in STEP.finditer(text) if step["command"]]
    lines = re.findall(r"^pytest --offline.*$", text, re.M)
    assert lines == tried


def run(command: str, folder: Path) -> tuple[int, str]:
    program, *words = shlex.split(command)
    assert program == "pytest"
    environment = {
        name: value
        for name, value in os.environ.items()
        if "PYTEST_" not in name or name == "PYTEST_OFFLINE_BROWSERS"
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
