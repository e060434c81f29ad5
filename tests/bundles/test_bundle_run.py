"""A bundle runs by itself, in a fresh interpreter that has Playwright and aiohttp and no more."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pytest_offline.browser.launch import launch_options
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.bundles import (
    OFFLINE,
    Answer,
    Evaluate,
    Goto,
    Outcome,
    Reload,
    Scenario,
    Site,
    WaitUntilReady,
    write_bundle,
)
from pytest_offline.bundles.known_bugs import KNOWN_BUGS

BUGS = Path(__file__).parent.parent / "bugs"
NEEDED = ("playwright", "aiohttp")

# Run before run.py: what is not needed is not there.
ALONE = """
import json, os, runpy, sys
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
class Needed:
    gone = frozenset(json.loads(os.environ["GONE"]))
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self.gone:
            return PathFinder.find_spec(name, path, target)
sys.meta_path[:] = [BuiltinImporter, FrozenImporter, Needed()]
for name in ("pytest_offline", "pytest", "yaml", "rich", "trustme"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    sys.exit(f"{name} is here")
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

WORKER = b"""addEventListener('install', (event) => {
  skipWaiting();
  event.waitUntil(caches.open('v1').then((cache) => cache.addAll(['/', '/data'])));
});
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  event.respondWith(caches.match(event.request).then((found) => found || fetch(event.request)));
});
"""


def works_offline(right: str) -> Scenario:
    page = b"<!DOCTYPE html><title>t</title><link rel=icon href=data:,><h1>here</h1>"
    read = "() => fetch('/data').then((answer) => answer.text())"
    return Scenario(
        "A page and its data are there offline",
        (
            Goto("/", "loads", 200),
            Evaluate("() => navigator.serviceWorker.register('/sw.js').then(() => null)"),
            WaitUntilReady(controlled=True, cached=("/", "/data")),
            OFFLINE,
            Reload("loads"),
            Evaluate(read, expected=(Outcome(right),)),
        ),
        Site.of(Answer("/", page), Answer("/sw.js", WORKER), Answer("/data", b"kept")),
    )


def run_alone(folder: Path, installed: InstalledBuild) -> subprocess.CompletedProcess[str]:
    options = launch_options(installed, {})
    given = ["--browser", installed.build.engine]
    for name, switch in (("executable_path", "--executable"), ("channel", "--channel")):
        if options.get(name):
            given += [switch, str(options[name])]
    given += [f"--arg={each}" for each in list(options.get("args") or [])]  # type: ignore[call-overload]
    env = {**os.environ, **installed.env, "GONE": json.dumps(others_than(NEEDED))}
    env.pop("PYTHONPATH", None)
    command = [sys.executable, "-c", ALONE, str(folder / "run.py"), *given]
    return subprocess.run(
        command, capture_output=True, text=True, env=env, check=False, timeout=150
    )


def others_than(needed: Sequence[str]) -> list[str]:
    """Names that can be imported here and belong to nothing that is needed."""
    wanted, left = set[str](), list(needed)
    while left:
        name = left.pop().lower().replace("_", "-")
        if name not in wanted:
            wanted.add(name)
            for each in requires_of(name):
                left.append(each)
    found = packages_distributions()
    # What is installed for working on it has no list of its files.
    return [
        "pytest_offline",
        *(
            name
            for name, owners in found.items()
            if not any(owner.lower().replace("_", "-") in wanted for owner in owners)
        ),
    ]


def requires_of(name: str) -> list[str]:
    try:
        texts = requires(name) or []
    except PackageNotFoundError:
        return []
    plain = [text for text in texts if "extra ==" not in text]
    return [found[0] for text in plain if (found := re.match(r"[\w.-]+", text)) is not None]


@pytest.mark.parametrize(("right", "code"), [("kept", 0), ("something else", 1)])
def test_a_bundle_says_whether_it_agrees(
    tmp_path: Path, browser_build: InstalledBuild, right: str, code: int
) -> None:
    if browser_build.build.name != "chromium":
        pytest.skip("a browser of its own is started here: one build has to do")
    folder = write_bundle(tmp_path / "bundle", works_offline(right))
    done = run_alone(folder, browser_build)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("it agrees now" in done.stdout) == (code == 0)
    if code:
        assert 'WRONG: "something else"' in done.stdout
        assert "it still fails: something else came of 1 of 6 steps" in done.stdout


def test_what_could_not_be_run_is_another_answer(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "bundle", works_offline("kept"))
    (folder / "scenario.json").write_text('{"version": 1, "title": 7}')
    done = subprocess.run(
        [sys.executable, str(folder / "run.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "run.py: scenario.json.title: should be a text, is 7\n"


def test_replay_and_bisect_by_the_command_line(browser: Browser) -> None:
    """Playwright's own runs here already, so theirs run in a process of their own."""
    name = "chromium-83"
    if browser.browser_type.name != "chromium" or not browser.version.startswith("83."):
        pytest.skip("one build has to do: chromium-83, which starts quickest")
    bug = BUGS / "serviceworker-854"
    done = command("replay", str(bug), "--build", name)
    assert done.returncode == 1, done.stdout + done.stderr
    assert KNOWN_BUGS["serviceworker-854"].link in done.stdout
    assert 'WRONG: ["#part"]' in done.stdout
    assert command("replay", str(BUGS / "cache-vary-empty-header"), "--build", name).returncode == 0
    table = command("bisect", str(bug), "--build", name, "--json")
    assert table.returncode == 1, table.stderr
    told = json.loads(table.stdout)
    assert [each["answer"] for each in told["builds"]] == ["fails"]
    assert told["changes"] == ["chromium: it fails in all builds that ran (chromium-83)"]


def test_replay_of_what_is_not_there() -> None:
    done = command("replay", "nowhere")
    assert done.returncode == 2
    assert "is no bundle: there is no scenario.json in it" in done.stderr
    done = command("replay", str(BUGS / "playwright-2311"), "--build", "netscape")
    assert (done.returncode, "'netscape' is not a browser" in done.stderr) == (2, True)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "pytest_offline", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=150)
