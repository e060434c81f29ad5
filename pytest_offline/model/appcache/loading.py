"""Changes to the networking model: where a resource comes from (HTML 5.1, 7.9.6 and 7.8.4).

Two rules, each asked in two steps, for the second depends on what the network said. A host's own
loads go by its cache (`plan_load`); a navigation goes by all relevant caches (`plan_navigation`),
and so does the load of a frame. `Plan.settle` gives what is used in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import ada_url

from pytest_offline.model.appcache.application_cache import ApplicationCache, Entry
from pytest_offline.model.appcache.exchanges import Fetched, origin_of, without_fragment

Way = Literal["cache", "network", "network first", "refused"]


@dataclass(frozen=True)
class Served:
    """What a load ends with.

    Attributes:
        source: ``cache``, ``network``, ``fallback``, or ``refused`` (a network error).
        cache: the cache it came from; None for the network.
        entry_url: the entry of that cache, which is not the URL asked for with a fallback.
    """

    source: Literal["cache", "network", "fallback", "refused"]
    cache: ApplicationCache | None = None
    entry_url: str | None = None

    @property
    def entry(self) -> Entry | None:
        """The entry that was taken."""
        return self.cache.entries[self.entry_url] if self.cache and self.entry_url else None


@dataclass(frozen=True)
class Plan:
    """How a URL is loaded.

    Attributes:
        way: at once from the ``cache``, from the ``network`` and nothing else, from the
            ``network first``, or ``refused``.
        rule: the step that decides.
        candidates: what takes the place of a failed answer; with ``cache``, the entry to take.
            User agents choose among several caches: the one they should prefer comes first.
        redirects_fail: whether a redirect to another origin counts as a failure.
    """

    url: str
    way: Way
    rule: str
    candidates: tuple[Served, ...] = ()
    redirects_fail: bool = False

    def settle(self, answer: Fetched | None = None) -> Served:
        """What the load ends with, given what the network said; None where nobody asked it."""
        if self.way == "cache":
            return self.candidates[0]
        if self.way == "refused":
            return Served("refused")
        if self.candidates and answer is not None and self._fails(answer):
            return self.candidates[0]
        return Served("network")

    def _fails(self, answer: Fetched) -> bool:
        # "But not if the user canceled the download".
        if answer.failed == "cancelled":
            return False
        if answer.redirected_to is None:
            return answer.is_error
        return self.redirects_fail and origin_of(answer.redirected_to) != origin_of(self.url)


def plan_load(cache: ApplicationCache | None, url: str, method: str = "GET") -> Plan:
    """How a host with a cache loads a resource that is no frame (7.9.6)."""
    url = without_fragment(url)
    if cache is None or not cache.complete:
        return Plan(url, "network", "7.9.6: only a host whose cache is complete")
    if method != "GET" or _scheme(url) != _scheme(cache.group.manifest_url):
        return Plan(url, "network", "7.9.6, step 1: another method than GET, or another scheme")
    return _plan_listed(cache, url)


def _plan_listed(cache: ApplicationCache, url: str) -> Plan:
    """7.9.6, steps 2 to 6: by what the manifest says of a URL."""
    if url in cache.entries:
        # Foreign entries serve too: the mark matters for navigation alone.
        taken = (Served("cache", cache, url),)
        return Plan(url, "cache", "7.9.6, step 2: an entry of the cache", taken)
    if cache.is_online(url):
        return Plan(url, "network", "7.9.6, step 3: a namespace of NETWORK")
    if (namespace := cache.namespace_of(url)) is not None:
        fallback = (Served("fallback", cache, cache.fallback[namespace]),)
        rule = "7.9.6, step 4: the longest namespace of FALLBACK"
        return Plan(url, "network first", rule, fallback, redirects_fail=True)
    if cache.network_wildcard:
        return Plan(url, "network", "7.9.6, step 5: NETWORK has *")
    return Plan(url, "refused", "7.9.6, step 6: listed nowhere")


def plan_navigation(
    relevant: Sequence[ApplicationCache],
    url: str,
    method: str = "GET",
    preferred: str | None = None,
) -> Plan:
    """How a document is loaded (7.8.4, "fetch", and both fallbacks after a failure).

    Args:
        relevant: the newest complete cache of every group there is.
        preferred: the manifest of the cache in use where the navigation began; it goes first.
    """
    url = without_fragment(url)
    if method != "GET":
        return Plan(url, "network", "7.8.4: another method than GET")
    ranked = sorted(relevant, key=lambda each: each.group.manifest_url != preferred)
    here = [each for each in ranked if origin_of(each.group.manifest_url) == origin_of(url)]
    holding = [each for each in here if each.usable(url)]
    fast = tuple(Served("cache", each, url) for each in holding if not each.prefer_online)
    if fast:
        return Plan(url, "cache", "7.8.4: an entry of a relevant cache, not foreign", fast)
    online = tuple(Served("cache", each, url) for each in holding)
    fallback = tuple(served for each in here if (served := _fallback(each, url)))
    if online or fallback:
        rule = "7.8.4: fallback in prefer-online mode" if online else "7.8.4: fallback entries"
        return Plan(url, "network first", rule, online + fallback)
    return Plan(url, "network", "7.8.4: no relevant cache has it")


def _fallback(cache: ApplicationCache, url: str) -> Served | None:
    namespace = cache.namespace_of(url)
    if namespace is None or cache.is_online(url):
        return None
    entry_url = cache.fallback[namespace]
    return Served("fallback", cache, entry_url) if cache.usable(entry_url) else None


def _scheme(url: str) -> str:
    return ada_url.URL(url).protocol
