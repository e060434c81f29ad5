"""Why does this URL miss? The nearest key, and what keeps it from matching.

Behind ``caches.explain(url)``. What matches is asked of the model; what is *near* is our own
judgement: each way in which a key differs has a weight, and the lightest sum is the nearest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nsmallest
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from pytest_offline.compare.causes import response_of
from pytest_offline.model import Request
from pytest_offline.model.request_matching import Item, make_item, matches
from pytest_offline.model.urls import split_url
from pytest_offline.record import CachedRequest, CacheEntry, Snapshot

MAX_NEAR: Final = 5
"""Near keys that are kept."""

MAX_COMPARED: Final = 2_000
"""Keys whose spelling is compared where no key is related to the URL."""

WEIGHTS: Final[Mapping[str, int]] = {
    "vary": 1,
    "method": 1,
    "redirect": 2,
    "query": 3,
    "trailing-slash": 4,
    "index": 4,
    "percent-encoding": 4,
    "case": 5,
    "scheme": 6,
    "port": 6,
    "host": 8,
    "spelling": 50,
}
"""How far each difference takes a key away."""

ADVICE: Final[Mapping[str, str]] = {
    "vary": "send the same header, or match with ignoreVary",
    "method": "only GET is stored: match with ignoreMethod, or ask with GET",
    "redirect": "store the URL the site links to, or link to the one that is stored",
    "query": "match with ignoreSearch, or store this query as well",
    "trailing-slash": "to a cache these are two URLs: use one of them everywhere",
    "index": "to a cache these are two URLs: store the one that is asked for",
    "percent-encoding": "to a cache these are two URLs: write both the same way",
    "case": "paths have case: write both the same way",
    "scheme": "http and https are two origins",
    "port": "ports are part of the origin",
    "host": "hosts are part of the origin",
    "spelling": "nothing nearer is stored",
}


@dataclass(frozen=True)
class NearKey:
    """A stored key that is close to what was asked for.

    Attributes:
        cache: the name of its cache.
        position: its place in the order of that cache's keys, from 1.
        reasons: what differs, by the names of `WEIGHTS`, the heaviest last.
        detail: the difference in words, both values shown.
        distance: the sum of the weights, and for ``spelling`` how unlike it is.
    """

    cache: str
    position: int
    url: str
    reasons: tuple[str, ...]
    detail: str
    distance: float


@dataclass(frozen=True)
class Miss:
    """The answer to "why does this URL miss?", or that it does not.

    Attributes:
        url, method: what was asked for, the URL serialised.
        hit: the entry that ``caches.match`` finds, with no reasons; None for a miss.
        reason: ``hit``, ``redirected`` (found, but no navigation may be answered with it),
            ``no-caches``, ``empty``, or the first reason of the nearest key.
        near: near keys, nearest first; then in the order of caches and keys.
        notes: what else keeps a page from being answered, such as the scope.
    """

    url: str
    method: str
    reason: str
    hit: NearKey | None = None
    near: tuple[NearKey, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def misses(self) -> bool:
        """Whether nothing matches."""
        return self.hit is None

    def lines(self) -> list[str]:
        """The answer for a person."""
        asked = self.url if self.method == "GET" else f"{self.method} {self.url}"
        return [
            self._headline(asked),
            *map(_near_line, self.near),
            *map("  note: {}".format, self.notes),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _headline(self, asked: str) -> str:
        if self.hit is not None:
            where = f"entry {self.hit.position} of cache {self.hit.cache!r} ({self.hit.url})"
            return f"{asked} does not miss: {where} matches"
        if self.reason == "no-caches":
            return f"{asked} misses: there is no cache at all. Was caches.open() ever called?"
        if self.reason == "empty":
            return f"{asked} misses: every cache is empty. Did the puts settle? See caches.puts"
        return f"{asked} misses; the nearest of what is stored:"


def explain_miss(
    request: str | CachedRequest | Request,
    snapshot: Snapshot,
    *,
    base_url: str,
    scope: str | None = None,
    redirects: Mapping[str, str] | None = None,
) -> Miss:
    """Say why ``caches.match(request)`` finds nothing, or what it finds.

    Args:
        base_url: what a relative URL is resolved against.
        scope: the scope of the service worker; a page outside of it is not answered by it.
        redirects: where the site redirects to, URL to URL.

    Raises:
        JSError: ``TypeError`` for a URL that is none.
    """
    query = _query(request, base_url)
    entries = [
        (name, at + 1, entry)
        for name, listed in snapshot.items()
        for at, entry in enumerate(listed)
    ]
    notes = _scope_notes(query.url, scope)
    if not entries:
        return Miss(query.url, query.method, "empty" if snapshot else "no-caches", notes=notes)
    for name, position, entry in entries:
        if query.method == "GET" and matches(query, _item(entry)):
            return _hit(query, NearKey(name, position, entry.url, (), "", 0), entry, notes)
    near = tuple(nsmallest(MAX_NEAR, _near(query, entries, redirects or {}), key=_rank))
    return Miss(query.url, query.method, near[0].reasons[0], near=near, notes=notes)


def _query(request: str | CachedRequest | Request, base_url: str) -> Request:
    if isinstance(request, str):
        request = Request(request)
    return Request(request.url, request.method, request.headers).against(base_url)


def _item(entry: CacheEntry) -> Item:
    key = Request(entry.request.url, entry.request.method, entry.request.headers)
    return make_item(key, response_of(entry.response))


def _hit(query: Request, found: NearKey, entry: CacheEntry, notes: tuple[str, ...]) -> Miss:
    reason = "hit"
    if entry.response.redirected:
        # Fetch, "HTTP fetch", step 5.3: a redirected response for a request whose redirect mode is
        # not "follow" is a network error; navigations have "manual".
        reason = "redirected"
        text = (
            f"the stored response was redirected (from {query.url} to {entry.response.url}): the "
            "browser refuses it as the answer to a navigation. Store the final URL, or a new "
            "Response made from its body"
        )
        notes = (*notes, text)
    return Miss(query.url, query.method, reason, hit=found, notes=notes)


def _scope_notes(url: str, scope: str | None) -> tuple[str, ...]:
    """Match Service Worker Registration: "the longest scope the URL starts with"."""
    if scope is None or url.startswith(scope):
        return ()
    return (
        f"{url} is outside the service worker's scope {scope}: a page there is not controlled, so "
        "no cache is asked for it",
    )


def _near(
    query: Request, entries: list[tuple[str, int, CacheEntry]], redirects: Mapping[str, str]
) -> Iterator[NearKey]:
    related = [near for row in entries for near in _related(query, row, redirects)]
    if related:
        yield from related
        return
    for name, position, entry in entries[:MAX_COMPARED]:
        unlike = 1 - SequenceMatcher(None, query.url, entry.url, autojunk=False).ratio()
        detail = f"another URL than {query.url}"
        weight = WEIGHTS["spelling"] + unlike
        yield NearKey(name, position, entry.url, ("spelling",), detail, weight)


def _related(
    query: Request, row: tuple[str, int, CacheEntry], redirects: Mapping[str, str]
) -> Iterator[NearKey]:
    name, position, entry = row
    asked, stored = split_url(query.url), split_url(entry.url)
    if split_url(redirects.get(asked.key, "")).key == stored.key:
        differences = {"redirect": f"{asked.key} redirects to {stored.key}, which is stored"}
    elif _bare_path(asked.path) != _bare_path(stored.path):
        return
    else:
        differences = dict(_url_differences(urlsplit(asked.key), urlsplit(stored.key)))
        if query.method != "GET":
            differences["method"] = f"asked with {query.method}, stored with GET"
        differences |= _vary_differences(query, entry)
        if not differences:  # urlsplit tells no empty query from none
            differences["query"] = f"asked for {asked.key}, stored as {stored.key}"
    reasons = tuple(sorted(differences, key=lambda reason: WEIGHTS[reason]))
    yield NearKey(
        name,
        position,
        entry.url,
        reasons,
        "; ".join(differences[reason] for reason in reasons),
        sum(WEIGHTS[reason] for reason in reasons),
    )


def _bare_path(url: str) -> str:
    """A path with everything taken off that people mix up."""
    path = unquote(urlsplit(url).path).lower()
    return path.removesuffix("/index.html").rstrip("/").removesuffix(".html")


def _url_differences(asked: SplitResult, stored: SplitResult) -> Iterator[tuple[str, str]]:
    if asked.scheme != stored.scheme:
        yield "scheme", f"asked for {asked.scheme}, stored with {stored.scheme}"
    if asked.hostname != stored.hostname:
        yield "host", f"asked of {asked.hostname}, stored from {stored.hostname}"
    elif asked.port != stored.port and asked.scheme == stored.scheme:
        yield "port", f"asked of {asked.netloc}, stored from {stored.netloc}"
    if asked.query != stored.query:
        yield "query", f"asked with {_shown(asked.query)}, stored with {_shown(stored.query)}"
    if asked.path != stored.path:
        reason = _path_reason(asked.path, stored.path)
        yield reason, f"asked for {asked.path}, stored as {stored.path}"


def _shown(query: str) -> str:
    return f"?{query}" if query else "no query"


def _path_reason(asked: str, stored: str) -> str:
    if unquote(asked) == unquote(stored):
        return "percent-encoding"
    if asked.rstrip("/") == stored.rstrip("/"):
        return "trailing-slash"
    return "case" if asked.lower() == stored.lower() else "index"


def _vary_differences(query: Request, entry: CacheEntry) -> dict[str, str]:
    item = _item(entry)
    unequal = [
        f"Vary: {header}: asked with {_value(query.header(header))}, stored with {_value(value)}"
        for header, value in item.vary
        if item.any_vary or query.header(header) != value
    ]
    return {"vary": "; ".join(unequal)} if unequal else {}


def _value(value: str | None) -> str:
    return "no such header" if value is None else repr(value)


def _rank(near: NearKey) -> float:
    # nsmallest keeps equal ones in the order they come: caches and keys in their own order.
    return near.distance


def _near_line(near: NearKey) -> str:
    where = f"{near.url} (cache {near.cache!r}, entry {near.position})"
    return f"  {where}: {near.detail}. {ADVICE[near.reasons[0]]}"
