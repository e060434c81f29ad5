"""A recorded history of application caches, played into the model: one way of reading it.

A history is explained if one way explains it. Whatever is chosen, only causes are fed: nothing that
the browser said of itself reaches the model. Where a document came from is the model's own word,
with the ledger as a second witness.
"""

from __future__ import annotations

from pytest_offline.compare.appcache_arrivals import Finding, NetworkOfReplay
from pytest_offline.compare.appcache_causes import Cause, Gone
from pytest_offline.compare.appcache_deviations import Habit
from pytest_offline.errors import JSError
from pytest_offline.model.appcache.exchanges import Fetched
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.loading import Plan, Served
from pytest_offline.model.appcache.running import step
from pytest_offline.model.appcache.selection import Selection
from pytest_offline.record import Exchange
from pytest_offline.record.appcache import AppCacheCall, AppCacheDocument


class AppCacheReplay(NetworkOfReplay):
    """One way through a history."""

    def run(self) -> AppCacheReplay:
        """From the first cause to the last, and on until nothing can follow any more."""
        for cause in self.history.causes:
            self.now = _time_of(cause)
            if isinstance(cause, Exchange):
                self.assign(cause)
            elif isinstance(cause, AppCacheDocument):
                self._document(cause)
            elif isinstance(cause, AppCacheCall):
                self._call(cause)
            else:
                self._gone(cause)
        self.finish()
        return self

    # Documents and calls

    def _document(self, document: AppCacheDocument) -> None:
        host = document.place.id
        self.expected[host] = []
        self.statuses[host] = []
        self.there.add(host)
        self.settle()
        self.caches.loaded(host)  # When it was loaded is looked at where progress is judged.
        exchange = self.history.navigation_of(document)
        plan = self.caches.navigate(document.url, exchange.method if exchange else "GET")
        selection = Selection(
            host,
            document.url,
            document.manifest,
            served=self._served(document, plan, exchange),
            method=exchange.method if exchange else "GET",
            resource=self._resource(document, exchange),
        )
        actions = self.caches.select(selection)
        group = self.caches.group_of(host)
        if group is None and document.manifest is not None and selection.names_own_manifest:
            group = self.caches.group(document.manifest)
        if group is not None and self._adopts(group, host):
            group.adopt(host)
            self.adopted.add(host)
        self.do(group, actions)

    def _adopts(self, group: ApplicationCacheGroup, host: str) -> bool:
        joins = group.update_status == "downloading" and self.caches.status(host) == "UNCACHED"
        return joins and self.behaviour.has(Habit.ADOPTS_JOINERS)

    def _served(self, document: AppCacheDocument, plan: Plan, exchange: Exchange | None) -> Served:
        if exchange is None:
            if not plan.candidates:
                return Served("network")
            return plan.candidates[self.choices.pick(len(plan.candidates))]
        if plan.way == "cache":
            self.findings.append(
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
        left = group is not None and group.newest is None and not self._hosts_of(group)
        self.do(group, actions)
        if group is not None and left and self.behaviour.has(Habit.CANCELS_WHEN_LEFT):
            self.arrivals = [each for each in self.arrivals if each.group is not group]
            while group.awaited:
                waited = group.awaited[0]
                self.do(group, step(group, waited, Fetched(waited.url, failed="cancelled")))

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
            self.findings.append(
                Finding(
                    subject=f"{call}",
                    allowed=f"a throw of {error}" if error else "a call that returns",
                    seen=f"a throw of {call.error}" if call.error else "a call that returned",
                    rule=f"7.9.8, {call.method}()",
                )
            )


def _time_of(cause: Cause) -> float:
    return (cause.document.ended or 0.0) if isinstance(cause, Gone) else cause.time
