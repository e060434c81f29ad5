"""``pytest-offline explore``: its options, its exit codes, its corpus, and how it ends."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.cli import main
from pytest_offline.errors import OfflineError, UsageError
from pytest_offline.explore import Asked, Made, Program, Step, side_by_side
from pytest_offline.explore import __main__ as alone
from pytest_offline.explore.corpus import Corpus
from pytest_offline.explore.side_by_side import Plan, Standing, hunt

pytestmark = pytest.mark.any_build

PUT = Step("cache", "put", "one", requests=(Asked("/a"),), response=Made())
PROGRAM = Program((PUT,))
FAILURE = {
    "build": "chromium",
    "version": "1.0",
    "seed": 7,
    "round": 2,
    "lines": ["operation 1 differs"],
    "javascript": "await it();\n",
    "pytest": "def test_it(): ...\n",
    "model": "storage.open('one')\n",
}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--minutes", "0"], "--minutes 0: give more than nothing, such as 5"),
        (["--minutes", "nan"], "--minutes nan: give more than nothing"),
        (["--operations", "0"], "--operations 0: give at least 1"),
        (["--build", "netscape"], "netscape"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explore", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_corpus_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    assert main(["explore", "--corpus", str(tmp_path)]) == 2
    assert "bad.json in the corpus cannot be read" in capsys.readouterr().err
    assert main(["explore", "--corpus", str(tmp_path / "bad.json")]) == 2
    assert "is a file; give a folder" in capsys.readouterr().err


def test_a_corpus_keeps_a_program_for_machines_and_people(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "new")
    assert corpus.programs() == []
    path = corpus.keep(PROGRAM, {"seed": 1})
    assert json.loads(path.read_text(encoding="utf-8"))["about"] == {"seed": 1}
    assert sorted(each.name for each in corpus.folder.iterdir()) == sorted(
        [f"{PROGRAM.id}.json", f"{PROGRAM.id}.js", f"test_{PROGRAM.id}.py"]
    )
    assert corpus.programs() == [PROGRAM]


def hunted(monkeypatch: pytest.MonkeyPatch, *standings: Standing) -> list[Plan]:
    plans: list[Plan] = []

    def instead(plan: Plan, progress: Callable[[Sequence[Standing]], None]) -> list[Standing]:
        plans.append(plan)
        progress(standings)
        return list(standings)

    monkeypatch.setattr(side_by_side, "hunt", instead)
    return plans


def test_nothing_found_ends_with_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = {"operations": 1234, "programs": 40, "restarts": 1, "deviations": {"some-id": 3}}
    plans = hunted(monkeypatch, Standing("chromium", "1.0", tally))
    assert main(["explore", "--build", "chromium", "--seed", "5", "--minutes", "2"]) == 0
    assert plans == [Plan(("chromium",), 2.0, 5)]
    said = capsys.readouterr().out
    assert "seed 5, chromium" in said
    assert "1,234" in said
    assert "known deviation some-id in 3 programs" in said
    assert "The model allows everything that was seen." in said


def test_a_failure_ends_with_1_and_is_shown_in_all_its_forms(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hunted(monkeypatch, Standing("chromium", "1.0", {}, [FAILURE]))
    assert main(["explore"]) == 1
    said = capsys.readouterr().out
    for part in (
        "chromium 1.0, seed 7, round 2:",
        "operation 1 differs",
        "as JavaScript:\nawait it();",
        "as a pytest test:\ndef test_it(): ...",
        "as steps of the model:\nstorage.open('one')",
        "1 programs did what the model does not allow.",
    ):
        assert part in said


def test_each_build_has_a_process_and_its_arguments(tmp_path: Path) -> None:
    plan = Plan(("chromium", "firefox"), 5.0, 1, 100, str(tmp_path), "bundles")
    assert plan.arguments("firefox") == [
        "--build", "firefox", "--minutes", "5.0", "--seed", "1", "--operations", "100",
        "--corpus", str(tmp_path), "--bundle", "bundles",
    ]  # fmt: skip


def test_a_build_that_is_not_here_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="webkit"):
        hunt(Plan(("webkit",), 1.0, 1), lambda standings: None)


def test_a_process_that_breaks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(OfflineError) as caught:
        hunt(Plan(("chromium",), 1.0, 1), lambda standings: None)
    assert "the hunt in chromium ended with exit code 1" in str(caught.value)
    assert "python -m pytest_offline.explore --build chromium" in str(caught.value)


def test_a_hunt_with_a_corpus_runs_to_its_end(
    browser_build: InstalledBuild, tmp_path: Path
) -> None:
    Corpus(tmp_path).keep(PROGRAM, {})
    told: list[Any] = []
    plan = Plan((browser_build.build.name,), 5.0, 1, 60, str(tmp_path))
    (standing,) = hunt(plan, lambda standings: told.append(standings[0].tally))
    assert (standing.code, standing.failures, standing.error) == (0, [], None)
    assert standing.version
    assert standing.tally["operations"] >= 60
    assert told


def test_an_interrupt_leaves_nothing_behind(browser_build: InstalledBuild) -> None:
    build = browser_build.build.name
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest_offline.explore", "--build", build, "--minutes", "9",
         "--seed", "1"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdin is not None
    with process.stdout, process.stdin:
        begun = json.loads(process.stdout.readline())
        assert begun["event"] == "begun"
        children = descendants(process.pid)
        assert len(children) > 1
        process.send_signal(signal.SIGINT)
        told = [json.loads(line)["event"] for line in process.stdout]
    assert process.wait() == 0
    assert told[-2:] == ["tally", "ended"]
    assert [pid for pid in children if is_running(pid)] == []


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # a thread, or all of it, may end at any moment
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for child in map(int, path.read_text().split()):
                    found += [child, *descendants(child)]
    return found


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_find_is_told_kept_in_the_corpus_and_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from explore_kit import ModelBrowser

    monkeypatch.setattr("playwright.sync_api.sync_playwright", contextlib.nullcontext)
    monkeypatch.setattr(
        "pytest_offline.explore.explorer.Explorer",
        lambda *given: contextlib.nullcontext(ModelBrowser(blind="ignore_search")),
    )
    # Signals and standard input are those of the whole suite here.
    monkeypatch.setattr(alone._Stop, "listen", lambda stop: None)
    corpus, bundles = tmp_path / "corpus", tmp_path / "bundles"
    arguments = ["--build", "chromium", "--minutes", "5", "--seed", "1", "--operations", "400"]
    assert alone.main([*arguments, "--corpus", str(corpus), "--bundle", str(bundles)]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = [each for each in told if each["event"] == "failure"]
    assert told[0]["event"] == "begun"
    assert told[-1] == {"event": "ended"}
    assert told[-2]["failures"] == len(found) > 0
    # Each is told once, however often it is asked how far the hunt is.
    kinds = [each["kind"] for each in found]
    assert len(set(kinds)) == len(kinds)
    programs = {program.id for program in Corpus(corpus).programs()}
    assert programs == {Program.from_json(each["program"]).id for each in found}
    assert len([path for path in bundles.iterdir() if (path / "run.py").is_file()]) == len(found)
    about = json.loads((corpus / f"{min(programs)}.json").read_text(encoding="utf-8"))["about"]
    assert (about["seed"], about["build"]) == (1, "model")
