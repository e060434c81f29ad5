"""The conditions by name: constants and functions, each giving a `Condition`.

Times are in milliseconds, sizes in bytes. Whatever is drawn by lot is drawn from a seed, the URL's
path and query, and how often that was asked for before, never from the order in which requests for
different URLs arrive: the same seed is the same weather, however busy the machine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final, cast

from pytest_offline.errors import UsageError
from pytest_offline.record.conditions import Condition
from pytest_offline.record.effects import (
    Chance,
    Damage,
    Delay,
    Effect,
    Flap,
    Instead,
    Jitter,
    Rate,
    Scope,
    Stop,
    Truncate,
)

PRESETS: Final[dict[str, tuple[int, int, float]]] = {
    "slow 3G": (50_000, 50_000, 2000),
    "fast 3G": (180_000, 84_375, 562.5),
    "4G": (1_012_500, 168_750, 165),
}
"""Bytes a second down and up, and milliseconds, as the throttling menu of Chromium's DevTools has
them (front_end/core/sdk/NetworkManager.ts: Slow 3G, Fast 3G, Fast 4G)."""

_PORTAL: Final = """<!doctype html><meta charset="utf-8"><title>Welcome aboard</title>
<h1>Welcome aboard</h1><p>Accept the terms to use the network.</p>
<form method="post"><button>Accept</button></form>
"""

# RFC 1123, section 2.1: labels of letters, digits and hyphens.
_HOST = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def _stopped(name: str, text: str, how: Any) -> Condition:
    return Condition(name, reachable=False, effects=(Stop(text, how=how),))


SERVER_DOWN: Final = _stopped("server down", "SERVER_DOWN", "refuse")
"""No process listens: connections are refused, and ``navigator.onLine`` stays true.

Where every origin of the test is down, nothing listens at the port, and a browser reports what it
reports of a stopped server (``net::ERR_CONNECTION_REFUSED``). Where only some are, or only some
paths, the others of the same port have to be answered: the connection is accepted then and reset
once the request is read (``net::ERR_CONNECTION_RESET``). A page cannot tell the two apart."""

RESET: Final = _stopped("reset", "RESET", "reset")
"""Connections are accepted and reset once the request was read; ``navigator.onLine`` is true."""

HANG: Final = _stopped("hang", "HANG", "hang")
"""Lie-fi: connections are accepted, requests read, and nothing is ever said; ``navigator.onLine``
is true. What was open falls silent and stays open, until the condition ends.

