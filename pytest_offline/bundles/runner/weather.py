"""What a condition does to exchanges, decided as it was when the bundle was made.

The lots are drawn from the effect's seed, the method, the path with its query, and how often that
was asked for since the condition came into force: the same seed is the same weather here too.
"""

from __future__ import annotations

import fnmatch
import hashlib
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from .fields import BundleError, Fields, Json
from .words import Effect


@dataclass
class Fate:
    """What becomes of one exchange.

    Attributes:
        stop: ``reset`` or ``hang``; None where it gets an answer.
        wait: milliseconds before the answer begins.
        instead: status, body and Content-Type of what is answered in the site's place.
        truncate: bytes of the body after which the connection is closed.
        damage: in how many bytes one is another, and the seed.
        rate: bytes of the body a second.
        key: what its lots are drawn from.
    """

    stop: str | None = None
    wait: float = 0
    instead: tuple[int, bytes, str] | None = None
    truncate: int | None = None
    damage: tuple[int, int] | None = None
    rate: float | None = None
    key: str = ""

    def damaged(self, body: bytes) -> bytes:
        """A body as it arrives: in each block one byte is another."""
        if self.damage is None or not body:
            return body
        every, seed = self.damage
        changed = bytearray(body)
        for start in range(0, len(body), every):
            size = min(every, len(body) - start)
            changed[start + int(drawn(seed, "corrupt", f"{self.key} {start}") * size)] ^= 0xFF
        return bytes(changed)


class Weather:
    """The effects that are in force."""

    def __init__(self, effects: tuple[Effect, ...] = ()) -> None:
        self._effects = effects
        self._asked: Counter[str] = Counter()
        self._began = time.monotonic()

    @property
    def breaks(self) -> bool:
        """Whether it breaks exchanges, so that no connection is used twice."""
        return any(effect.kind in ("stop", "flaky", "flapping") for effect in self._effects)

    @property
    def hangs(self) -> bool:
        """Whether what is not reachable is silent, and not broken off."""
        stop = self._one("stop", "/")
        return stop is not None and stop["how"] == "hang"

    def fate(self, method: str, target: str, host: str) -> Fate:
        """What becomes of the next exchange for a URL; each call counts."""
        if not self._effects:
            return Fate()
        place, asked = f"{host}{target}", f"{method} {target}"
        number = self._asked[f"{host} {asked}"]
        self._asked[f"{host} {asked}"] += 1
        fate = Fate(key=f"{asked} {number}", stop=self._stop(place, number, f"{asked} {number}"))
        if fate.stop is None:
            self._shape(fate, place)
        return fate

    def _stop(self, place: str, number: int, key: str) -> str | None:
        if stop := self._one("stop", place):
            return "hang" if stop["how"] == "hang" else "reset"
        chance = self._one("flaky", place)
        if chance and drawn(chance["seed"], "flaky", key) < chance["rate"]:
            return "reset"
        flap = self._one("flapping", place)
        return "reset" if flap and self._away(flap, number) else None

    def _shape(self, fate: Fate, place: str) -> None:
        if delay := self._one("latency", place):
            fate.wait = delay["ms"]
        if jitter := self._one("jitter", place):
            fate.wait += jitter["ms"] * drawn(jitter["seed"], "jitter", fate.key)
        if instead := self._one("answer", place):
            body = b64decode(instead["body"])
            fate.instead = (instead["status"], body, instead["content_type"])
        if truncate := self._one("truncate", place):
            fate.truncate = truncate["after"]
        if damage := self._one("corrupt", place):
            fate.damage = (damage["every"], damage["seed"])
        if rate := self._one("bandwidth", place):
            fate.rate = rate["down"]

    def _away(self, flap: Mapping[str, Json], number: int) -> bool:
        if flap["turns"]:
            return not flap["turns"][number % len(flap["turns"])]
        passed = (time.monotonic() - self._began) * 1000 % sum(flap["periods"])
        for index, period in enumerate(flap["periods"]):
            if passed < period:
                return index % 2 == 1
            passed -= period
        return False

    def _one(self, kind: str, place: str) -> Mapping[str, Json] | None:
        """The settings of the effect of a kind that counts for a place: the last that covers it."""
        for effect in reversed(self._effects):
            if effect.kind == kind and _covers(effect, place.partition("?")[0]):
                return effect.settings
        return None


def checked(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The effects, each with every setting it has to have.

    Raises:
        BundleError: one is not known, or a setting is missing or of another kind.
    """
    for index, effect in enumerate(effects):
        where = f"scenario.json: effects[{index}]"
        known = _SETTINGS.get(effect.kind)
        if known is None:
            raise BundleError(
                f"{where}.kind: should be one of {', '.join(_SETTINGS)}, is {effect.kind!r}"
            )
        fields = Fields(effect.settings, f"{where} ({effect.kind})")
        for name, read in known.items():
            read(fields, name)
        fields.finish()
    return effects


def drawn(seed: int, what: str, key: str) -> float:
    """A number from 0 up to, not including, 1 that is the same for the same, in any process."""
    digest = hashlib.sha256(f"{seed} {what} {key}".encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:7], "big") / (1 << 56)


def _covers(effect: Effect, place: str) -> bool:
    path = place[place.index("/") :]
    return all(
        any(fnmatch.fnmatchcase(path if each.startswith("/") else place, each) for each in patterns)
        != excluded
        for excluded, patterns in effect.scopes
    )


def _turns(fields: Fields, name: str) -> None:
    for index, turn in enumerate(fields.items(name, ())):
        if not isinstance(turn, bool):
            raise fields.wrong(f"{name}[{index}]", "true or false", turn)


def _periods(fields: Fields, name: str) -> None:
    for index, period in enumerate(fields.items(name, ())):
        if not isinstance(period, (int, float)) or not period > 0:
            raise fields.wrong(f"{name}[{index}]", "a number above 0", period)


def _seed(fields: Fields, name: str) -> None:
    if not isinstance(fields.get(name), int):
        raise fields.wrong(name, "a whole number", fields.get(name))


def _every(fields: Fields, name: str) -> None:
    if fields.whole(name) < 1:
        raise fields.wrong(name, "1 or more", 0)


def _rate(fields: Fields, name: str) -> None:
    if fields.number(name) < 1:
        raise fields.wrong(name, "1 or more", fields.number(name))


_SETTINGS: Final[Mapping[str, Mapping[str, Callable[[Fields, str], object]]]] = {
    "stop": {"how": Fields.text},
    "latency": {"ms": Fields.number},
    "jitter": {"ms": Fields.number, "seed": _seed},
    "bandwidth": {"down": _rate, "up": _rate},
    "flaky": {"rate": Fields.number, "seed": _seed},
    "flapping": {"turns": _turns, "periods": _periods},
    "truncate": {"after": Fields.whole},
    "answer": {"status": Fields.whole, "body": Fields.binary, "content_type": Fields.text},
    "corrupt": {"every": _every, "seed": _seed},
}
