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
_TELLING: Final = re.compile(
    r"^(?:Error|.*(?:ENOTFOUND|ECONN|EAI_AGAIN|ETIMEDOUT|statusCode)).*$", re.M
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
    match = _TELLING.search(done.stdout + "\n" + done.stderr)
    return match.group().strip()[:200] if match else f"it ended with status {done.returncode}"
