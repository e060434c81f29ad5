"""Playwright's own downloads, asked for by its own command."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import Final

from pytest_offline.browser.builds import Engine
from pytest_offline.browser.machine import is_root
from pytest_offline.browser.progress import Reporter

_TIMEOUT: Final = 900.0
# The line that names the cause, if there is one; else the first that calls itself an error.
_TELLING: Final = (
    re.compile(
        r"^.*(?:ENOTFOUND|ECONN|EAI_AGAIN|ETIMEDOUT|ENOSPC|EACCES|CERT|status code).*$", re.M
    ),
    re.compile(r"^(?:Error|Failed|E:).*$", re.M),
)


def install(engine: Engine, report: Reporter) -> str | None:
    """Run ``playwright install``; returns None if that worked, else why it did not, in one line.

    As root on a system with apt the libraries the browser needs are installed too.
    """
    with_deps = ("--with-deps",) if is_root() and shutil.which("apt-get") else ()
    with report.step(f"{engine}: playwright install {engine}"):
        failure = _run(("install", engine))
        if failure is None and with_deps:
            return _run(("install-deps", engine))
        return failure


def _run(arguments: tuple[str, ...]) -> str | None:
    command = (sys.executable, "-m", "playwright", *arguments)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it was not done after {_TIMEOUT:.0f} seconds"
    if done.returncode == 0:
        return None
    text = done.stdout + "\n" + done.stderr
    found = (pattern.search(text) for pattern in _TELLING)
    said = next((match.group().strip() for match in found if match), "")
    return said[:200] or f"it ended with status {done.returncode}"
