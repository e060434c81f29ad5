"""What the page says at first sight: how many, where, what was blocked, and why tests failed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_offline.report.packing import Part

OUTCOMES: Final = ("failed", "error", "xpassed", "skipped", "xfailed", "passed")
"""In the order in which a reader wants to see them."""

_MOST_PATHS: Final = 12


@dataclass(frozen=True)
class Run:
    """The run as a whole.

    Attributes:
        title: what stands above it all.
        created: when, as a person writes it.
        duration: of the run, in seconds.
        others: how many tests used no fixture of ours, by outcome.
        notes: what is missing of the report, in sentences.
    """

    title: str = "Offline report"
    created: str = ""
    duration: float = 0.0
    others: Mapping[str, int] = field(default_factory=dict[str, int])
    notes: tuple[str, ...] = ()


def in_order(parts: Iterable[Part]) -> list[Part]:
    """Failures first; a test that ran again counts by its last run."""
    last = {part.head["id"]: part for part in parts}
    return sorted(last.values(), key=_rank)


def index_of(parts: Sequence[Part], run: Run) -> dict[str, object]:
    """What the page shows before any test is opened, as plain data."""
    heads = [part.head for part in parts]
    paths: dict[str, int] = {}
    return {
        "title": run.title,
        "created": run.created,
        "duration": round(run.duration, 2),
        "counts": dict(Counter(head["outcome"] for head in heads)),
        "others": dict(run.others),
        "notes": list(run.notes),
        "builds": _builds(heads),
        "blocked": _blocked(heads),
        "outside": _outside(heads),
        "tests": [_in_list(head, paths) for head in heads],
        "paths": list(paths),
    }


def _rank(part: Part) -> tuple[int, str]:
    return OUTCOMES.index(part.head["outcome"]), part.head["id"]


def _in_list(head: dict[str, Any], paths: dict[str, int]) -> dict[str, object]:
    """A row of the list; cached URLs, which most tests of a run share, by their numbers."""
    numbers = [paths.setdefault(url, len(paths)) for url in head["urls"]]
    left_out = ("urls", "blocked", "outside")
    return {**{k: v for k, v in head.items() if k not in left_out}, "urls": numbers}


def _builds(heads: Sequence[dict[str, Any]]) -> list[dict[str, object]]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for head in heads:
        counted[head["build"] or ""][head["outcome"]] += 1
    return [{"name": name, "counts": dict(counted[name])} for name in sorted(counted)]


def _blocked(heads: Sequence[dict[str, Any]]) -> dict[str, object]:
    """Requests that were made in vain: how many, and the paths most often asked for."""
    requests: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for head in heads:
        for path, count in head["blocked"]:
            requests[path] += count
            tests[path] += 1
    return {
        "requests": sum(head["blocked_total"] for head in heads),
        "tests": sum(1 for head in heads if head["blocked_total"]),
        "paths": len(requests),
        "most": [
            {"path": path, "requests": count, "tests": tests[path]}
            for path, count in requests.most_common(_MOST_PATHS)
        ],
    }


def _outside(heads: Sequence[dict[str, Any]]) -> list[list[object]]:
    counted: Counter[str] = Counter()
    for head in heads:
        counted.update(head["outside"])
    return [[host, count] for host, count in counted.most_common(_MOST_PATHS)]
