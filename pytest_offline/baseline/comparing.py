"""What was found now against the baseline: what is worse, what is better, what is only other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from pytest_offline.baseline.bands import count_band, count_words, kept, size_band, size_words
from pytest_offline.baseline.words import Baseline, Cached, PageState, Section, StoredBy
from pytest_offline.record.wording import listed

Kind = Literal["worse", "better", "other"]
"""``worse`` is a failure. The others are told."""


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        section: its name.
        what: ``page /about`` or ``cached /app.*.js``.
        before, now: as the file says it, without the URLs; ``-`` where it is not there.
        sentence: what happened, with the reason where there is one.
    """

    section: str
    what: str
    kind: Kind
    before: str
    now: str
    sentence: str


_STORED: Final[Mapping[StoredBy, str]] = {
    "install": "by the install of the worker",
    "runtime": "at run time, as it was asked for",
    "other": "by somebody who was not seen",
}

_WORKS: Final[Mapping[str, str]] = {
    "same": "is the same page offline",
    "opens": "opens offline",
    "degraded": "opens offline with something missing",
    "fallback": "opens as another page offline",
    "dead": "does not open offline",
}

_WORKED: Final[Mapping[str, str]] = {
    "same": "was the same page offline",
    "opens": "opened offline",
    "degraded": "opened offline with something missing",
    "fallback": "opened as another page offline",
    "dead": "did not open offline",
}


def compare(before: Baseline, now: Baseline) -> list[Change]:
    """Every change in the sections that were looked at now; worse ones first.

    A section that is not in `now` was not run, and says nothing.
    """
    found = [
        change for name in sorted(now) for change in _section(name, before.get(name), now[name])
    ]
    order = ("worse", "better", "other")
    return sorted(found, key=lambda change: order.index(change.kind))


def updated(before: Baseline, now: Baseline) -> Baseline:
    """The baseline to be written: what was looked at now, and what was not as it was.

    A value that has not really left its band keeps it.
    """
    return {**before, **{name: settled(before.get(name), now[name]) for name in now}}


def settled(before: Section | None, now: Section) -> Section:
    """What was found now, in bands: in those of before where they still hold.

    Only once: of a band it cannot be said any more whether the value has left another.
    """
    held: Mapping[str, Cached] = before.cached if before is not None else {}
    cached = {url: _in_its_band(held.get(url), found) for url, found in now.cached.items()}
    return Section(now.pages, cached, now.faults)


def _in_its_band(before: Cached | None, now: Cached) -> Cached:
    files, size = count_band(now.files), size_band(now.size)
    if before is not None:
        files = kept(before.files, now.files, files)
        size = kept(before.size, now.size, size)
    return replace(now, files=files, size=size)


def _section(name: str, before: Section | None, now: Section) -> Iterator[Change]:
    if before is None:
        before = Section()
    now = settled(before, now)
    for path in sorted(before.pages.keys() - now.pages.keys()):
        yield _gone(name, path, before.pages[path])
    for path in sorted(now.pages):
        change = _page(path, now.pages[path], before, now)
        if change is not None:
            yield replace(change, section=name)
    for url in sorted({*before.cached, *now.cached}):
        change = _cached(url, before.cached.get(url), now.cached.get(url))
        if change is not None:
            yield replace(change, section=name)
    for fault in sorted(now.faults.keys() - before.faults.keys()):
        yield Change(name, f"fault {fault}", "worse", "-", "found", now.faults[fault])
    for fault in sorted(before.faults.keys() - now.faults.keys()):
        yield Change(name, f"fault {fault}", "better", "found", "-", "It is found no more.")


def _gone(section: str, path: str, was: PageState) -> Change:
    how = (
        "opened offline by this test no more"
        if "::" in section
        else "not found any more: no link leads to it, or it does not open online"
    )
    text = f"{path} was {how}. Until now it {_WORKED[was.verdict]}."
    return Change(section, f"page {path}", "worse", was.verdict, "-", text)


