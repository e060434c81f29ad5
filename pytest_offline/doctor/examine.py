"""The checks that need no browser: packages, the plugin, this machine."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Final

from pytest_offline.doctor.findings import Finding

_NEEDED: Final = ("pytest", "playwright", "pytest-playwright", "aiohttp")

_PLUGIN: Final = "pytest_offline.plugin"

_ROOM: Final = 500_000_000
"""Bytes that the temporary folder should have free: a profile a browser, and what it caches."""


@dataclass(frozen=True)
class Surroundings:
    """The questions that the checks ask, so that tests can answer them with made-up ones.

    Attributes:
        versions: the distributions that are installed, by their names.
        plugins: what the environment hands to pytest: the modules of its entry points.
        variables: the environment's.
        free: bytes that a folder has left; raises OSError.
        temporary: where temporary files go; raises OSError where there is no such folder.
        listen: opens and holds a port of loopback, and shows that it is held; raises OSError.
    """

    versions: Mapping[str, str]
    plugins: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    temporary: Callable[[], Path] = lambda: Path(tempfile.gettempdir())
    listen: Callable[[], None] = lambda: _hold_a_port()  # noqa: PLW0108 (defined below)


def surroundings() -> Surroundings:
    """Those of this process."""
    versions: dict[str, str] = {}
    for name in (*_NEEDED, "pytest-offline", "pytest-playwright-asyncio"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    plugins = metadata.entry_points(group="pytest11")
    return Surroundings(versions, tuple(each.value for each in plugins))


def examine(around: Surroundings) -> list[Finding]:
    """Every check, in the order they are told."""
    return [
        Finding("python", "fine", f"{platform.python_version()} on {platform.platform()}"),
        *_packages(around.versions),
        _plugin(around),
        *_options(around.variables),
        _port(around.listen),
        _temporary(around),
        *_proxies(around.variables),
    ]


def _packages(versions: Mapping[str, str]) -> Iterator[Finding]:
    missing = [name for name in _NEEDED if name not in versions]
    if missing:
        names = ", ".join(missing)
        advice = f"Install what is missing: pip install {' '.join(missing)}"
        yield Finding("packages", "wrong", f"not installed: {names}", advice)
    else:
        named = (f"{name} {versions[name]}" for name in _NEEDED)
        yield Finding("packages", "fine", ", ".join(named))
    if "pytest-offline" in versions:
        yield Finding(
            "packages",
            "doubtful",
            f"pytest-offline {versions['pytest-offline']} is installed, which is another project",
            "Was this one meant? pip uninstall pytest-offline; "
            "its name is pytest-playwright-offline.",
        )
    if {"pytest-playwright", "pytest-playwright-asyncio"} <= set(versions):
        yield Finding(
            "packages",
            "wrong",
            "pytest-playwright and pytest-playwright-asyncio define the same fixtures",
            "Run with one of them: -p no:playwright or -p no:playwright-asyncio in addopts.",
        )


def _plugin(around: Surroundings) -> Finding:
    if _PLUGIN not in around.plugins:
        return Finding(
            "plugin",
            "wrong",
            f"no entry point of this environment names {_PLUGIN}, so pytest does not load it",
            "Install the package, not only its files: pip install pytest-playwright-offline",
        )
    if around.variables.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        return Finding(
            "plugin",
            "wrong",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD is set, so pytest loads no plugin by itself",
            f"Unset it, or name them: pytest -p {_PLUGIN} -p pytest_playwright.pytest_playwright",
        )
    return Finding("plugin", "fine", "pytest loads it by its entry point")


def _options(variables: Mapping[str, str]) -> Iterator[Finding]:
    words = variables.get("PYTEST_ADDOPTS", "").replace("-p no:", "-pno:").split()
    off = [word[5:] for word in words if word in ("-pno:playwright", "-pno:pytest_offline")]
    if off:
        yield Finding(
            "plugin",
            "wrong",
            f"PYTEST_ADDOPTS turns off {' and '.join(off)}",
            "Take -p no:… out of that variable.",
        )


def _port(listen: Callable[[], None]) -> Finding:
    try:
        listen()
    except OSError as error:
        return Finding(
            "loopback",
            "wrong",
            f"no port of 127.0.0.1 can be opened and held: {error}",
            "A sandbox or container without a loopback interface? Bring up `lo`.",
        )
    return Finding("loopback", "fine", "a port of 127.0.0.1 can be opened, and held while closed")


def _temporary(around: Surroundings) -> Finding:
    try:
        folder = around.temporary()
        free = around.free(folder)
    except OSError as error:
        return Finding(
            "temporary",
            "wrong",
            f"no folder for temporary files: {error}",
            "Name one that can be written to with the variable TMPDIR.",
        )
    found = f"{folder} has {free // 1_000_000:,} MB free"
    if free < _ROOM:
        advice = "Browsers keep their profiles there: make room, or name another with TMPDIR."
        return Finding("temporary", "doubtful", found, advice)
    return Finding("temporary", "fine", found)


def _proxies(variables: Mapping[str, str]) -> Iterable[Finding]:
    names = ("http_proxy", "https_proxy", "all_proxy")
    named = [name for name in (*names, *map(str.upper, names)) if variables.get(name)]
    if not named:
        return
    spared = ",".join(variables.get(name, "") for name in ("no_proxy", "NO_PROXY"))
    if "localhost" in spared or "*" in spared.split(","):
        yield Finding("proxy", "fine", f"{', '.join(named)} set, and no_proxy spares localhost")
        return
    yield Finding(
        "proxy",
        "doubtful",
        f"{', '.join(named)} set, and no_proxy does not spare localhost",
        "Origins are names below localhost: export no_proxy=localhost,127.0.0.1",
    )


def _hold_a_port() -> None:
    """What the origin does while it is down: a second socket holds the port of the first."""
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(socket.socket())
        second = stack.enter_context(socket.socket())
        for each in (first, second):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        first.bind(("127.0.0.1", 0))
        second.bind(first.getsockname())
        first.listen(1)
