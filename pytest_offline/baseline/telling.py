"""Changes against a baseline, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from pytest_offline.baseline.comparing import Change, Kind
from pytest_offline.record.wording import things_are

_MARKS: Final[dict[Kind, str]] = {"worse": "-", "better": "+", "other": "~"}


def told(changes: Sequence[Change], file: str) -> Iterator[str]:
    """The lines: sections, their changes as a diff would have them, and what to do next."""
    by_section = sorted(changes, key=lambda change: change.section)
    for section, group in groupby(by_section, key=lambda change: change.section):
        yield f"[{section}]"
        for change in group:
            yield f"  {_MARKS[change.kind]} {change.what}: {change.before} → {change.now}"
            yield f"      {change.sentence}"
    yield _verdict(changes, file)


def _verdict(changes: Sequence[Change], file: str) -> str:
    worse = sum(change.kind == "worse" for change in changes)
    if worse:
        return (
            f"{things_are(worse)} worse than {file} says. Mend it, or accept it by writing the "
            f"file anew: --offline-update"
        )
    if changes:
        return (
            f"Nothing is worse than {file} says, and {things_are(len(changes))} other: keep that "
            f"with --offline-update"
        )
    return f"All is as {file} says."
