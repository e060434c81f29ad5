"""A comparison in words, for the message of a failing test."""

from __future__ import annotations

from pytest_offline.compare.differences import Comparison, Difference

NO_DIFFERENCE = "the model allows everything that was recorded"


def explain(comparison: Comparison, *, next_step: str | None = None) -> list[str]:
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


def _difference(difference: Difference) -> list[str]:
    lines = [
        difference.subject,
        _row("model allows", difference.allowed),
        _row("browser did", f"{difference.seen}   (probe)"),
    ]
    lines += [_row("origin saw", f"{each}   (ledger)") for each in difference.witnesses]
    return [*lines, _row("rule", difference.rule)]


def _row(name: str, text: str) -> str:
    return f"  {name:<14} {text}"
