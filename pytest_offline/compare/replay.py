"""A recorded history, played into the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_fields
from functools import reduce
from typing import Final

from pytest_offline.compare.blame import Blame
from pytest_offline.compare.components import Components, Part
from pytest_offline.compare.deviations import Deviation, known_for, rules_with
from pytest_offline.compare.differences import Comparison, Difference, named
from pytest_offline.compare.finals import final_faults, final_fits
from pytest_offline.compare.guides import guide_of
from pytest_offline.compare.histories import History, history_of
from pytest_offline.compare.search import Choice, DeadEnd, Ending, Search
from pytest_offline.compare.states import ReplayState
from pytest_offline.compare.verdicts import Judge, expect
from pytest_offline.compare.witnesses import Ledger
from pytest_offline.compare.words import Origins, allowed_words, origins_of, rule_of, seen_words
from pytest_offline.record import Exchange, Operation, Snapshot

DEFAULT_BUDGET: Final = 20_000
"""States looked at beyond one for each operation."""

PATIENCE: Final = 500
"""States looked at beyond one for each operation, before the question is asked with less in it:
whether the history could be explained if the order of lists did not count. It is answered fast."""

MAX_DIFFERENCES: Final = 10
"""Differences after which a comparison stops: what comes later mostly follows from them."""


@dataclass
class _Work:
    """What one replay works with."""

    operations: Sequence[Operation]
    history: History
    initial: Snapshot | None
    final: Snapshot | None
    ledger: Ledger
    base_url: str
    budget: int
    answers: Sequence[Deviation]
    certain: bool
    origins: Origins = field(default_factory=dict[int, str])


def replay(
    operations: Sequence[Operation],
    *,
    base_url: str,
    initial: Snapshot | None = None,
    final: Snapshot | None = None,
    exchanges: Sequence[Exchange] = (),
    build: str | None = None,
    budget: int = DEFAULT_BUDGET,
    certain: bool = False,
) -> Comparison:
    """Hold a history against the model.

    Args:
        base_url: the origin's URL, which relative URLs are resolved against.
        initial: what the caches held before the first operation; None for nothing.
        final: what they held after the last one; None where nobody looked.
        exchanges: the origin's ledger, as a second witness; never a cause.
        build: the browser's name, whose known deviations are excused; None excuses none.
        budget: states to look at beyond one for each operation, where operations overlapped.
        certain: whether the history holds all that can make a promise reject: what was fetched came
            back as ``added`` and ``response`` say, nothing was aborted, no page went away. Then no
            rejection is put down to what nobody saw, but for want of room.

    Raises:
        ProbeError: for a record that cannot be.
    """
    known = known_for(build)
    work = _Work(
        operations=operations,
        history=history_of(operations, base_url, final),
        initial=initial,
        final=final,
        ledger=Ledger(exchanges),
        base_url=base_url,
        budget=budget + len(operations),
        answers=[each for each in known if not each.changes_rules],
        certain=certain,
    )
    plain = _compare(work, ())
    others = [each for each in known if each.changes_rules and _concerns(each, operations)]
    if not plain.differences or not others:
        return plain
    excused = _compare(work, others)
    return _fewest(work, others, excused) if _better(excused, plain) else plain


def _concerns(deviation: Deviation, operations: Sequence[Operation]) -> bool:
    cause = deviation.causes
    return cause is None or any(cause(each) != each for each in operations)


def _fewest(work: _Work, others: Sequence[Deviation], excused: Comparison) -> Comparison:
    """With none of the deviations that it comes to the same without."""
    for each in others:
        left = [other for other in others if other is not each]
        if left:
            found = _compare(work, left)
            if not _better(excused, found):
                others, excused = left, found
    return excused


def _better(excused: Comparison, plain: Comparison) -> bool:
    return len(excused.differences) < len(plain.differences)


def _compare(work: _Work, others: Sequence[Deviation]) -> Comparison:
    rules = rules_with(others)
    causes = [each.causes for each in others if each.causes is not None]
    if causes:
        meant = [reduce(lambda each, cause: cause(each), causes, one) for one in work.operations]
        work = with_fields(work, history=history_of(meant, work.base_url, work.final))
    state = ReplayState.begin(work.base_url, work.initial, rules)
    work.origins = origins_of((*work.history.calls, *work.history.pending), state)
    judge = Judge(work.answers, certain=work.certain)
    search = Search(
        work.history,
        state,
        judge,
        _fits(work, judge),
    )
    differences, undecided, search = _run(work, search)
    differences += _contradictions(work)
    lost = next((call for call in work.history.calls if call.lost and call.wrote), None)
    if lost is not None and differences:
        differences, undecided = [], _lost(lost.operation)
    return Comparison(
        differences=tuple(differences),
        model=search.state.storage,
        undecided=undecided,
        deviations=(*others, *judge.met.values()),
        explored=search.explored,
    )


def _run(work: _Work, search: Search) -> tuple[list[Difference], str | None, Search]:
    """The differences, why it could not be decided, and the search that ended so."""
    certain: list[Difference] = []
    blame = Blame(
        lambda trial, left: _trial(work, trial, left),
        lambda done, index: _differences_at(work, done.judge, _dead_end(done, index, done.trail))[
            0
        ],
        work.budget,
    )
    while len(certain) + len(blame) < MAX_DIFFERENCES:
        ending, dead_end = _search(work, search)
        if ending == "explained":
            found, search = blame.settled(search, _fits(work, search.judge))
            return certain + found, None, search
        if dead_end is None:
            return certain + blame.unsure(), _undecided(work, search), search
        found = _differences_at(work, search.judge, dead_end)
        if dead_end.culprit is None:
            told = certain + _at_the_end(work, search, dead_end, blame, found)
            # A part that no order explains is no agreement, also where the whole does not show it.
            return told, None if told else _undecided(work, search), search
        if dead_end.forced and not blame:
            certain += found
            search.go_on_from(dead_end)
        else:
            blame.on(dead_end.culprit, found[0])
            search.pass_over(dead_end.culprit)
            work.history = search.history
    return certain + blame.unsure(), None, search


def _at_the_end(
    work: _Work, search: Search, dead_end: DeadEnd, blame: Blame, found: Sequence[Difference]
) -> list[Difference]:
    """Where all is explained but the final state; the search goes on to what it was seen in."""
    fits = _fits(work, search.judge)
    before, _ = blame.settled(search, _anything)
    if not dead_end.forced:
        found = [blame.with_others(search, None, each, fits) for each in found]
    search.go_on_from(dead_end)
    return [*before, *found]


def _fits(work: _Work, judge: Judge) -> Callable[[ReplayState], bool]:
    return lambda end: final_fits(end, work.final, judge)


def _anything(end: ReplayState) -> bool:
    return True


def _trial(work: _Work, search: Search, left: int) -> Ending:
    """How a search ends that is tried to see who is at fault."""
    limited = with_fields(work, history=search.history, budget=min(work.budget, left))
    return _search(limited, search)[0]


def _search(work: _Work, search: Search) -> tuple[Ending, DeadEnd | None]:
    """How the search ends, and the dead end where it is refuted; None where it is undecided."""
    ending = search.run(PATIENCE + len(work.history.calls))
    if ending != "out of budget":
        return ending, search.dead_end
    parts, guide = _apart(work, search)
    refuted = [part for part in parts if part.refuted]
    if refuted:
        return "refuted", _dead_end(search, min(refuted, key=_at_fault).culprit, guide)
    ending = search.follow(guide, work.budget)
    if ending != "out of budget":
        return ending, search.dead_end
    # Leaving the order of lists aside allows more, so what is refuted then is refuted for good.
    judge = Judge(work.answers, ordered=False, certain=work.certain)
    loose = search.begin_again(judge, _fits(work, judge))
    if loose.run(work.budget) == "refuted":
        return "refuted", loose.dead_end
    return "out of budget", None


def _apart(work: _Work, search: Search) -> tuple[list[Part], list[Choice]]:
    """Each path by itself, and the order of the whole that follows."""
    root, done = search.root
    components = Components(work.history, done, root, work.final, search.judge)
    parts = list(components.search(work.budget))
    return parts, guide_of(work.history, components.open, parts, work.final)


def _at_fault(part: Part) -> float:
    """The order in which what is refuted is told: by the call's number, final states last."""
    return float("inf") if part.culprit is None else part.culprit


