"""A comparison that cannot fail proves nothing: each tampered history is found where it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from invented_histories import BASE, Recorder, cached

from pytest_offline.compare import Timeline, dump, load, replay
from pytest_offline.model import Response
from pytest_offline.record import Operation


@pytest.fixture
def shop(record: Recorder) -> Recorder:
    """Two entries put, all asked for, one overwritten, one deleted."""
    record("open", "v1")
    record("put", "v1", ["/a"], Response(body=b"one"))
    record("put", "v1", ["/b"], Response(body=b"two"))
    record("match", "v1", ["/a"])
    record("match", "v1", ["/b"])
    record("keys", "v1")
    record("put", "v1", ["/a"], Response(body=b"three"))
    record("matchAll", "v1")
    record("delete", "v1", ["/b"])
    record("match", "v1", ["/b"])
    record("has", "v1")
    record("keys")
    return record


def first_difference(operations: list[Operation], shop: Recorder) -> int | None:
    found = replay(operations, base_url=BASE, final=shop.final)
    assert found.undecided is None
    assert found.differences
    operation = found.differences[0].operation
    return operation.number if operation else None


def tampered(shop: Recorder, number: int, **changes: object) -> list[Operation]:
    operations = list(shop.operations)
    operations[number] = replace(operations[number], **changes)  # type: ignore[arg-type]
    return operations


def test_what_is_right_has_no_difference(shop: Recorder) -> None:
    found = replay(shop.operations, base_url=BASE, final=shop.final)
    assert found.agrees
    assert found.differences == ()
    assert found.model.keys() == ["v1"]


def test_swapped_answers(shop: Recorder) -> None:
    operations = list(shop.operations)
    operations[3] = replace(operations[3], value=shop.operations[4].value)
    operations[4] = replace(operations[4], value=shop.operations[3].value)
    found = replay(operations, base_url=BASE, final=shop.final)
    assert [each.operation.number for each in found.differences if each.operation] == [3, 4]


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        pytest.param(3, {"value": cached(b"stale")}, id="stale body"),
        pytest.param(3, {"value": cached(b"one", status=404)}, id="other status"),
        pytest.param(3, {"value": cached(b"one", type="basic")}, id="other type"),
        pytest.param(3, {"value": cached(b"one", url=BASE + "a")}, id="other url"),
        pytest.param(3, {"value": cached(b"one", headers=(("x", "1"),))}, id="header from nowhere"),
        pytest.param(3, {"value": None}, id="a miss for a hit"),
        pytest.param(9, {"value": cached(b"two")}, id="a hit for a miss"),
        pytest.param(3, {"outcome": "rejected", "error_name": "TypeError"}, id="match rejects"),
        pytest.param(1, {"outcome": "rejected", "error_name": "TypeError"}, id="good put rejects"),
        pytest.param(8, {"value": False}, id="delete says it was not there"),
        pytest.param(10, {"value": False}, id="has says no"),
        pytest.param(11, {"value": ("v1", "v2")}, id="a name too many"),
        pytest.param(11, {"value": 7}, id="no list at all"),
        pytest.param(5, {"value": ()}, id="keys empty"),
        pytest.param(7, {"value": ()}, id="matchAll empty"),
    ],
)
def test_one_changed_answer(shop: Recorder, number: int, changes: dict[str, object]) -> None:
    assert first_difference(tampered(shop, number, **changes), shop) == number


def test_wrong_order_of_keys(shop: Recorder) -> None:
    value = shop.operations[5].value
    assert isinstance(value, tuple)
    assert first_difference(tampered(shop, 5, value=value[::-1]), shop) == 5


def test_wrong_order_of_match_all(shop: Recorder) -> None:
    value = shop.operations[7].value
    assert isinstance(value, tuple)
    assert first_difference(tampered(shop, 7, value=value[::-1]), shop) == 7


def test_a_dropped_put_shows_at_the_first_match(shop: Recorder) -> None:
    operations = [each for each in shop.operations if each.number != 2]
    assert first_difference(operations, shop) == 4


def test_a_dropped_entry_shows_in_the_final_state(shop: Recorder) -> None:
    found = replay(shop.operations, base_url=BASE, final={"v1": ()})
    (difference,) = found.differences
    assert difference.operation is None
    assert difference.cache == "v1"
    assert difference.seen == "from entry 1 on, nothing"


def test_a_lost_cache_shows_in_the_final_state(shop: Recorder) -> None:
    found = replay(shop.operations, base_url=BASE, final={})
    (difference,) = found.differences
    assert difference.subject == "caches.keys()"
    assert (difference.allowed, difference.seen) == ("1: 1. 'v1'", "nothing")


def test_a_timeline_is_compared_again_from_its_file(shop: Recorder, tmp_path: Path) -> None:
    operations = tampered(shop, 4, value=cached(b"stale"))
    timeline = Timeline(tuple(operations), BASE, None, shop.final, (), None)
    dump(timeline, tmp_path / "timeline.json")
    again = load(tmp_path / "timeline.json")
    assert again == timeline
    assert again.compare().differences == timeline.compare().differences
    assert again.compare().differences[0].operation == operations[4]
