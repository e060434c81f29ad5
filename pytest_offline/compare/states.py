"""The model in the middle of a history: the storage, and which Cache object is which."""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from hashlib import blake2b

from pytest_offline.compare.causes import Call, response_of
from pytest_offline.model import Cache, CacheStorage, JSError, Request
from pytest_offline.model.request_matching import SPECIFICATION, Rules
from pytest_offline.record import Operation, Snapshot

Handle = tuple[str, str, int | None]


class ReplayState:
    """A storage and the Cache objects that the places of the history hold.

    A Cache object is known by place, name and number of the opening. One whose opening nobody
    recorded stands for the cache of that name when it is first written to.
    """

    def __init__(self, storage: CacheStorage) -> None:
        self.storage = storage
        self._opened: dict[Handle, Cache] = {}

    @classmethod
    def begin(
        cls, base_url: str, initial: Snapshot | None, rules: Rules = SPECIFICATION
    ) -> ReplayState:
        """The state before the first operation."""
        storage = CacheStorage(base_url, rules=rules)
        for name, entries in (initial or {}).items():
            cache = storage.open(name)
            for entry in entries:
                key = Request(entry.request.url, entry.request.method, entry.request.headers)
                cache.seed(key, response_of(entry.response))
        return cls(storage)

    def fork(self, only: str | None = None) -> ReplayState:
        """A state of its own, equal to this one; or with the entries of one path only."""
        storage, copies = self.storage.copy(self._opened.values(), only=only)
        twin = ReplayState(storage)
        twin._opened = dict(zip(self._opened, copies, strict=True))
        return twin

    def cache(self, operation: Operation) -> Cache:
        """The Cache an operation was called on, to read from."""
        found = self._opened.get(_handle(operation))
        if found is None:
            # Judging leaves the state as it is: `apply` alone may make a cache.
            name = operation.cache or ""
            known = self.storage if self.storage.has(name) else CacheStorage()
            found = known.open(name)
        return found

    def size(self) -> int:
        """Entries in all caches that have a name."""
        return sum(len(self.storage.open(name)) for name in self.storage.keys())  # noqa: SIM118

    def apply(self, call: Call) -> None:
        """Let an operation that writes take effect; a refused one does so as far as it can."""
        operation = call.operation
        name = operation.cache or ""
        if operation.method == "open":
            opened = self.storage.open(name)
            handle = operation.place.id, name, call.opening
            self._opened[handle] = opened
        elif operation.method == "delete" and operation.target == "caches":
            self.storage.delete(name)
        elif operation.method == "delete":
            cache = self._bound(operation)
            for request in call.requests[:1]:
                cache.delete(request, **_switches(call))
        else:
            self._store(call)

    def fingerprint(self, *, ordered: bool) -> Hashable:
        """Equal for states that nothing can tell apart (with ``ordered``: not even by order)."""
        named = [
            (name, _contents(self.storage.open(name), ordered))
            for name in self.storage.keys()  # noqa: SIM118
        ]
        held = [(handle, _contents(cache, ordered)) for handle, cache in self._opened.items()]
        return (tuple(named) if ordered else frozenset(named)), frozenset(held)

    def _bound(self, operation: Operation) -> Cache:
        """The Cache an operation was called on, to write to."""
        handle = _handle(operation)
        if handle not in self._opened:
            self._opened[handle] = self.storage.open(handle[1])
        return self._opened[handle]

    def _store(self, call: Call) -> None:
        cache = self._bound(call.operation)
        try:
            cache.store(list(zip(call.requests, call.responses, strict=False)))
        except JSError:
            for pair in zip(call.requests, call.responses, strict=False):
                cache.store([pair])


def _handle(operation: Operation) -> Handle:
    return operation.place.id, operation.cache or "", operation.cache_number


def _switches(call: Call) -> dict[str, bool]:
    return {name: value for name, value in call.options.items() if isinstance(value, bool)}


def _contents(cache: Cache, ordered: bool) -> Hashable:
    # A response is made once for each entry that an operation puts, its request with it, so being
    # the same object is enough.
    # A digest, since a search may remember thousands of states of as many entries.
    items = cache.items()
    if not ordered:
        items = tuple(sorted(items, key=lambda item: item.url.path))
    marks = array("Q", [id(item.response) for item in items])
    return len(items), blake2b(marks, digest_size=16).digest()
