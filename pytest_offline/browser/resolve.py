"""Finding a build on this machine: where it is, how it has to be started, who made it.

``chromium``: Playwright's own, the system's Chrome or Chromium, the embedded one from npm.
``firefox``: Playwright's own, the system's over WebDriver BiDi, the one unpacked from Debian.
``webkit``: Playwright's own. Numbered builds: the cache folder, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pytest_offline.browser.builds import BUILDS, EMBEDDED, Build, Capabilities, build_named
from pytest_offline.browser.folders import VARIABLE, installed_marker
from pytest_offline.browser.machine import (
    Machine,
    PathProvider,
    ask_playwright,
    major,
    searched,
    this_machine,
)
from pytest_offline.errors import BrowserNotFound

BIDI_CHANNEL: Final = "moz-firefox"
DEBIAN_FIREFOX: Final = "firefox-debian"
"""The folder of a Firefox that was unpacked from Debian's packages without root."""

_OVERRIDE_MEASURED: Final = 153
"""The oldest Chromium in which Network.overrideNetworkState was seen to work; 92 lacks it."""


@dataclass(frozen=True)
class _BidiNeed:
    """From a Playwright version on, a Firefox over WebDriver BiDi has to be this new.

    Attributes:
        command: what such a Playwright sends and an older Firefox does not know.
        way_out: besides a newer Firefox and Playwright's own.
    """

    since: tuple[int, int]
    firefox: int
    command: str
    way_out: str = ""


_BIDI_NEEDS: Final = (
    # Playwright 1.60.0 to 1.64.1 drive Firefox ESR 153; with 1.65.2 every new context fails.
    _BidiNeed(
        (1, 65), 154, "emulation.setMediaFeaturesOverride", "pip install 'playwright<1.65', or "
    ),
    # Seen with Playwright 1.64.1 and Firefox ESR 140: the launch itself fails.
    _BidiNeed((1, 60), 141, "network.addDataCollector"),
)


@dataclass(frozen=True)
class InstalledBuild:
    """A build that is here.

    Attributes:
        executable: None where Playwright is left to choose its own.
        channel: Playwright's ``channel``; None for none.
        args: switches it gets.
        env: variables it needs on top of the environment. ``LD_LIBRARY_PATH`` comes before one
            that is set already.
        version: as the browser states it.
        origin: who made it: ``Playwright``, ``system``, ``npm name@version``, ``Debian``.
        path: the executable, also where Playwright chooses it; for people.
    """

    build: Build
    executable: Path | None
    channel: str | None
    args: tuple[str, ...]
    env: Mapping[str, str]
    version: str
    origin: str
    path: Path | None = None
    capabilities: Capabilities = field(default_factory=Capabilities)

    def __str__(self) -> str:
        return f"{self.build.name} {self.version} ({self.path or self.origin})"


@dataclass(frozen=True)
class _Search:
    """One search: what is looked for, and what was seen on the way, for the message."""

    build: Build
    machine: Machine
    playwright: PathProvider
    seen: list[str] = field(default_factory=list[str])


def resolve(
    name: str,
    *,
    playwright_executable: PathProvider | None = None,
    machine: Machine | None = None,
) -> InstalledBuild:
    """Find a build.

    Args:
        playwright_executable: where Playwright's own browser of an engine would be. Fixtures have
            it at hand (``browser_type.executable_path``); without it the driver is asked, in a
            process of its own, and only for ``chromium``, ``firefox`` and ``webkit``.

    Raises:
        UsageError: no build has this name.
        BrowserNotFound: it is not here, or does not fit this Playwright: the message says where it
            was looked for and which command gets it.
    """
    build = build_named(name)
    provider = playwright_executable or ask_playwright
    search = _Search(build, machine or this_machine(), provider)
    for look in _ORDER.get(name, (_packaged,)):
        found = look(search)
        if found is not None:
            return found
    looked = "\n".join(f"  looked  {line}" for line in search.seen)
    raise BrowserNotFound(
        f"{name} is not on this machine.\n{looked}\n"
        f"  next    pytest-offline browsers install {name}"
    )


def _playwrights_own(search: _Search) -> InstalledBuild | None:
    given = search.playwright(search.build.engine)
    if given is None:
        search.seen.append("Playwright's own: its driver did not say where")
        return None
    full = Path(given)
    shell = _headless_shell(full)
    path = full if full.exists() else shell
    if path is None or not path.exists():
        search.seen.append(f"Playwright's own: {full} does not exist")
        return None
    version = search.machine.version_of(path, {})
    # WebKit's launcher states no version and starts what is beside it.
    if version is None and search.build.engine != "webkit":
        search.seen.append(
            f"Playwright's own: {path} is there and does not run (missing libraries?)"
        )
        return None
    # Without the headless shell, only the channel "chromium" makes Playwright take the full one.
    channel = "chromium" if shell is not None and not shell.exists() else None
    return _installed(
        search, path, version or "unknown", "Playwright", executable=None, channel=channel
    )


