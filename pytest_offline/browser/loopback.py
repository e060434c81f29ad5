"""Keeping old builds on this machine: what they resolve, and through what they go.

Measured on Chromium 83, 88 and 92: ``MAP * ~NOTFOUND`` covers literal addresses too, in every
spelling (``127.0.0.2``, ``[::ffff:127.0.0.2]``, ``2130706434``), for navigation, fetch and web
sockets. A proxy would resolve names on its own, so none is used, not even one the environment
names. WebRTC asks nobody: a STUN server given as a literal address is sent packets, and these
builds ignore ``--force-webrtc-ip-handling-policy``; ``take_webrtc_out`` is for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Final

from pytest_offline.browser.builds import Build
from pytest_offline.browser.opening import Opening
from pytest_offline.errors import UsageError
from pytest_offline.record.hosts import is_localhost, is_loopback

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

NAMES: Final = ".test"
"""Below it origins have names of their own: these builds find them by their rules."""
RULES: Final = "--host-resolver-rules="
_CLOSED: Final = (
    f"MAP *{NAMES} 127.0.0.1",
    "MAP * ~NOTFOUND",
    "EXCLUDE localhost",
    "EXCLUDE *.localhost",
    "EXCLUDE 127.0.0.1",
)
# Not --no-proxy-server: headless 83 to 92 ignore it and take the proxy the environment names.
_NO_PROXY: Final = "--proxy-server=direct://"

# Each would take requests past the rules.
_OPENING: Final = ("--proxy-server", "--proxy-pac-url", "--proxy-auto-detect", "--host-rules")


def loopback_args(build: Build, given: Sequence[str]) -> list[str]:
    """The switches a test gave, closed so that nothing but this machine can be reached.

    Rules that map names to loopback are kept, before ours: the first that matches wins.

    Raises:
        UsageError: a switch or a rule would open the way to another machine; it is in the message.
    """
    for switch in given:
        if switch.split("=", 1)[0] in _OPENING and switch != _NO_PROXY:
            raise _refused(build, switch)
    theirs = [rule for each in given if each.startswith(RULES) for rule in _rules_of(build, each)]
    others = [each for each in given if not each.startswith(RULES) and each != _NO_PROXY]
    return [*others, RULES + ", ".join((*theirs, *_CLOSED)), _NO_PROXY]


def refuse_proxy(build: Build, given: Mapping[str, object]) -> None:
    """Refuse Playwright's own proxy option.

    Raises:
        UsageError: there is one.
    """
    if given.get("proxy"):
        raise _refused(build, f"proxy={given['proxy']!r}")


def context_script() -> str:
    """The script that takes WebRTC out of pages, for ``context.add_init_script``."""
    return (resources.files("pytest_offline.probes") / "loopback_only.js").read_text("utf-8")


def take_webrtc_out(browser: Browser) -> None:
    """For as long as it runs: no switch keeps WebRTC of old builds on this machine."""
    Opening(browser, "new_context", _without_webrtc).__enter__()


def _without_webrtc(context: BrowserContext) -> None:
    context.add_init_script(context_script())


def _rules_of(build: Build, switch: str) -> Iterable[str]:
    for rule in (part.strip() for part in switch.removeprefix(RULES).strip('"').split(",")):
        if rule and rule not in _CLOSED:
            _check_rule(build, rule)
            yield rule


def _check_rule(build: Build, rule: str) -> None:
    words = rule.split()
    target = words[2] if len(words) == 3 and words[0].upper() == "MAP" else None
    if words[0].upper() == "EXCLUDE" and len(words) == 2:
        target = words[1]
    if target is None or not (target == "~NOTFOUND" or _is_loopback(target)):
        raise _refused(build, f"{RULES}{rule}")


def _is_loopback(target: str) -> bool:
    host = target
    if target.count(":") == 1:  # a port behind a name or an IPv4 address
        host = target.partition(":")[0]
    elif target.startswith("["):
        host = target[1:].partition("]")[0]
    return is_localhost(host) or is_loopback(host)


def _refused(build: Build, value: str) -> UsageError:
    return UsageError(
        f"{build.name} reaches this machine only, and {value!r} would let it out.\n"
        f"  why    version {build.version} has holes that were closed long ago\n"
        f"  next   take it out, or use chromium or chromium-153"
    )
