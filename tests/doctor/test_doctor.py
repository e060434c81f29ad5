"""``pytest-offline doctor``: each check as a sentence, and the trial in a real browser."""

from __future__ import annotations

import errno
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pytest_offline import cli
from pytest_offline.commands import doctor as command
from pytest_offline.doctor.examine import Surroundings, examine, surroundings
from pytest_offline.doctor.findings import Finding, told
from pytest_offline.doctor.trial import trial
from pytest_offline.errors import BrowserError, BrowserNotFound, UsageError

pytestmark = pytest.mark.any_build

VERSIONS = {"pytest": "9", "playwright": "1.64", "pytest-playwright": "0.10", "aiohttp": "3.14"}
PLUGIN = ("pytest_playwright.pytest_playwright", "pytest_offline.plugin")


def around(**others: Any) -> Surroundings:
    """A machine with nothing wrong, but for what is said otherwise."""
    fine: dict[str, Any] = {
        "versions": VERSIONS,
        "plugins": PLUGIN,
        "variables": {},
        "free": lambda _: 9_000_000_000,
        "temporary": lambda: Path("/tmp"),
        "listen": lambda: None,
    }
    return Surroundings(**{**fine, **others})


def failing(error: OSError) -> Any:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_where_nothing_is_wrong() -> None:
    findings = examine(around())
    assert [each.about for each in findings] == [
        "python", "packages", "plugin", "loopback", "temporary",
    ]  # fmt: skip
    assert {each.state for each in findings} == {"fine"}
    lines = list(told(findings))
    assert lines[1] == (
        "ok  packages     pytest 9, playwright 1.64, pytest-playwright 0.10, aiohttp 3.14"
    )
    assert lines[-1] == "Nothing is wrong."


def test_this_process_is_fine() -> None:
    """The machine that runs this suite has what the suite needs."""
    wrong = [each for each in examine(surroundings()) if each.state == "wrong"]
    assert wrong == []


