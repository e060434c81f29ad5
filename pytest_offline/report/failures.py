"""What went wrong in a test, from the exception: one sentence for who is in a hurry, then all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

from pytest_offline.compare.explain import Different
from pytest_offline.errors import ModelMismatch, NotReady, OfflineError

MOST_REASON: Final = 280
"""Characters of a one-sentence reason; the whole message stands below it."""

_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_OBJECT: Final = re.compile(r"<(?P<kind>\w+) (?:of )?http[^>]*>")
_NAMES: Final = {
    "AppCache": "the application cache",
    "Caches": "the caches",
    "Origin": "the origin",
    "ServiceWorkers": "the service worker",
}
_ACTUAL: Final = re.compile(r"^Actual value: (?P<value>.*)$", re.M)


@dataclass(frozen=True)
class Failure:
    """One failed expectation, or one error.

    Attributes:
        phase: ``setup``, ``call`` or ``teardown``.
        time: milliseconds since the Unix epoch.
        type: the exception's class.
        reason: one sentence.
        message: all of what was said.
        traceback: as pytest shows it; empty where there is none.
        differences: what a `ModelMismatch` has as data: subject, allowed, seen, rule, witnesses.
        missing: the URLs that a `NotReady` misses.
    """

    phase: str
    time: float
    type: str
    reason: str
    message: str
    traceback: str = ""
    differences: tuple[dict[str, object], ...] = ()
    missing: tuple[str, ...] = ()


def failures_of(
    error: BaseException, *, phase: str, time: float, traceback: str = "", base: str = ""
) -> list[Failure]:
    """Every failure in an exception: one, or each that a group holds.

    Args:
        base: the URL of the test's origin, which reasons leave out.
        traceback: goes to the first of them.
    """
    return [
        Failure(
            phase=phase,
            time=time,
            type=type(each).__name__,
            reason=reason_of(each, base),
            message=plain(str(each)),
            traceback="" if number else plain(traceback),
            differences=tuple(_differences(each)),
            missing=each.missing if isinstance(each, NotReady) else (),
        )
        for number, each in enumerate(_leaves(error))
    ]


def reason_of(error: BaseException, base: str = "") -> str:
    """The failure in one sentence: what was expected, and what was seen instead."""
    return _cut(_readable(_reason(error), base))


def _reason(error: BaseException) -> str:
    differences = _differences(error)
    if differences:
        first = differences[0]
        return (
            f"{first['subject']}: the model allows {first['allowed']}; "
            f"the browser did {first['seen']}"
        )
    text = plain(str(error))
    said = _sentence(text)
    name = type(error).__name__
    if isinstance(error, (AssertionError, OfflineError)) or name in ("Failed", "Skipped"):
        return said or name
    return f"{name}: {said}" if said else name


def _readable(text: str, base: str) -> str:
    """Without what is the same in every line: objects by their names, URLs without their origin."""
    text = _OBJECT.sub(lambda found: _NAMES.get(found["kind"], found[0]), text)
    return text.replace(base, "/") if base else text


def plain(text: str) -> str:
    """Without the colours of a terminal, which Playwright's messages have."""
    return _ANSI.sub("", text)


def _sentence(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    if lines[0].endswith("but saw") and len(lines) > 1:
        return f"{lines[0]} {lines[1]}"
    actual = _ACTUAL.search(text)
    if actual is not None and not lines[0].startswith("Actual value"):
        return f"{lines[0]}, but it was {actual['value'].strip() or 'empty'}"
    return lines[0]


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions in a group (of Python 3.11, or of the package that brings it to 3.10)."""
    inner = cast("Sequence[BaseException]", getattr(error, "exceptions", ()))
    if not inner:
        yield error
    for each in inner:
        yield from _leaves(each)


def _differences(error: BaseException) -> list[dict[str, object]]:
    if not isinstance(error, ModelMismatch):
        return []
    return [_difference(cast("Different", each)) for each in error.differences]


def _difference(each: Different) -> dict[str, object]:
    return {
        "subject": each.subject,
        "allowed": each.allowed,
        "seen": each.seen,
        "rule": each.rule,
        "witnesses": [str(witness) for witness in each.witnesses],
    }


def _cut(text: str) -> str:
    return text if len(text) <= MOST_REASON else f"{text[: MOST_REASON - 1]}…"
