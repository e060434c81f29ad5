"""A recorded history of application caches, played into the model: one way of reading it.

A history is explained if one way explains it. Whatever is chosen, only causes are fed: nothing that
the browser said of itself reaches the model. Where a document came from is the model's own word,
with the ledger as a second witness.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pytest_offline.compare.appcache_arrivals import STRAY_MS, NetworkOfReplay
from pytest_offline.compare.appcache_causes import AppCacheHistory, Cause, Gone
from pytest_offline.compare.appcache_deviations import Behaviour, Habit
from pytest_offline.compare.appcache_findings import Finding
from pytest_offline.compare.choices import Choices
from pytest_offline.errors import JSError
from pytest_offline.model.appcache.application_cache import ApplicationCache
from pytest_offline.model.appcache.exchanges import Fetched
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.loading import Plan, Served
from pytest_offline.model.appcache.running import step
from pytest_offline.model.appcache.selection import Selection
from pytest_offline.model.appcache.states import Phase
from pytest_offline.record import Exchange
from pytest_offline.record.appcache import AppCacheCall, AppCacheDocument

LATE_MS: Final = 500.0
"""How much later than the request that follows from it a page may write something down."""


class AppCacheReplay(NetworkOfReplay):
    """One way through a history."""

    def __init__(
        self,
        history: AppCacheHistory,
        behaviour: Behaviour,
        choices: Choices,
        *,
        to_the_end: bool = True,
    ) -> None:
        super().__init__(history, behaviour, choices, to_the_end=to_the_end)
        self._left: list[Cause] = []
        self._lost: dict[str, ApplicationCache] = {}

    def run(self) -> AppCacheReplay:
        """From the first cause to the last, and on until nothing can follow any more."""
        self._left = list(self.history.causes)
        while self._left:
            self._take(self._left.pop(0))
        self.finish()
        return self

    def _take(self, cause: Cause) -> None:
        self.now = _time_of(cause)
        if isinstance(cause, Exchange):
            self.assign(cause)
        elif isinstance(cause, AppCacheDocument):
            self._document(cause)
        elif isinstance(cause, AppCacheCall):
            self._call(cause)
        else:
            self._gone(cause)

    def hasten(self, exchange: Exchange) -> bool:
        """As the network of the replay wants it: a document, or a call, that asks for the URL."""
        put_off = any(group.manifest_url == exchange.url for group, _ in self.queued)
        if put_off and self.choices.pick(2) == 0:
            return False
        for cause in self._left:
            if isinstance(cause, Exchange) or _time_of(cause) > exchange.time + LATE_MS:
                continue
            if self._asks_for(cause, exchange.url):
                self._left.remove(cause)
                self._take(cause)
                return True
        return False

    def _asks_for(self, cause: Cause, url: str) -> bool:
        if isinstance(cause, AppCacheDocument):
            return cause.manifest == url
        if not isinstance(cause, AppCacheCall) or cause.method != "update":
            return False
        group = self.caches.group_of(cause.place.id)
        return group is not None and group.manifest_url == url

    # Documents and calls

    def _document(self, document: AppCacheDocument) -> None:
        host = document.place.id
        self.expected[host] = []
        self.statuses[host] = []
        self.there.add(host)
        self.settle()
        self.caches.loaded(host)  # When it was loaded is looked at where progress is judged.
        exchange = self.history.navigation_of(document)
        if exchange is None and self._from_lost_cache(document):
            return
        plan = self.caches.navigate(document.url, exchange.method if exchange else "GET")
        selection = Selection(
            host,
            document.url,
            document.manifest,
            served=self._served(document, plan, exchange),
            method=exchange.method if exchange else "GET",
            resource=self._resource(document, exchange),
        )
        if self._comes_too_late(selection) or self._stays_obsolete(selection):
            return
        actions = self.caches.select(selection)
        group = self.caches.group_of(host)
        if group is None and document.manifest is not None and selection.names_own_manifest:
            group = self.caches.group(document.manifest)
        if group is not None and self._adopts(group, host):
            group.adopt(host)
            self.adopted.add(host)
        self.do(group, actions)

    def _stays_obsolete(self, selection: Selection) -> bool:
        """Whether a page from a cache that has become obsolete meanwhile keeps it."""
        cache = selection.served.cache
        if cache is None or not self.behaviour.has(Habit.KEEPS_OBSOLETE_CACHES):
            return False
        self.settle()
        if not cache.group.obsolete:
            return False
        self.caches.hosts[selection.host].cache = cache
        self.do(self.caches.group_of(selection.host), ())
        return True

    def _comes_too_late(self, selection: Selection) -> bool:
        """Whether a page is put off to a next run; it hears nothing until then."""
        for group in self.groups:
            late = group.manifest_url == selection.manifest and group.phase is Phase.RECHECKING
            new = selection.names_own_manifest and not selection.is_cached
            if late and new and self.behaviour.has(Habit.PUTS_LATE_PAGES_OFF):
                self.queued.append((group, selection))
                return True
        return False

    def _adopts(self, group: ApplicationCacheGroup, host: str) -> bool:
        joins = group.update_status == "downloading" and self.caches.status(host) == "UNCACHED"
        return joins and self.behaviour.has(Habit.ADOPTS_JOINERS)

    def _served(self, document: AppCacheDocument, plan: Plan, exchange: Exchange | None) -> Served:
        if exchange is None:
            if not plan.candidates:
                return Served("network")
            return plan.candidates[self.choices.pick(len(plan.candidates))]
        if plan.way == "cache":
            self.find(
                Finding(
                    subject=f"the load of document {document.url}",
                    allowed=f"an entry of {plan.candidates[0].cache}, with no request",
                    seen=f"a request: {exchange}",
                    rule=plan.rule,
                    witnesses=(exchange,),
                    document=document,
                )
            )
            return Served("network")
        return plan.settle(self.history.answer(exchange, document.url))

    def _resource(self, document: AppCacheDocument, exchange: Exchange | None) -> Fetched | None:
        if document.manifest is None or self.behaviour.has(Habit.FETCHES_PAGES_AGAIN):
            return None
        if exchange is None or exchange.in_flight:
            return Fetched(document.url, body=None)
        return self.history.answer(exchange, document.url)

    def _gone(self, cause: Gone) -> None:
        host = cause.document.place.id
        self.settle()
        group = self.caches.group_of(host) or self._pending_group(host)
        self.arrivals = [
            each for each in self.arrivals if each.page is None or each.page.host.id != host
        ]
        actions = self.caches.leave(host)
        self.there.discard(host)
        self.do(group, actions)
        if group is not None and self._is_busy(group) and not self._hosts_of(group):
            self._left_alone(group)

    def _is_busy(self, group: ApplicationCacheGroup) -> bool:
        """Whether a process runs, or has ended so lately that the browser may be at it still."""
        asked = [each.time for each in self.history.exchanges if each.url == group.manifest_url]
        return group.phase is not Phase.IDLE or any(
            self.now - LATE_MS < time <= self.now for time in asked
        )

    def _left_alone(self, group: ApplicationCacheGroup) -> None:
        """The last document of a group went away in the middle of a process."""
        ways = [self._go_on]
        if self.behaviour.has(Habit.CANCELS_WHEN_LEFT):
            ways.insert(0 if group.newest is None else 1, self._cancel)
        if group.newest is not None and self.behaviour.has(Habit.MAY_FORGET_WHEN_LEFT):
            ways.append(self._forget)
        ways[self.choices.pick(len(ways))](group)

    def _go_on(self, group: ApplicationCacheGroup) -> None:
        """As the text has it: the process runs in the background."""

    def _cancel(self, group: ApplicationCacheGroup) -> None:
        sent = [each.exchange.url for each in self.arrivals if each.group is group]
        sent += [each.url for each in group.awaited]
        self.stragglers.update(dict.fromkeys(sent, self.now + STRAY_MS))
        self.arrivals = [each for each in self.arrivals if each.group is not group]
        while group.awaited:
            waited = group.awaited[0]
            self.do(group, step(group, waited, Fetched(waited.url, failed="cancelled")))

    def _forget(self, group: ApplicationCacheGroup) -> None:
        self._cancel(group)
        self._lost.update({each.group.manifest_url: each for each in group.caches})
        group.state.obsolete = True

    def _from_lost_cache(self, document: AppCacheDocument) -> bool:
        """A document that came from a cache of which the browser knows no group any more.

        It keeps that cache, and the process begins as if there had never been one.
        """
        lost = self._lost.pop(document.manifest or "", None)
        if lost is None or document.manifest is None:
            return False
        group = self.caches.group(document.manifest)
        actions = group.start(document.place.id)
        orphan = replace(lost, group=group.state, complete=False)
        group.state.caches.insert(0, orphan)
        group.associate(document.place.id, orphan)
        self.orphans.append(orphan)
        self.do(group, actions)
        return True

    def _pending_group(self, host: str) -> ApplicationCacheGroup | None:
        for group in self.groups:
            if any(each.host.id == host for each in group.state.pending):
                return group
        return None

    def _hosts_of(self, group: ApplicationCacheGroup) -> list[str]:
        waiting = {each.host.id for each in group.state.pending}
        return [
            host.id
            for host in self.caches.hosts
            if host.id in waiting or (host.cache is not None and host.cache.group is group.state)
        ]

    def _call(self, call: AppCacheCall) -> None:
        self.settle()
        host = call.place.id
        group = self.caches.group_of(host)
        error: str | None = None
        try:
            if call.method == "update":
                self.do(group, self.caches.update(host))
            elif call.method == "swapCache":
                self.caches.swap_cache(host)
                self.do(group, ())
            elif not self.behaviour.has(Habit.IGNORES_ABORT):
                self.do(group, self.caches.abort(host))
        except JSError as refused:
            error = refused.name
        if error != call.error:
            self.find(
                Finding(
                    subject=f"{call}",
                    allowed=f"a throw of {error}" if error else "a call that returns",
                    seen=f"a throw of {call.error}" if call.error else "a call that returned",
                    rule=f"7.9.8, {call.method}()",
                )
            )


def _time_of(cause: Cause) -> float:
    return (cause.document.ended or 0.0) if isinstance(cause, Gone) else cause.time
