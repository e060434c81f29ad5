"""Lines that are read as written and get in the way of one another."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_offline.manifests.findings import Finding, found
from pytest_offline.manifests.prefixes import Prefixes, overlaps
from pytest_offline.manifests.sheet import Sheet
from pytest_offline.model.appcache.manifest import WILDCARD


def itself(sheet: Sheet) -> Iterator[Finding]:
    """Entries and fallbacks that are the manifest."""
    for line, url in sheet.kept():
        if url == sheet.manifest.url:
            yield found("lists-itself", line.number, line.column, text=line.text, url=url)


def said_again(sheet: Sheet) -> Iterator[Finding]:
    """Entries of CACHE and NETWORK that were said before in the same section."""
    for line in sheet.entries("explicit", "network"):
        url = line.urls[0]
        first = sheet.first[line.section][url]
        if first != line.number and url != WILDCARD:
            at, facts = (line.number, line.column), {"text": line.text, "url": url}
            yield found("duplicate", *at, "entry", **facts, other_line=first)


def network(sheet: Sheet) -> Iterator[Finding]:
    """What NETWORK leaves blocked, and what it names for nothing."""
    yield from _blocked(sheet)
    said = sheet.first["network"]
    namespaces = Prefixes(sheet.manifest.network)
    told: set[str] = set()
    for line, url in sheet.kept():
        other = url if url in said else namespaces.covering(url)
        if other is not None and url not in told:
            told.add(url)
            reason = "same" if other == url else "covered"
            at, facts = (line.number, line.column), {"text": line.text, "other": other}
            yield found("also-under-network", *at, reason, **facts, other_line=said[other])


def _blocked(sheet: Sheet) -> Iterator[Finding]:
    manifest = sheet.manifest
    if manifest.network_wildcard:
        return
    headers = [line for line in sheet.lines if line.kind == "header" and line.section == "network"]
    at = (headers[0].number, headers[0].column) if headers else (1, 1)
    listed = len(manifest.explicit) + len(manifest.fallback) + len(manifest.network)
    reason = "listed" if manifest.network else "blocked"
    yield found("no-network-wildcard", *at, reason, listed=listed)


def fallbacks(sheet: Sheet) -> Iterator[Finding]:
    """Fallbacks that never come, or come for something else than it may seem."""
    said = sheet.first["network"]
    namespaces = Prefixes(sheet.manifest.network)
    longer = dict(overlaps(sheet.manifest.fallback))
    for line in sheet.entries("fallback"):
        at, (namespace, entry) = (line.number, line.column), line.urls
        if namespace == entry:
            yield found("fallback-to-itself", *at, text=line.text, url=entry)
        other = namespaces.covering(namespace)
        if other is not None:
            where = said[other]
            yield found(
                "fallback-under-network", *at, text=namespace, other=other, other_line=where
            )
        if namespace in longer:
            other = longer[namespace]
            where = sheet.first["fallback"][other]
            yield found("fallback-overlap", *at, text=namespace, other=other, other_line=where)
