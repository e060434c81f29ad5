"""A comparison in words, for the message of a failing test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from pytest_offline.compare.differences import Comparison
from pytest_offline.record import Exchange, Snapshot
from pytest_offline.record.wording import listed

MOST_SHOWN = 8
"""Keys of one cache that a message names."""

NO_DIFFERENCE = "the model allows everything that was recorded"


class Different(Protocol):
    """A difference of any comparison, as data."""

    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def allowed(self) -> str: ...  # noqa: D102
    @property
    def seen(self) -> str: ...  # noqa: D102
    @property
    def witnesses(self) -> tuple[Exchange, ...]: ...  # noqa: D102
    @property
    def rule(self) -> str: ...  # noqa: D102


class Excused(Protocol):
    """A row of a table of deviations."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def effect(self) -> str: ...  # noqa: D102


class Compared(Protocol):
    """What any comparison comes to."""

    @property
    def differences(self) -> Sequence[Different]: ...  # noqa: D102
    @property
    def undecided(self) -> str | None: ...  # noqa: D102
    @property
    def deviations(self) -> Sequence[Excused]: ...  # noqa: D102


def explain(comparison: Compared, *, next_step: str | None = None) -> list[str]:
    """The lines of a message: each difference, what could not be decided, what was excused.

    Args:
        next_step: what to do next, such as where the timeline was kept.
    """
    lines: list[str] = []
    for difference in comparison.differences:
        lines += _difference(difference)
    if comparison.undecided is not None:
        lines.append(f"undecided: {comparison.undecided}")
    if not lines:
        lines.append(NO_DIFFERENCE)
    for deviation in comparison.deviations:
        lines.append(f"  known deviation {deviation.id}: the build {deviation.effect}")
    if next_step is not None:
        lines.append(_row("next", next_step))
    return lines


def both_states(comparison: Comparison, final: Snapshot | None) -> list[str]:
    """Where history leads the model, and what the browser held in the end: keys in their order.

    Args:
        final: what the browser held; None where it was not looked at.
    """
    model = comparison.model
    names = model.keys()
    kept = {name: [key.url for key in model.open(name).keys()] for name in names}  # noqa: SIM118
    lines = [_row("model holds", next(shown := _holdings(kept), "no cache"))]
    lines += [_row("", line) for line in shown]
    if final is not None:
        shown = _holdings({name: [each.url for each in found] for name, found in final.items()})
        lines.append(_row("browser holds", next(shown, "no cache")))
        lines += [_row("", line) for line in shown]
    return lines


def _holdings(caches: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, urls in caches.items():
        yield f"{name!r}: {listed(urls, MOST_SHOWN) or 'empty'}"


def _difference(difference: Different) -> list[str]:
    lines = [
        difference.subject,
        _row("model allows", difference.allowed),
        _row("browser did", f"{difference.seen}   (probe)"),
    ]
    lines += [_row("origin saw", f"{each}   (ledger)") for each in difference.witnesses]
    doubt = getattr(difference, "doubt", "")
    lines += [_row("or else", doubt)] if doubt else []
    return [*lines, _row("rule", difference.rule)]


def _row(name: str, text: str) -> str:
    return f"  {name:<14} {text}"
