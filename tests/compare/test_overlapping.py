"""Operations side by side: right if some order explains them, and only then."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_histories import BASE, Recorder, at, cached, contrary_lists, place, side_by_side

from pytest_offline.compare import explain, replay
from pytest_offline.compare.causes import Call
from pytest_offline.compare.finals import final_fits
from pytest_offline.compare.histories import history_of, precedes
from pytest_offline.compare.states import ReplayState
from pytest_offline.compare.verdicts import Judge
from pytest_offline.model import Response
from pytest_offline.record import Operation, Snapshot


def two_tabs(record: Recorder) -> tuple[Operation, ...]:
    """One tab puts /a, the other finds it, then deletes it, then misses it."""
    other = place("p2")
    return (
        record("put", "v1", ["/a"], Response(body=b"1")),
        record("match", "v1", ["/a"], where=other),
        record("delete", "v1", ["/a"], where=other),
        record("match", "v1", ["/a"], where=other),
    )


def test_a_write_may_act_at_any_time_until_it_settles(record: Recorder) -> None:
    put, found, gone, missed = two_tabs(record)
    early = [at(put, 0, 500), at(found, 100, 110), at(gone, 200, 210), at(missed, 300, 310)]
    assert replay(early, base_url=BASE, final=record.final).agrees
    late = [at(missed, 10, 20), *early[:3]]
    assert replay(late, base_url=BASE, final=record.final).agrees


def test_what_has_settled_has_acted(record: Recorder) -> None:
    put, found, _, missed = two_tabs(record)
    history = [at(put, 0, 100), at(missed, 103, 110), at(found, 120, 130)]
    (difference,) = replay(history, base_url=BASE).differences
    assert difference.operation == history[1]


def test_clocks_of_two_processes_may_differ_by_a_little(record: Recorder) -> None:
    put, _, _, missed = two_tabs(record)
    assert replay([at(put, 0, 100), at(missed, 102, 110)], base_url=BASE).agrees
    in_one_place = [at(put, 0, 100), replace(at(missed, 102, 110), place=put.place)]
    assert not replay(in_one_place, base_url=BASE).agrees


@pytest.mark.parametrize("stored", [True, False])
def test_a_pending_put_may_have_acted_or_not(record: Recorder, stored: bool) -> None:
    put, found, _, missed = two_tabs(record)
    history = [at(put, 100, None), at(missed, 10, 20), at(missed, 200, 210)]
    if stored:
        history.append(at(found, 300, 310))
    assert replay(history, base_url=BASE).agrees
    assert not replay([*history[:1], at(found, 10, 20)], base_url=BASE).agrees


def test_a_pending_put_shows_in_the_final_state_or_not(record: Recorder) -> None:
    record("open", "v1")
    put = record("put", "v1", ["/a"], Response(body=b"1"))
    with_it = record.final
    history = [record.operations[0], at(put, 5000, None)]
    for final in (with_it, {"v1": ()}):
        assert replay(history, base_url=BASE, final=final).agrees
    other = {"v1": (replace(with_it["v1"][0], response=cached(b"2")),)}
    assert not replay(history, base_url=BASE, final=other).agrees


def test_a_pending_delete_acts_after_what_had_settled_before_it(record: Recorder) -> None:
    record("open", "v1")
    put = record("put", "v1", ["/a"], Response(body=b"1"))
    found = record("match", "v1", ["/a"], where=place("p2"), number=0)
    final = record.final
    gone = record("delete", "v1", ["/a"])
    history = [
        record.operations[0],
        at(put, 5000, 9000),
        at(found, 5010, 5020),
        at(gone, 6000, None),
    ]
    assert replay(history, base_url=BASE, final=final).agrees
    assert replay(history, base_url=BASE, final={"v1": ()}).agrees
    other = {"v1": (replace(final["v1"][0], response=cached(b"2")),)}
    assert not replay(history, base_url=BASE, final=other).agrees


@pytest.mark.parametrize("where", ["p1", "p2"])
def test_a_pending_put_acts_before_one_that_has_to_have_acted(record: Recorder, where: str) -> None:
    """The read shows that the second put acted; the list at the end, that the first did earlier."""
    record("open", "v1")
    record("open", "v1", where=place("p2"))
    first = record("put", "v1", ["/b"], Response(body=b"1"))
    second = record("put", "v1", ["/a"], Response(body=b"2"), where=place(where))
    read = record("match", "v1", ["/a"], where=place("p2"))
    late = [at(first, 5000, None), at(second, 5000, None), at(read, 5000, 5010)]
    found = replay([*record.operations[:2], *late], base_url=BASE, final=record.final)
    assert found.agrees


def test_pending_reads_and_refused_puts_do_nothing(record: Recorder) -> None:
    refused = record("put", "v1", ["/a"], Response(status=206))
    asked = record("match", "v1", ["/a"])
    history = [at(refused, 0, None), at(asked, 10, None), at(asked, 20, 30)]
    assert history_of(history, BASE, None).pending == ()
    assert replay(history, base_url=BASE).agrees


@pytest.mark.parametrize("count", [3, 40, 300])
def test_many_puts_side_by_side(record: Recorder, count: int) -> None:
    history = side_by_side(record, count)
    found = replay(history, base_url=BASE, final=record.final)
    assert found.agrees
    assert found.explored < 2 * count + 10


@pytest.mark.parametrize("count", [3, 40, 130])
def test_many_puts_side_by_side_and_one_body_that_is_wrong(record: Recorder, count: int) -> None:
    history = side_by_side(record, count)
    history.append(at(record("match", "v1", ["/0"]), 5500, 6000 + (count - 2.5) / 1000))
    entries = list(record.final["v1"])
    entries[1] = replace(entries[1], response=cached(b"stale"))
    found = replay(history, base_url=BASE, final={"v1": tuple(entries)})
    assert found.undecided is None
    (difference,) = found.differences
    assert difference.cache == "v1"
    assert "stale" not in difference.seen
    assert "from entry 2 on" in difference.seen


def test_a_wide_history_goes_on_behind_a_difference(record: Recorder) -> None:
    history = side_by_side(record, 40)
    stale = replace(record("match", "v1", ["/1"]), value=cached(b"stale"))
    missed = replace(record("match", "v1", ["/2"]), value=None)
    history += [at(stale, 7000, 7001), at(missed, 7010, 7011)]
    found = replay(history, base_url=BASE, final=record.final)
    assert [each.operation for each in found.differences] == history[-2:]


def test_two_lists_in_opposite_orders_are_refuted(record: Recorder) -> None:
    history = contrary_lists(record, 4)
    (difference,) = replay(history, base_url=BASE).differences
    assert difference.operation == history[-1]


def test_what_is_too_wide_to_decide_says_so(record: Recorder) -> None:
    found = replay(contrary_lists(record, 12), base_url=BASE, budget=100)
    assert found.differences == ()
    assert not found.agrees
    assert found.undecided is not None
    assert found.undecided.startswith("15 operations, up to 12 of them side by side and 0 never")
    assert "This is no agreement" in found.undecided
    assert explain(found) == [f"undecided: {found.undecided}"]


def test_what_is_too_wide_in_its_final_state_says_so(record: Recorder) -> None:
    history = contrary_lists(record, 12)
    found = replay(history, base_url=BASE, final=record.final, budget=100)
    assert found.undecided is not None
    assert found.differences == ()


def test_what_no_order_of_the_lists_would_help_is_refuted(record: Recorder) -> None:
    """The order of what is listed is too wide to decide; a body that nobody put is wrong in all."""
    history = contrary_lists(record, 12)
    every = record("matchAll", "v1")
    assert isinstance(every.value, tuple)
    stale = replace(every, value=(cached(b"stale"), *every.value[1:]))
    history.append(at(stale, 7020, 7021))
    found = replay(history, base_url=BASE, budget=100)
    assert [each.operation for each in found.differences] == [history[-1]]


def test_caches_side_by_side(record: Recorder) -> None:
    other = place("p2")
    names = [record("open", "b", where=other), record("open", "a")]
    listed = record("keys")
    assert listed.value == ("b", "a")
    history = [at(names[0], 0, 20), at(names[1], 1, 10), at(listed, 100, 101)]
    assert replay(history, base_url=BASE, final={"b": (), "a": ()}).agrees
    assert not replay(history, base_url=BASE, final={"a": (), "b": ()}).agrees


def test_other_caches_side_by_side_are_tried_in_one_order(record: Recorder) -> None:
    other = place("p2")
    opened = [record("open", "v1"), record("open", "v2", where=other)]
    calls = [
        record("put", "v1", ["/a"], Response(body=b"1")),
        record("put", "v2", ["/a"], Response(body=b"2"), where=other),
    ]
    history = [*opened, *(at(each, 500, 600) for each in calls)]
    found = replay(history, base_url=BASE, final=record.final)
    assert found.agrees
    assert found.explored == 5


# Against trying every order

CALLS = st.sampled_from(
    [
        ("put", "v1", "/a"), ("put", "v1", "/a"), ("put", "v1", "/b"), ("put", "v2", "/a"),
        ("delete", "v1", "/a"), ("match", "v1", "/a"), ("match", "v1", "/b"), ("keys", "v1", None),
        ("matchAll", "v1", None), ("match", None, "/a"), ("keys", None, None), ("open", "v1", None),
        ("open", "v2", None), ("has", "v2", None), ("forget", "v1", None),
    ]
)  # fmt: skip
TIMES = st.integers(0, 60)
PLACES = st.sampled_from(["p1", "p2", "p3"])
PROGRAM = st.lists(st.tuples(CALLS, PLACES, TIMES, TIMES, st.integers(0, 9)), max_size=6)


def history_from(
    program: Sequence[tuple[tuple[str, str | None, str | None], str, int, int, int]],
    opened: Sequence[str] = (),
) -> tuple[list[Operation], Snapshot]:
    """What one order would give, at times that fit to it or do not.

    With ``opened`` each place opened these caches before; without, nobody saw them opened.
    """
    record = Recorder()
    history = [
        at(record("open", name, where=place(where)), -1000.0 + 10 * count, -999.0 + 10 * count)
        for count, (name, where) in enumerate(itertools.product(opened, ["p1", "p2", "p3"]))
    ]
    for number, ((method, cache, url), where, started, length, luck) in enumerate(program):
        requests = [url] if url else []
        response = Response(body=str(number).encode()) if method == "put" else None
        handle = -1 if method == "forget" else (0 if opened else 99) if cache else None
        name = "delete" if method == "forget" else method
        made = record(name, cache, requests, response, place(where), handle)
        settled = None if luck == 0 else float(started + length)
        history.append(at(made, float(started), settled))
    return history, record.final


def explained_by_some_order(history: Sequence[Operation], final: Snapshot) -> bool:
    ready = history_of(history, BASE, final)
    first = [call for call in ready.calls if call.operation.started < 0]
    calls = ready.calls[len(first) :]
    return any(
        explained_by(order, chosen, first, final)
        for count in range(len(ready.pending) + 1)
        for chosen in itertools.combinations(ready.pending, count)
        for order in itertools.permutations((*calls, *chosen))
    )


def explained_by(
    order: Sequence[Call], chosen: Sequence[Call], first: Sequence[Call], final: Snapshot
) -> bool:
    pairs = itertools.combinations(order, 2)
    if any(precedes(later.operation, earlier.operation) for earlier, later in pairs):
        return False
    judge, state = Judge(), ReplayState.begin(BASE, None)
    for call in (*first, *order):
        effects = (True,) if call in chosen else judge.effects(call, state)
        if not effects:
            return False
        if effects[0] and call.writes:
            state.apply(call)
    return final_fits(state, final, judge)


@pytest.mark.parametrize("opened", [(), ("v1", "v2")], ids=["not seen opened", "opened"])
@settings(max_examples=100, deadline=None, derandomize=True)
@given(program=PROGRAM)
def test_the_search_agrees_with_trying_every_order(program: list, opened: Sequence[str]) -> None:
    history, final = history_from(program, opened)
    found = replay(history, base_url=BASE, final=final)
    assert found.undecided is None
    assert found.agrees is explained_by_some_order(history, final)
