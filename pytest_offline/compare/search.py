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
from pytest_offline.compare.histories import History
from pytest_offline.compare.open_calls import OpenCalls
from pytest_offline.compare.states import ReplayState
from pytest_offline.compare.verdicts import Judge

Ending = Literal["explained", "refuted", "out of budget"]
Choice = tuple[int, bool]
"""Index of a call, and whether it takes effect. Pending calls follow after the others."""

NOBODY: Final[Mapping[int, bool]] = {}

FORK_EVERY: Final = 20
"""A state of n entries is copied at most every n / 20 steps; those between are worked out again."""


LARGE: Final = 500
"""Entries of which a state may have so many and count once: to go back to one of n entries, or to
recognise it, takes time in proportion to n, so it counts as n / 500 states against the budget, and
only every n / 500 steps states are held against those that failed."""


@dataclass
class _Fork:
    """A point to come back to."""

    steps: int
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
        self._follow({})
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
            choices = self._next_choices()
            if choices is None:
                return "explained"
            if not self._take_first(choices) and not self._step_back():
                return "refuted"
        return "out of budget"

    def follow(self, guide: Sequence[Choice], budget: int) -> Ending:
        """Begin anew from where this search was started last, trying choices in an order given."""
        self._follow({index: rank for rank, (index, _) in enumerate(guide)})
        root = self._root
        self._start(root.fork(), bytearray(self._root_done))
        return self.run(budget)

    def pass_over(self, index: int) -> None:
        """Begin anew from where this search was started last, with one call judged no more."""
        self._judge({index: False})
        self._follow({})
        self._start(self._root, bytearray(self._root_done))

    def _follow(self, rank: Mapping[int, int]) -> None:
        """Which calls to try first; pending ones among them come before those behind them."""
        self._rank = rank
        self._ranked_late = [index for index in rank if index >= len(self.history.calls)]

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
        again._follow(self._rank)
        again._start(self._root.fork(), bytearray(self._root_done))
        return again

    def _start(self, state: ReplayState, done: bytearray) -> None:
        self._state = state
        self._done = done
        self._root_done = bytes(done)
        self.dead_end = None
        self._open = OpenCalls(self.history, done, self._urgency, ordered=self.judge.ordered)
        self._trail: list[Choice] = []
        self._forks: list[_Fork] = []
        self._failed: set[Hashable] = set()
        self._stepped_back = False
        self._forked = False
        self._root = state.fork()
        self._last_copy = 0
        self._last_key = 0

    # What may come next

    def _next_choices(self) -> Iterator[Choice] | None:
        """The choices to try, best first; None at the end, where the final state fits."""
        self.width = max(self.width, self._open.width)
        if self._open.width:
            return self._choices()
        if self._ends_well(self._state):
            return None
        return ((index, True) for index in self._open.pending())

    def _choices(self) -> Iterator[Choice]:
        for index in self._pending_first():
            yield index, True
        for index in self._open.eligible():
            for effect in self.judge.effects(self._all[index], self._state):
                yield index, effect
            if self._open.is_free(index):
                # Nothing that could still come before it makes a difference: if it does not fit
                # now it never will, and if it does, no other order leads anywhere else.
                return
        for index in self._open.pending_before():
            yield index, True

    def _pending_first(self) -> list[int]:
        """Pending calls that the guide has before the first call that may be next."""
        if not self._ranked_late:
            return []
        limit = self._rank.get(next(self._open.eligible()), -1)
        return [
            index
            for index in self._ranked_late
            if self._rank[index] < limit and not self._done[index] and self._open.may_begin(index)
        ]

    def _urgency(self, index: int) -> tuple[float, float, int]:
        rank = self._rank.get(index, len(self._all))
        return rank, self.history.priority[index], index

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
        if first < len(self.history.calls) and self._open.is_free(first):
            effects = list(choices)
            return iter(effects) if effects else None
        return choices

    def _store_fork(self, others: Iterator[Choice]) -> bool:
        key: Hashable = None
        steps = len(self._trail)
        if self._stepped_back and steps - self._last_key >= self._state.size() // LARGE:
            key = self._key()
            self._last_key = steps
            if key in self._failed:
                return False
        copy = None
        if steps - self._last_copy >= self._state.size() // FORK_EVERY:
            copy = self._state.fork()
            self._last_copy = steps
        self._forks.append(_Fork(steps, others, copy, key))
        self._forked = True
        return True

    def _take(self, choice: Choice) -> None:
        index, effect = choice
        if effect and self._all[index].writes:
            self._state.apply(self._all[index])
        self._done[index] = 1
        self._open.take(index)
        self._trail.append(choice)

    def _step_back(self) -> bool:
        self._stepped_back = True
        while self._forks:
            fork = self._forks[-1]
            self._return_to(fork)
            self.explored += 1 + self._state.size() // LARGE
            choice = next(fork.others, None)
            if choice is not None:
                self._take(choice)
                return True
            self._failed.add(fork.key if fork.key is not None else self._key())
            self._forks.pop()
        return False

    def _return_to(self, fork: _Fork) -> None:
        for index, _ in reversed(self._trail[fork.steps :]):
            self._done[index] = 0
            self._open.put_back(index)
        del self._trail[fork.steps :]
        self._state = self._state_at(fork)
        self._last_copy = min(self._last_copy, fork.steps)
        self._last_key = min(self._last_key, fork.steps)

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
        low = self._open.first
        window = bytes(self._done[low:count].rstrip(b"\0"))
        late = bytes(self._done[count:])
        return low, window, late, self._state.fingerprint(ordered=self.judge.ordered)

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
        free = (index for index in self._open.eligible() if self._open.is_free(index))
        return next(free, next(self._open.eligible(), None))
