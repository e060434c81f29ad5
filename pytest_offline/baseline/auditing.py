"""An audit, as a section of a baseline."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from pytest_offline.baseline.folding import folded
from pytest_offline.baseline.words import Cached, PageState, Section, StoredBy
from pytest_offline.record.auditing import BuildAudit, PageAudit

Held = tuple[str, int, str]
"""URL, size in bytes (0 where it cannot be known), ``install``, ``runtime`` or something else."""

_KNOWN: Final[tuple[StoredBy, ...]] = ("install", "runtime")


def section_of_audit(audit: BuildAudit) -> Section:
    """What a baseline keeps of it."""
    pages: dict[str, PageState] = {}
    for page in audit.pages:
        without = tuple(sorted({folded(url) for url in page.failed}))
        state = PageState(page.offline, without, page.why, dict(_not_blocked(page)))
        name = folded(page.path)
        # Of pages that share a name the worst is kept: a broken one hides behind no other.
        if name not in pages or state.rank > pages[name].rank:
            pages[name] = state
    held = ((each.url, each.size or 0, each.stored_by) for each in audit.cached)
    faults = {
        f"{folded(each.url) or _cache(each.cache)} {each.code}": str(each)
        for each in audit.findings
        if each.severity == "error"
    }
    if audit.ready.failed:
        faults["/ not-ready"] = f"not ready ({audit.ready.reason}): {audit.ready.sentence}"
    return Section(pages, cached_by_name(held), faults)


def _cache(name: str) -> str:
    """A cache's name, without what is another in each run or version, as one word of a line.

    Workbox puts the scope into it, and with that the port of the origin.
    """
    here = re.sub(r"https?://[^/\s]+/", "/", name)
    return quote(re.sub(r"\d+(\.\d+)*", "*", folded(here)), safe="/*:@!$&'()+,;=.~-_")


def _not_blocked(page: PageAudit) -> Iterator[tuple[str, str]]:
    """What became of its requests, but for those that nobody answered."""
    unanswered: set[str] = set()
    for each in page.differences:
        url, _, seen = each.offline.partition(": ")
        if each.what == "kind":
            yield folded(url), f"was answered with {seen}, not {each.online}"
        elif each.what == "request" and seen.startswith("status "):
            yield folded(url), f"was answered with {seen}"
        elif each.what == "request":
            unanswered.add(url)
        elif each.what == "picture" and url not in unanswered:
            yield folded(url), "came to no picture"


def cached_by_name(held: Iterable[Held]) -> dict[str, Cached]:
    """Entries of caches by their folded URLs; one that is in several caches counts once."""
    together: defaultdict[str, dict[str, tuple[int, str]]] = defaultdict(dict)
    for url, size, stored_by in held:
        together[folded(url)][url] = (size, stored_by)
    return {
        url: Cached(
            _stored_by(by for _, by in files.values()),
            len(files),
            max(size for size, _ in files.values()),
        )
        for url, files in together.items()
    }


def _stored_by(named: Iterable[str]) -> StoredBy:
    """The first of these that any of the files has, for of one name all are kept alike."""
    found = set(named)
    for each in _KNOWN:
        if each in found:
            return each
    return "other"
