"""What a person reads when a browser will not start, or dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_offline.browser.builds import BUILDS
from pytest_offline.browser.launch_errors import death, is_death, launch_error
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.errors import BrowserError

OLD = InstalledBuild(
    build=BUILDS["chromium-83"],
    executable=Path("/b/chromium"),
    channel=None,
    args=(),
    env={},
    version="83.0.4103.0",
    origin="npm chrome-aws-lambda@3.1.1",
    path=Path("/b/chromium"),
)


def log(*lines: str) -> str:
    """As Playwright words it."""
    said = "\n".join(f"  - [pid=7][err] {line}" for line in lines)
    return (
        "BrowserType.launch: Target page, context or browser has been closed\nBrowser logs:\n\n"
        f"Call log:\n  - <launching> /b/chromium --headless\n{said}\n"
        "  - [pid=7] <process did exit: exitCode=1, signal=null>"
    )


def test_a_missing_library_is_named_with_its_package() -> None:
    line = (
        "/b/chromium: error while loading shared libraries: libnspr4.so: "
        "cannot open shared object file: No such file or directory"
    )
    error = launch_error(OLD, log("dbus/bus.cc:405 Failed to connect to the bus", line))
    assert isinstance(error, BrowserError)
    assert str(error) == (
        "chromium-83 83.0.4103.0 (/b/chromium) would not start.\n"
        f"  it said  {line}\n"
        "  why      the library libnspr4.so is not on this machine\n"
        "  next     apt-get install libnspr4, or: pytest-offline browsers install chromium-83"
    )


@pytest.mark.parametrize(
    ("said", "why", "way_out"),
    [
        (
            "error while loading shared libraries: libodd.so.1: x",
            "libodd.so.1",
            "that holds libodd",
        ),
        (
            "/b/chromium: /lib/libc.so.6: version `GLIBC_2.34' not found",
            "GLIBC_2.34",
            "newer system",
        ),
        ("zygote: Running as root without --no-sandbox is not", "sandbox", "--no-sandbox"),
        ("FATAL: No usable sandbox! Update your kernel", "sandbox", "--no-sandbox"),
        ("ozone: Missing X server or $DISPLAY", "no display", "without --headed"),
        ("Error: no DISPLAY environment variable specified", "no display", "xvfb-run"),
        ("Could not find the default font", "no font", "fonts-dejavu-core"),
        ("cannot create temp dir: No space left on device", "disk is full", "TMPDIR"),
        ("Killed", "unknown", "/b/chromium --version"),
    ],
)
def test_why_and_the_way_out(said: str, why: str, way_out: str) -> None:
    text = str(launch_error(OLD, log(said)))
    assert f"it said  {said}" in text
    assert why in text.split("why", 1)[1]
    assert way_out in text.split("  next", 1)[1]


@pytest.mark.parametrize(
    ("raised", "why"),
    [
        ("Executable doesn't exist at /b/chromium", "the executable is not there"),
        ("Failed to launch: Error: spawn /b/chromium EACCES", "may not be executed"),
        ("BrowserType.launch: Timeout 30000ms exceeded.", "did not answer in time"),
        ("unknown command: emulation.setMediaFeaturesOverride", "does not know"),
    ],
)
def test_what_playwright_itself_says_is_understood_too(raised: str, why: str) -> None:
    text = str(launch_error(OLD, RuntimeError(raised)))
    assert f"it said  {raised}" in text
    assert why in text


def test_only_the_last_lines_are_shown() -> None:
    text = str(launch_error(OLD, log(*(f"line {number}" for number in range(9)))))
    assert "line 5\n           line 6\n           line 7\n           line 8\n" in text
    assert "line 4" not in text


def test_a_death_in_the_middle_says_when() -> None:
    text = str(death(OLD, "Page.reload: Target crashed", "page.reload()"))
    assert text.startswith(
        "chromium-83 83.0.4103.0 (/b/chromium) died during page.reload().\n"
        "  it said  Page.reload: Target crashed\n"
    )
    assert "DEBUG=pw:browser" in text


@pytest.mark.parametrize(
    ("raised", "dead"),
    [
        ("Page.evaluate: Target page, context or browser has been closed", True),
        ("Page.evaluate: Target crashed", True),
        ("Page.goto: net::ERR_INTERNET_DISCONNECTED", False),
    ],
)
def test_a_death_is_told_from_other_errors(raised: str, dead: bool) -> None:
    assert is_death(RuntimeError(raised)) is dead