def _page(path: str, found: PageState, before: Section, now: Section) -> Change | None:
    was = before.pages.get(path)
    if was is None:
        return _new_page(path, found, before, now)
    if (was.verdict, was.without) == (found.verdict, found.without):
        return None
    # A page that did not open asked for nothing in vain: more is missing of one that does.
    better = found.rank < was.rank or (
        found.rank == was.rank and set(found.without) <= set(was.without)
    )
    kind: Kind = "better" if better else "worse"
    text = _better(path, was, found) if better else _worse(path, was, found, before, now)
    return Change("", f"page {path}", kind, was.verdict, found.verdict, text)


def _new_page(path: str, found: PageState, before: Section, now: Section) -> Change:
    works = f"{path} is new, and {_WORKS[found.verdict]}"
    if found.rank == 0:
        return Change("", f"page {path}", "better", "-", found.verdict, f"{works}.")
    reasons = _reasons(found, found.without, before, now) or found.why
    text = f"{works}{_because(reasons)}"
    return Change("", f"page {path}", "worse", "-", found.verdict, text)


def _better(path: str, was: PageState, found: PageState) -> str:
    gained = sorted(set(was.without) - set(found.without))
    if was.verdict == found.verdict:
        return f"{path} has {listed(gained)} offline now."
    return f"{path} {_WORKS[found.verdict]} now; until now it {_WORKED[was.verdict]}."


def _worse(path: str, was: PageState, found: PageState, before: Section, now: Section) -> str:
    lost = tuple(url for url in found.without if url not in was.without)
    how = "works no more" if was.rank == 0 else "works less well"
    if was.verdict != found.verdict:
        how += f": it {_WORKS[found.verdict]}, and until now it {_WORKED[was.verdict]}"
    return f"{path} {how}{_because(_reasons(found, lost, before, now) or found.why)}"


def _because(reasons: str) -> str:
    return f": {reasons.rstrip('.')}." if reasons else "."


def _reasons(found: PageState, lost: tuple[str, ...], before: Section, now: Section) -> str:
    return "; ".join(_reason(found, url, before, now) for url in lost)


def _reason(found: PageState, url: str, before: Section, now: Section) -> str:
    asked = f"its request for {url} {found.how.get(url, 'was blocked')}"
    if url in now.cached:
        return f"{asked}, though {url} is cached: the worker does not answer with it"
    held = before.cached.get(url)
    if held is None:
        return f"{asked}, and that never was cached"
    return f"{asked}; cached until now {_STORED[held.stored_by]}"


def _cached(url: str, was: Cached | None, found: Cached | None) -> Change | None:
    what = f"cached {url}"
    if was is None and found is not None:
        text = f"{url} is cached now, {_STORED[found.stored_by]}."
        return Change("", what, "other", "-", _held(found), text)
    if was is not None and found is None:
        text = f"{url} is not cached any more; until now it was, {_STORED[was.stored_by]}."
        return Change("", what, "worse", _held(was), "-", text)
    if was is None or found is None or was == found:
        return None
    return Change("", what, _kind(was, found), _held(was), _held(found), _grown(url, was, found))


def _kind(was: Cached, found: Cached) -> Kind:
    if found.size > was.size > 0 or found.files > was.files:
        return "worse"
    return "other" if (found.files, found.size) == (was.files, was.size) else "better"


def _held(held: Cached) -> str:
    return f"{held.stored_by}, {count_words(held.files)}, {size_words(held.size)}"


def _grown(url: str, was: Cached, found: Cached) -> str:
    parts: list[str] = []
    if was.files != found.files:
        parts.append(f"it was {count_words(was.files)} and is {count_words(found.files)}")
    if was.size != found.size:
        parts.append(f"its size was {size_words(was.size)} and is {size_words(found.size)}")
    if was.stored_by != found.stored_by:
        parts.append(f"it is cached {_STORED[found.stored_by]}, until now {_STORED[was.stored_by]}")
    return f"{url} changed: {', '.join(parts)}."
