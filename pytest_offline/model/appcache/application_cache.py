"""Application caches, and the group they belong to (HTML 5.1, 7.9.2): state, and nothing that acts.

A group is identified by its manifest's URL. Its caches are in the order they were made; only the
newest may be incomplete. A host is a document; it is associated with one cache or with none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from pytest_offline.model.appcache.exchanges import Fetched, Fire, origin_of
from pytest_offline.model.appcache.manifest import Manifest
from pytest_offline.model.appcache.states import Phase
from pytest_offline.record.appcache import AppCacheEntryKind

EntryKind = Literal["master", "manifest", "explicit", "fallback"]


def no_namespaces() -> Mapping[str, str]:
    """What a cache has for FALLBACK until its manifest was read."""
    return MappingProxyType({})


@dataclass
class Entry:
    """One resource of a cache, in one category or more."""

    resource: Fetched
    kinds: set[EntryKind]
    foreign: bool = False

    def all_kinds(self) -> frozenset[AppCacheEntryKind]:
        """The categories and the mark, as a browser lists them."""
        return frozenset([*self.kinds, *(("foreign",) if self.foreign else ())])


@dataclass(eq=False)
class ApplicationCache:
    """One version of an application: resources, and rules for what is no resource of it.

    Attributes:
        group: the group it is in.
        number: its place in the chronological order of its group, from 1.
        complete: the completeness flag.
        fallback: fallback namespaces and the entries they map to.
        network: the namespaces of the online safelist.
        network_wildcard: whether the safelist's wildcard flag is open.
        prefer_online: whether the cache mode is prefer-online; else it is fast.
    """

    group: GroupState
    number: int
    complete: bool = False
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    fallback: Mapping[str, str] = field(default_factory=no_namespaces)
    network: tuple[str, ...] = ()
    network_wildcard: bool = False
    prefer_online: bool = False

    def store(self, url: str, resource: Fetched, *kinds: EntryKind) -> None:
        """Store a resource if it is not there already, and put its entry into categories."""
        entry = self.entries.setdefault(url, Entry(resource, set()))
        entry.kinds.update(kinds)
        # 7.9.4, step 18.10: what names another manifest is foreign.
        entry.foreign = entry.foreign or resource.declares not in (None, self.group.manifest_url)

    def take_rules(self, manifest: Manifest) -> None:
        """The namespaces and flags of a manifest (7.9.4, steps 20 to 23)."""
        self.fallback = MappingProxyType(dict(manifest.fallback))
        self.network = manifest.network
        self.network_wildcard = manifest.network_wildcard
        self.prefer_online = manifest.prefer_online

    def usable(self, url: str) -> Entry | None:
        """The entry that a navigation may be answered with: not one that is foreign."""
        entry = self.entries.get(url)
        return None if entry is None or entry.foreign else entry

    def is_online(self, url: str) -> bool:
        """Whether a namespace of the online safelist is a prefix of a URL, of the same origin."""
        return any(
            url.startswith(each) and origin_of(each) == origin_of(url) for each in self.network
        )

    def namespace_of(self, url: str) -> str | None:
        """The longest fallback namespace that a URL matches (7.9.2), if any."""
        if origin_of(url) != origin_of(self.group.manifest_url):
            return None
        return max((each for each in self.fallback if url.startswith(each)), key=len, default=None)

    def __str__(self) -> str:
        return f"version {self.number} of {self.group.manifest_url}"


@dataclass(eq=False)
class Host:
    """A document that may have a cache, and the events that wait for its load.

    Attributes:
        ready: whether it is ready for post-load tasks: its ``load`` event is over.
        waiting: its pending application cache download process tasks.
    """

    id: str
    cache: ApplicationCache | None = None
    ready: bool = False
    waiting: list[Fire] = field(default_factory=list[Fire])

    def queue(self, task: Fire) -> list[Fire]:
        """Queue a post-load task (7.9.4): what fires now; before the load it waits instead."""
        if self.ready:
            return [task]
        if task.name == "progress":
            # "Queue a progress post-load task": it takes the place of one that waits.
            self.waiting = [each for each in self.waiting if each.name != "progress"]
        self.waiting.append(task)
        return []

    def become_ready(self) -> list[Fire]:
        """The load is over: what waited fires, in its order."""
        self.ready = True
        tasks, self.waiting = self.waiting, []
        return tasks


@dataclass(eq=False)
class PendingMaster:
    """One entry of a group's list of pending master entries: a resource and its document.

    Attributes:
        resource: what came of it; None while it is on its way.
        handled: whether the process has dealt with it.
    """

    host: Host
    url: str
    resource: Fetched | None = None
    handled: bool = False

    @property
    def failed(self) -> bool:
        """Whether it is one that is not stored (7.9.4, steps 8.3 and 24)."""
        answer = self.resource
        return answer is None or answer.is_error or answer.no_store

    @property
    def is_unstorable(self) -> bool:
        """Whether it came to be stored, and the user agent is not able to."""
        return self.resource is not None and not self.failed and not self.resource.can_be_stored


@dataclass(eq=False)
class GroupState:
    """An application cache group: its caches, its update status, its pending master entries."""

    manifest_url: str
    phase: Phase = Phase.IDLE
    obsolete: bool = False
    caches: list[ApplicationCache] = field(default_factory=list[ApplicationCache])
    pending: list[PendingMaster] = field(default_factory=list[PendingMaster])
    made: int = 0

    @property
    def newest_complete(self) -> ApplicationCache | None:
        """The relevant application cache, if there is one."""
        return next((each for each in reversed(self.caches) if each.complete), None)

    def new_cache(self) -> ApplicationCache:
        """A new cache in the group, incomplete (7.9.4, step 9)."""
        self.made += 1
        cache = ApplicationCache(self, self.made)
        self.caches.append(cache)
        return cache

    def discard_incomplete(self) -> None:
        """Discard a cache that is incomplete, if the group has one."""
        self.caches = [each for each in self.caches if each.complete]
