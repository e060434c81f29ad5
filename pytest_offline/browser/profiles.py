"""The profiles that Playwright has in the temporary folder for browsers that run: found, put away.

Playwright's driver removes them itself. Only where it is told to stop while it does so does it end
in the middle (1.64, ``gracefullyProcessExitDoNotHang``): after a Ctrl-C that has reached it too.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"playwright_\w+dev_profile-\w+")


def profiles_in_use() -> frozenset[Path]:
    """Those of the browsers that this process's drivers run. Only Linux tells; none elsewhere."""
    return frozenset(
        profile
        for driver in _children(os.getpid())
        for browser in _children(driver)
        for profile in _profiles(browser)
    )


def put_away(profiles: Iterable[Path]) -> None:
    """Removes what is left of profiles whose browsers are gone."""
    for profile in profiles:
        shutil.rmtree(profile, ignore_errors=True)


def _children(pid: int) -> Iterator[int]:
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, _read(listed).split())


def _profiles(pid: int) -> Iterator[Path]:
    """By the arguments of a browser: ``--user-data-dir=PROFILE``, and ``-profile PROFILE``."""
    for argument in _read(Path(f"/proc/{pid}/cmdline")).split("\0"):
        path = Path(argument.rpartition("=")[2])
        if _NAME.fullmatch(path.name):
            yield path


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:  # it has ended meanwhile
        return ""
