"""What the witnesses of a test saw, as a section of a baseline.

A test is no audit: which pages it opens is its own affair. So of each page that was in a tab while
the network was away it is kept whether it opened, and what it then asked for in vain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_offline.baseline.auditing import cached_by_name
from pytest_offline.baseline.folding import folded
from pytest_offline.baseline.words import PageState, Section, Verdict
from pytest_offline.record import Exchange, FetchAnswer, Operation, Snapshot, stored_by

Away = Sequence[tuple[float, float]]
"""When the network was away: from and to, in milliseconds since the Unix epoch."""


@dataclass
class _Seen:
    verdict: Verdict = "opens"
    without: set[str] = field(default_factory=set[str])


@dataclass(frozen=True)
class _Place:
    base: str
    shown: str

    def path(self, url: str) -> str:
        """As the file has it; a URL of another server without its port, which is drawn by lot."""
        if url.startswith(self.base):
            return f"{self.shown}{url.removeprefix(self.base)}"
        return re.sub(r"^(https?://[^/:]+):\d+", r"\1", url)


def section_of_test(
    base: str,
    shown: str,
    away: Away,
    exchanges: Iterable[Exchange],
    answers: Iterable[FetchAnswer],
    operations: Iterable[Operation],
    installs: Mapping[str, float],
    snapshot: Snapshot,
) -> Section:
    """What a baseline keeps of one origin of a test.

    Args:
        base: the URL of the origin, ending in a slash.
        shown: what stands for it in the file: names and ports are others in each run.
        answers: of the worker's ``fetch`` events.
        installs: as `record.installs_of` gives them.
        snapshot: what the caches hold at the end.
    """
    place = _Place(base, shown)
    pages = _pages(place, away, list(exchanges), list(answers))
    found = {path: PageState(seen.verdict, tuple(sorted(seen.without))) for path, seen in pages}
    stored = {url: by for (_, url), by in stored_by(operations, installs).items()}
    held = (
        (place.path(entry.url), entry.response.size or 0, stored.get(entry.url, "other"))
        for entries in snapshot.values()
        for entry in entries
    )
    return Section(found, cached_by_name(held))


def _pages(
    place: _Place, away: Away, exchanges: list[Exchange], answers: list[FetchAnswer]
) -> Iterable[tuple[str, _Seen]]:
    found: dict[str, _Seen] = {}
    # What opened online, or the last time the network was away, says nothing of this time.
    opened = {
        (each.url, _time_away(each.time, away))
        for each in answers
        if each.mode == "navigate" and _worked(each)
    }
    current: _Seen | None = None
    for time, url, kind in _happened(exchanges, answers):
        number = _time_away(time, away)
        if kind == "navigation":
            path = folded(place.path(url))
            current = _Seen() if number is None else found.setdefault(path, _Seen())
            if number is not None and (url, number) not in opened:
                current.verdict = "dead"
        elif number is not None and current is not None:
            current.without.add(folded(place.path(url)))
    return found.items()


def _time_away(time: float, away: Away) -> int | None:
    """The number of the time in which the network was away; None while it was there."""
    return next((at for at, (begin, end) in enumerate(away) if begin <= time <= end), None)


def _happened(
    exchanges: list[Exchange], answers: list[FetchAnswer]
) -> list[tuple[float, str, str]]:
    """Navigations, by whoever saw them, and what was blocked; by time."""
    seen = [(each.time, each.url, "navigation") for each in answers if each.mode == "navigate"]
    for each in exchanges:
        if each.initiator == "document":
            seen.append((each.time, each.url, "navigation"))
        # The browser looks for a new worker whenever it likes, not for the page's sake.
        elif each.outcome == "blocked" and each.initiator != "serviceworker":
            seen.append((each.time, each.url, "blocked"))
    return sorted(seen)


def _worked(answer: FetchAnswer) -> bool:
    return answer.source in ("cache", "made")