def _headless_shell(full: Path) -> Path | None:
    """Where Playwright keeps what it starts for ``headless=True``; None for other engines."""
    folder = full.parent.parent
    if not folder.name.startswith("chromium-"):
        return None
    home = folder.with_name(folder.name.replace("chromium-", "chromium_headless_shell-", 1))
    there = sorted(home.glob("*/chrome-headless-shell*")) + sorted(home.glob("*/headless_shell*"))
    return there[0] if there else home / "chrome-headless-shell"


def _system_chromium(search: _Search) -> InstalledBuild | None:
    for path in search.machine.system("chromium"):
        version = search.machine.version_of(path, {})
        if version is not None:
            return _installed(search, path, version, "system", executable=path)
        search.seen.append(f"the system: {path} is there and does not run")
    search.seen.append(f"the system: {searched('chromium')} on PATH")
    return None


def _embedded(search: _Search) -> InstalledBuild | None:
    found = _from_folder(search, EMBEDDED, None)
    if found is None:
        return None
    return replace(found, capabilities=BUILDS[EMBEDDED].capabilities)


def _system_firefox(search: _Search) -> InstalledBuild | None:
    misfit: str | None = None
    for path in search.machine.system("firefox"):
        version = search.machine.version_of(path, {})
        if version is None:
            search.seen.append(f"the system: {path} is there and does not run")
        elif fits_bidi(search.machine.playwright_version, version):
            return _installed(
                search, path, version, "system", executable=path, channel=BIDI_CHANNEL
            )
        else:
            misfit = _misfit(search.machine.playwright_version, version, path)
    if misfit is not None:
        raise BrowserNotFound(misfit)
    search.seen.append(f"the system: {searched('firefox')} on PATH")
    return None


def _debian_firefox(search: _Search) -> InstalledBuild | None:
    found = _from_folder(search, DEBIAN_FIREFOX, BIDI_CHANNEL)
    if found is None or fits_bidi(search.machine.playwright_version, found.version):
        return found
    path = found.path or search.machine.cache
    raise BrowserNotFound(_misfit(search.machine.playwright_version, found.version, path))


def _packaged(search: _Search) -> InstalledBuild | None:
    return _from_folder(search, search.build.name, None)


def _from_folder(search: _Search, name: str, channel: str | None) -> InstalledBuild | None:
    folder = search.machine.cache / name
    marker = installed_marker(folder)
    if marker is None:
        state = "is damaged or was moved" if folder.exists() else "does not exist"
        search.seen.append(f"the cache folder ({VARIABLE}): {folder} {state}")
        return None
    env = dict(marker.env)
    if marker.libraries:
        env["LD_LIBRARY_PATH"] = ":".join(str(folder / each) for each in marker.libraries)
    path = folder / marker.executable
    found = _installed(
        search, path, marker.version, marker.origin, executable=path, channel=channel
    )
    return replace(found, env=env)


def _installed(
    search: _Search,
    path: Path,
    version: str,
    origin: str,
    *,
    executable: Path | None,
    channel: str | None = None,
) -> InstalledBuild:
    build = search.build
    # Playwright adds it today; as root the browser refuses to start without it.
    root = ("--no-sandbox",) if search.machine.root and build.engine == "chromium" else ()
    return InstalledBuild(
        build=build,
        executable=executable,
        channel=channel,
        args=(*build.args, *root),
        env={},
        version=version,
        origin=origin,
        path=path,
        capabilities=_capabilities(build, version),
    )


def _capabilities(build: Build, version: str) -> Capabilities:
    if build.source == "npm" or build.engine != "chromium":
        return build.capabilities
    override = major(version) >= _OVERRIDE_MEASURED
    return replace(build.capabilities, network_state_override=override)


def fits_bidi(playwright_version: str, firefox_version: str) -> bool:
    """Whether this Playwright can drive this Firefox over WebDriver BiDi, as far as is known."""
    return _unmet(playwright_version, firefox_version) is None


def _unmet(playwright_version: str, firefox_version: str) -> _BidiNeed | None:
    numbers = playwright_version.split(".")
    now = (major(numbers[0]), major(numbers[1]) if len(numbers) > 1 else 0)
    firefox = major(firefox_version)
    return next(
        (need for need in _BIDI_NEEDS if now >= need.since and firefox < need.firefox), None
    )


def _misfit(playwright_version: str, firefox_version: str, path: Path) -> str:
    need = _unmet(playwright_version, firefox_version) or _BIDI_NEEDS[0]
    first, second = need.since
    return (
        f"Firefox {firefox_version} ({path}) and Playwright {playwright_version} do not fit.\n"
        f"  why    Playwright {first}.{second} and later send a WebDriver BiDi command that "
        f"Firefox before {need.firefox} does not know ({need.command})\n"
        f"  next   {need.way_out}playwright install firefox, or a newer Firefox"
    )


_ORDER: Final[Mapping[str, tuple[Callable[[_Search], InstalledBuild | None], ...]]] = {
    "chromium": (_playwrights_own, _system_chromium, _embedded),
    "firefox": (_playwrights_own, _system_firefox, _debian_firefox),
    "webkit": (_playwrights_own,),
}
