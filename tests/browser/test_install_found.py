"""``chromium``, ``firefox``, ``webkit``: what is here, else Playwright's download, else ours."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from browser_kit import Told, put_build, with_system
from rich.console import Console

from pytest_offline.browser import debian, playwright_own
from pytest_offline.browser import install as installing
from pytest_offline.browser import resolve as resolving
from pytest_offline.browser.builds import Build
from pytest_offline.browser.install import install
from pytest_offline.browser.machine import Machine
from pytest_offline.browser.progress import OnConsole, Reporter
from pytest_offline.browser.resolve import DEBIAN_FIREFOX
from pytest_offline.errors import InstallError, UsageError


class World:
    """What installing meets: a machine, and Playwright's answer to ``playwright install``."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.answer: str | None = "getaddrinfo ENOTFOUND cdn.test"
        self.asked: list[str] = []

    def playwright(self, engine: str, report: Reporter) -> str | None:
        self.asked.append(f"playwright {engine}")
        return self.answer

    def npm(self, build: Build, cache: Path, report: Reporter) -> Path:
        self.asked.append(f"npm {build.name}")
        return put_build(cache, build.name)

    def debian(self, cache: Path, report: Reporter) -> None:
        self.asked.append("debian")
        put_build(cache, DEBIAN_FIREFOX, version="153.7.0")


@pytest.fixture
def world(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(machine)
    monkeypatch.setattr(installing, "this_machine", lambda: made.machine)
    monkeypatch.setattr(installing, "cache_folder", lambda: made.machine.cache)
    monkeypatch.setattr(installing, "install_package", made.npm)
    monkeypatch.setattr(resolving, "ask_playwright", lambda engine: "/nowhere/browser")
    monkeypatch.setattr(playwright_own, "install", made.playwright)
    monkeypatch.setattr(debian, "install_firefox", made.debian)
    return made


def test_what_is_here_is_said_and_nothing_is_asked(world: World, told: Told) -> None:
    world.machine = with_system(world.machine, {"chromium": {"/usr/bin/chromium": "156.0"}})
    assert install("chromium", progress=told).origin == "system"
    assert world.asked == []
    assert told.lines == ["chromium 156.0 is here: /usr/bin/chromium (system)"]


def test_chromium_falls_back_to_the_embedded_one(world: World, told: Told) -> None:
    found = install("chromium", progress=told)
    assert world.asked == ["playwright chromium", "npm chromium-153"]
    assert found.executable == world.machine.cache / "chromium-153" / "chromium"
    assert "playwright install chromium: getaddrinfo ENOTFOUND cdn.test" in told.lines


def test_a_download_that_does_not_run_is_not_enough(world: World, told: Told) -> None:
    world.answer = None
    install("chromium", progress=told)
    assert world.asked == ["playwright chromium", "npm chromium-153"]
    assert told.lines[-1].endswith("it came, and does not run here (libraries are missing)")


def test_firefox_falls_back_to_debian(world: World) -> None:
    assert install("firefox").origin == "npm made-up@1.0.0"
    assert world.asked == ["playwright firefox", "debian"]


def test_a_firefox_that_does_not_fit_is_not_taken_for_one_that_is_here(world: World) -> None:
    machine = with_system(world.machine, {"firefox": {"/usr/bin/firefox": "153.7.0"}})
    world.machine = replace(machine, playwright_version="1.65.2")
    with pytest.raises(UsageError, match="do not fit"):
        install("firefox")
    assert world.asked[0] == "playwright firefox"


def test_webkit_comes_from_playwright_or_not_at_all(world: World) -> None:
    with pytest.raises(InstallError) as caught:
        install("webkit")
    text = str(caught.value)
    assert "webkit comes from Playwright's own download only, and that failed: getaddrinfo" in text
    assert "PLAYWRIGHT_DOWNLOAD_HOST" in text


def test_a_numbered_build_goes_straight_to_npm(world: World) -> None:
    assert install("chromium-88").build.name == "chromium-88"
    assert world.asked == ["npm chromium-88"]


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("exit 0", None),
        ("echo Error: x caused by; echo '  getaddrinfo ENOTFOUND a.test'; exit 1", "ENOTFOUND a"),
        ("echo 'Failed to install browsers' >&2; exit 1", "Failed to install browsers"),
        ("exit 7", "it ended with status 7"),
    ],
)
def test_why_playwrights_download_failed_is_one_line(
    told: Told,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    failure: str | None,
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    python.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setattr(playwright_own, "is_root", lambda: False)
    said = playwright_own.install("webkit", told)
    assert told.lines == ["webkit: playwright install webkit"]
    assert said is None if failure is None else failure in str(said)


def test_without_a_terminal_a_step_is_one_line() -> None:
    stream = io.StringIO()
    report = OnConsole(Console(file=stream, width=40))
    with report.step("fetching [bold] something that is longer than the line is", 10) as advance:
        advance(5)
        advance(5)
    report.note("done")
    assert stream.getvalue() == (
        "fetching [bold] something that is longer than the line is\ndone\n"
    )


@pytest.mark.parametrize("total", [None, 10])
def test_on_a_terminal_a_step_is_a_bar(total: int | None) -> None:
    stream = io.StringIO()
    report = OnConsole(Console(file=stream, width=120, force_terminal=True))
    with report.step("unpacking [x]", total) as advance:
        advance(10)
    assert "unpacking [x]" in stream.getvalue()
    assert "━" in stream.getvalue()
