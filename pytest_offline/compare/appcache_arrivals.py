"""The network of a replay: which exchange answers what, and what else may have happened.

The ledger says when a request came, not when its answer was there, and it does not say which
answers came from an HTTP cache or never came. So between two causes the replay may take the answers
that are under way or leave them, and what was never asked of the origin may have failed or have
been fresh. Each such point is a choice; `every_way` tries them.

A request that nobody waits for lets happen first what has to: answers that are under way come in,
what was never asked for is settled without the network, a process begins by itself. What remains is
a finding.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

from pytest_offline.compare.appcache_causes import may_be_fresh
from pytest_offline.compare.appcache_deviations import Habit
from pytest_offline.compare.appcache_findings import Arrival, Finding
from pytest_offline.compare.appcache_following import STRAY_MS
from pytest_offline.compare.appcache_storing import StoringOfReplay
from pytest_offline.model.appcache.application_cache import PendingMaster
from pytest_offline.model.appcache.exchanges import Await, Fetch, Fetched
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.states import Phase
from pytest_offline.record import Exchange

CAN_FETCH_PAGES: Final = frozenset(Phase) - {Phase.IDLE, Phase.CHECKING, Phase.FAILING_EARLY}


class NetworkOfReplay(StoringOfReplay, ABC):
    """What a replay knows of requests and answers."""

    def assign(self, exchange: Exchange) -> None:
        """Find who waits for an exchange, letting happen what has to happen before."""
        while True:
            arrival = self._awaiting(exchange)
            if arrival is not None:
                self.arrivals.append(arrival)
                return
            if self._replaces(exchange):
                return
            if self._deliver_one():
                continue
            if self._is_next(exchange) and self._lose_one():
                continue
            if self.hasten(exchange):
                continue
            if exchange.time <= self.stragglers.get(exchange.url, -1.0):
                return
            if not (self._lose_one() or self._begin(exchange)):
                self._unexplained(exchange)
                return

    def _is_next(self, exchange: Exchange) -> bool:
        """Whether an exchange is taken for what follows when nothing is under way any more.

        That is the second check of a download, unless somebody has begun another process.
        """
        files = [each for each in self.groups if each.update_status == "downloading"]
        mine = [each for each in files if each.manifest_url == exchange.url]
        return bool(mine) and self._may_lose() and self.choices.pick(2) == 0

    @abstractmethod
    def hasten(self, exchange: Exchange) -> bool:
        """Whether a cause that was recorded a little later has come before an exchange.

        A page writes down what happened when it gets to it; the origin's clock is another.
        """

    def _awaiting(self, exchange: Exchange) -> Arrival | None:
        for group in self.groups:
            if exchange.url in self._unasked(group):
                self._note_asked(group, exchange)
                return Arrival(group, exchange)
        for group in self.groups:
            for page in group.state.pending:
                if page.url == exchange.url and self._may_ask(group, page):
                    return Arrival(group, exchange, page)
        return None

    def _unasked(self, group: ApplicationCacheGroup) -> list[str]:
        """What a group waits for from the network, and no exchange was found for yet."""
        asked = [each.exchange.url for each in self.arrivals if self._is_fetch_of(group, each)]
        fetches = [each.url for each in group.awaited if isinstance(each, Fetch)]
        return [url for url in fetches if url not in asked]

    def _is_fetch_of(self, group: ApplicationCacheGroup, arrival: Arrival) -> bool:
        return arrival.group is group and arrival.page is None

    def _may_ask(self, group: ApplicationCacheGroup, page: PendingMaster) -> bool:
        asked = any(each.page is page for each in self.arrivals)
        return page.resource is None and not asked and group.phase in CAN_FETCH_PAGES

    def _note_asked(self, group: ApplicationCacheGroup, exchange: Exchange) -> None:
        key = (self.groups.index(group), group.state.made)
        if key in self.downloads and group.update_status == "downloading":
            self.downloads[key].asked.append(exchange.time)

    def _replaces(self, exchange: Exchange) -> bool:
        for each in self.arrivals:
            if each.exchange.url == exchange.url and self.behaviour.retried(each.exchange):
                each.exchange = exchange
                # Of a file that is a page too it asks once more than there are answers to wait for.
                self.stragglers[exchange.url] = exchange.time + STRAY_MS
                return True
        return False

    def _deliverable(self) -> list[Arrival]:
        return [each for each in self.arrivals if not each.exchange.in_flight]

    def _deliver_one(self) -> bool:
        return self._deliver_first(self._deliverable())

    def _deliver_first(self, arrivals: Sequence[Arrival]) -> bool:
        for arrival in arrivals:
            self.arrivals.remove(arrival)
            answer = self._revalidated(arrival, self._answer(arrival.exchange))
            answer = self.behaviour.answer(answer, arrival.group.manifest_url)
            if arrival.page is None:
                self.hand_in(arrival.group, answer)
            else:
                self.hand_in_page(arrival.group, arrival.page.host.id, answer)
            return True
        return False

    def _answer(self, exchange: Exchange) -> Fetched:
        cut = exchange.outcome == "cut" and exchange.status == 200
        if cut and self.behaviour.has(Habit.MAY_TAKE_CUT_ANSWERS):
            whole = self.choices.pick(2) == 1
            return self.history.answer(exchange, exchange.url, as_if_whole=whole)
        return self.history.answer(exchange, exchange.url)

    def _revalidated(self, arrival: Arrival, answer: Fetched) -> Fetched:
        """A 304 for what the group holds no copy of: the HTTP cache asked, and its copy is good.

        The page itself has loaded the file before (RFC 9111, section 4.3.4).
        """
        fetches = [each for each in arrival.group.awaited if isinstance(each, Fetch)]
        held = any(each.stored is not None for each in fetches if each.url == answer.url)
        if not answer.is_unmodified or (held and arrival.page is None):
            return answer
        return self.history.stored_before(answer.url, arrival.exchange.time) or answer

    def _may_lose(self) -> bool:
        return any(self._unasked(group) or self._unasked_pages(group) for group in self.groups)

    def _unasked_pages(self, group: ApplicationCacheGroup) -> list[Await]:
        pages = [each for each in group.awaited if isinstance(each, Await)]
        return [each for each in pages if not self._is_asked(each)]

    def _lose_one(self) -> bool:
        """What was never asked of the origin: it was fresh in a cache, or it failed."""
        for group in self.groups:
            for url in self._unasked(group)[:1]:
                self.hand_in(group, self._without_network(group, url))
                return True
            for page in self._unasked_pages(group)[:1]:
                self.hand_in_page(group, page.host, self._page_without_network(group, page))
                return True
        return False

    def _is_asked(self, waited: Await) -> bool:
        return any(each.page and each.page.host.id == waited.host for each in self.arrivals)

    def _without_network(self, group: ApplicationCacheGroup, url: str) -> Fetched:
        ways = [Fetched(url, failed="network")]
        stored = next(
            each.stored for each in group.awaited if isinstance(each, Fetch) and each.url == url
        )
        kept = stored if stored is not None and may_be_fresh(stored) else None
        fresh = kept or self.history.fresh_before(url, self.now)
        if fresh is not None:
            ways.insert(0, fresh)
        return ways[self.choices.pick(len(ways))]

    def _page_without_network(self, group: ApplicationCacheGroup, waited: Await) -> Fetched:
        ways = [Fetched(waited.url, failed="network")]
        fresh = self.history.stored_before(waited.url, self.now)
        if fresh is not None:
            ways.insert(0, fresh)
        entries = [
            cache.entries[waited.url] for cache in group.caches if waited.url in cache.entries
        ]
        if entries:
            ways.insert(0, entries[-1].resource)
        return ways[self.choices.pick(len(ways))]

    def _begin(self, exchange: Exchange) -> bool:
        """A process that begins by itself: a rerun, or a check that the user agent makes."""
        again = [each for each in self._reruns if each[0].manifest_url == exchange.url]
        for group, rerun in again[:1]:
            self._reruns.remove((group, rerun))
            self.do(group, group.rerun(rerun))
            return True
        queued = [each for each in self.queued if each[0].manifest_url == exchange.url]
        for group, selection in queued:
            self.queued.remove((group, selection))
            self.do(group, self.caches.select(selection))
        if queued:
            return True
        for group in self.groups:
            if group.manifest_url == exchange.url and group.exists and group.phase is Phase.IDLE:
                self.do(group, group.start())
                return True
        return False

    def _unexplained(self, exchange: Exchange) -> None:
        self.find(
            Finding(
                subject=f"the request for {exchange.url}",
                allowed="no such request now: no download process waits for it",
                seen=str(exchange),
                rule="7.9.4: what is fetched, and when",
                witnesses=(exchange,),
            )
        )

    def settle(self) -> None:
        """Before a cause that is no answer: how many answers have come until then.

        What is held stays so until a page has heard what nothing else explains.
        """
        held = [] if self._owes() else [each for each in self._deliverable() if each.held]
        fresh = [each for each in self._deliverable() if each not in held]
        lost = self._may_lose()
        way = self.choices.pick(len(fresh) + 1 + lost + bool(held))
        if lost and way == 1:
            while self._deliver_one() or self._lose_one():
                pass
            return
        fewer = way - lost if lost and way else way
        if fewer > len(fresh):
            fresh, fewer = [*held, *fresh], 0
        for _ in range(len(fresh) - fewer):
            fresh = [each for each in fresh if each in self.arrivals]  # One may end the others.
            self._deliver_first(fresh)
        for each in self.arrivals:
            each.held = True

    def _owes(self) -> bool:
        """Whether a page has heard something until now that this way has no reason for yet."""
        for host, fires in self.expected.items():
            heard = [each for each in self._steps.get(host, ()) if each.time < self.now]
            if len(heard) > sum(each.fire.name != "progress" for each in fires):
                return True
        return False

    def finish(self) -> None:
        """After the last cause: what is under way comes in; what was never asked for may fail."""
        while self._deliver_one():
            pass
        while self._may_lose() and self.choices.pick(2) == 1:
            self._lose_one()
