"""Is there an order of the operations that explains all of them?

Operations that overlapped in time may have acted in any order, and a history is right if *some*
order explains it. This is the question of linearizability, answered as Wing and Gong do (Testing
and Verifying Concurrent Objects, 1993): take an operation that nothing still open precedes, see
whether the model allows its outcome now, go on; step back where it does not. What keeps it small:

- An operation that meets no other one that overlapped with it (`footprints.conflict`) is taken at
  once: all orders lead to the same state. This is the usual partition by key, made per step.
- States that were tried and failed are remembered and not tried again (Lowe, 2017).
- Where a later ``keys()`` shows the order of entries put side by side, that order is tried first.

A history whose operations follow one another has one order, and no choice is ever stored.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from pytest_offline.compare.causes import Call
from pytest_offline.compare.footprints import conflict
from pytest_offline.compare.histories import CLOCK_SLACK, History, precedes
from pytest_offline.compare.states import ReplayState
from pytest_offline.compare.verdicts import Judge

Ending = Literal["explained", "refuted", "out of budget"]
Choice = tuple[int, bool]
"""Index of a call, and whether it takes effect. Pending calls follow after the others."""

NOBODY: Final[Mapping[int, bool]] = {}

FORK_EVERY: Final = 50
"""A state of n entries is copied at most every n / 50 steps; those between are worked out again."""


@dataclass
class _Fork:
    """A point to come back to."""

    steps: int
    low: int
    others: Iterator[Choice]
    state: ReplayState | None
    key: Hashable


@dataclass
class DeadEnd:
    """The longest way that was found: no operation that may be next is allowed in this state.

    Attributes:
        culprit: the index of one of them, if there is one whose order is not free; None where all
            operations are explained, and the final state is not.
        trail: the choices that led there.
        forced: whether there was one way there only, so that the culprit is at fault for certain.
    """

    steps: int
    state: ReplayState
    done: bytes
    culprit: int | None
    trail: tuple[Choice, ...] = ()
    forced: bool = False


class Search:
    """One search. `run` may be called again after `go_on_from`."""

    def __init__(
        self,
        history: History,
        state: ReplayState,
        judge: Judge,
        ends_well: Callable[[ReplayState], bool],
    ) -> None:
        self.history = history
        self.judge = judge
        self.explored = 0
        self.width = 0
        self.dead_end: DeadEnd | None
        self._all = (*history.calls, *history.pending)
        self._ends_well = ends_well
        self._rank: dict[int, int] = {}
        self._start(state, bytearray(len(self._all)))

    @property
    def state(self) -> ReplayState:
        """Where the search is now."""
        return self._state

    @property
    def trail(self) -> Sequence[Choice]:
        """The choices that led there."""
        return self._trail

    @property
    def root(self) -> tuple[ReplayState, bytes]:
        """Where the search was started last: the state, and which calls were passed over."""
        return self._root, self._root_done

    def run(self, budget: int) -> Ending:
        """Search until an order is found, none can be, or so many states were looked at.

        Run again after "out of budget" it goes on where it stopped.
        """
        limit = self.explored + budget
        while self.explored < limit:
            self.explored += 1
            self._advance_low()
            choices = self._next_choices()
            if choices is None:
                return "explained"
            if not self._take_first(choices) and not self._step_back():
                return "refuted"
        return "out of budget"

    def follow(self, guide: Sequence[Choice], budget: int) -> Ending:
        """Begin anew from where this search was started last, trying choices in an order given."""
        self._rank = {index: rank for rank, (index, _) in enumerate(guide)}
        root = self._root
        self._start(root.fork(), bytearray(self._root_done))
        return self.run(budget)

    def pass_over(self, index: int) -> None:
        """Begin anew from where this search was started last, with one call judged no more."""
        self._judge({index: False})
        self._rank = {}
        self._start(self._root, bytearray(self._root_done))

    def _judge(self, judged: Mapping[int, bool]) -> None:
        calls = list(self.history.calls)
        for index, on in judged.items():
            calls[index] = replace(calls[index], judged=on)
        self.history = replace(self.history, calls=tuple(calls))
        self._all = (*calls, *self.history.pending)

    def call(self, index: int) -> Call:
        """A call, by its index; pending calls follow after the others."""
        return self._all[index]

    def go_on_from(self, dead_end: DeadEnd) -> None:
        """Go on behind a dead end, as if the call at fault had been allowed."""
        done = bytearray(dead_end.done)
        if dead_end.culprit is not None:
            call = self._all[dead_end.culprit]
            if call.operation.outcome == "fulfilled" and call.writes:
                dead_end.state.apply(call)
            done[dead_end.culprit] = 1
        self._start(dead_end.state, done)

    def begin_again(
        self,
        judge: Judge,
        ends_well: Callable[[ReplayState], bool],
        judged: Mapping[int, bool] = NOBODY,
    ) -> Search:
        """Another search from where this one was started last.

        Args:
            judged: calls, by their index, that are judged in it or not, other than in this one.
        """
        again = Search(self.history, self._root, judge, ends_well)
        if judged:
            again._judge(judged)
        again._rank = self._rank
        again._start(self._root.fork(), bytearray(self._root_done))
        return again

    def _start(self, state: ReplayState, done: bytearray) -> None:
        self._state = state
        self._done = done
        self._root_done = bytes(done)
        self.dead_end = None
        self._low = 0
        self._trail: list[Choice] = []
        self._forks: list[_Fork] = []
        self._failed: set[Hashable] = set()
        self._stepped_back = False
        self._forked = False
        self._root = state.fork()
        self._last_copy = 0

    def _advance_low(self) -> None:
        count = len(self.history.calls)
        while self._low < count and self._done[self._low]:
            self._low += 1

    # What may come next

    def _next_choices(self) -> Iterator[Choice] | None:
        """The choices to try, best first; None at the end, where the final state fits."""
        eligible = self._eligible()
        self.width = max(self.width, len(eligible))
        if not eligible:
            if self._ends_well(self._state):
                return None
            return iter([(index, True) for index in self._open_pending()])
        return self._choices(eligible)

    def _choices(self, eligible: list[int]) -> Iterator[Choice]:
        pending: list[int] = []
        for index in self._pending_first(eligible[0]):
            yield index, True
        for index in eligible:
            call = self._all[index]
            rivals = self._rivals(index)
            for effect in self.judge.effects(call, self._state):
                yield index, effect
            if not rivals:
                # Nothing that could still come before it makes a difference: if it does not fit
                # now it never will, and if it does, no other order leads anywhere else.
                return
            pending += [rival for rival in rivals if rival >= len(self.history.calls)]
        for index in sorted(set(pending)):
            if self._may_begin(index):
                yield index, True

    def _pending_first(self, eligible: int) -> list[int]:
        """Pending calls that the guide has before the first call that may be next."""
        limit = self._rank.get(eligible, -1)
        return [
            index
            for index in self._open_pending()
            if self._rank.get(index, limit) < limit and self._may_begin(index)
        ]

    def _may_begin(self, pending: int) -> bool:
        """Whether no open call had settled before a pending one began."""
        late = self._all[pending].operation
        return not any(
            precedes(self._all[index].operation, late)
            for index in range(self._low, len(self.history.calls))
            if not self._done[index]
        )

    def _eligible(self) -> list[int]:
        """The calls that no open call precedes, those to be tried first in front."""
        calls, done = self.history.calls, self._done
        found: list[int] = []
        settled_by_place: dict[str, int] = {}
        earliest = float("inf")
        for index in range(self._low, len(calls)):
            operation = calls[index].operation
            if operation.started > earliest + CLOCK_SLACK:
                break
            if done[index]:
                continue
            # Another place's call that settled before would have ended the loop above; within one
            # place its own numbering is finer than the clock.
            place = operation.place.id
            if settled_by_place.get(place, operation.started_number) >= operation.started_number:
                found.append(index)
            settled, number = self.history.settled[index]
            settled_by_place[place] = min(settled_by_place.get(place, number), number)
            earliest = min(earliest, settled)
        if len(found) > 1:
            found.sort(key=self._urgency)
        return found

    def _urgency(self, index: int) -> tuple[float, float, int]:
        rank = self._rank.get(index, len(self._all))
        return rank, self.history.priority[index], index

    def _rivals(self, index: int) -> list[int]:
        """Open calls whose order with this one is free, and may matter."""
        call = self._all[index]
        found: list[int] = []
        for other in range(self._low, len(self.history.calls)):
            rival = self._all[other]
            settled = call.operation.settled
            if settled is not None and rival.operation.started > settled + CLOCK_SLACK:
                break
            if other != index and not self._done[other] and self._may_meet(call, rival):
                found.append(other)
                break
        late = [each for each in self._open_pending() if self._may_meet(call, self._all[each])]
        return found + late

    def _may_meet(self, call: Call, rival: Call) -> bool:
        return conflict(
            call.footprint, rival.footprint, ordered=self.judge.ordered
        ) and not precedes(call.operation, rival.operation)

    def _open_pending(self) -> list[int]:
        count = len(self.history.calls)
        return [index for index in range(count, len(self._all)) if not self._done[index]]

    # Forward and back

    def _take_first(self, choices: Iterator[Choice]) -> bool:
        first = next(choices, None)
        if first is None:
            self._note_dead_end()
            return False
        others = self._others(first[0], choices)
        if others is not None and not self._store_fork(others):
            return False
        self._take(first)
        return True

    def _others(self, first: int, choices: Iterator[Choice]) -> Iterator[Choice] | None:
        """The choices left; None where there cannot be any, so no state to come back to is kept."""
        if first < len(self.history.calls) and not self._rivals(first):
            effects = list(choices)
            return iter(effects) if effects else None
        return choices

    def _store_fork(self, others: Iterator[Choice]) -> bool:
        key: Hashable = None
        if self._stepped_back:
            key = self._key()
            if key in self._failed:
                return False
        copy = None
        steps = len(self._trail)
        if steps - self._last_copy >= self._state.size() // FORK_EVERY:
            copy = self._state.fork()
            self._last_copy = steps
        self._forks.append(_Fork(steps, self._low, others, copy, key))
        self._forked = True
        return True

    def _take(self, choice: Choice) -> None:
        index, effect = choice
        if effect and self._all[index].writes:
            self._state.apply(self._all[index])
        self._done[index] = 1
        self._trail.append(choice)

    def _step_back(self) -> bool:
        self._stepped_back = True
        while self._forks:
            fork = self._forks[-1]
            self._return_to(fork)
            self.explored += 1
            choice = next(fork.others, None)
            if choice is not None:
                self._take(choice)
                return True
            self._failed.add(fork.key if fork.key is not None else self._key())
            self._forks.pop()
        return False

    def _return_to(self, fork: _Fork) -> None:
        for index, _ in self._trail[fork.steps :]:
            self._done[index] = 0
        del self._trail[fork.steps :]
        self._low = fork.low
        self._state = self._state_at(fork)
        self._last_copy = min(self._last_copy, fork.steps)

    def _state_at(self, wanted: _Fork) -> ReplayState:
        steps, state = 0, self._root
        for fork in self._forks:
            if fork.state is not None and fork.steps <= wanted.steps:
                steps, state = fork.steps, fork.state
        found = state.fork()
        for index, effect in self._trail[steps : wanted.steps]:
            if effect and self._all[index].writes:
                found.apply(self._all[index])
        return found

    def _key(self) -> Hashable:
        count = len(self.history.calls)
        window = bytes(self._done[self._low : count].rstrip(b"\0"))
        late = bytes(self._done[count:])
        return self._low, window, late, self._state.fingerprint(ordered=self.judge.ordered)

    def _note_dead_end(self) -> None:
        steps = len(self._trail)
        if self.dead_end is None or steps > self.dead_end.steps:
            done = bytes(self._done)
            self.dead_end = DeadEnd(
                steps,
                self._state.fork(),
                done,
                self._culprit(),
                tuple(self._trail),
                forced=not self._forked,
            )

    def _culprit(self) -> int | None:
        eligible = self._eligible()
        fixed = (index for index in eligible if not self._rivals(index))
        return next(fixed, eligible[0] if eligible else None)
