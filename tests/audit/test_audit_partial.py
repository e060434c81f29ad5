"""An audit that does not come to its end: what is known by then is kept."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from audit_kit import SAMPLES
from playwright.sync_api import Browser, Error

from pytest_offline.audit import run
from pytest_offline.audit.faults import exit_code, faults
from pytest_offline.audit.options import Options, Silent
from pytest_offline.audit.run import INTERRUPTED, audit_build, audit_site
from pytest_offline.audit.visits import Visitor
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.errors import BrowserError, CannotAudit
from pytest_offline.origin import OriginServer
from pytest_offline.record.auditing import BuildAudit, PageAudit, Readiness, SiteAudit

DONE = BuildAudit("chromium", "1", Readiness("ready"), (PageAudit("/", "same", "same", "same"),))
SHELL = SAMPLES / "precache_shell"
VERDICTS = ["same", "same", "fallback"]
"""Of the pages of `SHELL`, by path."""


class Ended(Silent):
    """Somebody, or something, ends the audit as a page of the offline round is done."""

    def __init__(self, error: BaseException, after: int) -> None:
        self.error = error
        self.left = after
        self.offline = False

    def stage(self, what: str, total: int) -> None:
        self.offline = what == "offline"

    def step(self, path: str) -> None:
        self.left -= self.offline
        if self.offline and not self.left:
            raise self.error


@pytest.mark.any_build(firefox=False)
@pytest.mark.parametrize(
    ("error", "stopped"),
    [
        (KeyboardInterrupt(), "it was interrupted"),
        (Error("Target crashed\nmore"), "it did not go on: Target crashed"),
    ],
    ids=["interrupted", "crashed"],
)
def test_pages_that_were_seen_offline_are_judged(
    error: BaseException,
    stopped: str,
    browser: Browser,
    browser_build: InstalledBuild,
    origin_server: OriginServer,
) -> None:
    options = Options(str(SHELL), tabs=1, pages=("/nothing-here",))
    found = audit_build(origin_server, browser, browser_build, options, Ended(error, after=1))
    assert found.stopped == stopped
    assert [(page.path, page.offline) for page in found.pages] == [("/", "same")]
    assert found.ready.reason == "ready"
    assert exit_code(SiteAudit(str(SHELL), (found,))) == 2


@pytest.mark.any_build(firefox=False)
def test_pages_are_kept_where_a_second_look_breaks_off(
    browser: Browser,
    browser_build: InstalledBuild,
    origin_server: OriginServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def again(visitor: Visitor, paths: object) -> None:
        raise Error("Target crashed")

    monkeypatch.setattr(Visitor, "again", again)
    monkeypatch.setattr(run.judging, "doubtful", lambda pages: ["/"])
    options = Options(str(SHELL), tabs=1)
    found = audit_build(origin_server, browser, browser_build, options, Silent())
    assert found.stopped == "it did not go on: Target crashed"
    assert [page.offline for page in found.pages] == VERDICTS
    assert found.cached


@pytest.mark.any_build(firefox=False)
def test_a_second_build_that_is_missing_takes_nothing_with_it(
    tmp_path: Path, browser_build: InstalledBuild
) -> None:
    here = browser_build.build.name
    file = tmp_path / "audit.json"
    command = [sys.executable, "-m", "pytest_offline", "audit", str(SHELL), "--json", str(file),
               "--build", here, "--build", "webkit"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    first, second = json.loads(file.read_text("utf-8"))["builds"]
    assert [page["offline"] for page in first["pages"]] == VERDICTS
    assert (second["build"], second["pages"], second["ready"]["reason"]) == ("webkit", [], "")
    assert "webkit" in second["stopped"]
    assert "stopped before its end: " in done.stdout
    assert "not ready" not in done.stdout


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Builds are audited as told, in no browser; the names of those that were begun."""
    monkeypatch.setattr("playwright.sync_api.sync_playwright", contextlib.nullcontext)
    monkeypatch.setattr(run, "new_server", contextlib.nullcontext)

    def given(*outcomes: BuildAudit | BaseException) -> list[str]:
        begun: list[str] = []

        def start(playwright: object, name: str, **_: object) -> Any:
            begun.append(name)
            return name, SimpleNamespace(close=lambda: None)

        def audit(server: object, browser: object, name: str, *more: object) -> BuildAudit:
            outcome = outcomes[len(begun) - 1]
            if isinstance(outcome, BaseException):
                raise outcome
            return replace(outcome, build=name)

        monkeypatch.setattr("pytest_offline.browser.starting.start", start)
        monkeypatch.setattr(run, "audit_build", audit)
        return begun

    return given


def test_an_interrupt_begins_no_other_build(audited: Callable[..., list[str]]) -> None:
    begun = audited(replace(DONE, stopped=INTERRUPTED), DONE)
    found = audit_site(Options(str(SHELL)), ["chromium", "firefox"], Silent())
    assert begun == ["chromium"]
    assert [each.stopped for each in found.builds] == [INTERRUPTED]


@pytest.mark.parametrize(
    ("error", "stopped"),
    [
        (KeyboardInterrupt(), INTERRUPTED),
        (
            BrowserError("firefox did not start\n  next   look"),
            "firefox did not start\n  next   look",
        ),
        (CannotAudit("it is down", reason="down"), "it is down"),
    ],
    ids=["interrupted", "no browser", "down"],
)
def test_what_ends_a_later_build_leaves_the_one_before(
    audited: Callable[..., list[str]], error: BaseException, stopped: str
) -> None:
    audited(DONE, error)
    found = audit_site(Options(str(SHELL)), ["chromium", "firefox"], Silent())
    assert found.builds == (DONE, BuildAudit("firefox", "", Readiness(""), stopped=stopped))
    assert exit_code(found) == 2
    assert faults(found) == ()


def test_what_ends_the_first_build_is_raised(audited: Callable[..., list[str]]) -> None:
    audited(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        audit_site(Options(str(SHELL)), ["chromium", "firefox"], Silent())