A page of Chromium that is on its way to one that hangs cannot be evaluated in: Playwright waits for
the navigation, without a time limit. Give `goto` a timeout, and end the condition before going
on."""


def latency(ms: float | str) -> Condition:
    """So many milliseconds before each answer begins, or those of a preset: ``"slow 3G"``."""
    if isinstance(ms, str):
        return _one(Delay(f"latency({ms!r})", ms=_preset("latency", ms)[2]))
    _check_number("latency", ms, "milliseconds")
    return _one(Delay(f"latency({ms!r})", ms=ms))


def jitter(ms: float, seed: int = 0) -> Condition:
    """From nothing up to so many milliseconds more before each answer, drawn from the seed."""
    _check_number("jitter", ms, "milliseconds")
    return _one(Jitter(f"jitter({ms!r}, seed={_seed('jitter', seed)})", ms=ms, seed=seed))


def bandwidth(down: float | str, up: float | None = None) -> Condition:
    """Bytes a second, shared by all answers of an origin, and by all request bodies.

    Args:
        down: of the answers' bodies; or a preset, as DevTools has them: ``"slow 3G"`` (50 kB/s),
            ``"fast 3G"`` (180 kB/s down, 84 kB/s up), ``"4G"`` (1 MB/s down, 169 kB/s up).
        up: of the requests' bodies; the same as down where it is not given.
    """
    if isinstance(down, str):
        rates = _preset("bandwidth", down)
        given = "" if up is None else f", up={up!r}"
        return _rate(f"bandwidth({down!r}{given})", rates[0], rates[1] if up is None else up)
    given = "" if up is None else f", up={up!r}"
    return _rate(f"bandwidth({down!r}{given})", down, down if up is None else up)


def flaky(rate: float, seed: int = 0) -> Condition:
    """Some exchanges are reset before they are answered: a share of them, drawn from the seed.

    Args:
        rate: above 0 and below 1; 0.1 is one in ten.
    """
    if not _is_number(rate) or not 0 < rate < 1:
        raise UsageError(
            f"flaky({rate!r}): the rate is the share of exchanges that break, above 0 and below 1 "
            f"(0.1: one in ten); use RESET where all are to break"
        )
    return _one(Chance(f"flaky({rate!r}, seed={_seed('flaky', seed)})", rate=rate, seed=seed))


def flapping(schedule: str | Sequence[float]) -> Condition:
    """There and away by turns.

    Args:
        schedule: ``"++-"``: whenever a URL is asked for, the next turn: answered, answered, reset,
            and from the start again. This is the same whatever the timing. Or milliseconds, there
            and away by turns, such as ``[2000, 500]``: by the clock, from when it comes into
            force; when it turns to away, what is open is cut.
    """
    text = f"flapping({schedule!r})"
    if isinstance(schedule, str):
        if set(schedule) != {"+", "-"}:
            raise UsageError(
                f'{text}: a schedule of turns has "+" for answered and "-" for reset, at least one '
                f'of each, such as "++-"'
            )
        return _one(Flap(text, turns=tuple(turn == "+" for turn in schedule)))
    periods = tuple(schedule) if isinstance(schedule, Sequence) else ()  # pyright: ignore[reportUnnecessaryIsInstance]
    if not periods or len(periods) % 2 or not all(_is_number(ms) and ms >= 1 for ms in periods):
        raise UsageError(
            f"{text}: a schedule by the clock has milliseconds, there and away by turns, so an "
            f'even number of them, each at least 1, such as [2000, 500]; or turns: "++-"'
        )
    return _one(Flap(text, periods=periods))


def truncate(after: int) -> Condition:
    """Answers break off: the connection is closed after so many bytes of the body."""
    if not isinstance(after, int) or isinstance(after, bool) or after < 0:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(
            f"truncate({after!r}): say after how many bytes of its body an answer breaks off, 0 or "
            f"more, such as truncate(1000)"
        )
    return _one(Truncate(f"truncate({after})", after=after))


def status(code: int, body: str | bytes = "") -> Condition:
    """Every request is answered with an error in the origin's place, as a gateway does it.

    Args:
        code: from 400 to 599.
        body: plain text.
    """
    if not isinstance(code, int) or not 400 <= code <= 599:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(
            f"status({code!r}): a failing gateway answers with 400 to 599, such as 503; for "
            f"another answer use origin.reply(path, status=…), or captive_portal(page)"
        )
    if not isinstance(body, (str, bytes)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(
            f"status({code}, {body!r:.40}): the body is text or bytes; give json.dumps(…) for data"
        )
    content = body.encode() if isinstance(body, str) else body
    return _one(Instead(f"status({code})", status=code, body=content or f"{code}\n".encode()))


def captive_portal(page: str | bytes = _PORTAL) -> Condition:
    """Every request is answered by a login page with status 200: scripts, data, everything.

    Args:
        page: its HTML.
    """
    if not isinstance(page, (str, bytes)) or not page:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(
            f"captive_portal({page!r}): give the HTML of the login page, or nothing for a plain one"
        )
    content = page.encode() if isinstance(page, str) else page
    text = "captive_portal()" if page == _PORTAL else f"captive_portal({_short(page)})"
    kind = "text/html; charset=utf-8"
    return _one(Instead(text, status=200, body=content, content_type=kind))


def corrupt(every: int = 1000, seed: int = 0) -> Condition:
    """Answers arrive damaged: in every so many bytes of a body, and at least once, one is another.

    Lengths stay as they were. Validators (ETag, Last-Modified) are taken out, or the browser's
    HTTP cache would keep the damage.
    """
    if not isinstance(every, int) or isinstance(every, bool) or every < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(
            f"corrupt(every={every!r}): say in how many bytes one is to be another, 1 or more"
        )
    text = f"corrupt(every={every}, seed={_seed('corrupt', seed)})"
    return _one(Damage(text, every=every, seed=seed))


def tls_error() -> Condition:
    """The TLS handshake fails, for origins over https; UsageError where it is set without one."""
    return _stopped("tls error", "tls_error()", "tls")


def dns_failure(host: str) -> Condition:
    """The name of one host is not found; the others are.

    The host of an origin, or one that `Network.allow` has opened. The test's names are resolved
    inside the browser, which cannot be made to forget one while it runs: connections are accepted
    and reset before any answer. A page sees the network error that it would see (a rejected
    ``fetch``, an ``error`` event); only ``request.failure`` reads otherwise.
    """
    if not isinstance(host, str) or not _HOST.fullmatch(host):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(
            f"dns_failure({host!r}): give the name of a host without scheme, port and path, such "
            f'as "cdn.localhost" (origin.host has it)'
        )
    name = host.lower()
    scope = Scope((f"*://{name}/*", f"*://{name}:*/*"), implied=True)
    text = f"dns_failure({name!r})"
    return Condition(text, effects=(Stop(text, how="dns", host=name, scopes=(scope,)),))


def _one(effect: Effect) -> Condition:
    return Condition(effect.text, effects=(effect,))


def _rate(text: str, down: float, up: float) -> Condition:
    for name, rate in (("down", down), ("up", up)):
        if not _is_number(rate) or rate < 1:
            raise UsageError(
                f"{text}: {name}={rate!r} is no number of bytes a second; give 1 or more, or a "
                f"preset ({_names()}); for nothing at all use HANG"
            )
    return _one(Rate(text, down=down, up=up))


def _preset(call: str, name: str) -> tuple[int, int, float]:
    for known, values in PRESETS.items():
        if known.lower() == name.lower():
            return values
    raise UsageError(f"{call}({name!r}): no preset has that name; choose from {_names()}")


def _names() -> str:
    return ", ".join(map(repr, PRESETS))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _check_number(call: str, value: float, unit: str) -> None:
    if not _is_number(value) or value <= 0:
        raise UsageError(f"{call}({value!r}): give a number of {unit} above 0, such as {call}(200)")


def _seed(call: str, seed: int) -> int:
    if not isinstance(seed, int) or isinstance(seed, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(
            f"{call}(seed={cast(object, seed)!r}): a seed is a whole number, such as seed=1; the "
            f"same seed is the same weather"
        )
    return seed


def _short(page: str | bytes) -> str:
    shown = repr(page)
    return shown if len(shown) <= 30 else f"{shown[:28]}…{shown[-1]}"
