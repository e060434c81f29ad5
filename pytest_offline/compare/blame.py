"""Which operation is at fault, where several orders were possible.

That no order explains a history is certain; which of its operations is wrong often is not. Two puts
overlapped, one answer says that the first was the last, the next says the second was: the browser
contradicts itself, and either answer may be the right one. So of the operations that were passed
over to go on, those are dropped that need not have been, and to each of the others is added which
ones could be wrong in its place (a smallest set whose removal makes the rest consistent: Liffiton
and Sakallah, "Algorithms for computing minimal unsatisfiable subsets", 2008).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from pytest_offline.compare.causes import WRITING, Call
from pytest_offline.compare.differences import Difference
from pytest_offline.compare.search import Ending, Search
from pytest_offline.compare.states import ReplayState
from pytest_offline.record import Operation

MOST_CANDIDATES: Final = 12
"""Operations that are tried in the place of one that is said to be at fault, nearest ones first."""

Decide = Callable[[Search, int], Ending]
"""Searches, in so many states beyond one a call."""


class Blame:
    """The operations that were passed over since the last that is at fault for certain.

    Args:
        decide: runs a search.
        describe: the difference that an operation is, given a search that passed it over and was
            explained.
        budget: states to look at, in all that is tried here.
    """

    def __init__(
        self, decide: Decide, describe: Callable[[Search, int], Difference], budget: int
    ) -> None:
        self._decide = decide
        self._describe = describe
        self._left = budget
        self._found: dict[int, Difference] = {}

    def __len__(self) -> int:
        return len(self._found)

    def on(self, index: int, difference: Difference) -> None:
        """Note one that was passed over."""
        self._found[index] = difference

    def unsure(self) -> list[Difference]:
        """What was found, where it could not be decided whether the rest can be explained."""
        return [replace(each, unsure=True) for each in self._found.values()]

    def settled(
        self, search: Search, ends_well: Callable[[ReplayState], bool]
    ) -> tuple[list[Difference], Search]:
        """What is really needed of it, and the search that explains the rest.

        Args:
            search: one that was explained with all of them passed over.
            ends_well: what it took for that.
        """
        kept, search = self._fewer(search, ends_well)
        for index in list(kept):
            if len(kept) > 1:
                again, ending = self._tried(search, {index: True}, ends_well)
                if ending == "explained":
                    del kept[index]
                    search = again
                elif ending == "out of budget":
                    kept[index] = replace(kept[index], unsure=True)
        return [self.with_others(search, each, kept[each], ends_well) for each in kept], search

    def _fewer(
        self, search: Search, ends_well: Callable[[ReplayState], bool]
    ) -> tuple[dict[int, Difference], Search]:
        """In place of several about the same a single one, if it alone explains why: likelier."""
        found = dict(self._found)
        for index in self._found:
            calls = search.history.calls
            group = [each for each in found if _related(calls[each], calls[index])]
            if index not in found or len(group) < 2:
                continue
            judged = dict.fromkeys(group, True)
            for other in _nearest(_candidates(search, index)):
                again, ending = self._tried(search, {**judged, other: False}, ends_well)
                if ending == "explained":
                    found = {each: found[each] for each in found if each not in judged}
                    found[other] = self._describe(again, other)
                    search = again
                    break
        return found, search

    def with_others(
        self,
        search: Search,
        index: int | None,
        difference: Difference,
        ends_well: Callable[[ReplayState], bool],
    ) -> Difference:
        """A difference, with the operations that may be wrong in its place.

        Args:
            search: one in which it is passed over.
            index: of the operation; None for the final state.
        """
        others: list[Operation] = []
        judged = {} if index is None else {index: True}
        candidates = list(_candidates(search, index))
        unsure = difference.unsure or len(candidates) > MOST_CANDIDATES
        for other in _nearest(candidates):
            _, ending = self._tried(search, {**judged, other: False}, ends_well)
            if ending == "explained":
                others.append(search.call(other).operation)
            unsure = unsure or ending == "out of budget"
        others.sort(key=lambda each: each.number)
        return replace(difference, others=tuple(others), unsure=unsure)

    def _tried(
        self, search: Search, judged: Mapping[int, bool], ends_well: Callable[[ReplayState], bool]
    ) -> tuple[Search, Ending]:
        again = search.begin_again(search.judge, ends_well, judged)
        ending = self._decide(again, self._left) if self._left > 0 else "out of budget"
        self._left -= again.explored
        again.explored += search.explored
        return again, ending


def _nearest(candidates: Iterable[int]) -> Iterator[int]:
    return islice(candidates, MOST_CANDIDATES)


def _candidates(search: Search, index: int | None) -> Iterator[int]:
    """Whose answer depends on the same, nearest first."""
    calls = search.history.calls
    _, done = search.root
    near = len(calls) if index is None else index
    for other in sorted(range(len(calls)), key=lambda each: abs(each - near)):
        call = calls[other]
        if other == index or done[other] or not call.judged or not _answers(call):
            continue
        if index is None or _related(call, calls[index]):
            yield other


def _answers(call: Call) -> bool:
    return call.error is None and (
        call.operation.method not in WRITING or call.operation.method == "delete"
    )


def _related(one: Call, other: Call) -> bool:
    """Whether both are about the same entries, or the same names."""
    a, b = one.footprint, other.footprint
    if a.touches_names and b.touches_names and (None in (a.name, b.name) or a.name == b.name):
        return True
    if not (a.touches_entries and b.touches_entries):
        return False
    if None not in (a.cache, b.cache) and a.cache != b.cache:
        return False
    return a.paths is None or b.paths is None or not a.paths.isdisjoint(b.paths)
