"""Waiting for what is expected: asked again when something new was recorded, never by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DEFAULT_TIMEOUT_MS: Final = 5_000
"""As Playwright's own ``expect``."""

_NEWS_MS: Final = 200
_PAUSE_S: Final = 0.02


@dataclass(frozen=True)
class Sight:
    """What one look at an object saw.

    Attributes:
        holds: whether what is expected (leaving a ``not_`` aside) is so.
        text: what there is, a block of lines: what holds where it does, else what there is instead.
    """

    holds: bool
    text: str


@dataclass(frozen=True)
class Expectation:
    """One thing that is expected of one object.

    Attributes:
        subject: whom it is expected of, for the message.
        wanted: what, so that ``expected {subject} {wanted}`` is a sentence.
        look: asked again and again.
        news: waits up to so many milliseconds for something new, and returns early for it.
        timeout: milliseconds.
        negated: whether it is expected not to hold.
        title: stands in front of the message.
    """

    subject: object
    wanted: str
    look: Callable[[], Sight]
    news: Callable[[float], object]
    timeout: float
    negated: bool = False
    title: str | None = None

    def __str__(self) -> str:
        return f"expect {self.subject!r} {'not ' if self.negated else ''}{self.wanted}"

    def wait(self) -> None:
        """Returns once it holds (or, negated, once it does not).

        Raises:
            AssertionError: it did not in time; the message shows what was seen instead.
        """
        __tracebackhide__ = True
        deadline = time.monotonic() + self.timeout / 1000
        while True:
            seen = self.look()
            if seen.holds != self.negated:
                return
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(self._message(seen.text))
            self._wait_for_news(left)

    def _message(self, seen: str) -> str:
        return message(self.subject, self.wanted, seen, self.timeout, self.negated, self.title)

    def _wait_for_news(self, left: float) -> None:
        asked = time.monotonic()
        self.news(min(left * 1000, _NEWS_MS))
        # With no page open nobody can wait for news, and the answer comes at once.
        if time.monotonic() - asked < _PAUSE_S:
            time.sleep(min(left, _PAUSE_S))


def message(
    subject: object, wanted: str, seen: str, timeout: float, negated: bool, title: str | None
) -> str:
    """The layout of every message: what was expected, of what, and what was seen instead."""
    first = f"{title}\n" if title else ""
    negation = "not " if negated else ""
    waited = f"\n  waited {timeout:g} ms" if timeout else ""
    return f"{first}expected {subject!r} {negation}{wanted}, but saw\n{seen}{waited}"


def indented(lines: list[str], nothing: str) -> str:
    """Lines as a block, or a sentence where there are none."""
    return "\n".join(f"  {line}" for line in lines) if lines else f"  {nothing}"
