"""A browser that will not start, or that dies: what happened, in words, with the way out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.errors import BrowserError


@dataclass(frozen=True)
class _Cause:
    """What a line of a browser's last words means.

    Attributes:
        pattern: found anywhere in Playwright's text; its first group, if any, is ``{0}``.
        why, next: for the message; ``{name}`` is the build, ``{package}`` a Debian package.
    """

    pattern: str
    why: str
    next: str


_CAUSES: Final = (
    _Cause(
        r"error while loading shared libraries: ([^\s:]+)",
        "the library {0} is not on this machine",
        "apt-get install {package}, or: pytest-offline browsers install {name}",
    ),
    _Cause(
        r"((?:libc|libm|libstdc\+\+)\.so\.\d+: version `\S+' not found)",
        "this system is older than the build: {0}",
        "a newer system, or another build: pytest-offline browsers",
    ),
    _Cause(
        r"(Running as root without --no-sandbox|No usable sandbox|Chromium sandboxing failed)",
        "its sandbox does not work here (as root, or user namespaces are off)",
        "leave chromium_sandbox out of the launch arguments, or give --no-sandbox",
    ),
    _Cause(
        r"(Missing X server|no DISPLAY environment variable|without having a XServer)",
        "it was to show a window and there is no display",
        "run without --headed, or: xvfb-run pytest …",
    ),
    _Cause(
        r"(Could not find the default font|Fontconfig error: Cannot load default config)",
        "it found no font",
        "apt-get install fonts-dejavu-core, or: pytest-offline browsers install {name}",
    ),
    _Cause(
        r"(\w+\.\w+\): unknown command|setMediaFeaturesOverride)",
        "this Playwright sends a command that this browser does not know",
        "another Playwright or browser that fit together: pytest-offline browsers",
    ),
    _Cause(
        r"(No space left on device|ENOSPC)",
        "the disk is full: it could not make its profile",
        "make room where TMPDIR points to",
    ),
    _Cause(
        r"([Ee]xecutable doesn't exist at \S+|spawn \S+ ENOENT)",
        "the executable is not there",
        "pytest-offline browsers install {name}",
    ),
    _Cause(
        r"(spawn \S+ EACCES)",
        "the file may not be executed (its mode, or a disk mounted noexec)",
        "chmod +x, or set PYTEST_OFFLINE_BROWSERS to a folder on another disk",
    ),
    _Cause(
        r"(Timeout \d+ms exceeded)",
        "it did not answer in time",
        "try again; a machine under load needs a larger timeout in the launch arguments",
    ),
)

_PACKAGES: Final[Mapping[str, str]] = {
    "libnspr4.so": "libnspr4",
    "libplc4.so": "libnspr4",
    "libplds4.so": "libnspr4",
    "libnss3.so": "libnss3",
    "libnssutil3.so": "libnss3",
    "libexpat.so.1": "libexpat1",
    "libgtk-3.so.0": "libgtk-3-0",
    "libasound.so.2": "libasound2",
    "libatk-1.0.so.0": "libatk1.0-0",
    "libgbm.so.1": "libgbm1",
    "libdbus-1.so.3": "libdbus-1-3",
}

# In Playwright's log, what the browser itself wrote to its error stream.
_SAID: Final = re.compile(r"^\s*-?\s*\[pid=\d+\]\[err\]\s*(.+)$", re.MULTILINE)
_NOISE: Final = re.compile(r"dbus/|unexpected operator|Failed to connect to the bus|vaInitialize")
_GONE: Final = re.compile(
    r"has been closed|Browser closed|browser has disconnected|Connection closed|Target crashed"
    r"|Page crashed|Browser has been closed"
)


def check_executable(installed: InstalledBuild) -> None:
    """Before Playwright looks: where it finds nothing to start, it leaves two folders behind.

    Raises BrowserError, as for a browser that will not start.
    """
    path = installed.executable
    if path is None or shutil.which(path):
        return
    code = "EACCES" if path.exists() else "ENOENT"
    raise launch_error(installed, f"spawn {path} {code}")


def launch_error(installed: InstalledBuild, error: Exception | str) -> BrowserError:
    """The error to raise where Playwright could not launch a build.

    Args:
        error: what Playwright raised.
    """
    text = str(error)
    why, way_out = _explained(installed, text)
    return BrowserError(
        f"{installed} would not start.\n"
        f"  it said  {_last_words(text)}\n"
        f"  why      {why}\n"
        f"  next     {way_out}"
    )


def death(installed: InstalledBuild, error: Exception | str, doing: str = "") -> BrowserError:
    """The error to raise where a browser died while a test was using it.

    Args:
        doing: what was asked of it when that was noticed.
    """
    text = str(error)
    during = f" during {doing}" if doing else ""
    return BrowserError(
        f"{installed} died{during}.\n"
        f"  it said  {_last_words(text)}\n"
        f"  why      it crashed, was killed (out of memory? dmesg tells), or the test closed it\n"
        f"  next     run this test alone; with DEBUG=pw:browser Playwright prints all it says"
    )


def is_death(error: Exception | str) -> bool:
    """Whether what Playwright raised means that browser, context or page are gone."""
    return _GONE.search(str(error)) is not None


def _explained(installed: InstalledBuild, text: str) -> tuple[str, str]:
    for cause in _CAUSES:
        match = re.search(cause.pattern, text)
        if match:
            package = _PACKAGES.get(match[1], f"the package that holds {match[1]}")
            words = {"name": installed.build.name, "package": package}
            return cause.why.format(match[1], **words), cause.next.format(match[1], **words)
    return (
        "unknown: the lines above are all it said",
        f"start it by hand: {installed.path} --version; or another build: pytest-offline browsers",
    )


def _last_words(text: str) -> str:
    """The browser's own last telling lines, else the first line of what Playwright says."""
    said = [line.strip() for line in _SAID.findall(text) if not _NOISE.search(line)]
    if not said:
        said = [line.strip() for line in text.splitlines() if line.strip()][:1]
    return "\n           ".join(line[:300] for line in said[-4:]) or "nothing"
