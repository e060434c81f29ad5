"""``pytest-offline browsers``: what is printed, what it ends with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from browser_kit import put_build, with_system

from pytest_offline import cli
from pytest_offline.browser import resolve as resolving
from pytest_offline.browser.machine import Machine
from pytest_offline.browser.survey import survey, words
from pytest_offline.errors import InstallError


@pytest.fixture
def made_up(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The command sees a machine with a system chromium and chromium-83."""
    machine = with_system(machine, {"chromium": {"/usr/bin/chromium": "156.0.1"}})
    put_build(machine.cache, "chromium-83", version="83.0.4103.0")
    monkeypatch.setattr(resolving, "this_machine", lambda: machine)
    monkeypatch.setattr(resolving, "ask_playwright", lambda engine: f"/nowhere/{engine}")
    return machine


def test_the_table_shows_what_is_here_and_how_to_get_the_rest(
    made_up: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["browsers"]) == 0
    out = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "156.0.1, system" in out
    assert "83.0.4103.0, npm made-up@1.0.0" in out
    assert "pytest-offline browsers install firefox" in out
    assert "AppCache" in out
    assert "loopback only: chromium-83, chromium-88, chromium-92 have holes" in out
    assert "reach this machine and nothing else" in out


def test_json_has_every_build(made_up: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["browsers", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(rows) == {
        "chromium",
        "firefox",
        "webkit",
        "chromium-83",
        "chromium-88",
        "chromium-92",
        "chromium-153",
    }
    assert rows["chromium"]["path"] == "/usr/bin/chromium"
    assert rows["chromium-83"]["path"] == f"{made_up.cache}/chromium-83/chromium"
    assert rows["chromium-83"]["capabilities"]["loopback_only"] is True
    assert rows["firefox"]["here"] is False
    assert "/nowhere/firefox does not exist" in rows["firefox"]["why_not"]
    assert rows["chromium-153"]["install"] == "pytest-offline browsers install chromium-153"


def test_available_leaves_out_what_is_here(
    made_up: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["browsers", "--available", "--json"]) == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert names == ["firefox", "webkit", "chromium-88", "chromium-92", "chromium-153"]


def test_capabilities_are_words(made_up: Machine) -> None:
    rows = {row.build.name: row for row in survey(machine=made_up)}
    assert words(rows["chromium-83"].capabilities) == (
        "AppCache, service workers, module workers, loopback only, headless only, "
        "offline known to workers"
    )


def test_an_unknown_name_is_wrong_use_and_nothing_is_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "pytest_offline.browser.install.install", lambda name, **_: asked.append(name)
    )
    assert cli.main(["browsers", "install", "chromium-83", "edge"]) == 2
    assert "'edge' is not a browser pytest_offline drives; choose from:" in capsys.readouterr().err
    assert asked == []


def test_one_that_fails_does_not_keep_the_others_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def install(name: str, **_: object) -> None:
        asked.append(name)
        if name == "webkit":
            raise InstallError("webkit comes from Playwright's own download only")

    monkeypatch.setattr("pytest_offline.browser.install.install", install)
    assert cli.main(["browsers", "install", "webkit", "chromium", "chromium"]) == 1
    assert asked == ["webkit", "chromium"]
    assert "pytest-offline: webkit comes from" in capsys.readouterr().err


def test_ctrl_c_ends_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(name: str, **_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pytest_offline.browser.install.install", install)
    assert cli.main(["browsers", "install", "chromium"]) == 130
    assert capsys.readouterr().err == "pytest-offline: interrupted\n"


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["browsers", "install"]])
def test_argparse_ends_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2


def test_the_module_runs_and_installs_what_is_there_already(tmp_path: Path) -> None:
    folder = put_build(tmp_path / "cache", "chromium-153", version="153.0.8010.0")
    done = subprocess.run(
        (sys.executable, "-m", "pytest_offline", "browsers", "install", "chromium-153"),
        env={**os.environ, "PYTEST_OFFLINE_BROWSERS": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"chromium-153 153.0.8010.0 is here: {folder}\n"