def _dead_end(search: Search, culprit: int | None, guide: Sequence[Choice]) -> DeadEnd:
    """Where the whole history is, once one of its calls cannot go on."""
    root, passed = search.root
    state, done = root.fork(), bytearray(passed)
    trail: list[Choice] = []
    for index, effect in guide:
        if index == culprit:
            break
        call = search.call(index)
        if effect and call.writes:
            state.apply(call)
        done[index] = 1
        trail.append((index, effect))
    return DeadEnd(len(trail), state, bytes(done), culprit, tuple(trail))


def _undecided(work: _Work, search: Search) -> str:
    count = len(work.history.calls)
    return (
        f"{count} operations, up to {search.width} of them side by side and "
        f"{len(work.history.pending)} never settled: in {work.budget} states no order was found "
        "that explains them, and none was ruled out. This is no agreement. Compare again with "
        f"more: python -m pytest_offline.compare --budget {10 * work.budget} timeline.json; or let "
        "fewer operations overlap."
    )


def _lost(operation: Operation) -> str:
    return (
        f"{named(operation)} changed a Cache that nobody saw opened, so what is stored where is "
        "not known from then on, and something is not as it should be without it. This is no "
        "agreement. Please report it with the timeline."
    )


def _differences_at(work: _Work, judge: Judge, dead_end: DeadEnd) -> list[Difference]:
    if dead_end.culprit is None:
        faults = final_faults(dead_end.state, work.final or {}, judge, work.origins)
        rule = "Batch Cache Operations: the list holds what was put and not removed, in that order"
        return [
            Difference(None, allowed, seen, rule=rule, cache=cache)
            for cache, allowed, seen in faults
        ]
    call = work.history.calls[dead_end.culprit]
    operation = call.operation
    return [
        Difference(
            operation=operation,
            allowed=allowed_words(expect(call, dead_end.state), operation, work.origins),
            seen=seen_words(operation),
            witnesses=work.ledger.witnesses(operation),
            rule=rule_of(operation),
        )
    ]


def _contradictions(work: _Work) -> list[Difference]:
    return [
        Difference(
            operation=call.operation,
            allowed=f"{url} stored with a status the origin sent",
            seen=f"{url} stored with status {status}",
            witnesses=tuple(near),
            rule="Cache addAll, steps 5.6 and 7.3: what is stored is the response that was fetched",
        )
        for call in work.history.calls
        if call.operation.method in ("add", "addAll")
        for url, status, near in work.ledger.contradicts(call.operation)
    ]
