"""What a condition does to the exchanges of one origin, decided one by one, and noted on each.

What is drawn by lot is drawn from the effect's seed, the method, the path with its query, and how
often that was asked for since the condition came into force. Nothing depends on the order in which
different URLs are asked for, so the same seed is the same weather on any machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from multidict import CIMultiDict

from pytest_offline.origin.answers import Answer, BrokenOff
from pytest_offline.record import ONLINE, Condition
from pytest_offline.record.effects import (
    Chance,
    Damage,
    Delay,
    Effect,
    Flap,
    Instead,
    Jitter,
    Rate,
    Stop,
    StopKind,
    Truncate,
)

Kind = TypeVar("Kind", bound=Effect)

_SLICE_S: Final = 0.02
"""A limited line hands over what it carries in so many seconds, so that many can share it."""
_LAG_S: Final = 0.1
"""A timer that is so late is caught up with; a line that was idle for longer starts afresh."""
_SLICES: Final = (256, 64 * 1024)
_VALIDATORS: Final = ("ETag", "Last-Modified", "Accept-Ranges")


class Line:
    """So many bytes a second, shared by all who pass."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.slice = int(min(max(rate * _SLICE_S, _SLICES[0]), _SLICES[1]))
        self._free = 0.0

    async def carry(self, size: int) -> None:
        """Waits until so many bytes have passed."""
        now = asyncio.get_running_loop().time()
        start = self._free if now - self._free < _LAG_S else now
        self._free = start + size / self.rate
        if self._free > now:
            await asyncio.sleep(self._free - now)


