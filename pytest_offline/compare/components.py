"""A wide history, one URL at a time: the partition by key of linearizability checking, and its use.

An order that explains a whole history explains what it says of each URL (P-compositionality: Horn
and Kroening, "Faster linearizability checking via P-compositionality", 2015). So each path is
searched by itself, with what everything else did to the names of caches. That is small where the
whole is wide, and good for two things:

- Where one path cannot be explained, neither can the whole, and the operation at fault is known.
- Where each can, their orders make an order of the whole that `guides` puts together, to be tried
  first. They say nothing of the order in which lists name several URLs: only the whole search does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from pytest_offline.compare.causes import Call
from pytest_offline.compare.finals import same_entries
from pytest_offline.compare.histories import History
from pytest_offline.compare.lists import Hints, hints_of
from pytest_offline.compare.search import Choice, Search
from pytest_offline.compare.states import ReplayState
from pytest_offline.compare.verdicts import Judge
from pytest_offline.model import Response
from pytest_offline.model.request_matching import Item
from pytest_offline.model.urls import split_url
from pytest_offline.record import CacheEntry, Snapshot

NAMES: Final = None
"""In place of a path: the component of the names of caches."""

HINTED: Final = 8
"""States a call, up to which a path is searched by what lists seem to tell."""


MOST_SPARE: Final = 200_000
"""Calls of all components together, up to which each has a state to itself beyond the budget: a
list of everything is a call of every component."""


@dataclass(frozen=True)
class Part:
    """What was found of one component.

    Attributes:
        path: a URL without query and fragment, or `NAMES`.
        order: the choices, by their index in the whole history, in an order that explains the
            component, or as far as the longest that was found went.
        refuted: whether no order explains it.
        culprit: where it is refuted: the index of the call at fault, None for the final state.
    """

    path: str | None
    order: tuple[Choice, ...]
    refuted: bool = False
    culprit: int | None = None


class Components:
    """A history, taken apart.

    Args:
        done: which calls are passed over, by their index: a search goes on behind them.
        root: the state before the first of the others.
    """

    def __init__(
        self,
        history: History,
        done: Sequence[int],
        root: ReplayState,
        final: Snapshot | None,
        judge: Judge,
    ) -> None:
        self._history = history
        self._all = (*history.calls, *history.pending)
        self._root = root
        self._final = final
        self._judge = judge
        self.open = [index for index in range(len(self._all)) if not done[index]]
        self._final_by_path = _entries_by_path(final)
        self._rows: dict[int, Mapping[str, Sequence[int]]] = {}

    def search(self, budget: int) -> Iterator[Part]:
        """Each component in turn; what is too wide is left out.

        Args:
            budget: states to look at, in all components together, beyond one for each call of each.
        """
        hints = _by_path(hints_of(self._all))
        components = self._members()
        budget += min(MOST_SPARE, sum(map(len, components.values())))
        for path, members in components.items():
            if budget <= 0:
                return
            sub = self._part(path, members)
            search = self._search(path, members, sub, hints.get(path, {}))
            ending = search.run(min(budget, HINTED * (len(members) + 1)))
            budget -= search.explored
            if ending != "explained":
                search = Search(
                    sub, self._root.fork(only=path or ""), self._judge, self._ends(path)
                )
                ending = search.run(budget)
                budget -= search.explored
            if ending == "out of budget":
                continue
            end = search.dead_end if ending == "refuted" else None
            trail = end.trail if end is not None else search.trail
            order = tuple((members[index], effect) for index, effect in trail)
            if end is None:
                yield Part(path, order)
                continue
            culprit = None if end.culprit is None else members[end.culprit]
            yield Part(path, order, refuted=True, culprit=culprit)

    def _search(
        self, path: str | None, members: Sequence[int], sub: History, hints: Hints
    ) -> Search:
        """One that takes each list at the word that `lists` reads in it."""
        told: dict[int, list[tuple[str, Response]]] = {}
        everything = (*sub.calls, *sub.pending)
        at = dict(zip(members, everything, strict=True))
        for index in hints.keys() & at.keys():
            told[id(at[index])] = [
                (key, response)
                for key, put in hints[index].items()
                if put in at
                for request, response in zip(at[put].requests, at[put].responses, strict=False)
                if split_url(request.url).key == key
            ]
        judge = _Told(self._judge, told)
        return Search(sub, self._root.fork(only=path or ""), judge, self._ends(path))

    def _members(self) -> Mapping[str | None, list[int]]:
        """The calls of each component, by their index."""
        found: dict[str | None, list[int]] = {NAMES: []}
        everywhere: list[int] = []
        spare = _needless_opens(self._all, self.open)
        for index in self.open:
            call = self._all[index]
            print_ = call.footprint
            if print_.touches_names and not (print_.touches_entries and not print_.changes_names):
                found[NAMES].append(index)
            if index in spare or _lists_responses(call):
                continue
            if print_.changes_names or (print_.touches_entries and print_.paths is None):
                everywhere.append(index)
            elif print_.touches_entries:
                for path in print_.paths or ():
                    found.setdefault(path, []).append(index)
            if print_.changes_names and print_.touches_entries:
                for path in print_.paths or ():
                    found.setdefault(path, [])
        for path in self._final_by_path:
            found.setdefault(path, [])
        for path, members in found.items():
            if path is not NAMES:
                members[:] = sorted({*members, *everywhere})
        return found

    def _part(self, path: str | None, members: Sequence[int]) -> History:
        history, count = self._history, len(self._history.calls)
        settled = [index for index in members if index < count]
        return History(
            calls=tuple(self._seen_from(index, path) for index in settled),
            settled=tuple(history.settled[index] for index in settled),
            pending=tuple(self._seen_from(index, path) for index in members if index >= count),
            priority=tuple(history.settled[index][0] for index in settled),
        )

    def _seen_from(self, index: int, path: str | None) -> Call:
        """What a call is to one path: its part there, its answer as far as it is about it."""
        call = self._all[index]
        if path is NAMES:
            if call.operation.target == "caches":
                return call
            return replace(call, requests=(), responses=(), judged=False)
        if call.operation.target == "caches" and call.operation.method != "match":
            return replace(call, judged=False)
        if call.footprint.paths is None:
            return self._as_listed(index, path)
        if len(call.footprint.paths) == 1 and path in call.footprint.paths:
            return call
        kept = self._rows_of(index, path, (each.url for each in call.requests))
        return replace(
            call,
            requests=tuple(call.requests[at] for at in kept),
            responses=tuple(call.responses[at] for at in kept if at < len(call.responses)),
            judged=bool(kept),
        )

    def _as_listed(self, index: int, path: str | None) -> Call:
        call = self._all[index]
        value: object = call.operation.value
        if not isinstance(value, tuple):
            return call
        rows = cast("tuple[object, ...]", value)
        urls = (str(getattr(row, "url", "")) for row in rows)
        kept = tuple(rows[at] for at in self._rows_of(index, path, urls))
        return replace(call, operation=replace(call.operation, value=kept))

    def _rows_of(self, index: int, path: str | None, urls: Iterable[str]) -> Sequence[int]:
        """Which rows of a list are of a path: looked up once for all, since every path asks."""
        if index not in self._rows:
            found: dict[str, list[int]] = {}
            for at, url in enumerate(urls):
                found.setdefault(split_url(url).path, []).append(at)
            self._rows[index] = found
        return self._rows[index].get(path or "", ())

    def _ends(self, path: str | None) -> Callable[[ReplayState], bool]:
        final = self._final
        if final is None:
            return _anything
        names = list(final)
        wanted = self._final_by_path.get(path or "", {})

        def fits(state: ReplayState) -> bool:
            if path is NAMES:
                return state.storage.keys() == names
            return all(
                same_entries(_entries(state, name), wanted.get(name, ()), self._judge)
                for name in names
            )

        return fits


def _anything(state: ReplayState) -> bool:
    return True


def _entries(state: ReplayState, name: str) -> Sequence[Item]:
    return state.storage.open(name).items() if state.storage.has(name) else ()


class _Told(Judge):
    """A judge who wants each list to come from the puts it seems to come from."""

    def __init__(self, judge: Judge, told: Mapping[int, Sequence[tuple[str, Response]]]) -> None:
        super().__init__(judge.deviations, ordered=judge.ordered)
        self.met = judge.met
        self._told = told

    def effects(self, call: Call, state: ReplayState) -> tuple[bool, ...]:
        """As a judge does, and no other puts than those told."""
        found = super().effects(call, state)
        rows = self._told.get(id(call)) if found else None
        if rows:
            items = {item.url.key: item for item in state.cache(call.operation).items()}
            if any(key in items and items[key].response is not put for key, put in rows):
                return ()
        return found


def _by_path(hints: Hints) -> Mapping[str | None, Mapping[int, Mapping[str, int]]]:
    """The hints for each component: the same for each list, by its index."""
    found: dict[str | None, dict[int, dict[str, int]]] = {}
    for index, rows in hints.items():
        for key, put in rows.items():
            found.setdefault(split_url(key).path, {}).setdefault(index, {})[key] = put
    return found


def _lists_responses(call: Call) -> bool:
    """A matchAll of everything: its responses do not say which URLs they are stored under."""
    return call.operation.method == "matchAll" and call.footprint.paths is None


def _needless_opens(calls: Sequence[Call], among: Sequence[int]) -> set[int]:
    """Openings of what is open already, by a name that is never deleted: they change nothing."""
    deleted = {
        calls[index].operation.cache
        for index in among
        if calls[index].operation.target == "caches" and calls[index].operation.method == "delete"
    }
    first: dict[str | None, float] = {}
    opens = [index for index in among if calls[index].operation.method == "open"]
    for index in opens:
        operation = calls[index].operation
        if operation.outcome == "fulfilled" and operation.settled is not None:
            known = first.get(operation.cache, operation.settled)
            first[operation.cache] = min(known, operation.settled)
    return {
        index
        for index in opens
        if calls[index].operation.started > first.get(calls[index].operation.cache, float("inf"))
        and calls[index].operation.cache not in deleted
    }


def _entries_by_path(final: Snapshot | None) -> dict[str, dict[str, list[CacheEntry]]]:
    found: dict[str, dict[str, list[CacheEntry]]] = {}
    for name, entries in (final or {}).items():
        for entry in entries:
            found.setdefault(split_url(entry.url).path, {}).setdefault(name, []).append(entry)
    return found
