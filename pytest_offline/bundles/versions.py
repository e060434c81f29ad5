"""What a scenario was seen with."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from pytest_offline._version import __version__


def versions(build: str | None = None, browser: str | None = None) -> dict[str, str]:
    """The versions of everything that has a part in it.

    Args:
        build: the build's name, ``chromium-83``.
        browser: the version that the browser states.
    """
    found = {"build": build or "", "browser": browser or "", "pytest_offline": __version__}
    for name in ("playwright", "aiohttp"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    found["python"] = platform.python_version()
    found["os"] = platform.platform()
    return {name: text for name, text in found.items() if text}
