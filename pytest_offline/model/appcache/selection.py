"""All application caches of one browser profile, and which of them a document gets (7.9.5).

The selection algorithm is a list of cases of which the first that applies is taken: `CASES`, in the
order of the text. Whether a document was loaded from a cache, and from which, says `navigate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pytest_offline.errors import JSError
from pytest_offline.model.appcache.application_cache import ApplicationCache
from pytest_offline.model.appcache.exchanges import (
    Action,
    Fetched,
    Fire,
    Restart,
    origin_of,
    without_fragment,
)
from pytest_offline.model.appcache.freedom import Parse
from pytest_offline.model.appcache.group import ApplicationCacheGroup, Hosts
from pytest_offline.model.appcache.loading import Plan, Served, plan_load, plan_navigation
from pytest_offline.model.appcache.manifest import Manifest
from pytest_offline.record.appcache import AppCacheStatus

FROM_NETWORK: Final = Served("network")


@dataclass(frozen=True)
class Selection:
    """A document whose root element is there, as the selection algorithm sees it.

    Attributes:
        manifest: the URL its root element names, resolved; None where it names none.
        served: where it was loaded from.
        method: it was loaded with.
        resource: what came for it, which becomes a master entry; None while it is on its way.
    """

    host: str
    url: str
    manifest: str | None = None
    served: Served = FROM_NETWORK
    method: str = "GET"
    resource: Fetched | None = None

    @property
    def is_foreign(self) -> bool:
        """It came from a cache, and names the manifest of another."""
        cache = self.served.cache
        return cache is not None and self.manifest not in (None, cache.group.manifest_url)

    @property
    def is_cached(self) -> bool:
        """It came from a cache that still exists."""
        return self.served.cache is not None and not self.served.cache.group.obsolete

    @property
    def names_own_manifest(self) -> bool:
        """It was loaded with GET and names a manifest of its own origin."""
        same = self.manifest is not None and origin_of(self.manifest) == origin_of(self.url)
        return self.method == "GET" and same


class ApplicationCaches:
    """The groups of one profile, the hosts, and the choice between them.

    Args:
        parse: how manifests are read.
        parallel: how many files are fetched at a time; None for all at once.
    """

    def __init__(self, *, parse: Parse = Manifest.parse, parallel: int | None = 1) -> None:
        self.hosts = Hosts()
        self._parse = parse
        self._parallel = parallel
        self._groups: list[ApplicationCacheGroup] = []

    @property
    def groups(self) -> tuple[ApplicationCacheGroup, ...]:
        """The groups there are: none that is obsolete or was discarded."""
        return tuple(each for each in self._groups if each.exists)

    def group(self, manifest_url: str) -> ApplicationCacheGroup:
        """The group of a manifest; a new one where there is none (7.9.4, step 2.1)."""
        url = without_fragment(manifest_url)
        for each in self._groups:
            if each.manifest_url == url and not each.obsolete:
                return each
        group = ApplicationCacheGroup(
            url, hosts=self.hosts, parse=self._parse, parallel=self._parallel
        )
        self._groups.append(group)
        return group

    def group_of(self, host: str) -> ApplicationCacheGroup | None:
        """The group of a host's cache, an obsolete one too; None where it has no cache."""
        cache = self.hosts[host].cache
        if cache is None:
            return None
        return next(each for each in self._groups if each.state is cache.group)

    def relevant(self) -> tuple[ApplicationCache, ...]:
        """The newest complete cache of each group (7.9.2)."""
        return tuple(each.newest for each in self.groups if each.newest is not None)

    # Loading

    def navigate(self, url: str, method: str = "GET", preferred: str | None = None) -> Plan:
        """How a document or a frame is loaded."""
        return plan_navigation(self.relevant(), url, method, preferred)

    def load(self, host: str, url: str, method: str = "GET") -> Plan:
        """How a host loads what is no frame."""
        return plan_load(self.hosts[host].cache, url, method)

    # Documents

    def select(self, document: Selection) -> list[Action]:
        """The application cache selection algorithm (7.9.5)."""
        for applies, run in CASES:
            if applies(document):
                return run(self, document)
        return []

    def loaded(self, host: str) -> list[Fire]:
        """A host's ``load`` is over."""
        return self.hosts[host].become_ready()

    def leave(self, host: str, *, keeps_page: bool = False) -> list[Action]:
        """A host is gone; see `ApplicationCacheGroup.leave`."""
        actions = [
            action for group in self._groups for action in group.leave(host, keeps_page=keeps_page)
        ]
        self.hosts.remove(host)
        return actions

    # The API

    def status(self, host: str) -> AppCacheStatus:
        """``applicationCache.status`` of a host."""
        return self.hosts.status(host)

    def update(self, host: str) -> list[Action]:
        """``update()``; raises as `ApplicationCacheGroup.update` does."""
        return self._group_for(host, "update()").update(host)

    def swap_cache(self, host: str) -> None:
        """``swapCache()``; raises as `ApplicationCacheGroup.swap_cache` does."""
        self._group_for(host, "swapCache()").swap_cache(host)

    def abort(self, host: str) -> list[Action]:
        """``abort()``: never throws."""
        group = self.group_of(host)
        return group.abort(host) if group else []

    def _group_for(self, host: str, call: str) -> ApplicationCacheGroup:
        group = self.group_of(host)
        if group is None:
            raise JSError("InvalidStateError", f"{call}: {host} has no application cache")
        return group


def _restart(caches: ApplicationCaches, document: Selection) -> list[Action]:
    entry = document.served.entry
    assert entry is not None
    entry.foreign = True
    return [Restart(document.host, document.url)]


def _associate(caches: ApplicationCaches, document: Selection) -> list[Action]:
    caches.hosts[document.host].cache = document.served.cache
    group = caches.group_of(document.host)
    assert group is not None
    return group.start(document.host)


def _download(caches: ApplicationCaches, document: Selection) -> list[Action]:
    assert document.manifest is not None
    return caches.group(document.manifest).start(
        document.host, master=document.url, resource=document.resource
    )


Applies = Callable[[Selection], bool]
Run = Callable[[ApplicationCaches, Selection], "list[Action]"]

CASES: Final[tuple[tuple[Applies, Run], ...]] = (
    (lambda document: document.is_foreign, _restart),
    (lambda document: document.is_cached, _associate),
    (lambda document: document.names_own_manifest, _download),
)
"""The cases of 7.9.5 in their order; where none applies, the document has no cache."""
