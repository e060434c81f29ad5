"""What a site itself declares to be cached: read from its worker's scripts, nothing of them run.

Recognised are the precache lists of Workbox (and of sw-precache before it), however bundled and
minified; the asset groups of Angular's ``ngsw.json``; and literal lists that a hand-written worker
hands to ``add`` or ``addAll`` in its install handler. What a cache manifest lists is read by the
model's ``Manifest``, and comes with ``AppCacheFacts``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlsplit

from pytest_offline.readiness.lists import Entry, ScriptFacts, facts_of
from pytest_offline.readiness.urls import (
    WORKBOX_REVISION,
    absolute,
    origin_of,
    with_parameter,
    without_fragment,
)

MAX_SCRIPTS: Final = 64
MAX_SCRIPT_BYTES: Final = 4 * 1024 * 1024
MAX_URLS: Final = 10_000
"""Bounds on what is read of one site; what lies beyond them is named in ``Declared.unread``."""


@dataclass(frozen=True)
class Fetched:
    """A resource as it was read from the site, past every worker and cache.

    Attributes:
        content_type: as the header has it; empty where there is none.
    """

    status: int
    content_type: str
    body: bytes


Read = Callable[[str], Fetched | None]
"""Gives the resource at an absolute URL; None where there is no answer."""


@dataclass(frozen=True)
class DeclaredUrl:
    """One URL that the site promises to have in a cache.

    Attributes:
        url: absolute, as the page would ask for it.
        alternatives: the keys under which finding it counts; any one of them will do.
        source: where it is declared, for a person: ``Workbox list in /sw.js``.
    """

    url: str
    alternatives: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Declared:
    """What a site declares, and what its scripts show besides.

    Attributes:
        items: in the order they are declared, each once.
        scripts: the URLs of the scripts that were read, the worker's own first.
        unread: scripts and lists that count and could not be read, each with the reason.
        stores_at_runtime: whether the worker also puts into caches outside its install handler.
            None where that cannot be told (a tool's runtime always could, or scripts are unread).
        hears_fetch: whether it handles ``fetch``; None where that cannot be told.
    """

    items: tuple[DeclaredUrl, ...] = ()
    scripts: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    stores_at_runtime: bool | None = None
    hears_fetch: bool | None = None


def declared_urls(*, script_url: str, scope: str, read: Read) -> Declared:
    """What the worker whose script is at ``script_url`` declares to cache; never raises for junk.

    Args:
        script_url: absolute URL of the script that was registered.
        scope: absolute URL of its registration's scope; Angular's paths are relative to it.
        read: asks the site itself, past workers and caches.
    """
    site = _Site(without_fragment(script_url), scope, read)
    site.follow_scripts()
    return site.declared()


@dataclass
class _Site:
    script_url: str
    scope: str
    read: Read
    found: dict[str, ScriptFacts] = field(default_factory=dict[str, ScriptFacts])
    unread: list[str] = field(default_factory=list[str])

    def follow_scripts(self) -> None:
        waiting = [self.script_url]
        seen: set[str] = set()
        while waiting:
            url = waiting.pop(0)
            if url in seen:
                continue
            seen.add(url)
            text = self._text(url)
            if text is not None:
                self.found[url] = facts_of(text)
                waiting.extend(self._imported(url, self.found[url]))

    def _text(self, url: str) -> str | None:
        """A script's text, UTF-8 whatever its header says (HTML, "fetch a worker script")."""
        if len(self.found) >= MAX_SCRIPTS:
            self.unread.append(f"{url}: more than {MAX_SCRIPTS} scripts")
            return None
        fetched = None
        if origin_of(url) == origin_of(self.script_url):
            fetched = self.read(url)
        return self._decoded(url, fetched)

    def _decoded(self, url: str, fetched: Fetched | None) -> str | None:
        if fetched is None:
            self.unread.append(f"{url}: no answer, or of another origin")
        elif fetched.status != 200:
            self.unread.append(f"{url}: status {fetched.status}")
        elif len(fetched.body) > MAX_SCRIPT_BYTES:
            self.unread.append(f"{url}: {len(fetched.body)} bytes, more than {MAX_SCRIPT_BYTES}")
        else:
            return fetched.body.decode("utf-8-sig", "replace")
        return None

    def _imported(self, url: str, facts: ScriptFacts) -> Iterator[str]:
        # importScripts() resolves against the worker's own URL, whichever script calls it (HTML,
        # "import scripts into worker global scope"); a module's imports against the module's.
        for reference in facts.imports:
            yield from _present(absolute(reference, self.script_url))
        for reference in facts.modules:
            if reference.startswith(("./", "../", "/", "http:", "https:")):
                yield from _present(absolute(reference, url))

    def declared(self) -> Declared:
        items: dict[tuple[str, ...], DeclaredUrl] = {}
        for item in (*self._listed(), *self._angular()):
            items.setdefault(item.alternatives, item)
        if len(items) > MAX_URLS:
            self.unread.append(f"{len(items) - MAX_URLS} URLs beyond the first {MAX_URLS}")
        return Declared(
            items=tuple(items.values())[:MAX_URLS],
            scripts=tuple(self.found),
            unread=tuple(self.unread),
            stores_at_runtime=self._stores_at_runtime(),
            hears_fetch=self._any("hears_fetch"),
        )

    def _any(self, name: str) -> bool | None:
        """Whether any script says so; None where none does and not all were read."""
        if any(getattr(facts, name) for facts in self.found.values()):
            return True
        return None if self.unread else False

    def _stores_at_runtime(self) -> bool | None:
        if self._any("revises_keys") or self._any("uses_ngsw"):
            return None
        return self._any("stores_at_runtime")

    def _listed(self) -> Iterator[DeclaredUrl]:
        revises = bool(self._any("revises_keys"))
        for script, facts in self.found.items():
            for entry in facts.entries:
                # Every kind of list resolves against the worker's own URL: Workbox by
                # `location.href`, add() and addAll() by the settings object's base URL.
                url = absolute(entry.url, self.script_url)
                if url is not None:
                    source = f"{_SOURCES[entry.style]} in {urlsplit(script).path}"
                    yield DeclaredUrl(url, _keys(url, entry, revises), source)

    # Angular

    def _angular(self) -> Iterator[DeclaredUrl]:
        if not self._any("uses_ngsw"):
            return
        # driver.ts, fetchLatestManifest: relative to the worker, not to the scope.
        manifest_url = absolute("ngsw.json", self.script_url) or ""
        text = self._decoded(manifest_url, self.read(manifest_url))
        manifest = _mapping(_parsed(text)) if text is not None else {}
        if text is not None and not manifest:
            self.unread.append(f"{manifest_url}: not a JSON object")
        path = urlsplit(manifest_url).path
        for reference in _prefetched(manifest):
            url = absolute(reference, self.scope)
            if url is not None:
                yield DeclaredUrl(url, (url,), f"prefetched asset group in {path}")


_SOURCES: Final[Mapping[str, str]] = {
    "workbox": "Workbox list",
    "sw-precache": "sw-precache list",
    "addAll": "install handler",
}


def _present(url: str | None) -> tuple[str, ...]:
    return () if url is None else (url,)


def _keys(url: str, entry: Entry, revises: bool) -> tuple[str, ...]:
    """The keys that hold the entry. An older revision of the same file does not count."""
    if not entry.revision:
        return (url,)
    if entry.style == "sw-precache":
        return (with_parameter(url, "_sw-precache", entry.revision), url)
    revised = with_parameter(url, WORKBOX_REVISION, entry.revision)
    # Workbox before 4 kept revisions elsewhere and stored the plain URL; where its runtime could
    # not be read (it may come from another origin), either will do.
    return (revised,) if revises else (revised, url)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _prefetched(manifest: Mapping[str, object]) -> Iterator[str]:
    """The URLs of the groups that Angular loads at install; lazy groups wait to be asked."""
    for group in map(_mapping, _list(manifest.get("assetGroups"))):
        if group.get("installMode", "prefetch") == "prefetch":
            yield from (url for url in _list(group.get("urls")) if isinstance(url, str))
