"""Inner pytest runs, each in a process and a temporary folder of its own, and what they leave."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from inner_pytest import options_with
from platformdirs import user_cache_path

from pytest_offline.browser.folders import VARIABLE, cache_folder
from pytest_offline.browser.resolve import resolve
from pytest_offline.errors import BrowserNotFound

# The fixture `pytester` moves HOME, and with it the folders that browsers are kept in.
BROWSERS = {
    VARIABLE: str(cache_folder()),
    "PLAYWRIGHT_BROWSERS_PATH": os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    or str(user_cache_path("ms-playwright")),
}

SHARED_MEMORY = re.compile(r"\.org\.chromium\.Chromium\.\w{6}")

SITE = '''
import pytest

@pytest.fixture
def site(origin):
    """A page, a service worker that keeps it, and a script beside it."""
    origin.reply("/", "<!doctype html><title>t</title><link rel=icon href=data:,>"
        "<h1>Gallery</h1><script>"
        "navigator.serviceWorker.register('/sw.js')</script>")
    origin.reply("/sw.js", """
        self.addEventListener("install", event => event.waitUntil(
            caches.open("v1").then(cache => cache.addAll(["/"]))));
        self.addEventListener("activate", event => event.waitUntil(clients.claim()));
        self.addEventListener("fetch", event => event.respondWith(
            caches.match(event.request).then(hit => hit || fetch(event.request))));
    """)
    origin.reply("/x", "x")
    return origin
'''


@dataclass
class Inner:
    """A folder with tests in it, and runs of pytest there."""

    pytester: pytest.Pytester
    folder: Path
    beside: tuple[str, ...] = ()
    """Other people's plugins that the runs load too."""

    def write(self, tests: str, *, conftest: str = "") -> None:
        """The one test module, and what its conftest.py has besides the fixture ``site``."""
        self.pytester.makeconftest(SITE + conftest)
        self.pytester.makepyfile(test_inner=tests)

    def run(self, *args: str, env: Mapping[str, str] | None = None) -> pytest.RunResult:
        """Runs them and waits."""
        self.setenv(env or {})
        return self.pytester.runpytest_subprocess(*self.options, *args)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Starts them in a session of their own; what they print comes unbuffered."""
        self.setenv({"PYTHONUNBUFFERED": "1"})
        command = [sys.executable, "-m", "pytest", *self.options, *args]
        return subprocess.Popen(
            command,
            cwd=self.pytester.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def options(self) -> list[str]:
        """Those of every run."""
        return options_with(*self.beside)

    def setenv(self, env: Mapping[str, str]) -> None:
        monkeypatch = self.pytester._monkeypatch  # undone when the test ends
        for name, value in env.items():
            monkeypatch.setenv(name, value)

    def leftovers(self) -> list[str]:
        """Processes that outlive the run, and files in its temporary folder; waits for ends.

        Not the memory that Chromium's processes share (`SHARED_MEMORY`): that is a file for the
        moment in which they make it, and a process that its browser ends in this moment leaves it.
        Playwright alone left one in 4 of 100 launches.
        """
        for pid in self._processes():
            _wait_for_end(pid)
        files = sorted(
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if not (path.is_file() and SHARED_MEMORY.fullmatch(path.name))
        )
        return [f"process {pid}" for pid in self._processes()] + files

    def _processes(self) -> list[int]:
        """Those that have the run's temporary folder in their environment or arguments."""
        mark = str(self.folder).encode()
        return [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdecimal()
            and int(entry.name) != os.getpid()
            and (mark in _read(entry / "environ") or mark in _read(entry / "cmdline"))
        ]


@pytest.fixture
def inner(pytester: pytest.Pytester, tmp_path_factory: pytest.TempPathFactory) -> Inner:
    inner = Inner(pytester, tmp_path_factory.mktemp("t"))
    inner.setenv({**BROWSERS, "TMPDIR": str(inner.folder)})
    return inner


@pytest.fixture
def needs_build(inner: Inner, pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Skips a test, by name, where a build is not here; fails it where none may be missing."""

    def needs(name: str) -> None:
        try:
            resolve(name)
        except BrowserNotFound as error:
            if pytestconfig.getoption("--offline-require-builds"):
                pytest.fail(str(error), pytrace=False)
            pytest.skip(f"{name} is not here: {str(error).splitlines()[0]}")

    return needs


@pytest.fixture
def chromium(needs_build: Callable[[str], None]) -> None:
    """For tests whose inner runs start Chromium."""
    needs_build("chromium")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _wait_for_end(pid: int) -> None:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        select.select([handle], [], [], 30)
    finally:
        os.close(handle)
