"""Runs of pytest in a process of their own, as a user of this package has them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

from late import inner_options

ALWAYS = {"pytest_offline", "playwright", "xdist"}


def options_with(*kept: str) -> list[str]:
    """The options of every such run: no cache, and of other people's plugins only those named.

    Loading all of it takes 1.3 s of processor time a run: three times what pytest, ours and
    Playwright's take together.
    """
    names = {point.name for point in entry_points(group="pytest11")} - ALWAYS - set(kept)
    without = [word for name in ["cacheprovider", *sorted(names)] for word in ("-p", f"no:{name}")]
    return [*without, *inner_options()]


def run_python(
    folder: Path, *words: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command of Python in a folder that is a project of its own.

    Args:
        words: such as ``-m pytest``, which are given nothing of this run's own settings.
        env: environment variables besides those of this process.
    """
    mine = {
        name: value
        for name, value in os.environ.items()
        if "PYTEST_" not in name or name == "PYTEST_OFFLINE_BROWSERS"
    }
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**mine, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def run_pytest(
    folder: Path, *options: str, beside: tuple[str, ...] = (), env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the tests of such a folder.

    Args:
        beside: other people's plugins that it loads too.
    """
    return run_python(folder, "-m", "pytest", *options_with(*beside), *options, env=env)
