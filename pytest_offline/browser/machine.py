"""What this machine has: browsers of the system, Playwright's own, libraries, rights."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pytest_offline.browser.builds import Engine
from pytest_offline.browser.folders import cache_folder
from pytest_offline.errors import UsageError

PathProvider = Callable[[Engine], "Path | str | None"]
"""Given an engine, where Playwright's own browser of it would be; it need not exist."""

_NAMES: Final[Mapping[Engine, tuple[str, ...]]] = {
    "chromium": (
        "google-chrome",
        "google-chrome-stable",
        "chromium",
        "chromium-browser",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ),
    "firefox": ("firefox", "firefox-esr", "/Applications/Firefox.app/Contents/MacOS/firefox"),
    "webkit": (),
}

_LIBRARY_FOLDERS: Final = (
    "/lib",
    "/usr/lib",
    "/lib64",
    "/usr/lib64",
    "/usr/local/lib",
    f"/lib/{platform.machine()}-linux-gnu",
    f"/usr/lib/{platform.machine()}-linux-gnu",
)

_ASK: Final = """
import json
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    engines = (playwright.chromium, playwright.firefox, playwright.webkit)
    print(json.dumps({engine.name: engine.executable_path for engine in engines}))
"""


@dataclass(frozen=True)
class Machine:
    """The questions that finding a browser asks, so that tests can answer them with made-up ones.

    Attributes:
        cache: where installed builds are kept.
        playwright_version: ``1.64.1``.
        system: executables of the system, best first.
        version_of: the version an executable states when it is run with these variables added to
            the environment; None where it does not run (a missing library, a stub).
        root: whether we run as root.
    """

    cache: Path
    playwright_version: str
    system: Callable[[Engine], Sequence[Path]]
    version_of: Callable[[Path, Mapping[str, str]], str | None]
    root: bool


def this_machine() -> Machine:
    """The machine we run on."""
    return Machine(
        cache=cache_folder(),
        playwright_version=importlib.metadata.version("playwright"),
        system=system_browsers,
        version_of=stated_version,
        root=is_root(),
    )


def is_root() -> bool:
    """Whether this process may do anything."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def system_browsers(engine: Engine) -> Sequence[Path]:
    """The system's browsers of an engine: on PATH, or where the system keeps applications."""
    found = (shutil.which(name) for name in _NAMES[engine])
    return [Path(each) for each in dict.fromkeys(found) if each is not None]


def searched(engine: Engine) -> str:
    """What ``system_browsers`` looks for, for a message."""
    return ", ".join(name for name in _NAMES[engine] if not name.startswith("/"))


def stated_version(executable: Path, env: Mapping[str, str]) -> str | None:
    """What ``--version`` states: ``156.0.8078.79``; None where it does not run."""
    try:
        stamp = executable.stat().st_mtime_ns
    except OSError:
        return None
    return _run_for_version(str(executable), stamp, tuple(sorted(env.items())))


@functools.cache
def _run_for_version(path: str, stamp: int, env: tuple[tuple[str, str], ...]) -> str | None:
    del stamp  # part of the key only: an upgraded browser is asked again
    try:
        done = subprocess.run(
            (path, "--version"),
            env={**os.environ, **dict(env)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\d+(?:\.\d+)+", done.stdout)
    return match.group() if match and done.returncode == 0 else None


@functools.cache
def ask_playwright(engine: Engine) -> str | None:
    """Playwright's own path for an engine, from its driver.

    In a process of its own: a session that already runs Playwright in this thread could not start
    a second one.
    """
    return _all_playwright_paths().get(engine)


@functools.cache
def _all_playwright_paths() -> Mapping[str, str]:
    done = subprocess.run(
        (sys.executable, "-c", _ASK), capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode != 0:
        return {}
    return {str(name): str(path) for name, path in json.loads(done.stdout).items()}


def lacking(libraries: Iterable[str]) -> tuple[str, ...]:
    """Those of the shared libraries that the dynamic linker would not find on its own."""
    given = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    folders = [Path(folder) for folder in (*given, *_LIBRARY_FOLDERS)]
    return tuple(
        name for name in libraries if not any((folder / name).exists() for folder in folders)
    )


def require_platform(name: str) -> None:
    """Refuse what npm cannot give here.

    Raises:
        UsageError: this is not Linux on x86-64, which is all that those packages hold.
    """
    here = f"{platform.system()} on {platform.machine()}"
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise UsageError(
            f"{name} is packaged for Linux on x86-64 only, and this is {here}; "
            f"use chromium or firefox (playwright install), or run the tests in a container."
        )


def major(version: str) -> int:
    """The first number of a version: 153 of ``153.7.0``; 0 where there is none."""
    match = re.match(r"\d+", version)
    return int(match.group()) if match else 0
