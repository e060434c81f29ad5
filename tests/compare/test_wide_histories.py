"""Histories too wide to try every order: one URL at a time, and what lists tell of the whole."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from invented_histories import BASE, Recorder, at, cached, place
from test_overlapping import PROGRAM, explained_by_some_order, history_from

from pytest_offline.compare import lists as lists_module
from pytest_offline.compare import replay
from pytest_offline.compare import replay as replay_function
from pytest_offline.model import Response
from pytest_offline.record import Operation, Snapshot

replay_module = sys.modules[replay_function.__module__]


def wide(
    seed: int, count: int = 300, keys: int = 24, lists: float = 0.03
) -> tuple[list[Operation], Snapshot]:
    """Four places, each with one operation under way at a time, that acts somewhere within it."""
    luck, record = random.Random(seed), Recorder()
    clocks = [1000.0 + number for number in range(4)]
    for number in range(4):
        record("open", "v1", where=place(f"p{number}"))
    history = [
        at(each, 10.0 * number, 10.0 * number + 5) for number, each in enumerate(record.operations)
    ]
    planned: list[tuple[float, float, float, int]] = []
    for _ in range(count):
        who = min(range(4), key=clocks.__getitem__)
        started, settled = clocks[who], clocks[who] + luck.uniform(1, 30)
        planned.append((luck.uniform(started, settled), started, settled, who))
        clocks[who] = settled + luck.uniform(0.01, 3)
    for number, (_, started, settled, who) in enumerate(sorted(planned)):
        url, lot = f"/{luck.randrange(keys)}", luck.random()
        more: dict[str, Any] = {"where": place(f"p{who}"), "number": 0}
        if lot < lists:
            made = record("keys", "v1", **more)
        elif lot < 0.45:
            made = record("put", "v1", [url], Response(body=str(number).encode()), **more)
        elif lot < 0.9:
            made = record("match", "v1", [url], **more)
        else:
            made = record("delete", "v1", [url], **more)
        history.append(at(made, started, settled))
    history.sort(key=lambda each: each.started)
    numbered = [replace(each, number=number) for number, each in enumerate(history)]
    return numbered, record.final


@pytest.mark.parametrize("seed", range(4))
def test_what_some_order_explains_is_explained(seed: int) -> None:
    history, final = wide(seed)
    found = replay(history, base_url=BASE, final=final)
    assert found.undecided is None
    assert found.differences == ()


@pytest.mark.parametrize("seed", range(3))
def test_one_stale_answer_is_found_where_it_is(seed: int) -> None:
    history, final = wide(seed)
    hits = [each.number for each in history if each.method == "match" and each.value is not None]
    chosen = random.Random(seed).choice(hits)
    history[chosen] = replace(history[chosen], value=cached(b"stale"))
    found = replay(history, base_url=BASE, final=final)
    assert [each.operation for each in found.differences] == [history[chosen]]
    assert found.undecided is None


def test_several_are_found_one_after_the_other() -> None:
    history, final = wide(1)
    hits = [each.number for each in history if each.method == "match" and each.value is not None]
    chosen = hits[len(hits) // 3 :: len(hits) // 3][:2]
    for number in chosen:
        history[number] = replace(history[number], value=cached(b"stale"))
    found = replay(history, base_url=BASE, final=final)
    assert [each.operation for each in found.differences] == [history[each] for each in chosen]


def test_an_entry_that_is_lost_in_the_end() -> None:
    history, final = wide(2, lists=0)
    found = replay(history, base_url=BASE, final={"v1": final["v1"][1:]})
    assert [each.cache for each in found.differences] == ["v1"]


def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time for the plain search: everything is taken apart at once."""
    monkeypatch.setattr(replay_module, "PATIENCE", -1_000_000)


@pytest.mark.parametrize("opened", [(), ("v1", "v2")], ids=["not seen opened", "opened"])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(program=PROGRAM)
def test_taken_apart_it_agrees_with_trying_every_order(
    program: list, opened: Sequence[str]
) -> None:
    history, final = history_from(program, opened)
    with pytest.MonkeyPatch.context() as patch:
        forced(patch)
        found = replay(history, base_url=BASE, final=final)
    right = explained_by_some_order(history, final)
    # It may not know; what it says has to be so.
    assert found.undecided is not None or found.agrees is right
    assert not (right and found.differences)