@dataclass
class Fate:
    """What becomes of one exchange.

    Attributes:
        stop: how it gets no answer; None where it gets one.
        wait: milliseconds before the answer begins.
        instead: what is answered in the origin's place.
        closes: whether the connection is closed after it. Chromium repeats by itself what it asked
            on a connection that it had used before and that broke (HttpNetworkTransaction::
            ShouldResendRequest), so where exchanges are to break, each has one of its own.
    """

    stop: StopKind | None = None
    wait: float = 0
    instead: Instead | None = None
    truncate: int | None = None
    damage: Damage | None = None
    down: Line | None = None
    up: Line | None = None
    closes: bool = False
    notes: list[str] = field(default_factory=list[str])
    key: str = ""

    @property
    def shapes(self) -> bool:
        """Whether a body does not go out as it is."""
        return not (self.truncate is None and self.damage is None and self.down is None)

    def answer(self) -> Answer | None:
        """What is answered in the origin's place; None where the origin answers."""
        if self.instead is None:
            return None
        headers = {"Content-Type": self.instead.content_type, "Cache-Control": "no-store"}
        return Answer(self.instead.status, CIMultiDict(headers), self.instead.body)

    def prepare(self, answer: Answer) -> None:
        """Changes the head of an answer before it goes out.

        Taken out of it is what the browser would know the undamaged one by.
        """
        if self.damage is not None:
            for name in _VALIDATORS:
                answer.headers.popall(name, None)
        if self.closes:
            answer.headers["Connection"] = "close"

    def shaped(self, data: bytes, sent: int) -> Iterator[bytes]:
        """Some of a body as it goes out, ``sent`` bytes after its start, in slices.

        Raises BrokenOff where no more may follow.
        """
        data = self._damaged(data, sent)
        room = len(data) if self.truncate is None else max(0, self.truncate - sent)
        step = self.down.slice if self.down else max(1, len(data))
        whole = data[:room]
        for start in range(0, len(whole), step):
            yield whole[start : start + step]
        if len(data) > room:
            self.notes.append(f"broken off after {self.truncate} bytes")
            raise BrokenOff(f"the answer ends after {self.truncate} bytes")

    def _damaged(self, data: bytes, sent: int) -> bytes:
        if self.damage is None or not data:
            return data
        every, changed = self.damage.every, bytearray(data)
        # A block of `every` bytes, or what there is of it here, loses one.
        first = -(-sent // every) * every if sent else 0
        places = [
            start - sent + self._damaged_at(start, min(every, sent + len(data) - start))
            for start in range(first, sent + len(data), every)
        ]
        for place in places:
            changed[place] ^= 0xFF
        self._note_damage(len(places))
        return bytes(changed)

    def _damaged_at(self, start: int, size: int) -> int:
        assert self.damage is not None
        return int(drawn(self.damage.seed, "corrupt", f"{self.key} {start}") * size)

    def _note_damage(self, count: int) -> None:
        before = next((note for note in self.notes if note.endswith(" damaged")), None)
        if before is not None:
            self.notes.remove(before)
            count += int(before.split()[0])
        self.notes.append(f"{count} {'byte' if count == 1 else 'bytes'} damaged")


CLEAR: Final = Fate()
"""Nothing is done to it."""


class Weather:
    """A condition at one origin, for as long as it is in force. Lives on the server's loop."""

    def __init__(self, condition: Condition = ONLINE, base: str = "") -> None:
        self.condition = condition
        self._base = base
        self._asked: Counter[str] = Counter()
        self._began = time.monotonic()
        self._lines: dict[Effect, tuple[Line, Line]] = {
            effect: (Line(effect.down), Line(effect.up))
            for effect in condition.effects
            if isinstance(effect, Rate)
        }
        self._timer: asyncio.TimerHandle | None = None

    @property
    def breaks(self) -> bool:
        """Whether it breaks any exchange, so that connections are not used twice."""
        breaking = (Stop, Chance, Flap)
        return any(isinstance(effect, breaking) for effect in self.condition.effects)

    @property
    def holds_all(self) -> bool:
        """Whether everything hangs."""
        return not self.condition.reachable and self.stop_of("/") == "hang"

    @property
    def refuses_all(self) -> bool:
        """Whether no connection is to be had."""
        return not self.condition.reachable and self.stop_of("/") == "refuse"

    @property
    def refuses_handshakes(self) -> bool:
        """Whether a connection comes no further than its TLS handshake."""
        return not self.condition.reachable and self.stop_of("/") == "tls"

    def stop_of(self, target: str) -> StopKind | None:
        """How a path gets no answer whenever it is asked for; None where it may get one."""
        stop = self._one(Stop, target)
        return None if stop is None else stop.how

    def fate(self, method: str, target: str) -> Fate:
        """What becomes of the next exchange for a URL; each call counts."""
        if not self.condition.effects:
            return CLEAR
        asked = f"{method} {target}"
        number = self._asked[asked]
        self._asked[asked] += 1
        fate = Fate(closes=self.breaks, key=f"{asked} {number}")
        breaking = self._breaking(target, number, fate.key)
        if breaking is not None:
            fate.stop, note = breaking
            fate.notes.append(note)
        else:
            self._shape(fate, target)
        return fate

    def watch(self, loop: asyncio.AbstractEventLoop, went_away: Callable[[], None]) -> None:
        """Calls back whenever `flapping` by the clock turns to away, until `end`."""
        flaps = [each for each in self.condition.effects if isinstance(each, Flap) and each.periods]
        if not flaps:
            return

        def turned() -> None:
            if any(self._away(flap) for flap in flaps):
                went_away()
            soon = min(self._turn(flap)[1] for flap in flaps)
            self._timer = loop.call_later(soon / 1000 + 0.001, turned)

        turned()

    def end(self) -> None:
        """It is no longer in force."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _breaking(self, target: str, number: int, key: str) -> tuple[StopKind, str] | None:
        stop = self._one(Stop, target)
        if stop is not None:
            verb = {"hang": "held", "refuse": "refused"}.get(stop.how, "reset")
            return stop.how, f"{verb} by {stop}"
        chance = self._one(Chance, target)
        if chance is not None and drawn(chance.seed, "flaky", key) < chance.rate:
            return "reset", f"reset by {chance}"
        flap = self._one(Flap, target)
        if flap is not None and self._away(flap, number):
            return "reset", f"reset by {flap}"
        return None

    def _shape(self, fate: Fate, target: str) -> None:
        delay, jitter = self._one(Delay, target), self._one(Jitter, target)
        fate.wait = delay.ms if delay else 0
        if jitter:
            fate.wait += jitter.ms * drawn(jitter.seed, "jitter", fate.key)
        if fate.wait:
            fate.notes.append(f"held back {fate.wait:.0f} ms")
        fate.instead = self._one(Instead, target)
        if fate.instead:
            fate.notes.append(f"answered by {fate.instead}")
        truncate = self._one(Truncate, target)
        fate.truncate = truncate.after if truncate else None
        fate.damage = self._one(Damage, target)
        rate = self._one(Rate, target)
        if rate:
            fate.down, fate.up = self._lines[rate]
            fate.notes.append(f"slowed by {rate}")

    def _one(self, kind: type[Kind], target: str) -> Kind | None:
        """The effect of a kind that counts for a path: the last one of those that cover it."""
        for effect in reversed(self.condition.effects):
            if isinstance(effect, kind) and effect.covers(self._base, target):
                return effect
        return None

    def _away(self, flap: Flap, number: int = 0) -> bool:
        if flap.turns:
            return not flap.turns[number % len(flap.turns)]
        return self._turn(flap)[0] % 2 == 1

    def _turn(self, flap: Flap) -> tuple[int, float]:
        """Which of its periods a flapping line is in, and how many milliseconds are left of it."""
        passed = (time.monotonic() - self._began) * 1000 % sum(flap.periods)
        for index, period in enumerate(flap.periods):
            if passed < period:
                return index, period - passed
            passed -= period
        return 0, flap.periods[0]  # the sum and the remainder were rounded apart


def drawn(seed: int, what: str, key: str) -> float:
    """A number from 0 up to, not including, 1 that is the same for the same, in any process."""
    digest = hashlib.sha256(f"{seed} {what} {key}".encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:7], "big") / (1 << 56)
