"""Waiting for what is expected: asked again when something new was recorded, never by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DEFAULT_TIMEOUT_MS: Final = 5_000
"""As Playwright's own ``expect``."""

_NEWS_MS: Final = 200


@dataclass(frozen=True)
class Expectation:
    """One thing that is expected of one object.

    Attributes:
        subject: whom it is expected of, for the message.
        wanted: what, so that ``expected {subject} {wanted}`` is a sentence.
        seen: asked again and again: None where it holds, else what was seen instead, indented.
        news: waits up to so many milliseconds for something new.
        timeout: milliseconds.
        negated: whether it is expected not to hold.
    """

    subject: str
    wanted: str
    seen: Callable[[], str | None]
    news: Callable[[float], object]
    timeout: float
    negated: bool = False

    def wait(self) -> None:
        """Returns once it holds (or, negated, once it does not).

        Raises:
            AssertionError: it did not in time; the message shows what was seen instead.
        """
        __tracebackhide__ = True
        deadline = time.monotonic() + self.timeout / 1000
        while True:
            seen = self.seen()
            if (seen is None) != self.negated:
                return
            left = (deadline - time.monotonic()) * 1000
            if left <= 0:
                raise AssertionError(self._message(seen or "  but it does"))
            self.news(min(left, _NEWS_MS))

    def _message(self, seen: str) -> str:
        return message(self.subject, self.wanted, seen, self.timeout, self.negated)


def message(subject: str, wanted: str, seen: str, timeout: float, negated: bool = False) -> str:
    """The layout of every message: what was expected, of what, and what was seen instead."""
    negation = "not " if negated else ""
    waited = f"\n  waited {timeout:g} ms" if timeout else ""
    return f"expected {subject} {negation}{wanted}, but saw\n{seen}{waited}"


def indented(lines: list[str], nothing: str) -> str:
    """Lines as a block, or a sentence where there are none."""
    return "\n".join(f"  {line}" for line in lines) if lines else f"  {nothing}"


def named(subject: object, title: str | None) -> str:
    """The subject of a message, behind the title that the test gave it."""
    return repr(subject) if title is None else f"{title}: {subject!r}"
