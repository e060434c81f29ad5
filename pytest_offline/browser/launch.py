"""From a build that is here to the options Playwright's ``launch`` takes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from pytest_offline.browser.builds import build_named
from pytest_offline.browser.features import without_idle_features
from pytest_offline.browser.loopback import loopback_args, refuse_proxy
from pytest_offline.browser.resolve import InstalledBuild

_FEATURE_SWITCHES: Final = ("--enable-features=", "--disable-features=")
_PINS: Final = "--ignore-certificate-errors-spki-list="
_LIBRARIES: Final = "LD_LIBRARY_PATH"

# Firefox repeats by itself, nine times, a request that the origin reset; what the site asked for
# once would stand in the ledger ten times (netwerk/protocol/http/nsHttpTransaction.cpp, Restart).
_PREFERENCES: Final = {"firefox": {"network.http.request.max-attempts": 1}}


def launch_options(
    installed: InstalledBuild, given: Mapping[str, object], *, pin: str | None = None
) -> dict[str, object]:
    """Merge what a build needs into the launch options that a test already has.

    What is given stays: ``headless``, ``slow_mo``, ``args`` (before ours), ``env`` (over ours). A
    given ``executable_path`` or ``channel`` names another browser: then nothing of the build's is
    added, except that a build which is kept on this machine stays so.

    Args:
        given: as for ``browser_type.launch``; it is not changed.
        pin: the digest of a key that Chromium is to trust, whatever the certificate says.

    Raises:
        UsageError: an option would let a loopback-only build out.
    """
    options = dict(given)
    chosen = bool(options.get("executable_path") or options.get("channel"))
    args = [str(each) for each in cast("Sequence[object]", options.get("args") or ())]
    if not chosen:
        args = _merged_args(args, (*installed.args, *_idle_features(installed)))
        _add_place(options, installed)
        _add_env(options, installed)
        _add_preferences(options, installed)
    if installed.capabilities.loopback_only:
        refuse_proxy(installed.build, given)
        args = loopback_args(installed.build, args)
    if pin is not None and installed.build.engine == "chromium":
        args = _pinned(args, pin)
    if args:
        options["args"] = args
    return options


def given_instead(name: str, options: Mapping[str, object]) -> InstalledBuild | None:
    """The browser that launch options name in place of the build's; None where they name none.

    A numbered build is exactly one binary: for it they are left to speak for themselves.
    """
    path = cast("str | None", options.get("executable_path"))
    channel = cast("str | None", options.get("channel"))
    build = build_named(name)
    if build.source != "found" or not (path or channel):
        return None
    return InstalledBuild(
        build=build,
        executable=Path(path) if path else None,
        channel=channel,
        args=(),
        env={},
        version="as the launch arguments say",
        origin=f"channel {channel!r}",
        path=Path(path) if path else None,
        capabilities=build.capabilities,
    )


def no_window(installed: InstalledBuild) -> str:
    """What to tell someone who asked for the window of a build that has none, and what to do."""
    said = f"--headed shows no window: {installed} has none."
    if installed.build.source == "found":
        said += " With one: playwright install chromium, or apt-get install chromium."
    return said


def _idle_features(installed: InstalledBuild) -> tuple[str, ...]:
    found = installed.build.engine == "chromium" and installed.build.source == "found"
    return without_idle_features() if found else ()


def _add_place(options: dict[str, object], installed: InstalledBuild) -> None:
    if installed.executable is not None:
        options["executable_path"] = str(installed.executable)
    if installed.channel is not None:
        options["channel"] = installed.channel


def _add_env(options: dict[str, object], installed: InstalledBuild) -> None:
    """Playwright's ``env`` replaces the environment as a whole, so all of it is handed over."""
    if not installed.env:
        return
    given = cast("Mapping[str, object] | None", options.get("env"))
    base = {name: str(value) for name, value in (given or os.environ).items()}
    env = {**installed.env, **base}
    libraries = (installed.env.get(_LIBRARIES), base.get(_LIBRARIES))
    if any(libraries):
        env[_LIBRARIES] = ":".join(each for each in libraries if each)
    options["env"] = env


def _add_preferences(options: dict[str, object], installed: InstalledBuild) -> None:
    """What a test sets in ``firefox_user_prefs`` stays."""
    ours = _PREFERENCES.get(installed.build.engine)
    if ours:
        given = cast("Mapping[str, object] | None", options.get("firefox_user_prefs"))
        options["firefox_user_prefs"] = {**ours, **(given or {})}


def _merged_args(given: Sequence[str], ours: Sequence[str]) -> list[str]:
    """The given switches, then ours; lists of features become one, as the last switch wins."""
    merged = [*given, *(each for each in ours if each not in given)]
    for switch in _FEATURE_SWITCHES:
        if any(each.startswith(switch) for each in ours):
            merged = _joined(merged, switch)
    return merged


def _pinned(args: Sequence[str], pin: str) -> list[str]:
    """One list of keys, as the last switch wins."""
    given = [each for each in args if each.startswith(_PINS)]
    pins = [key for each in given for key in each.removeprefix(_PINS).split(",") if key]
    return [*(each for each in args if each not in given), _PINS + ",".join((*pins, pin))]


def _joined(args: Sequence[str], switch: str) -> list[str]:
    lists = [each.removeprefix(switch).split(",") for each in args if each.startswith(switch)]
    features = dict.fromkeys(feature for names in lists for feature in names if feature)
    others = [each for each in args if not each.startswith(switch)]
    return [*others, switch + ",".join(features)]
