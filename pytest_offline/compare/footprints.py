"""What an operation touches, so that two that do not meet need not be tried in both orders."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Final

from pytest_offline.record import Operation


@dataclass(frozen=True)
class Footprint:
    """What is read or written.

    Attributes:
        name: the name of a cache whose being there is asked or changed; None for all of them.
        touches_names: whether ``name`` means anything.
        changes_names: whether it may add or take a name.
        cache: the cache whose entries are asked or changed; None for all of them.
        touches_entries: whether ``cache`` means anything.
        changes_entries: whether it may add or take an entry.
        appends: whether what it adds gets a place in an order: the end of a list, the last name.
        paths: URLs without query and fragment that it asks about; None for all of them. Requests
            that match one another always share theirs, whatever the options.
    """

    name: str | None = None
    touches_names: bool = False
    changes_names: bool = False
    cache: str | None = None
    touches_entries: bool = False
    changes_entries: bool = False
    appends: bool = False
    paths: frozenset[str] | None = None


NOTHING: Final = Footprint()
"""Of an operation that was refused before it was one."""


def footprint_of(operation: Operation, paths: frozenset[str], *, opens: bool) -> Footprint:
    """The footprint of an operation whose requests have these URLs (query and fragment cut).

    Args:
        opens: whether it is called on a Cache whose opening nobody recorded, so that it stands for
            the opening as well.
    """
    if operation.target == "caches":
        return _on_names(operation, paths)
    asks_all = operation.method in ("keys", "matchAll") and not operation.requests
    writes = operation.method in ("put", "add", "addAll", "delete")
    return Footprint(
        name=operation.cache,
        touches_names=opens,
        changes_names=opens and writes,
        cache=operation.cache,
        touches_entries=True,
        changes_entries=writes,
        appends=(opens and writes) or operation.method in ("put", "add", "addAll"),
        paths=None if asks_all else paths,
    )


def _on_names(operation: Operation, paths: frozenset[str]) -> Footprint:
    if operation.method == "match":
        wanted = dict(operation.options).get("cacheName")
        name = wanted if isinstance(wanted, str) else None
        return Footprint(
            name=name, touches_names=True, cache=name, touches_entries=True, paths=paths
        )
    return Footprint(
        name=None if operation.method == "keys" else operation.cache,
        touches_names=True,
        changes_names=operation.method in ("open", "delete"),
        appends=operation.method == "open",
    )


def conflict(one: Footprint, other: Footprint, *, ordered: bool) -> bool:
    """Whether the order of the two may make a difference.

    Args:
        ordered: whether the order that entries and names are listed in counts as well.
    """
    return _names_conflict(one, other, ordered) or _entries_conflict(one, other, ordered)


def _names_conflict(one: Footprint, other: Footprint, ordered: bool) -> bool:
    if not (one.touches_names and other.touches_names):
        return False
    if not (one.changes_names or other.changes_names):
        return False
    if one.name is None or other.name is None or one.name == other.name:
        return True
    return ordered and one.appends and other.appends


def _entries_conflict(one: Footprint, other: Footprint, ordered: bool) -> bool:
    if not (one.touches_entries and other.touches_entries):
        return False
    if not (one.changes_entries or other.changes_entries):
        return False
    if one.cache is not None and other.cache is not None and one.cache != other.cache:
        return False
    if one.paths is None or other.paths is None or not one.paths.isdisjoint(other.paths):
        return True
    return ordered and one.appends and other.appends


def lanes_of(print_: Footprint, *, ordered: bool) -> Iterator[Hashable]:
    """Where a call is found by those whose order with it may make a difference; see `conflict`."""
    if print_.touches_entries:
        changes = print_.changes_entries
        yield "entries", changes
        if print_.paths is None:
            yield "every path", changes
        for path in print_.paths or ():
            yield "path", path, changes
        if ordered and print_.appends:
            yield "appends", print_.cache
    if print_.touches_names:
        yield "names", print_.changes_names
        yield "name", print_.name, print_.changes_names
        if ordered and print_.appends:
            yield "new names"


def lanes_asked(print_: Footprint, *, ordered: bool) -> Iterator[Hashable]:
    """Where whatever is in conflict with a footprint is, and little else."""
    for changes in _opposed(changing=print_.changes_entries) if print_.touches_entries else ():
        if print_.paths is None:
            yield "entries", changes
        else:
            yield "every path", changes
            for path in print_.paths:
                yield "path", path, changes
    if ordered and print_.touches_entries and print_.appends:
        yield "appends", None
        yield ("entries", True) if print_.cache is None else ("appends", print_.cache)
    for changes in _opposed(changing=print_.changes_names) if print_.touches_names else ():
        if print_.name is None:
            yield "names", changes
        else:
            yield "name", None, changes
            yield "name", print_.name, changes
    if ordered and print_.touches_names and print_.appends:
        yield "new names"


def _opposed(*, changing: bool) -> tuple[bool, ...]:
    """What reads minds only what changes."""
    return (True, False) if changing else (True,)
