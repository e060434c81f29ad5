"""The application cache download process (HTML 5.1, 7.9.4), one run of it.

Theory. The process is a sequence of waits: for the manifest, for the files, for the pages that
name the manifest, for the manifest again. Between two waits it does all it can at once, so an
instance is fed what it waits for and says what follows. Step numbers are those of the text.

What the text leaves open, and how it is left open here:

- Files may be fetched side by side (step 18): ``parallel`` says how many; the answers may come in
  any order. Whatever the number, each file's ``progress`` comes before its fetch, and its count is
  of the files done until then, so counts of files begun together are equal.
- Who is named neither in CACHE nor in FALLBACK may be skipped (step 18.1): ``may_skip``.
- Events for several hosts are given in the order in which the hosts came; the text queues them
  host by host with no order among hosts, so every interleaving is allowed.
- An HTTP cache may answer (steps 5, 18.4, 26): a `Fetch` names the copy that would do.
- ``progress`` that waits for a host's load is merged (see `Host.queue`); after it, it is not.

Where the text has a gap, it is filled in the narrowest way:

- A document that comes after step 10 is in no cache of the group, so success fires nothing at it,
  failure does. If it comes after step 24 it stays in the list for the next process.
- Only of a file does the text say what follows where it cannot be stored (step 18.6: the cache
  failure steps). The same follows for a page (steps 8.3 and 24) and for the manifest (step 28).
- Step 24.3 says "the last entry in the list": the last that is left, for entries that failed have
  been removed and those that were stored need the group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pytest_offline.errors import ManifestError
from pytest_offline.model.appcache.application_cache import (
    ApplicationCache,
    EntryKind,
    GroupState,
    Host,
    PendingMaster,
)
from pytest_offline.model.appcache.exchanges import (
    Abort,
    Action,
    Await,
    Fetch,
    Fetched,
    Fire,
    Purpose,
    Rerun,
)
from pytest_offline.model.appcache.freedom import Freedom
from pytest_offline.model.appcache.manifest import Manifest
from pytest_offline.model.appcache.states import UPDATE_STATUS, Move, Phase, advance
from pytest_offline.record.appcache import AppCacheEventName


@dataclass(eq=False)
class DownloadProcess:
    """One run of the process for a group, from step 2.7 to its end.

    Attributes:
        hosts: every host there is; those with a cache of the group hear of what happens.
        host: the one it was started with, if any; it hears the first ``checking``.
        started_with: the pending master entry it was started with, if any.
        awaited: what it waits for from the network, by URL.
        out: what has to be done next, taken by whoever drives.
    """

    group: GroupState
    hosts: Iterable[Host]
    freedom: Freedom
    host: Host | None = None
    started_with: PendingMaster | None = None
    awaited: dict[str, Fetch] = field(default_factory=dict[str, Fetch])
    out: list[Action] = field(default_factory=list[Action])

    def __post_init__(self) -> None:
        self.newest = self.group.newest_complete
        self.new: ApplicationCache | None = None
        self.manifest = Fetched(self.group.manifest_url)
        self.files: dict[str, set[EntryKind]] = {}
        self.queue: list[str] = []
        self.done = 0

    # Telling

    def _associated(self) -> list[Host]:
        caches = self.group.caches
        return [each for each in self.hosts if each.cache is not None and each.cache in caches]

    def _fire(self, hosts: Sequence[Host], name: AppCacheEventName, *counts: int) -> None:
        for host in hosts:
            self.out += host.queue(Fire(host.id, name, *counts))

    def _fetch(self, url: str, purpose: Purpose, stored: Fetched | None) -> None:
        fetch = Fetch(url, purpose, stored)
        self.awaited[url] = fetch
        self.out.append(fetch)

    def _move(self, move: Move) -> None:
        self.group.phase = advance(self.group.phase, move)

    # Steps 2 to 5

    def begin(self) -> None:
        """Steps 2.7 to 5: ``checking``, and the manifest is fetched."""
        self._move(Move.STARTED)
        self._fire(self._associated(), "checking")
        # Step 3: a cache attempt was started with a host, which no cache of the group has yet.
        if self.newest is None and self.host is not None:
            self._fire([self.host], "checking")
        url = self.group.manifest_url
        self._fetch(url, "manifest", self._stored(url))

    def join(self, host: Host, entry: PendingMaster | None) -> None:
        """Steps 2.4 and 2.5: the process is under way and a host comes."""
        self._fire([host], "checking")
        if UPDATE_STATUS[self.group.phase] == "downloading":
            self._fire([host], "downloading")
        if entry is not None and entry.resource is None and self.group.phase in _WHEN_PAGES_COME:
            self.out.append(Await(host.id, entry.url))
        self.page_came()

    def _stored(self, url: str) -> Fetched | None:
        entry = self.newest.entries.get(url) if self.newest else None
        return entry.resource if entry else None

    # Steps 6 to 12

    def manifest_came(self, answer: Fetched) -> None:
        """Steps 6 to 9: which of four ways the manifest sends the process."""
        self.manifest = answer
        if answer.is_gone:
            self._move(Move.MANIFEST_GONE)
            self._become_obsolete()
        elif self._is_unchanged(answer):
            self._move(Move.MANIFEST_UNCHANGED)
            self._wait_for_pages()
        elif (manifest := self._parsed(answer)) is None:
            self._move(Move.MANIFEST_FAILED)
            self._wait_for_pages()
        else:
            self._move(Move.MANIFEST_NEW)
            self._download(manifest)

    def _is_unchanged(self, answer: Fetched) -> bool:
        # Step 8: byte for byte what the newest cache has, or a 304 that says so.
        stored = self._stored(self.group.manifest_url)
        if stored is None or answer.is_error or answer.is_redirect:
            return False
        return answer.is_unmodified or answer.body == stored.body

    def _parsed(self, answer: Fetched) -> Manifest | None:
        # Step 7: any failure but 404 and 410, a redirect, a missing signature.
        if answer.is_error or answer.is_redirect or not isinstance(answer.body, bytes):
            return None
        if answer.is_unmodified:
            return None
        try:
            return self.freedom.parse(answer.body, self.group.manifest_url)
        except ManifestError:
            return None

    def _become_obsolete(self) -> None:
        # Step 6: those with a cache hear "obsolete", those that wait for one hear "error".
        self.group.obsolete = True
        self._fire(self._associated(), "obsolete")
        self._fire([each.host for each in self.group.pending], "error")
        self.group.pending.clear()

    def _download(self, manifest: Manifest) -> None:
        self.new = self.group.new_cache()
        self.new.take_rules(manifest)  # Steps 20 to 23; nothing looks at them before step 29.
        for entry in self.group.pending:
            entry.host.cache = self.new  # Step 10.
        self._fire(self._associated(), "downloading")  # Step 12.
        self._list_files(manifest)
        self._fetch_files()

    # Steps 13 to 19

    def _list_files(self, manifest: Manifest) -> None:
        # Steps 13 to 17.
        self._list("explicit", manifest.explicit)
        self._list("fallback", manifest.fallback.values())
        if self.newest is not None:
            entries = self.newest.entries.items()
            self._list("master", [url for url, entry in entries if "master" in entry.kinds])
        self.queue = list(self.files)

    def _list(self, kind: EntryKind, urls: Iterable[str]) -> None:
        for url in urls:
            self.files.setdefault(url, set()).add(kind)

    def _fetch_files(self) -> None:
        room = self.freedom.parallel
        while self.queue and (room is None or len(self.awaited) < room):
            url = self.queue.pop(0)
            if self.files[url] == {"master"} and self.freedom.may_skip(url):
                self.done += 1  # Step 18.1: skipped counts as done.
                continue
            self._fire(self._associated(), "progress", self.done, len(self.files))  # Step 18.2.
            self._fetch(url, "file", self._stored(url))
        if not self.awaited:
            self._files_done()

    def file_came(self, answer: Fetched) -> None:
        """Steps 18.5 to 18.10 for one file."""
        stored = self.awaited.pop(answer.url).stored
        kinds = self.files[answer.url]
        if answer.is_unmodified and stored is not None:
            answer = stored  # Step 18.4: the newest cache serves as an HTTP cache.
        elif answer.is_error or answer.is_redirect or answer.no_store or answer.is_unmodified:
            if kinds & {"explicit", "fallback"}:
                self._break_off(Move.FILE_FAILED)
                return
            # Step 18.5: a page that is gone is dropped, one that failed otherwise is kept.
            dropped = answer.is_gone or (answer.no_store and not answer.is_error)
            answer = answer if dropped or stored is None else stored
            kinds = set[EntryKind]() if dropped else kinds
        if kinds and not answer.can_be_stored:
            self._break_off(Move.STORAGE_FAILED)  # Step 18.6.
            return
        self._move(Move.FILE_DONE)
        if kinds:
            self._new_cache().store(answer.url, answer, *kinds)
        self.done += 1
        self._fetch_files()

    def _files_done(self) -> None:
        self._move(Move.FILES_DONE)
        total = len(self.files)
        self._fire(self._associated(), "progress", total, total)  # Step 19.
        self._wait_for_pages()

    def abort(self) -> None:
        """``abort()`` sends a signal, which step 18 alone heeds."""
        if self.group.phase is Phase.DOWNLOADING:
            self._break_off(Move.ABORTED)
        else:
            self._move(Move.ABORTED)

    def _break_off(self, move: Move) -> None:
        self._move(move)
        if self.awaited:
            self.out.append(Abort(tuple(self.awaited)))
            self.awaited.clear()
        self._wait_for_pages()

    # Steps 8.3, 24 and failure 2: waiting for pages

    def _wait_for_pages(self) -> None:
        waited = [each for each in self.group.pending if each.resource is None]
        self.out += [Await(each.host.id, each.url) for each in waited]
        self.page_came()

    def page_came(self) -> None:
        """A page came, or is there already: on with whatever waits for it."""
        go_on = _WHEN_PAGES_COME.get(self.group.phase)
        if go_on is not None:
            go_on(self)

    def _all_pages_came(self) -> bool:
        return all(each.resource is not None for each in self.group.pending)

    def keep(self) -> None:
        """Steps 8.3 to 8.9, once every page has come."""
        if not self._all_pages_came():
            return
        if any(each.is_unstorable for each in self.group.pending):
            self._move(Move.STORAGE_FAILED)
            self.page_came()
            return
        failed: list[Host] = []
        for entry in self.group.pending:
            if entry.failed:
                failed.append(entry.host)
            else:
                self._store_page(entry, self._newest())
                entry.host.cache = self._newest()
        self._move(Move.PAGES_DONE)
        self._fire(failed, "error")
        self._fire(self._associated(), "noupdate")
        self.group.pending.clear()

    def gather(self) -> None:
        """Step 24: each page in its turn, as far as they have come."""
        for entry in list(self.group.pending):
            if entry.resource is None:
                return
            if not entry.handled and not self._gather_one(entry):
                return
        self._move(Move.PAGES_DONE)
        self._fetch(self.group.manifest_url, "second manifest", self.manifest)  # Steps 25, 26.

    def _gather_one(self, entry: PendingMaster) -> bool:
        entry.handled = True
        if entry.is_unstorable:
            self._move(Move.STORAGE_FAILED)
            self.page_came()
            return False
        if not entry.failed:
            self._store_page(entry, self._new_cache())
            return True
        entry.host.cache = None  # Step 24.1.
        self._fire([entry.host], "error")  # Step 24.2.
        self.group.pending.remove(entry)
        if self.newest is not None or self.group.pending:
            return True
        self._move(Move.NO_PAGE_LEFT)  # Step 24.3: the group and its only cache are discarded.
        self._discard()
        return False

    def _store_page(self, entry: PendingMaster, cache: ApplicationCache) -> None:
        assert entry.resource is not None
        cache.store(entry.url, entry.resource, "master")

    def fail(self) -> None:
        """The cache failure steps, 2 to 9, once every page has come."""
        if not self._all_pages_came():
            return
        failed = [each.host for each in self.group.pending]
        for host in failed:
            host.cache = None
        self._move(Move.PAGES_DONE)
        self._fire(failed, "error")
        self._fire(self._associated(), "error")
        self.group.pending.clear()
        self._discard()

    def _discard(self) -> None:
        for host in self._associated():
            if host.cache is not None and not host.cache.complete:
                host.cache = None
        self.group.discard_incomplete()

    # Steps 26 to 34

    def second_manifest_came(self, answer: Fetched) -> None:
        """Steps 26 to 34: complete, or run again."""
        failed = answer.is_error or answer.is_redirect
        if failed or not (answer.is_unmodified or answer.body == self.manifest.body):
            self._move(Move.MANIFEST_MOVED_ON)
            self.out.append(self._rerun())
            self._wait_for_pages()
        elif not answer.can_be_stored:
            self._break_off(Move.STORAGE_FAILED)
        else:
            self._complete()

    def _rerun(self) -> Rerun:
        entry = self.started_with
        return Rerun(
            host=self.host.id if self.host else None,
            master=entry.url if entry else None,
            resource=entry.resource if entry else None,
        )

    def _complete(self) -> None:
        cache = self._new_cache()
        cache.store(self.group.manifest_url, self.manifest, "manifest")  # Step 28.
        # The manifest may have been listed as a file too; what it is compared with is step 5's.
        cache.entries[self.group.manifest_url].resource = self.manifest
        cache.complete = True  # Step 29.
        self._move(Move.MANIFEST_SAME)
        self._fire(self._associated(), "updateready" if self.newest else "cached")  # Step 31.
        self.group.pending = [each for each in self.group.pending if not each.handled]

    def _newest(self) -> ApplicationCache:
        assert self.newest is not None
        return self.newest

    def _new_cache(self) -> ApplicationCache:
        assert self.new is not None
        return self.new


_WHEN_PAGES_COME: Final[dict[Phase, Callable[[DownloadProcess], None]]] = {
    Phase.KEEPING: DownloadProcess.keep,
    Phase.GATHERING: DownloadProcess.gather,
    Phase.FAILING: DownloadProcess.fail,
    Phase.FAILING_EARLY: DownloadProcess.fail,
}
RECEIVES: Final[dict[Phase, Callable[[DownloadProcess, Fetched], None]]] = {
    Phase.CHECKING: DownloadProcess.manifest_came,
    Phase.DOWNLOADING: DownloadProcess.file_came,
    Phase.RECHECKING: DownloadProcess.second_manifest_came,
}
"""Who takes what came from the network, by phase; in the other phases nothing is waited for."""
