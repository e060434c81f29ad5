"""The final state of the browser's caches against the model's."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from pytest_offline.compare.states import ReplayState
from pytest_offline.compare.verdicts import Judge, same_in_any_order, url_mark
from pytest_offline.compare.words import MAX_SHOWN, Origins, list_words, response_words
from pytest_offline.model.request_matching import Item
from pytest_offline.record import CacheEntry, Snapshot

Fault = tuple[str | None, str, str]
"""Name of the cache (None: the names themselves), what is allowed, what was seen."""


def final_faults(
    state: ReplayState, final: Snapshot, judge: Judge, origins: Origins
) -> list[Fault]:
    """What differs, one row a cache; empty where nothing does."""
    expected, seen = state.storage.keys(), list(final)
    if not _same_names(expected, seen, judge):
        return [(None, list_words([*map(repr, expected)]), list_words([*map(repr, seen)]))]
    return [
        (name, *_entries_words(items, final[name], judge, origins))
        for name in expected
        if not same_entries(items := state.storage.open(name).items(), final[name], judge)
    ]


def final_fits(state: ReplayState, final: Snapshot | None, judge: Judge) -> bool:
    """Whether nothing differs that is known, without a word: a search asks this again and again."""
    if final is None:
        return True
    expected = state.storage.keys()
    return _same_names(expected, list(final), judge) and all(
        same_entries(state.storage.open(name).items(), final[name], judge) for name in expected
    )


def _same_names(expected: list[str], seen: list[str], judge: Judge) -> bool:
    return expected == seen if judge.ordered else sorted(expected) == sorted(seen)


def same_entries(items: Sequence[Item], entries: Sequence[CacheEntry], judge: Judge) -> bool:
    """Whether a cache holds what was seen of it, in that order where the judge minds it."""
    if len(items) != len(entries):
        return False
    if judge.ordered:
        return all(
            _same_entry(item, entry, judge) for item, entry in zip(items, entries, strict=True)
        )
    return same_in_any_order(
        items, entries, lambda item, entry: _same_entry(item, entry, judge), _mark_of
    )


def _same_entry(item: object, entry: object, judge: Judge) -> bool:
    return (
        isinstance(item, Item)
        and isinstance(entry, CacheEntry)
        and judge.same_request(item.request, entry.request)
        and judge.same_response(item.response, entry.response)
    )


def _mark_of(row: object) -> Hashable:
    return url_mark(getattr(row, "request", row))


def _entries_words(
    items: Sequence[Item], entries: Sequence[CacheEntry], judge: Judge, origins: Origins
) -> tuple[str, str]:
    """Both sides from the first entry on that differs."""
    at = 0
    while at < min(len(items), len(entries)) and _same_entry(items[at], entries[at], judge):
        at += 1
    shown = slice(at, at + MAX_SHOWN)
    wanted = [
        f"{item.request.url} → {response_words(item.response, origins)}" for item in items[shown]
    ]
    found = [f"{entry.url} → {response_words(entry.response, {})}" for entry in entries[shown]]
    where = f"from entry {at + 1} on, "
    counts = len(items) - at, len(entries) - at
    return where + list_words(wanted, counts[0]), where + list_words(found, counts[1])