def test_a_part_that_no_order_explains_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache was deleted, and stands there again by puts on what nobody saw opened."""
    put = (("put", "v1", "/a"), "p1", 0, 0, 0)
    history, final = history_from([put, (("forget", "v1", None), "p1", 0, 0, 1), put])
    assert not explained_by_some_order(history, final)
    forced(monkeypatch)
    found = replay(history, base_url=BASE, final=final)
    assert not found.agrees
    assert found.undecided is not None
    assert "This is no agreement." in found.undecided


def test_a_pending_put_that_has_to_have_acted(
    record: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced(monkeypatch)
    other = place("p2")
    record("open", "v1")
    put = record("put", "v1", ["/a"], Response(body=b"1"))
    found = record("match", "v1", ["/a"], where=other)
    history = [record.operations[0], at(put, 5000, None), at(found, 5100, 5110)]
    verdict = replay(history, base_url=BASE, final=record.final)
    assert verdict.agrees


def test_add_all_keys_and_names_taken_apart(
    record: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced(monkeypatch)
    record("open", "v1")
    record("addAll", "v1", ["/a", "/b?1", "/b?2"], Response(body=b"x"))
    record("keys", "v1")
    record("keys", "v1", ["/b"], ignore_search=True)
    record("matchAll", "v1")
    record("match", None, ["/b"], ignore_search=True)
    record("delete", "v1", number=-1)
    record("open", "v1")
    record("put", "v1", ["/c"], Response(body=b"c"))
    record("has", "v1")
    record("keys")
    assert replay(record.operations, base_url=BASE, final=record.final).agrees
    wrong = [*record.operations]
    wrong[-1] = replace(wrong[-1], value=("v1", "v2"))
    found = replay(wrong, base_url=BASE, final=record.final)
    assert [each.operation for each in found.differences] == [wrong[-1]]
    lost = [*record.operations]
    assert isinstance(lost[2].value, tuple)
    lost[2] = replace(lost[2], value=lost[2].value[1:])
    found = replay(lost, base_url=BASE, final=record.final)
    assert [each.operation for each in found.differences] == [lost[2]]


def test_a_list_that_is_none_taken_apart(record: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    forced(monkeypatch)
    record("put", "v1", ["/a"], Response(body=b"x"))
    listed = replace(record("keys", "v1"), value=7)
    found = replay([record.operations[0], listed], base_url=BASE, final=record.final)
    assert [each.operation for each in found.differences] == [listed]


def test_a_list_in_an_order_that_cannot_be_taken_apart(
    record: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No put of /a may have acted behind one of /b: the list gives no hint for it, and is wrong."""
    forced(monkeypatch)
    record("put", "v1", ["/a"], Response(body=b"a"))
    record("put", "v1", ["/b"], Response(body=b"b"))
    listed = record("keys", "v1")
    assert isinstance(listed.value, tuple)
    wrong = replace(listed, value=listed.value[::-1])
    found = replay([*record.operations[:2], wrong], base_url=BASE, final=record.final)
    assert [each.operation for each in found.differences] == [wrong]


def test_lists_with_too_many_rows_give_no_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    forced(monkeypatch)
    monkeypatch.setattr(lists_module, "MOST_ROWS", 5)
    history, final = wide(1, count=80)
    assert replay(history, base_url=BASE, final=final).agrees
    hits = [each.number for each in history if each.method == "match" and each.value is not None]
    history[hits[-1]] = replace(history[hits[-1]], value=cached(b"stale"))
    found = replay(history, base_url=BASE, final=final)
    assert [each.operation for each in found.differences] == [history[hits[-1]]]


def crowded(record: Recorder) -> list[Operation]:
    """Six puts of one URL side by side, and an answer that none of them gave."""
    puts = [record("put", "v1", ["/a"], Response(body=bytes([65 + each]))) for each in range(6)]
    history = [at(put, 5000 + each / 1000, 6000 + each / 1000) for each, put in enumerate(puts)]
    stale = replace(record("match", "v1", ["/a"]), value=cached(b"stale"))
    return [*history, at(stale, 7000, 7010)]


def test_one_path_that_is_too_wide_by_itself_says_so(
    record: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced(monkeypatch)
    history = crowded(record)
    found = replay(history, base_url=BASE, budget=50)
    assert found.undecided is not None
    assert found.differences == ()
    (difference,) = replay(history, base_url=BASE).differences
    assert difference.operation == history[-1]


def test_a_path_that_is_too_wide_hides_no_other(
    record: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced(monkeypatch)
    missed = at(replace(record("match", "v1", ["/b"]), value=cached(b"b")), 10, 20)
    history = [missed, *crowded(record)]
    found = replay(history, base_url=BASE, budget=50)
    assert [each.operation for each in found.differences] == [missed]
    assert found.undecided is not None
