"""What a browser could not store, in a replay: the one thing that it is believed for.

No request and no answer shows how much room a browser has, and the text lets it fail for want of it
(HTML 5.1, 7.9.4, step 18.6). So where the next event of a page is an ``error`` by which the browser
says that its storage failed, it has failed at that point of the process, and what then has to
follow is the model's word again. Any other ``error`` is believed for nothing.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_offline.compare.appcache_deviations import Habit
from pytest_offline.compare.appcache_following import STRAY_MS, FollowingOfReplay
from pytest_offline.model.appcache.application_cache import GroupState, PendingMaster
from pytest_offline.model.appcache.exchanges import Fetch, Fetched
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.states import Phase


class StoringOfReplay(FollowingOfReplay):
    """How a replay hands in answers, some of which the browser could not store."""

    def hosts_of(self, group: GroupState) -> list[str]:
        """The documents that have a cache of a group, or wait for one."""
        waiting = {each.host.id for each in group.pending}
        return [
            host.id
            for host in self.caches.hosts
            if host.id in waiting or (host.cache is not None and host.cache.group is group)
        ]

    def hand_in(self, group: ApplicationCacheGroup, answer: Fetched) -> None:
        """A file or a manifest came, and is stored where the browser could."""
        waited = next(
            each for each in group.awaited if isinstance(each, Fetch) and each.url == answer.url
        )
        if self._fails_to_store(group, waited):
            self._may_ask_again(answer.url)
            answer = replace(answer, can_be_stored=False)
        self.do(group, group.fetched(answer))

    def hand_in_page(self, group: ApplicationCacheGroup, host: str, answer: Fetched) -> None:
        """A page's own resource came, and is stored where the browser could."""
        if self._says_so([host], answer.url):
            self._may_ask_again(answer.url)
            answer = Fetched(answer.url, failed="storage")  # As if its download had failed.
        elif group.phase is Phase.KEEPING and self._says_so(self.hosts_of(group.state), None):
            answer = replace(answer, can_be_stored=False)
        pending = list(group.state.pending)
        self.do(group, group.master_fetched(host, answer))
        if group.phase is Phase.IDLE:
            self._keep_pages(group, [each for each in pending if each.is_unstorable])

    def _may_ask_again(self, url: str) -> None:
        """What could not be written was broken off, and may be asked for once more just then."""
        self.stragglers[url] = self.now + STRAY_MS

    def _fails_to_store(self, group: ApplicationCacheGroup, waited: Fetch) -> bool:
        if waited.purpose == "manifest":
            return False
        hosts = self.hosts_of(group.state)
        if waited.purpose == "file":
            return self._says_so(hosts, waited.url)
        fails = waited.stored is not None and self.behaviour.cannot_store(waited.stored)
        return fails or self._says_so(hosts, None)

    def _says_so(self, hosts: list[str], url: str | None) -> bool:
        heard = [self.heard_next(each) for each in hosts]
        return any(
            event is not None and self.behaviour.names_storage(event.detail, url) for event in heard
        )

    def _keep_pages(self, group: ApplicationCacheGroup, pages: list[PendingMaster]) -> None:
        """A version that was not changed is the pages' own all the same."""
        there = [each.host.id for each in pages if each.host.id in self.there]
        if there and self.behaviour.has(Habit.KEEPS_PAGES_NOT_STORED):
            for host in there:
                group.associate(host)
            self.do(group, ())
