"""What follows in a replay: the events the model fires, and the statuses it gives documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_offline.compare.appcache_behaviour import Behaviour
from pytest_offline.compare.appcache_causes import AppCacheHistory
from pytest_offline.compare.appcache_deviations import Habit
from pytest_offline.compare.appcache_findings import (
    Arrival,
    DeadEnd,
    Download,
    Expected,
    Finding,
)
from pytest_offline.compare.choices import Choices
from pytest_offline.model.appcache.application_cache import ApplicationCache
from pytest_offline.model.appcache.exchanges import Abort, Action, Fetch, Fetched, Fire, Rerun
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.running import step
from pytest_offline.model.appcache.selection import ApplicationCaches, Selection
from pytest_offline.model.appcache.states import Phase
from pytest_offline.record.appcache import AppCacheEvent, AppCacheStatus

LATE_MS: Final = 500.0
"""How much later than the request that follows from it a page may write something down."""

FAILED: Final = frozenset((Phase.FAILING, Phase.FAILING_EARLY))

STRAY_MS: Final = 500.0
"""How long after it was called for, or called off, a request may still arrive."""


class FollowingOfReplay:
    """What a replay notes of what the model says.

    Attributes:
        expected: the events the model fires, by document.
        statuses: by document, the status from each step on.
        findings: what else differs.
        explained: how many of the events that were seen this way leads to.
        stragglers: until when a request may come that a cancelled process has sent, by URL.
        orphans: caches that outlived their group.
        latest: when a page last did something: no event that was seen long before comes of it.
    """

    def __init__(
        self,
        history: AppCacheHistory,
        behaviour: Behaviour,
        choices: Choices,
        *,
        to_the_end: bool = True,
    ) -> None:
        self.caches = ApplicationCaches(parse=behaviour.parse, parallel=None)
        self.expected: dict[str, list[Expected]] = {}
        self.statuses: dict[str, list[tuple[int, AppCacheStatus]]] = {}
        self.findings: list[Finding] = []
        self.downloads: dict[tuple[int, int], Download] = {}
        self.stragglers: dict[str, float] = {}
        self.orphans: list[ApplicationCache] = []
        self.explained = 0
        self._to_the_end = to_the_end
        self._steps = {
            place: tuple(each for each in seen if each.name != "progress")
            for place, seen in history.seen.items()
        }
        self.history = history
        self.behaviour = behaviour
        self.choices = choices
        self.arrivals: list[Arrival] = []
        self.queued: list[tuple[ApplicationCacheGroup, Selection]] = []
        self._reruns: list[tuple[ApplicationCacheGroup, Rerun]] = []
        self.there: set[str] = set()
        self.groups: list[ApplicationCacheGroup] = []
        self._step = 0
        self.now = 0.0
        self.latest = 0.0

    def do(self, group: ApplicationCacheGroup | None, actions: Sequence[Action]) -> None:
        """Take what the model says, and note every document's status after it."""
        self._step += 1
        if group is not None and group not in self.groups:
            self.groups.append(group)
        download = self._download_of(group) if group is not None else None
        for action in actions:
            if isinstance(action, Fire):
                self._look_back(action)
                self.expected[action.host].append(Expected(action, self._step, download))
            elif isinstance(action, Abort):
                self.arrivals = [
                    each for each in self.arrivals if each.exchange.url not in action.urls
                ]
            elif isinstance(action, Rerun) and not self.behaviour.has(Habit.NEVER_RERUNS):
                assert group is not None
                self._reruns.append((group, action))
        for orphan in self.orphans:
            orphan.complete = orphan.complete or orphan.group.newest_complete is not None
        if group is not None and group.phase in FAILED:
            self._cancel_pages(group)
        for host in self.there:
            known, status = self.statuses[host], self.caches.status(host)
            if not known or known[-1][1] != status:
                known.append((self._step, status))

    def _cancel_pages(self, group: ApplicationCacheGroup) -> None:
        """Once an update has failed, what becomes of its pages does not matter to any event."""
        self.arrivals = [each for each in self.arrivals if each.group is not group]
        for waited in group.awaited:
            cancelled = Fetched(waited.url, failed="cancelled")
            self.do(group, step(group, waited, cancelled))

    def heard_next(self, host: str) -> AppCacheEvent | None:
        """The event that a document heard after all that this way has for it; not ``progress``."""
        so_far = [each.fire.name for each in self.expected.get(host, ())]
        at = len(so_far) - so_far.count("progress")
        seen = self._steps.get(host, ())
        return seen[at] if at < len(seen) else None

    def _look_back(self, fire: Fire) -> None:
        """Give a way up as soon as it fires another event than was seen: most ways end so."""
        heard = None if fire.name == "progress" else self.heard_next(fire.host)
        if heard is None:
            return
        if heard.name == fire.name and self.latest <= heard.time + LATE_MS:
            self.explained += 1
        elif not self._to_the_end:
            raise DeadEnd

    def find(self, finding: Finding) -> None:
        """Something differs that no event says."""
        if not self._to_the_end:
            raise DeadEnd
        self.findings.append(finding)

    def _download_of(self, group: ApplicationCacheGroup) -> tuple[int, int] | None:
        made = group.state.made
        key = (self.groups.index(group), made)
        files = [each for each in group.awaited if isinstance(each, Fetch)]
        if made and key not in self.downloads:
            count = len(files) if group.phase is Phase.DOWNLOADING else 0
            self.downloads[key] = Download(total=count, began=self._step)
        return key if made else None
