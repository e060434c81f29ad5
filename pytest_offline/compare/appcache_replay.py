"""A recorded history of application caches, played into the model: one way of reading it.

A history is explained if one way explains it. Whatever is chosen, only causes are fed: nothing that
the browser said of itself reaches the model, but that its storage failed (appcache_storing.py).
Where a document came from is the model's own word, with the ledger as a second witness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pytest_offline.compare.appcache_behaviour import Behaviour
from pytest_offline.compare.appcache_causes import (
    AppCacheHistory,
    Cause,
    Gone,
    Navigation,
    time_of,
)
from pytest_offline.compare.appcache_deviations import Habit
from pytest_offline.compare.appcache_findings import DeadEnd, Finding
from pytest_offline.compare.appcache_following import LATE_MS
from pytest_offline.compare.appcache_leaving import LeavingOfReplay
from pytest_offline.compare.choices import Choices
from pytest_offline.errors import JSError, ModelError
from pytest_offline.model.appcache.exchanges import Fetched
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.loading import Plan, Served
from pytest_offline.model.appcache.selection import Selection
from pytest_offline.model.appcache.states import Phase
from pytest_offline.record import Exchange
from pytest_offline.record.appcache import AppCacheCall, AppCacheDocument

GONE_MS: Final = 2000.0
"""How long after its last word a page may still hold its cache."""


@dataclass
class Late:
    """What has not had its effect yet, though it was written down.

    Attributes:
        document: whose it is.
        until: when it has had it for certain.
        manifest: the URL of the group it is about.
        take: lets it have its effect.
    """

    document: AppCacheDocument
    until: float
    manifest: str
    take: Callable[[], None]

    def comes_before(self, cause: Cause) -> bool:
        """Whether another cause is later for certain: by its time, or of the same document."""
        if isinstance(cause, AppCacheCall) and cause.place.id == self.document.place.id:
            return True
        mine = isinstance(cause, Gone) and cause.document.place.id == self.document.place.id
        return mine or self.until < time_of(cause)


class AppCacheReplay(LeavingOfReplay):
    """One way through a history.

    Attributes:
        plans: how documents that were asked for were to be loaded when they were.
        late: what has not had its effect yet.
    """

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
        self.plans: dict[str, Plan] = {}
        self.late: list[Late] = []

    def run(self) -> AppCacheReplay:
        """From the first cause to the last, and on until nothing can follow any more."""
        try:
            self._run()
        except ModelError:
            # What cannot be, such as a first download that no page has begun: it was another way.
            if not self._to_the_end:
                raise DeadEnd from None
        return self

    def _run(self) -> None:
        self._left = list(self.history.causes)
        while self._left:
            self._take(self._left.pop(0))
        while self.late:
            self._take_late(self.late[0])
        self.finish()

    def _take(self, cause: Cause) -> None:
        self.now = time_of(cause)
        for late in list(self.late):
            if late.comes_before(cause) or (not _is_file(cause) and self.choices.pick(2) == 1):
                self._take_late(late)
        if isinstance(cause, Exchange):
            self.assign(cause)
        elif isinstance(cause, Navigation):
            self._navigate(cause)
        elif isinstance(cause, AppCacheDocument):
            self._document(cause)
        elif isinstance(cause, AppCacheCall):
            self._call(cause)
        else:
            self._gone(cause)

    # What was written down earlier than it had its effect, and later

    def _take_late(self, late: Late) -> None:
        self.late.remove(late)
        self.settle()
        late.take()

    def _take_or_put_off(self, late: Late) -> None:
        """A cause has its effect now, or later than it was written down.

        A page tells of itself what the browser's own process, which has the caches, gets to see
        a little later. Only where something is under way does it matter.
        """
        if self.choices.pick(2) == 1:
            self.late.append(late)
        else:
            late.take()

    def _may_be_late(self, manifest: str) -> bool:
        mine = [each for each in self.groups if each.manifest_url == manifest]
        return any(self.is_busy(each) or self.hosts_of(each.state) for each in mine)

    def hasten(self, exchange: Exchange) -> bool:
        """As the network of the replay wants it: a document, or a call, that asks for the URL."""
        put_off = any(group.manifest_url == exchange.url for group, _ in self.queued)
        if put_off and self.choices.pick(2) == 0:
            return False
        for late in self.late:
            if late.manifest == exchange.url:
                self._take_late(late)
                return True
        for cause in self._left:
            if isinstance(cause, Gone):
                return False  # What comes after it comes of a page that was not there before.
            if isinstance(cause, Exchange) or time_of(cause) > exchange.time + LATE_MS:
                continue
            if self._asks_for(cause, exchange.url):
                self._left.remove(cause)
                self._take(cause)
                return True
        return False

    def _asks_for(self, cause: Cause, url: str) -> bool:
        if isinstance(cause, AppCacheDocument):
            asked = self.history.navigation_of(cause) is not None
            return cause.manifest == url and (not asked or cause.place.id in self.plans)
        if not isinstance(cause, AppCacheCall) or cause.method != "update":
            return False
        group = self.caches.group_of(cause.place.id)
        return group is not None and group.manifest_url == url

    # Documents and calls

    def _navigate(self, cause: Navigation) -> None:
        """What was asked of the origin: no cache had it at that time."""
        document, exchange = cause
        self.settle()
        self.latest = max(self.latest, self.now)
        plan = self.caches.navigate(document.url, exchange.method)
        self.plans[document.place.id] = plan
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

    def _document(self, document: AppCacheDocument) -> None:
        host = document.place.id
        self.expected[host] = []
        self.statuses[host] = []
        self.there.add(host)
        self.settle()
        self.latest = max(self.latest, document.time)
        self.caches.loaded(host)  # When it was loaded is looked at where progress is judged.
        exchange = self.history.navigation_of(document)
        selection = Selection(
            host,
            document.url,
            document.manifest,
            served=self._served(document, exchange),
            method=exchange.method if exchange else "GET",
            resource=self._resource(document, exchange),
        )
        cache = selection.served.cache
        manifest = cache.group.manifest_url if cache else document.manifest
        heard = self.history.seen.get(host, ())
        until = heard[0].time if heard else float("inf")
        if manifest is None or not self._may_be_late(manifest):
            self._select(selection)
        else:
            self._take_or_put_off(Late(document, until, manifest, lambda: self._select(selection)))

    def _select(self, selection: Selection) -> None:
        host, cache = selection.host, selection.served.cache
        if self._comes_too_late(selection) or self._stays_obsolete(selection):
            return
        if cache is not None and self.forgets(selection):
            self.begin_anew(selection, cache)
            return
        actions = self.caches.select(selection)
        group = self.caches.group_of(host)
        if group is None and selection.manifest is not None and selection.names_own_manifest:
            group = self.caches.group(selection.manifest)
        if group is not None and self._adopts(group, host):
            group.adopt(host)
        self.do(group, actions)

    def _stays_obsolete(self, selection: Selection) -> bool:
        """Whether a page from a cache that has become obsolete meanwhile keeps it."""
        cache = selection.served.cache
        matters = cache is not None and cache.group.obsolete
        if not matters or not self.behaviour.has(Habit.KEEPS_OBSOLETE_CACHES):
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

    def _served(self, document: AppCacheDocument, exchange: Exchange | None) -> Served:
        if exchange is not None:
            plan = self.plans[document.place.id]
            if plan.way == "cache":
                return Served("network")  # A finding already.
            return plan.settle(self.history.answer(exchange, document.url))
        candidates = self.caches.navigate(document.url).candidates
        if not candidates:
            return Served("network")
        return candidates[self.choices.pick(len(candidates))]

    def _resource(self, document: AppCacheDocument, exchange: Exchange | None) -> Fetched | None:
        if document.manifest is None or self.behaviour.has(Habit.FETCHES_PAGES_AGAIN):
            return None
        if exchange is None or exchange.in_flight:
            return Fetched(document.url, body=None)
        return self.history.answer(exchange, document.url)

    def _gone(self, cause: Gone) -> None:
        self.settle()
        document = cause.document
        group = self.group_with(document.place.id)
        if group is None or not self.is_busy(group):
            self.leave(document.place.id)
        else:
            until = time_of(cause) + GONE_MS
            self._take_or_put_off(
                Late(document, until, group.manifest_url, lambda: self.leave(document.place.id))
            )

    def _call(self, call: AppCacheCall) -> None:
        self.settle()
        self.latest = max(self.latest, call.time)
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


def _is_file(cause: Cause) -> bool:
    """Whether it is asked for in the middle of a download: that changes nothing for a page."""
    return isinstance(cause, Exchange) and cause.initiator == "appcache"
