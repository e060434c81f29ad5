"""What is cached, held against what the origin has: findings, as data."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pytest_offline.baseline.folding import folded
from pytest_offline.compare.private_data import Stranger, private_findings
from pytest_offline.record import CacheEntry, Exchange, FetchAnswer, Operation, Snapshot, stored_by
from pytest_offline.record.auditing import CachedFile, Code, Finding, Severity
from pytest_offline.record.wording import as_path, listed


@dataclass(frozen=True)
class AtOrigin:
    """What the origin answers now: the status, 0 where that is not known, and of the body."""

    status: int
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Stock:
    """Everything that is known of what is stored.

    Attributes:
        base: the origin, without a slash at its end.
        snapshot: what the browser holds.
        operations: who put and deleted what.
        answers: what workers were asked, for what was never asked for.
        exchanges: the origin's ledger.
        at_origin: what the origin answers for a URL of its own.
        stranger: what it answers somebody without credentials.
        missing: declared URLs that are in no cache.
        canaries: texts that may be nowhere in the caches.
        installs: places of workers to when their install was done.
    """

    base: str
    snapshot: Snapshot
    operations: Sequence[Operation] = ()
    answers: Sequence[FetchAnswer] = ()
    exchanges: Sequence[Exchange] = ()
    at_origin: Callable[[str], AtOrigin] = lambda url: AtOrigin(0)
    stranger: Stranger | None = None
    missing: Sequence[str] = ()
    canaries: Sequence[str] = ()
    installs: Mapping[str, float] = field(default_factory=dict[str, float])


_VERSION: Final = re.compile(r"\d+(\.\d+)*|[0-9a-f]{7,}", re.I)
_ORDER: Final[dict[Severity, int]] = {"error": 0, "warning": 1, "note": 2}


def cached_files(stock: Stock) -> tuple[CachedFile, ...]:
    """Every entry, by cache and URL."""
    stored = stored_by(stock.operations, stock.installs)
    found = [
        CachedFile(
            cache,
            as_path(entry.url, stock.base),
            entry.status,
            entry.size,
            entry.sha256,
            stored.get((cache, entry.url), ""),
        )
        for cache, entries in stock.snapshot.items()
        for entry in entries
    ]
    return tuple(sorted(found, key=lambda each: (each.cache, each.url)))


def cache_findings(stock: Stock) -> tuple[Finding, ...]:
    """What is wrong with what is stored, errors first; URLs of the site as paths."""
    private = private_findings(
        stock.snapshot,
        stock.exchanges,
        canaries=stock.canaries,
        stranger=stock.stranger,
    )
    found = [
        *private,
        *_entries(stock),
        *_deleted_by_another(stock.operations),
        *_declared_missing(stock),
        *_never_asked(stock),
        *_versions(stock),
    ]
    relative = [_relative(stock.base, each) for each in found]
    return tuple(sorted(relative, key=lambda each: (_ORDER[each.severity], each.code, each.url)))


def _relative(base: str, finding: Finding) -> Finding:
    text = finding.text.replace(f"{base}/", "/")
    return replace(finding, url=as_path(finding.url, base), text=text)


def _entries(stock: Stock) -> Iterator[Finding]:
    for cache, entries in stock.snapshot.items():
        for entry in entries:
            finding = _of_answer(cache, entry) or _against_origin(stock, cache, entry)
            if finding is not None:
                yield finding


def _of_answer(cache: str, entry: CacheEntry) -> Finding | None:
    if entry.status >= 400:
        return _about(
            entry, cache, "error-stored", "error",
            f"{entry.url} is stored in the cache {cache!r} with status {entry.status}: it stays "
            f"broken after the network is back",
            "Store an answer only if response.ok.",
        )  # fmt: skip
    if entry.response_type == "opaqueredirect" or entry.response.redirected:
        return _about(
            entry, cache, "redirect-stored", "warning",
            f"{entry.url} in the cache {cache!r} was redirected to {entry.response.url or 'a URL'}:"
            f" no navigation may be answered with it",
            "Store the address it leads to, or a copy: new Response(body, response).",
        )  # fmt: skip
    if entry.response_type == "opaque":
        return _about(
            entry, cache, "opaque-stored", "note",
            f"{entry.url} in the cache {cache!r} is opaque: nobody can tell whether it is an "
            f"error, and it counts as megabytes",
            "Fetch it with CORS: <… crossorigin>, or fetch(url, {mode: 'cors'}).",
        )  # fmt: skip
    return None


def _against_origin(stock: Stock, cache: str, entry: CacheEntry) -> Finding | None:
    if not entry.url.startswith(f"{stock.base}/") or entry.size is None:
        return None
    origin = stock.at_origin(entry.url)
    if origin.status in (404, 410):
        return _about(
            entry, cache, "not-at-origin", "note",
            f"{entry.url} is in the cache {cache!r}, and the origin answers {origin.status} for it",
            "Delete what is no more in the worker's activate handler.",
        )  # fmt: skip
    if origin.status != 200 or origin.sha256 == entry.sha256:
        return None
    if 0 < entry.size < origin.size and _ends_early(stock, entry):
        return _about(
            entry, cache, "cut-short", "error",
            f"{entry.url} in the cache {cache!r} has {entry.size:,} of {origin.size:,} bytes",
            "Store it again: what is there was broken off.",
        )  # fmt: skip
    return _about(
        entry, cache, "stale", "note",
        f"{entry.url} in the cache {cache!r} is not what the origin has now "
        f"({entry.size:,} and {origin.size:,} bytes)",
        "Fine for what changes at every request; else revalidate it, or give it a new name.",
    )  # fmt: skip


def _ends_early(stock: Stock, entry: CacheEntry) -> bool:
    """Whether its length does not agree with what the answer itself announced."""
    for name, value in entry.response_headers:
        if name == "content-length" and value.isdigit() and not _encoded(entry):
            return int(value) > (entry.size or 0)
    cut = [each for each in stock.exchanges if each.url == entry.url and each.outcome == "cut"]
    return bool(cut) and cut[-1].bytes_sent == entry.size


def _encoded(entry: CacheEntry) -> bool:
    return any(name == "content-encoding" for name, _ in entry.response_headers)


def _deleted_by_another(operations: Sequence[Operation]) -> Iterator[Finding]:
    """Caches that one worker fills and another one deletes: both belong to one origin.

    Another is one of another script, or of the same script for another scope.
    """
    fillers: dict[str, set[tuple[str, str]]] = defaultdict(set)
    told: set[tuple[str, tuple[str, str]]] = set()
    for operation in operations:
        place, cache = operation.place, operation.cache or ""
        worker = (place.url, place.scope or "")
        if place.kind != "serviceworker":
            continue
        if operation.target == "caches" and operation.method == "delete":
            others = sorted(fillers.get(cache, set()) - {worker})
            if operation.value is True and others and (cache, worker) not in told:
                told.add((cache, worker))
                yield _deleted(cache, others[0], worker)
        elif operation.method in ("put", "add", "addAll"):
            fillers[cache].add(worker)


def _deleted(cache: str, by: tuple[str, str], other: tuple[str, str]) -> Finding:
    one, two = by[0], other[0]
    if one == two:
        one, two = f"{one} at {by[1]}", f"the same script at {other[1]}"
    return Finding(
        "deleted-by-another", "error", "", cache,
        f"the cache {cache!r} of {one} was deleted by {two}: all workers of an origin share its "
        f"caches",
        "Delete only caches whose name begins with the worker's own prefix.",
    )  # fmt: skip


def _declared_missing(stock: Stock) -> Iterator[Finding]:
    for url in stock.missing:
        text = f"{url} is declared to be cached, and is in no cache"
        yield Finding("declared-missing", "error", url, "", text, "Look whether its URL is right.")


def _never_asked(stock: Stock) -> Iterator[Finding]:
    """What install stored and no page of the audit ever asked for, a finding a cache."""
    asked = {answer.url.partition("#")[0] for answer in stock.answers}
    asked |= {each.url for each in stock.exchanges if each.initiator != "serviceworker"}
    by_install = stored_by(stock.operations, stock.installs)
    for cache, entries in stock.snapshot.items():
        unasked = [
            entry
            for entry in entries
            if by_install.get((cache, entry.url)) == "install" and not _asked(entry.url, asked)
        ]
        if unasked:
            size = sum(entry.size or 0 for entry in unasked)
            named = listed([as_path(entry.url, stock.base) for entry in unasked])
            text = (
                f"no page asked for {len(unasked)} of {len(entries)} files that the cache "
                f"{cache!r} was filled with ({size:,} bytes): {named}"
            )
            then = "Leave out of the list what no page needs: everybody downloads it."
            yield Finding("never-asked", "note", "", cache, text, then)


def _asked(url: str, asked: set[str]) -> bool:
    plain = url.partition("#")[0]
    # Servers name one page in several ways, and tools put revisions into keys.
    names = {plain, plain.partition("?")[0], plain.removesuffix("index.html")}
    names.add(plain.partition("?")[0].removesuffix(".html"))
    return bool(names & asked)


def _versions(stock: Stock) -> Iterator[Finding]:
    yield from _cache_versions(tuple(stock.snapshot))
    for cache, entries in stock.snapshot.items():
        kinds: dict[str, list[str]] = defaultdict(list)
        for entry in entries:
            name = as_path(entry.url, stock.base).partition("?")[0]
            if folded(name) != name:
                kinds[folded(name)].append(name)
        for kind, names in sorted(kinds.items()):
            gone = [each for each in names if stock.at_origin(stock.base + each).status == 404]
            if len(names) > 1 and gone:
                text = f"the cache {cache!r} holds {len(names)} versions of {kind}"
                then = "Delete the old ones in the worker's activate handler."
                yield Finding("versions", "warning", gone[0], cache, text, then)


def _cache_versions(names: Iterable[str]) -> Iterator[Finding]:
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in names:
        kinds[_VERSION.sub("*", name)].append(name)
    for kind, alike in kinds.items():
        if len(alike) > 1 and "*" in kind:
            text = f"{len(alike)} versions of one cache are left: {', '.join(map(repr, alike))}"
            then = "Delete the old ones in the worker's activate handler."
            yield Finding("versions", "warning", "", alike[0], text, then)


def _about(
    entry: CacheEntry, cache: str, code: Code, severity: Severity, text: str, then: str
) -> Finding:
    return Finding(code, severity, entry.url, cache, text, then)
