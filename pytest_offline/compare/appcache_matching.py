"""The events of one document: what the model fires, held against what was seen.

Events other than ``progress`` have to come in the order of the model. Between them stand runs of
``progress``, of which the text leaves more open than the model fires: files may be fetched side by
side, what waits for the load is merged. So a run is judged by its counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pytest_offline.compare.appcache_behaviour import Behaviour
from pytest_offline.compare.appcache_deviations import Habit
from pytest_offline.compare.appcache_findings import Download, Expected
from pytest_offline.record.appcache import (
    AppCacheDocument,
    AppCacheEvent,
    AppCacheEventName,
    AppCacheStatus,
)

RULES: Final[dict[AppCacheEventName, str]] = {
    "checking": "7.9.4, steps 2.4, 2.8 and 3: every process begins with it",
    "downloading": "7.9.4, steps 2.5 and 12: the manifest is new",
    "progress": "7.9.4, steps 18.2 and 19: one before each file, then n/n",
    "noupdate": "7.9.4, step 8: byte for byte the same manifest, or a 304",
    "cached": "7.9.4, step 31: the first download is complete",
    "updateready": "7.9.4, step 31: an update is complete",
    "obsolete": "7.9.4, step 6: the manifest is 404 or 410",
    "error": "7.9.4, step 7, 18.5, 18.6, 24 or 27: the cache failure steps",
}

COMMITTED: Final = frozenset(("cached", "updateready"))
ENDINGS: Final = frozenset(("noupdate", "cached", "updateready", "obsolete", "error"))


@dataclass(frozen=True)
class Run:
    """The ``progress`` events between two others.

    Attributes:
        least, most: how many there may be.
        total: files in all.
        closed: whether the last one is n/n; None where it may or may not be there.
    """

    total: int
    least: int
    most: int
    closed: bool | None

    def __str__(self) -> str:
        count = str(self.most) if self.least == self.most else f"{self.least} to {self.most}"
        end = f", the last one {self.total}/{self.total}" if self.closed else ""
        return f"{count} progress events of {self.total} files{end}"


@dataclass(frozen=True)
class Mismatch:
    """The first event of a document that the model does not allow.

    Attributes:
        event: the one that was seen; None where one is missing.
        overdue: whether the document has heard nothing wrong, and less than the model fires.
    """

    allowed: str
    seen: str
    rule: str
    event: AppCacheEvent | None
    overdue: bool = False


Token = Expected | Run


def match_events(
    document: AppCacheDocument,
    expected: Sequence[Expected],
    seen: Sequence[AppCacheEvent],
    matcher: Matcher,
) -> Mismatch | None:
    """What is wrong first with the events of a document; None where nothing is."""
    at = 0
    tokens = matcher.tokens(document, expected)
    for index, token in enumerate(tokens):
        if isinstance(token, Run):
            run = _progress_from(seen, at)
            following = tokens[index + 1] if index + 1 < len(tokens) else None
            ended = at + len(run) == len(seen)
            mismatch = _judge_run(token, run, going_on=ended or following is None)
            at += len(run)
        elif at == len(seen):
            return _missing(token, seen)
        else:
            mismatch = matcher.judge_event(document, token, expected, seen[at])
            at += 1
        if mismatch is not None:
            return mismatch
    return None if at == len(seen) else _too_many(seen[at], seen[:at])


def _progress_from(seen: Sequence[AppCacheEvent], at: int) -> Sequence[AppCacheEvent]:
    end = at
    while end < len(seen) and seen[end].name == "progress":
        end += 1
    return seen[at:end]


def _judge_run(run: Run, seen: Sequence[AppCacheEvent], *, going_on: bool) -> Mismatch | None:
    rule = RULES["progress"]
    before = 0
    for index, event in enumerate(seen):
        loaded, total = event.loaded, event.total
        if loaded is None or total is None or total != run.total or not before <= loaded <= total:
            allowed = f"progress with {before} to {run.total} of {run.total} files"
            return Mismatch(allowed, str(event), rule, event)
        closing = index == len(seen) - 1 and run.closed is not False
        if loaded == total and not closing:
            allowed = f"progress with {before} to {run.total - 1} of {run.total} files"
            return Mismatch(allowed, str(event), rule, event)
        before = loaded
    too_few = len(seen) < run.least and not going_on
    unclosed = run.closed and not going_on and (not seen or seen[-1].loaded != run.total)
    if too_few or unclosed or len(seen) > run.most:
        counts = ", ".join(f"{each.loaded}/{each.total}" for each in seen) or "none"
        return Mismatch(str(run), counts, rule, seen[-1] if seen else None)
    return None


def _missing(token: Expected, seen: Sequence[AppCacheEvent]) -> Mismatch:
    last = f"nothing after {seen[-1]}" if seen else "no event"
    return Mismatch(str(token.fire), last, RULES[token.fire.name], None, overdue=True)


def _too_many(event: AppCacheEvent, before: Sequence[AppCacheEvent]) -> Mismatch:
    after = f"after {before[-1].name}" if before else "at all"
    return Mismatch(f"no event {after}", str(event), RULES[event.name], event)


@dataclass(frozen=True)
class Matcher:
    """What one way through a history says of all documents.

    Attributes:
        statuses: by document, the status from each step on.
        downloads: what is known of each download.
    """

    statuses: dict[str, list[tuple[int, AppCacheStatus]]]
    downloads: dict[tuple[int, int], Download]
    behaviour: Behaviour

    def tokens(self, document: AppCacheDocument, expected: Sequence[Expected]) -> list[Token]:
        """The events that are not ``progress``, with a run after each ``downloading``."""
        tokens: list[Token] = []
        for index, each in enumerate(expected):
            if each.fire.name != "progress":
                tokens.append(each)
            if each.fire.name == "downloading":
                tokens.append(self._run(document, expected[index:]))
        return tokens

    def _run(self, document: AppCacheDocument, expected: Sequence[Expected]) -> Run:
        fires: list[Expected] = []
        ending: AppCacheEventName | None = None
        for each in expected[1:]:
            if each.fire.name != "progress":
                ending = each.fire.name
                break
            fires.append(each)
        download = expected[0].download
        known = self.downloads[download] if download else Download()
        closed = any(each.fire.loaded == each.fire.total for each in fires)
        if expected[0].step != known.began:
            return self._run_of_joiner(known, closed, ending)
        begun = len(fires) - closed
        least = self._least(document, known, begun, closed, ending)
        may_close: bool | None = closed
        if closed and ending not in COMMITTED:
            may_close = self._may_close(ending)
            least -= 1
        most = self._most(document, known, begun + closed)
        return Run(known.total, max(least, 0), most, may_close)

    def _run_of_joiner(
        self, known: Download, closed: bool, ending: AppCacheEventName | None
    ) -> Run:
        """Who has joined a download hears of what was not done until then, however much it is."""
        after_commit = self.behaviour.has(Habit.CLOSES_AFTER_COMMIT)
        closes: bool | None = closed or (after_commit and ending in COMMITTED)
        if ending not in COMMITTED and (closed or after_commit):
            closes = None
        return Run(known.total, int(closes is True), known.total + (closes is not False), closes)

    def _may_close(self, ending: AppCacheEventName | None) -> bool | None:
        if ending is None:
            return None
        return None if self.behaviour.has(Habit.CLOSES_AFTER_COMMIT) else True

    def _least(
        self,
        document: AppCacheDocument,
        download: Download,
        begun: int,
        closed: bool,
        ending: AppCacheEventName | None,
    ) -> int:
        if ending == "error":
            # It may have failed with the first file; whose page failed may hear so at any time.
            return min(begun, 1) if not closed else 0
        if document.loaded is None or not download.asked:
            return int(closed)
        # Those that were queued before the load may have been merged into one.
        return begun + closed if document.loaded < download.asked[0] else int(closed)

    def _most(self, document: AppCacheDocument, download: Download, most: int) -> int:
        """Merging: what was asked for before the load was over is one event for certain."""
        loaded = document.loaded
        waited = [each for each in download.asked if loaded is not None and each < loaded]
        merged = max(0, min(len(waited), most) - 1)
        if merged and self.behaviour.has(Habit.NEVER_MERGES_PROGRESS):
            return most
        return most - merged

    def judge_event(
        self,
        document: AppCacheDocument,
        token: Expected,
        expected: Sequence[Expected],
        event: AppCacheEvent,
    ) -> Mismatch | None:
        """Whether an event is the one that comes next, with a status that it may have."""
        if event.name != token.fire.name:
            return Mismatch(str(token.fire), str(event), RULES[token.fire.name], event)
        allowed = self._statuses(document, token, expected)
        if event.status not in allowed:
            allowed |= self._excused(token, expected)
        if event.status in allowed:
            return None
        names = " or ".join(sorted(allowed))
        return Mismatch(f"{event.name} with status {names}", str(event), _STATUS_RULE, event)

    def _statuses(
        self, document: AppCacheDocument, token: Expected, expected: Sequence[Expected]
    ) -> frozenset[AppCacheStatus]:
        """From when it was queued until the next process begins: a task is run at any time."""
        until = min(
            (each.step for each in expected if each.step > token.step and _begins(each)),
            default=None,
        )
        known = self.statuses[document.place.id]
        last = max((step for step, _ in known if step <= token.step), default=token.step)
        return frozenset(
            status for step, status in known if last <= step and (until is None or step < until)
        )

    def _excused(self, token: Expected, expected: Sequence[Expected]) -> frozenset[AppCacheStatus]:
        found: frozenset[AppCacheStatus] = self.behaviour.statuses(token.fire.name)
        for each in expected:
            if each.step > token.step or each is token:
                found |= self.behaviour.statuses(each.fire.name)
            if each.step > token.step and each.fire.name in ENDINGS:
                break
        return found


_STATUS_RULE: Final = "7.9.8, status: by the document's cache and the state of its group"


def _begins(each: Expected) -> bool:
    return each.fire.name == "checking"
