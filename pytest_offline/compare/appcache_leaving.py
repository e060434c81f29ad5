"""Pages that go away in a replay, and what becomes of a download that is left alone.

By the text a process runs in the background whoever goes. Chromium's ends with the last page that
holds its cache, or its group, in memory; a page that is on its way holds the cache it comes from.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_offline.compare.appcache_arrivals import NetworkOfReplay
from pytest_offline.compare.appcache_deviations import Habit
from pytest_offline.compare.appcache_following import STRAY_MS
from pytest_offline.model.appcache.application_cache import ApplicationCache
from pytest_offline.model.appcache.exchanges import Fetched
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.running import step
from pytest_offline.model.appcache.selection import Selection
from pytest_offline.model.appcache.states import Phase


class LeavingOfReplay(NetworkOfReplay):
    """What a replay does with documents that go away."""

    def leave(self, host: str) -> None:
        """A document is no more."""
        group = self.group_with(host)
        keeps = self.behaviour.has(Habit.KEEPS_PAGES_THAT_LEFT) if self._waits(host) else False
        if not keeps:
            self.arrivals = [
                each for each in self.arrivals if each.page is None or each.page.host.id != host
            ]
        actions = self.caches.leave(host, keeps_page=keeps)
        self.there.discard(host)
        self.do(group, actions)
        if group is not None and self.is_busy(group) and not self.hosts_of(group.state):
            self._left_alone(group)

    def is_busy(self, group: ApplicationCacheGroup) -> bool:
        """Whether a process runs."""
        return group.phase is not Phase.IDLE

    def group_with(self, host: str) -> ApplicationCacheGroup | None:
        """The group of a document's cache, or the one in which it waits for its first."""
        return self.caches.group_of(host) or next(
            (each for each in self.groups if host in self._waiting_in(each)), None
        )

    def _waiting_in(self, group: ApplicationCacheGroup) -> list[str]:
        return [each.host.id for each in group.state.pending]

    def _waits(self, host: str) -> bool:
        return any(host in self._waiting_in(each) for each in self.groups)

    def _left_alone(self, group: ApplicationCacheGroup) -> None:
        """The last document of a group went away in the middle of a process."""
        if not self.behaviour.has(Habit.CANCELS_WHEN_LEFT):
            return
        # What is stored already goes on, and so does what a page that is on its way will join.
        first = 0 if group.newest is None else 1
        if self.choices.pick(2) == first:
            self._cancel(group)

    def _cancel(self, group: ApplicationCacheGroup) -> None:
        sent = [each.exchange.url for each in self.arrivals if each.group is group]
        sent += [each.url for each in group.awaited]
        self.stragglers.update(dict.fromkeys(sent, self.now + STRAY_MS))
        self.arrivals = [each for each in self.arrivals if each.group is not group]
        while group.awaited:
            waited = group.awaited[0]
            self.do(group, step(group, waited, Fetched(waited.url, failed="cancelled")))

    def forgets(self, selection: Selection) -> bool:
        """Whether a page finds the cache it came from in a group that has lost its newest.

        A version that was completed while no page had a cache of the group is in the storage, and
        nobody holds it in memory. A page that was on its way then comes from the version before.
        """
        cache = selection.served.cache
        if cache is None or cache is cache.group.newest_complete:
            return False
        return not self.hosts_of(cache.group) and self.behaviour.has(Habit.FORGETS_WHEN_LEFT)

    def begin_anew(self, selection: Selection, lost: ApplicationCache) -> None:
        """The process begins for a page as if there had never been a cache; it keeps its own."""
        lost.group.obsolete = True
        group = self.caches.group(lost.group.manifest_url)
        actions = group.start(selection.host)
        # Older than all of this group, whose numbers begin again: swapCache() has one to go to.
        orphan = replace(lost, group=group.state, complete=False, number=0)
        group.state.caches.insert(0, orphan)
        group.associate(selection.host, orphan)
        self.orphans.append(orphan)
        self.do(group, actions)
