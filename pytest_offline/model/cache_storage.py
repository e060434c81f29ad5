"""CacheStorage: names to caches, in the order they were opened first.

Source: Service Workers, "CacheStorage" (https://w3c.github.io/ServiceWorker/#cachestorage-interface).

One place where text and engines differ and the text is followed: ``match`` with a URL string that
is no URL. The text looks at the string only inside ``Cache.match``, so with no cache at all it
fulfils with undefined; every engine rejects with TypeError. `compare.deviations` lists it.
"""

from __future__ import annotations

from collections.abc import Iterable

from pytest_offline.model.cache import Cache, Fetch, RequestInfo
from pytest_offline.model.messages import Response
from pytest_offline.model.request_matching import SPECIFICATION, Rules
from pytest_offline.model.response_list import RequestResponseList
from pytest_offline.model.urls import DEFAULT_BASE, parse_url


class CacheStorage:
    """The global ``caches`` of one origin.

    Args:
        base_url: what relative URLs are resolved against.
        rules: how a build matches; leave it alone to have the specification.
        fetch: answers `Cache.add` and `Cache.add_all`. May raise `JSError`, as a network that is
            away does. Without one, both reject with ``TypeError``.

    Raises:
        JSError: ``TypeError`` if ``base_url`` is no absolute URL.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_BASE,
        fetch: Fetch | None = None,
        *,
        rules: Rules = SPECIFICATION,
    ) -> None:
        self._base = parse_url(base_url, base_url).href
        self._fetch = fetch
        self._rules = rules
        self._caches: dict[str, RequestResponseList] = {}

    def open(self, name: str) -> Cache:
        """The cache of that name, made if there is none. Names are compared as they are."""
        # https://w3c.github.io/ServiceWorker/#cache-storage-open
        # Step 2.1 gives the one there is; steps 2.2 and 2.3 add a new one, last in the map.
        if name not in self._caches:
            self._caches[name] = RequestResponseList(self._rules)
        return self._cache(self._caches[name])

    def has(self, name: str) -> bool:
        """Whether there is a cache of that name."""
        # https://w3c.github.io/ServiceWorker/#cache-storage-has, steps 2.1 and 2.2
        return name in self._caches

    def delete(self, name: str) -> bool:
        """Forget a name; whether there was one. Caches opened before keep their own list."""
        # https://w3c.github.io/ServiceWorker/#cache-storage-delete
        # Steps 2.1, false, and 2.3; what was opened stays functional, says the note of step 2.3.
        return self._caches.pop(name, None) is not None

    def keys(self) -> list[str]:
        """The names, in the order they were added."""
        # https://w3c.github.io/ServiceWorker/#cache-storage-keys, step 2.1 and its note
        return list(self._caches)

    def match(
        self,
        request: RequestInfo,
        *,
        ignore_search: bool = False,
        ignore_method: bool = False,
        ignore_vary: bool = False,
        cache_name: str | None = None,
    ) -> Response | None:
        """The first match in the caches, taken in the order of `keys`, or in the one named.

        A name that no cache has is a miss, not an error (step 1.1.2).

        Raises:
            JSError: ``TypeError`` for a URL string that is no URL, where there is a cache to ask.
        """
        # https://w3c.github.io/ServiceWorker/#cache-storage-match
        # Step 1.1.1 asks the cache of that name alone; step 2.2 one after the other, in the order
        # of the map, until one answers.
        for name, items in self._caches.items():
            if cache_name is not None and name != cache_name:
                continue
            found = self._cache(items).match(
                request,
                ignore_search=ignore_search,
                ignore_method=ignore_method,
                ignore_vary=ignore_vary,
            )
            if found is not None:
                return found
        return None

    def copy(
        self, opened: Iterable[Cache] = (), *, only: str | None = None
    ) -> tuple[CacheStorage, list[Cache]]:
        """A storage of its own in the same state, and the caches given, opened in the copy.

        Caches that share a list share one in the copy, those whose name was deleted too. Costs
        next to nothing until one side changes.

        Args:
            only: a URL without query and fragment: entries of others are left out.
        """
        twin = CacheStorage(self._base, self._fetch, rules=self._rules)
        lists: dict[int, RequestResponseList] = {}
        for name, items in self._caches.items():
            twin._caches[name] = lists[id(items)] = items.copy(only)
        copies: list[Cache] = []
        for cache in opened:
            items = cache.response_list
            if id(items) not in lists:
                lists[id(items)] = items.copy(only)
            copies.append(twin._cache(lists[id(items)]))
        return twin, copies

    def _cache(self, items: RequestResponseList) -> Cache:
        return Cache(items, self._base, self._fetch)
