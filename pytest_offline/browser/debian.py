"""Firefox from Debian: installed where we are root, else unpacked into the user's cache folder.

Without root, apt works on private state and cache folders: it updates its lists there, says what
``firefox-esr`` needs that this machine lacks, and fetches it, signatures checked as always. The
packages are unpacked and no script of theirs is run; the browser gets ``LD_LIBRARY_PATH``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pytest_offline.browser.folders import Marker, installed_marker, listing, write_marker
from pytest_offline.browser.fonts import FONTS_FILE, fonts_conf
from pytest_offline.browser.machine import is_root, stated_version
from pytest_offline.browser.progress import Reporter
from pytest_offline.browser.resolve import DEBIAN_FIREFOX
from pytest_offline.browser.staging import explained, locked, move_into_place, work_folder
from pytest_offline.errors import InstallError

_PACKAGE: Final = "firefox-esr"
_EXECUTABLE: Final = "usr/lib/firefox-esr/firefox-esr"
_TIMEOUT: Final = 1800.0
_INST: Final = re.compile(r"^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)", re.MULTILINE)

# What a browser loads or reads. The rest of what apt names (an init system, a message bus) would
# only run from scripts that nobody runs.
_WANTED: Final = ("lib", "firefox", "font", "shared-mime-info")

# The C library belongs to the loader that is already there; a second one cannot work.
_UNWANTED: Final = frozenset({"libc6", "libc-bin"})


def install_firefox(cache: Path, report: Reporter) -> None:
    """Install Debian's ``firefox-esr``.

    Raises:
        InstallError: there is no apt, or it has no such package, or it failed: what it said.
    """
    if shutil.which("apt-get") is None:
        raise InstallError(
            f"{_PACKAGE} comes from Debian's apt, and there is no apt-get on PATH "
            f"({os.environ.get('PATH', '')}).\n"
            f"  next   install Firefox as this system does it, or: playwright install firefox"
        )
    if is_root():
        _install_as_root(report)
    else:
        _install_as_user(cache, report)


def _install_as_root(report: Reporter) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with report.step(f"firefox: apt-get install {_PACKAGE}"):
        _run(("apt-get", "-q", "update"), env=env)
        _run(("apt-get", "-qy", "install", "--no-install-recommends", _PACKAGE), env=env)
    report.note(f"firefox installed by apt: {shutil.which(_PACKAGE)}")


def _install_as_user(cache: Path, report: Reporter) -> None:
    target = cache / DEBIAN_FIREFOX

    def waiting() -> None:
        report.note("firefox is being installed by another process; waiting for it")

    with locked(cache, DEBIAN_FIREFOX, waiting):
        if installed_marker(target) is not None:
            return
        with explained(cache, DEBIAN_FIREFOX), work_folder(cache, DEBIAN_FIREFOX) as work:
            made = _unpack_packages(work, report)
            _finish(made, target)
            move_into_place(made, target, work)
    report.note(f"firefox installed: {target}")


def _unpack_packages(work: Path, report: Reporter) -> Path:
    options = _private_apt(work)
    downloads, made = work / "packages", work / "build"
    downloads.mkdir()
    made.mkdir()
    with report.step("firefox: asking apt what it needs"):
        _run(("apt-get", *options, "-q", "update"))
        plan = _run(("apt-get", *options, "-s", "install", "--no-install-recommends", _PACKAGE))
    packages = wanted_packages(plan)
    with report.step(f"firefox: fetching {len(packages)} packages from Debian"):
        _run(("apt-get", *options, "-q", "download", *packages), cwd=downloads)
    archives = sorted(downloads.glob("*.deb"))
    total = sum(each.stat().st_size for each in archives)
    with report.step("firefox: unpacking", total) as advance:
        for archive in archives:
            _run(("dpkg-deb", "-x", str(archive), str(made)))
            advance(archive.stat().st_size)
            archive.unlink()
    return made


def _private_apt(work: Path) -> tuple[str, ...]:
    """Options that let apt work as a user: its own lists and cache, the system's sources."""
    state, cache = work / "apt-state", work / "apt-cache"
    (state / "lists" / "partial").mkdir(parents=True)
    (cache / "archives" / "partial").mkdir(parents=True)
    settings = (
        f"Dir::State={state}",
        "Dir::State::status=/var/lib/dpkg/status",
        f"Dir::Cache={cache}",
        f"Dir::Log={work}",
        "APT::Sandbox::User=",
        "Debug::NoLocking=1",
    )
    return tuple(word for setting in settings for word in ("-o", setting))


def wanted_packages(plan: str) -> list[str]:
    """From what ``apt-get -s install`` says: ``name=version`` of each package to be unpacked."""
    return [
        f"{name}={version}"
        for name, version in _INST.findall(plan)
        if name.startswith(_WANTED) and name not in _UNWANTED
    ]


def _finish(made: Path, target: Path) -> None:
    libraries = library_folders(made)
    path = ":".join(str(made / each) for each in libraries)
    version = stated_version(made / _EXECUTABLE, {"LD_LIBRARY_PATH": path})
    if version is None:
        raise InstallError(
            f"Firefox was unpacked from Debian's packages and does not run here: "
            f"{_EXECUTABLE} --version failed; nothing was installed.\n"
            f"  next   as root: apt-get install {_PACKAGE}"
        )
    fonts = (target / "usr/share/fonts", Path("/usr/share/fonts"))
    (made / FONTS_FILE).write_text(fonts_conf(target, fonts), "utf-8")
    marker = Marker(
        build=DEBIAN_FIREFOX,
        version=version,
        origin=f"Debian {_PACKAGE}",
        folder=str(target),
        executable=_EXECUTABLE,
        libraries=libraries,
        env={"FONTCONFIG_FILE": str(target / FONTS_FILE)},
        files=listing(made),
    )
    write_marker(made, marker)


def library_folders(root: Path) -> tuple[str, ...]:
    """The folders below an unpacked root that hold shared libraries, relative to it.

    Some packages keep private ones a folder deeper (``pulseaudio``), and name them by a path that
    is only right for the system's root.
    """
    roots = [*root.glob("lib/*-linux-gnu*"), *root.glob("usr/lib/*-linux-gnu*")]
    deeper = [each for folder in roots for each in sorted(folder.iterdir()) if each.is_dir()]
    return tuple(
        str(folder.relative_to(root))
        for folder in (*roots, *deeper)
        if any(folder.glob("lib*.so*"))
    )


def _run(
    command: Sequence[str], *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> str:
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise _failed(command, f"it was not done after {_TIMEOUT:.0f} seconds") from None
    if done.returncode != 0:
        lines = (done.stdout + "\n" + done.stderr).splitlines()
        raise _failed(command, _telling(lines) or f"it ended with status {done.returncode}")
    return done.stdout


def _telling(lines: Iterable[str]) -> str:
    said = [line.strip() for line in lines if line.startswith(("E:", "dpkg", "Err:"))]
    return "\n             ".join(said[-4:])


def _failed(command: Sequence[str], said: str) -> InstallError:
    words = [word for word in command[:2] if not word.startswith("-")]
    return InstallError(
        f"Firefox could not be had from Debian: {' '.join(words)} … failed.\n"
        f"  it said    {said}\n"
        f"  why        no network, or this system's sources have no {_PACKAGE} "
        f"(Ubuntu ships Firefox as a snap only)\n"
        f"  next       playwright install firefox; or, where there is one, as root: "
        f"apt-get install {_PACKAGE}"
    )
