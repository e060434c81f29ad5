"""Which calls may be next and which may meet: kept from step to step, against looking at all."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_histories import BASE, place

from pytest_offline.compare import open_calls
from pytest_offline.compare.footprints import conflict, lanes_asked, lanes_of
from pytest_offline.compare.histories import CLOCK_SLACK, History, history_of, precedes
from pytest_offline.compare.open_calls import OpenCalls
from pytest_offline.record import CachedRequest, CachedResponse, Operation

METHODS = ["put", "match", "delete", "keys", "matchAll", "addAll", "open", "has", "caches.match"]


def operation(number: int, luck: random.Random, clock: float) -> Operation:
    method = luck.choice(METHODS)
    target = "cache" if method in METHODS[:6] else "caches"
    everything = method in ("keys", "matchAll", "open", "has")
    urls = [f"{BASE}{luck.randrange(4)}" for _ in range(1 + (method == "addAll"))]
    cache = None if method == "caches.match" else luck.choice(["v1", "v2"])
    return Operation(
        number=number,
        place=place(f"p{luck.randrange(3)}"),
        target=target,  # type: ignore[arg-type]
        method=method.rpartition(".")[2],  # type: ignore[arg-type]
        started=clock,
        started_number=number,
        cache=cache,
        cache_number=0 if luck.random() < 0.7 and target == "cache" else None,
        requests=() if everything else tuple(CachedRequest(url) for url in urls),
        response=CachedResponse(200) if method == "put" else None,
        options=(("cacheName", "v2"),) if cache is None and luck.random() < 0.5 else (),
    )


def history_by(luck: random.Random, count: int = 24) -> History:
    """Calls that overlap, a few of which never settle; numbers follow the clock in each place."""
    found: list[Operation] = []
    for number in range(count):
        clock = 1000.0 + number * luck.choice([0.5, 1])
        made = operation(number * 1000, luck, clock)
        wide = luck.choice([3, 12, 60])
        settled = clock + luck.uniform(0.1, wide)
        if luck.random() < 0.85:
            made = replace(made, settled=settled, outcome="fulfilled")
        found.append(made)
    numbered: dict[tuple[int, str], int] = {}
    times = [(each.started, at, "started") for at, each in enumerate(found)]
    times += [(each.settled, at, "settled") for at, each in enumerate(found) if each.settled]
    for number, (_, at, what) in enumerate(sorted(times)):
        numbered[at, what] = number
    return history_of(
        [
            replace(
                each,
                number=at,
                started_number=numbered[at, "started"],
                settled_number=numbered.get((at, "settled")),
            )
            for at, each in enumerate(found)
        ],
        BASE,
        None,
    )


class Plain:
    """The same, by looking at every call each time."""

    def __init__(self, history: History, *, ordered: bool) -> None:
        self.calls = (*history.calls, *history.pending)
        self.count = len(history.calls)
        self.open = set(range(len(self.calls)))
        self.ordered = ordered

    def eligible(self) -> list[int]:
        left = [index for index in self.open if index < self.count]
        return [index for index in sorted(left) if self.may_begin(index)]

    def may_begin(self, index: int) -> bool:
        late = self.calls[index].operation
        return not any(self._before(other, late) for other in self.open if other < self.count)

    def _before(self, index: int, late: Operation) -> bool:
        early = self.calls[index].operation
        by_clock = early.settled is not None and early.settled + CLOCK_SLACK < late.started
        return by_clock or precedes(early, late)

    def is_free(self, index: int) -> bool:
        call = self.calls[index]
        return not any(
            conflict(call.footprint, self.calls[other].footprint, ordered=self.ordered)
            and not precedes(call.operation, self.calls[other].operation)
            for other in self.open - {index}
        )


@pytest.mark.parametrize("near", [1, 3, 1000])
@pytest.mark.parametrize("ordered", [True, False])
@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_forward_and_back_it_says_what_looking_at_all_says(
    near: int, ordered: bool, seed: int
) -> None:
    luck = random.Random(seed)
    history = history_by(luck)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_calls, "NEAR", near)
        done = bytearray(len(history.calls) + len(history.pending))
        calls = OpenCalls(history, done, lambda index: (index,), ordered=ordered)
        plain = Plain(history, ordered=ordered)
        trail: list[int] = []
        for _ in range(60):
            eligible = plain.eligible()
            assert list(calls.eligible()) == eligible
            assert calls.width == len(eligible)
            assert [calls.is_free(each) for each in eligible] == [
                plain.is_free(each) for each in eligible
            ]
            late = [each for each in sorted(plain.open) if each >= plain.count]
            assert list(calls.pending()) == late
            assert [calls.may_begin(each) for each in late] == [
                plain.may_begin(each) for each in late
            ]
            settled = [each for each in plain.open if each < plain.count]
            assert calls.first == min(settled, default=plain.count)
            choices = eligible + [each for each in late if plain.may_begin(each)]
            if trail and (not choices or luck.random() < 0.4):
                plain.open.add(trail[-1])
                calls.put_back(trail.pop())
            elif choices:
                trail.append(luck.choice(choices))
                plain.open.discard(trail[-1])
                calls.take(trail[-1])


@pytest.mark.parametrize("ordered", [True, False])
@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_whatever_is_in_conflict_is_found_in_a_lane(ordered: bool, seed: int) -> None:
    history = history_by(random.Random(seed), count=12)
    prints = [each.footprint for each in (*history.calls, *history.pending)]
    prints += [replace(each, cache=None) for each in prints]
    for one in prints:
        asked = set(lanes_asked(one, ordered=ordered))
        for other in prints:
            if conflict(one, other, ordered=ordered):
                assert asked & set(lanes_of(other, ordered=ordered))
