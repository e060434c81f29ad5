"""Who answered the requests of a page: the browser's record of them joined with the workers'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pytest_offline.audit.looks import Look, Sub
from pytest_offline.record import FetchAnswer
from pytest_offline.record.auditing import Answered

_CLOCKS_MS = 50
"""So far two processes' clocks and the way of an event may be apart."""

Index = Mapping[str, "list[FetchAnswer]"]


def index(answers: Iterable[FetchAnswer]) -> Index:
    """Answers by URL, each by time."""
    found: dict[str, list[FetchAnswer]] = defaultdict(list)
    for answer in sorted(answers, key=lambda each: each.time):
        found[answer.url.partition("#")[0]].append(answer)
    return found


def answered(base: str, look: Look, documents: Sequence[Sub], known: Index) -> tuple[Answered, ...]:
    """Every request of a visit, those for documents first."""
    return tuple(_of(base, sub, known) for sub in (*documents, *look.subs))


def _of(base: str, sub: Sub, known: Index) -> Answered:
    url = sub.url.partition("#")[0]
    found = known.get(base + url if url.startswith("/") else url, [])
    answer = next((each for each in found if each.time >= sub.started - _CLOCKS_MS), None)
    if answer is None:
        # No worker was asked: it failed by itself, or AppCache answered.
        return Answered(sub.url, sub.kind, "browser", None, sub.status)
    return Answered(sub.url, sub.kind, answer.source, answer.cache, sub.status)
