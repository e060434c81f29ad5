"""Getting a build onto this machine: from npm, by Playwright, or from Debian.

Where a build needs NSPR and the machine has none, its three libraries are copied out of
chromium-153's folder (which is installed too) into the build's own: builds do not depend on one
another once they are installed.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from pytest_offline.browser import debian, npm, playwright_own
from pytest_offline.browser.builds import BUILDS, EMBEDDED, Build, NpmPackage, build_named
from pytest_offline.browser.folders import (
    Marker,
    cache_folder,
    damaged_file,
    installed_marker,
    listing,
    write_marker,
)
from pytest_offline.browser.fonts import FONTS_FILE, fonts_conf
from pytest_offline.browser.machine import Machine, lacking, require_platform, this_machine
from pytest_offline.browser.progress import Reporter, Silent
from pytest_offline.browser.resolve import InstalledBuild, resolve
from pytest_offline.browser.staging import explained, locked, move_into_place, work_folder
from pytest_offline.browser.unpack import unpack
from pytest_offline.errors import BrowserNotFound, InstallError

_BORROWED: Final = "borrowed"


def install(
    name: str, *, progress: Reporter | None = None, cache: Path | None = None
) -> InstalledBuild:
    """Put a build on this machine, unless it is here and whole.

    Args:
        name: as in ``BUILDS``.
        progress: told what happens.
        cache: the folder builds are kept in; ``cache_folder()`` if it is not given.

    Raises:
        UsageError: no build has this name, or it does not exist for this platform.
        InstallError: it could not be had: what failed, and the way out.
    """
    report = progress or Silent()
    build = build_named(name)
    machine = replace(this_machine(), cache=cache or cache_folder())
    if build.source == "npm":
        install_package(build, machine.cache, report)
    else:
        _install_found(build, machine, report)
    return resolve(name, machine=machine)


def install_package(build: Build, cache: Path, report: Reporter) -> Path:
    """Install a build that comes from npm; returns its folder. See ``install``."""
    require_platform(build.name)
    lender = _lender(build)
    if lender is not None:
        install_package(lender, cache, report)
    target = cache / build.name
    with locked(cache, build.name, lambda: _waiting(build, report)):
        if _is_whole(target, report):
            report.note(f"{build.name} {build.version} is here: {target}")
            return target
        with explained(cache, build.name), work_folder(cache, build.name) as work:
            made = _make(build, work, target, report)
            if lender is not None:
                _borrow(build, cache / lender.name, made)
            _finish(build, made, target)
            move_into_place(made, target, work)
    report.note(f"{build.name} {build.version} installed: {target}")
    return target


def _lender(build: Build) -> Build | None:
    """Who lends the libraries that neither the build nor the machine has; None if nobody has to."""
    return BUILDS[build.lender] if build.lender and lacking(build.borrows) else None


def _waiting(build: Build, report: Reporter) -> None:
    report.note(f"{build.name} is being installed by another process; waiting for it")


def _is_whole(target: Path, report: Reporter) -> bool:
    marker = installed_marker(target)
    if marker is None:
        return False
    damaged = damaged_file(target, marker)
    if damaged is not None:
        report.note(f"{target / damaged} is damaged; installing again")
    return damaged is None


def _make(build: Build, work: Path, target: Path, report: Reporter) -> Path:
    """Fetch, check, unpack; the folder that is to become ``target``."""
    package = _package_of(build)
    download, made = work / "download", work / "build"
    download.mkdir()
    made.mkdir()
    with report.step(f"{build.name}: fetching {package.spec} ({package.size / 1e6:.0f} MB)"):
        tarball = npm.fetch(package, download)
    with report.step(f"{build.name}: checking its sha512"):
        npm.check(tarball, package)
    with report.step(f"{build.name}: unpacking", tarball.stat().st_size) as advance:
        unpack(tarball, package, made, advance)
    tarball.unlink()
    (made / FONTS_FILE).write_text(fonts_conf(target, (target / package.fonts,)), "utf-8")
    return made


def _package_of(build: Build) -> NpmPackage:
    if build.package is None:
        raise InstallError(f"{build.name} does not come from npm; the table names no package.")
    return build.package


def _borrow(build: Build, lender: Path, made: Path) -> None:
    """Copy the libraries that are missing out of the lender's folder."""
    marker = installed_marker(lender)
    folders = [lender / each for each in marker.libraries] if marker else []
    (made / _BORROWED).mkdir()
    for library in build.borrows:
        source = next((each / library for each in folders if (each / library).exists()), None)
        if source is None:
            raise InstallError(
                f"{build.name} needs {library}; neither this machine nor {lender} has it.\n"
                f"  next   apt-get install libnspr4"
            )
        shutil.copyfile(source, made / _BORROWED / library)


def _finish(build: Build, made: Path, target: Path) -> None:
    package = _package_of(build)
    borrowed = (_BORROWED,) if (made / _BORROWED).exists() else ()
    marker = Marker(
        build=build.name,
        version=build.version or "",
        origin=f"npm {package.spec}",
        folder=str(target),
        executable=package.members[0].to,
        libraries=(*package.libraries, *borrowed),
        env={"FONTCONFIG_FILE": str(target / FONTS_FILE)},
        files=listing(made),
    )
    write_marker(made, marker)


def _install_found(build: Build, machine: Machine, report: Reporter) -> None:
    """``chromium``, ``firefox`` and ``webkit``: what is here, else Playwright's, else ours."""
    if _is_here(build, machine, report):
        return
    failure = playwright_own.install(build.engine, report)
    if failure is None and _is_here(build, machine, report):
        return
    failure = failure or "it came, and does not run here (libraries are missing)"
    report.note(f"playwright install {build.engine}: {failure}")
    if build.name == "chromium":
        install_package(BUILDS[EMBEDDED], machine.cache, report)
    elif build.name == "firefox":
        debian.install_firefox(machine.cache, report)
    else:
        raise InstallError(
            f"{build.name} comes from Playwright's own download only, and that failed: {failure}\n"
            f"  next   see what it says: playwright install {build.engine}; a proxy is named by "
            f"HTTPS_PROXY, a mirror by PLAYWRIGHT_DOWNLOAD_HOST"
        )


def _is_here(build: Build, machine: Machine, report: Reporter) -> bool:
    try:
        found = resolve(build.name, machine=machine)
    except BrowserNotFound as error:
        report.note(str(error).splitlines()[0])
        return False
    report.note(f"{build.name} {found.version} is here: {found.path} ({found.origin})")
    return True