@pytest.mark.parametrize(
    ("others", "about", "state", "found", "advice"),
    [
        (
            {"versions": {"pytest": "9", "aiohttp": "3"}},
            "packages", "wrong",
            "not installed: playwright, pytest-playwright",
            "pip install playwright pytest-playwright",
        ),
        (
            {"versions": {**VERSIONS, "pytest-offline": "0.1"}},
            "packages", "doubtful",
            "pytest-offline 0.1 is installed, which is another project",
            "its name is pytest-playwright-offline",
        ),
        (
            {"versions": {**VERSIONS, "pytest-playwright-asyncio": "0.10"}},
            "packages", "wrong",
            "pytest-playwright and pytest-playwright-asyncio define the same fixtures",
            "-p no:playwright or -p no:playwright-asyncio",
        ),
        (
            {"plugins": PLUGIN[:1]},
            "plugin", "wrong",
            "no entry point of this environment names pytest_offline.plugin",
            "pip install pytest-playwright-offline",
        ),
        (
            {"variables": {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}},
            "plugin", "wrong",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD is set",
            "-p pytest_offline.plugin",
        ),
        (
            {"variables": {"PYTEST_ADDOPTS": "-q -p no:playwright"}},
            "plugin", "wrong",
            "PYTEST_ADDOPTS turns off playwright",
            "Take -p no:… out",
        ),
        (
            {"listen": failing(OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"))},
            "loopback", "wrong",
            "no port of 127.0.0.1 can be opened and held: [Errno 99] Cannot assign",
            "Bring up `lo`",
        ),
        (
            {"temporary": failing(FileNotFoundError(2, "No usable temporary directory"))},
            "temporary", "wrong",
            "no folder for temporary files: [Errno 2] No usable temporary directory",
            "TMPDIR",
        ),
        (
            {"free": lambda _: 12_000_000},
            "temporary", "doubtful",
            "/tmp has 12 MB free",
            "make room, or name another with TMPDIR",
        ),
        (
            {"variables": {"HTTPS_PROXY": "http://p:3128"}},
            "proxy", "doubtful",
            "HTTPS_PROXY set, and no_proxy does not spare localhost",
            "export no_proxy=localhost,127.0.0.1",
        ),
        (
            {"variables": {"http_proxy": "http://p:3128", "no_proxy": "localhost"}},
            "proxy", "fine",
            "http_proxy set, and no_proxy spares localhost",
            "",
        ),
    ],
)  # fmt: skip
def test_what_is_said(others: Any, about: str, state: str, found: str, advice: str) -> None:
    (finding,) = [
        each
        for each in examine(around(**others))
        if (each.about, each.state) == (about, state) and found in each.found
    ]
    assert advice in finding.advice
    assert bool(finding.advice) == (state != "fine")


def test_the_verdict_counts() -> None:
    wrong, doubtful = Finding("a", "wrong", "x", "do"), Finding("b", "doubtful", "y", "see")
    assert list(told([wrong, doubtful]))[-1] == (
        "one thing is wrong: tests will fail until that is mended."
    )
    assert list(told([wrong, wrong]))[-1].startswith("2 things are wrong")
    assert list(told([doubtful]))[-1] == "Nothing is wrong; one thing is doubtful."
    assert list(told([wrong]))[:2] == ["!!  a            x", "                 do"]


def test_a_port_that_cannot_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "bind", failing(PermissionError(13, "Permission denied")))
    findings = {each.about: each for each in examine(surroundings())}
    assert "[Errno 13] Permission denied" in findings["loopback"].found


def test_a_build_takes_a_page_offline(playwright: Any, browser_name: str) -> None:
    finding = trial(playwright, browser_name)
    assert finding.state == "fine", finding
    assert "a page was taken offline and came back" in finding.found


def test_a_page_that_is_not_what_it_has_to_be(
    playwright: Any, browser_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text(
        "<title>trial</title><p>there</p><script>navigator.serviceWorker.register('sw.js')</script>"
    )
    (tmp_path / "sw.js").write_text(
        "oninstall = (event) => event.waitUntil(caches.open('v').then((all) => all.add('./')));"
        "onfetch = (event) => event.respondWith(caches.match(event.request)"
        ".then((found) => found || fetch(event.request)));"
    )
    monkeypatch.setattr("pytest_offline.doctor.trial._SITE", tmp_path)
    finding = trial(playwright, browser_name)
    assert finding.state == "wrong"
    assert "offline the page said 'there' and navigator.onLine was False" in finding.found
    assert "report it" in finding.advice


@pytest.mark.parametrize(
    ("error", "found", "advice"),
    [
        (BrowserNotFound("no webkit here\ntry: get one"), "is not here: no webkit here", "get one"),
        (BrowserError("it would not start"), "does not start: it would", "browsers says more"),
    ],
)
def test_a_build_that_cannot_be_had(error: Exception, found: str, advice: str) -> None:
    def starting(*_: object) -> Any:
        raise error

    finding = trial(None, "webkit", starting=starting)  # type: ignore[arg-type]
    assert (finding.about, finding.state) == ("webkit", "wrong")
    assert found in finding.found
    assert advice in finding.advice


@pytest.fixture
def without_browsers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command meets no browser: a trial is noted, and goes well."""
    tried: list[str] = []

    def note(_: object, name: str) -> Finding:
        tried.append(name)
        return Finding(name, "fine", "came back")

    @contextmanager
    def nothing() -> Iterator[None]:
        yield None

    monkeypatch.setattr("pytest_offline.doctor.trial.trial", note)
    monkeypatch.setattr("playwright.sync_api.sync_playwright", nothing)
    return tried


def test_the_command_tries_what_it_is_told_to(
    without_browsers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor", "--build", "chromium-83", "--build", "chromium-83"]) == 0
    assert without_browsers == ["chromium-83"]
    assert "ok  chromium-83  came back" in capsys.readouterr().out


def test_the_command_as_json(
    without_browsers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor", "--json", "--build", "chromium"]) == 0
    last = json.loads(capsys.readouterr().out)[-1]
    assert last == {"about": "chromium", "state": "fine", "found": "came back", "advice": ""}


def test_the_command_knows_its_builds(
    without_browsers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor", "--build", "netscape"]) == 2
    assert "netscape" in capsys.readouterr().err
    assert without_browsers == []


def test_without_playwright_it_stops_at_saying_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "pytest_offline.doctor.examine.surroundings",
        lambda: around(versions={"pytest": "9", "aiohttp": "3"}),
    )
    assert cli.main(["doctor"]) == 1
    assert "not installed: playwright" in capsys.readouterr().out


def test_without_any_browser(
    without_browsers: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("pytest_offline.browser.survey.survey", list)
    assert cli.main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "none of the builds is on this machine" in out
    assert "pytest-offline browsers install chromium" in out


def test_an_unknown_build_of_a_trial() -> None:
    with pytest.raises(UsageError, match="netscape"):
        list(command._findings(["netscape"]))
