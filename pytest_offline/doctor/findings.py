"""One check, what it found, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pytest_offline.record.wording import things_are

State = Literal["fine", "doubtful", "wrong"]
"""``wrong``: tests cannot pass this way. ``doubtful``: they can, and something may surprise."""

MARKS: Final[dict[State, str]] = {"fine": "ok", "doubtful": "??", "wrong": "!!"}


@dataclass(frozen=True)
class Finding:
    """One check.

    Attributes:
        about: what was looked at: ``packages``, ``chromium``, ….
        state: how it is.
        found: what was found, with the values.
        advice: what to do next; empty where it is fine.
    """

    about: str
    state: State
    found: str
    advice: str = ""


def told(findings: Iterable[Finding]) -> Iterator[str]:
    """The findings as lines, then the verdict."""
    states: list[State] = []
    for each in findings:
        states.append(each.state)
        yield f"{MARKS[each.state]}  {each.about:<12} {each.found}"
        if each.advice:
            yield f"    {'':<12} {each.advice}"
    wrong, doubtful = states.count("wrong"), states.count("doubtful")
    yield ""
    if wrong:
        yield f"{things_are(wrong)} wrong: tests will fail until that is mended."
    elif doubtful:
        yield f"Nothing is wrong; {things_are(doubtful)} doubtful."
    else:
        yield "Nothing is wrong."
