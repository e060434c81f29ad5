"""One application cache group: the download process, and the API of its hosts (7.9.4, 7.9.8).

A machine with no IO. Each method takes one thing that happened and returns, in order, what has to
be done next: see `exchanges` for the words. `awaited` says at any time what it waits for.

Hosts are documents, by an id of the caller's choosing. Those of several groups share one `Hosts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pytest_offline.errors import JSError, ModelError
from pytest_offline.model.appcache.application_cache import (
    ApplicationCache,
    GroupState,
    Host,
    PendingMaster,
)
from pytest_offline.model.appcache.exchanges import (
    Action,
    Await,
    Fetch,
    Fetched,
    Fire,
    Rerun,
    without_fragment,
)
from pytest_offline.model.appcache.freedom import Freedom, Parse, never
from pytest_offline.model.appcache.manifest import Manifest
from pytest_offline.model.appcache.states import (
    PAGES_AWAITED,
    STATUS,
    UPDATE_STATUS,
    Phase,
    UpdateStatus,
    impossible,
)
from pytest_offline.model.appcache.update import RECEIVES, DownloadProcess
from pytest_offline.record.appcache import AppCacheStatus


class Hosts:
    """All hosts, by id, in the order in which they came."""

    def __init__(self) -> None:
        self._hosts: dict[str, Host] = {}

    def __getitem__(self, host: str) -> Host:
        """A host; one that was never seen is a new one, not loaded, with no cache."""
        return self._hosts.setdefault(host, Host(host))

    def __iter__(self) -> Iterator[Host]:
        return iter(self._hosts.values())

    def remove(self, host: str) -> Host:
        """A host is gone: nothing fires at it any more."""
        gone = self._hosts.pop(host, None) or Host(host)
        gone.cache, gone.ready, gone.waiting = None, False, []
        return gone

    def status(self, host: str) -> AppCacheStatus:
        """``applicationCache.status`` of a host (7.9.8)."""
        cache = self[host].cache
        if cache is None:
            return "UNCACHED"
        if cache.group.obsolete:
            return "OBSOLETE"
        return STATUS[UPDATE_STATUS[cache.group.phase], cache is cache.group.caches[-1]]


class ApplicationCacheGroup:
    """The caches of one manifest, and the process that downloads and updates them.

    Args:
        manifest_url: absolute; a fragment is cut off.
        hosts: where several groups share their hosts.
        parse: how a manifest is read; ``Manifest.parse`` unless another way is to be tried.
        parallel: how many files are fetched at a time; None for all at once (step 18).
        may_skip: whether a file that the manifest does not name is skipped (step 18.1).
    """

    def __init__(
        self,
        manifest_url: str,
        *,
        hosts: Hosts | None = None,
        parse: Parse = Manifest.parse,
        parallel: int | None = 1,
        may_skip: Callable[[str], bool] = never,
    ) -> None:
        self.hosts = Hosts() if hosts is None else hosts
        self.state = GroupState(without_fragment(manifest_url))
        self._freedom = Freedom(parse, parallel, may_skip)
        self._process: DownloadProcess | None = None

    # What is

    @property
    def manifest_url(self) -> str:
        """What identifies the group."""
        return self.state.manifest_url

    @property
    def caches(self) -> tuple[ApplicationCache, ...]:
        """Its caches, oldest first."""
        return tuple(self.state.caches)

    @property
    def newest(self) -> ApplicationCache | None:
        """The newest cache that is complete: the relevant one. None where there is none."""
        return self.state.newest_complete

    @property
    def obsolete(self) -> bool:
        """Whether its manifest was found to be 404 or 410."""
        return self.state.obsolete

    @property
    def phase(self) -> Phase:
        """Where its process waits."""
        return self.state.phase

    @property
    def update_status(self) -> UpdateStatus:
        """Its update status, as the text names it."""
        return UPDATE_STATUS[self.state.phase]

    @property
    def exists(self) -> bool:
        """Whether it counts among the groups there are: not obsolete, not discarded (7.9.2)."""
        return not self.obsolete and (self.newest is not None or self.phase is not Phase.IDLE)

    @property
    def awaited(self) -> tuple[Fetch | Await, ...]:
        """What it waits for, in the order in which it asked."""
        waiting = self.phase in PAGES_AWAITED
        pages = [each for each in self.state.pending if waiting and each.resource is None]
        fetches = tuple(self._process.awaited.values()) if self._process else ()
        return (*fetches, *(Await(each.host.id, each.url) for each in pages))

    def status(self, host: str) -> AppCacheStatus:
        """``applicationCache.status`` of a host (7.9.8)."""
        return self.hosts.status(host)

    # The process

    def start(
        self,
        host: str | None = None,
        *,
        master: str | None = None,
        resource: Fetched | None = None,
    ) -> list[Action]:
        """Invoke the download process (step 2).

        Args:
            host: the document it is invoked for; None for ``update()`` and for none at all.
            master: the document's URL, where its resource is to become a master entry.
            resource: what came of it; None where it is on its way still (`master_fetched`).

        Raises:
            ModelError: a cache attempt with no host (step 3 has one), a master with no host.
        """
        if self.obsolete:
            return []  # Step 2.1.
        self._check_start(host, master)
        entry = self._add_pending(host, master, resource)  # Step 2.3.
        if self._process is not None:
            if host is not None:
                self._process.join(self.hosts[host], entry)
            return self._take()  # Step 2.6: this instance of the process ends here.
        self._process = DownloadProcess(
            self.state,
            self.hosts,
            self._freedom,
            host=self.hosts[host] if host is not None else None,
            started_with=entry,
        )
        self._process.begin()
        return self._take()

    def _check_start(self, host: str | None, master: str | None) -> None:
        if host is None and (master is not None or not self.exists):
            what = f"the master entry {master!r}" if master else "a first download"
            raise ModelError(
                f"{what} of {self.manifest_url} needs a host (HTML 5.1, 7.9.4, step 3), and None "
                "was given: hand in the document that names the manifest",
                state=self.phase.value,
                event="start",
                legal=("start(host)",),
            )

    def _add_pending(
        self, host: str | None, master: str | None, resource: Fetched | None
    ) -> PendingMaster | None:
        if host is None or master is None:
            return None
        entry = PendingMaster(self.hosts[host], without_fragment(master), resource)
        self.state.pending.append(entry)
        return entry

    def fetched(self, answer: Fetched) -> list[Action]:
        """Something that was asked for by a `Fetch` came back, or failed.

        Raises:
            ModelError: nobody waits for that URL.
        """
        receive = RECEIVES.get(self.phase)
        if receive is None or self._process is None:
            raise impossible(self.phase, f"{answer.url} came")
        if answer.url not in self._process.awaited:
            waited = ", ".join(self._process.awaited)
            raise ModelError(
                f"{answer.url} came while the download process is {self.phase.value!r} and waits "
                f"for {waited}: hand in only what a Fetch asked for",
                state=self.phase.value,
                event=f"{answer.url} came",
                legal=tuple(self._process.awaited),
            )
        if self.phase is not Phase.DOWNLOADING:
            del self._process.awaited[answer.url]
        receive(self._process, answer)
        return self._take()

    def master_fetched(self, host: str, answer: Fetched) -> list[Action]:
        """The resource of a pending master entry has come, or failed; at any time.

        Raises:
            ModelError: the host has no pending master entry whose resource is on its way.
        """
        found = [each for each in self.state.pending if each.host.id == host and not each.resource]
        if not found:
            raise impossible(self.phase, f"the page of host {host} came")
        found[0].resource = answer
        if self._process is not None:
            self._process.page_came()
        return self._take()

    def rerun(self, what: Rerun) -> list[Action]:
        """Run the process again with the same parameters (step 27), when the delay is over."""
        if what.host is None and not self.exists:
            return []
        return self.start(what.host, master=what.master, resource=what.resource)

    def _take(self) -> list[Action]:
        process = self._process
        if process is None:
            return []
        out, process.out = process.out, []
        if self.phase is Phase.IDLE:
            self._process = None
        return out

    # Hosts

    def associate(self, host: str, cache: ApplicationCache | None = None) -> None:
        """Associate a host with a cache of the group; the newest complete one unless said."""
        self.hosts[host].cache = cache or self.newest

    def adopt(self, host: str) -> None:
        """Associate a host that joined with the cache that is being made, if there is one.

        No step says so: step 10 is over when a document joins. For user agents that do it.
        """
        if self.state.caches and not self.state.caches[-1].complete:
            self.hosts[host].cache = self.state.caches[-1]

    def loaded(self, host: str) -> list[Fire]:
        """A host's ``load`` is over: what waited for it fires ("post-load tasks")."""
        return self.hosts[host].become_ready()

    def leave(self, host: str, *, keeps_page: bool = False) -> list[Action]:
        """A host is gone. A resource of it that was on its way has failed.

        Args:
            keeps_page: whether that resource is waited for all the same. No step says so: for
                user agents that fetch it themselves.
        """
        gone = self.hosts.remove(host)
        pending = [each for each in self.state.pending if each.host.id == host]
        for entry in pending:
            entry.host = gone
            if not keeps_page:
                entry.resource = entry.resource or Fetched(entry.url, failed="cancelled")
        if pending and self._process is not None:
            self._process.page_came()
        return self._take()

    # The API

    def update(self, host: str) -> list[Action]:
        """``update()``.

        Raises:
            JSError: ``InvalidStateError`` where the host has no cache, or its group is obsolete.
        """
        self._cache_for(host, "update()")
        if self.obsolete:
            raise JSError(
                "InvalidStateError", f"update(): the group of {self.manifest_url} is obsolete"
            )
        return self.start()

    def abort(self, host: str) -> list[Action]:
        """``abort()``: does something only while files are fetched, and never throws."""
        if self.hosts[host].cache is None or self._process is None:
            return []
        self._process.abort()
        return self._take()

    def swap_cache(self, host: str) -> None:
        """``swapCache()``: the newest complete cache takes the place of the host's.

        Raises:
            JSError: ``InvalidStateError`` where the host has no cache, or there is none newer.
        """
        cache = self._cache_for(host, "swapCache()")
        newest = self.newest
        if self.obsolete:
            self.hosts[host].cache = None  # Step 3: what loads now comes from the network.
        elif newest is None or newest.number <= cache.number:
            raise JSError("InvalidStateError", f"swapCache(): nothing is newer than {cache}")
        else:
            self.hosts[host].cache = newest

    def _cache_for(self, host: str, call: str) -> ApplicationCache:
        cache = self.hosts[host].cache
        if cache is None:
            raise JSError("InvalidStateError", f"{call}: {host} has no application cache")
        return cache
