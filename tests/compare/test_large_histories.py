"""Caches of tens of thousands of entries: no step may look at all of them for each of them.

None of this measures time: at these sizes a step by the square of their number takes more of it
than the suite gives any test.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from typing import cast

import pytest
from invented_histories import BASE, Recorder, place

from pytest_offline.compare import replay
from pytest_offline.compare import replay as replay_function
from pytest_offline.compare.verdicts import same_in_any_order, url_mark
from pytest_offline.model import Response
from pytest_offline.record import (
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Operation,
    Place,
    Snapshot,
)

replay_module = sys.modules[replay_function.__module__]

MANY = 15_000


def stored(number: int) -> CachedResponse:
    return CachedResponse(200, size=number, sha256=f"{number:064x}")


def operation(
    number: int, where: Place, method: str, started: float, settled: float, value: object = None
) -> Operation:
    return Operation(
        number=number,
        place=where,
        target="caches" if method == "open" else "cache",
        method=method,  # type: ignore[arg-type]
        started=started,
        started_number=int(started * 10),
        cache="v1",
        cache_number=None if method == "open" else 0,
        settled=settled,
        settled_number=int(settled * 10),
        outcome="fulfilled",
        value=value,
    )


def side_by_side(
    count: int, *, places: int = 1, lists: int = 2, batch: int | None = None
) -> tuple[list[Operation], Snapshot]:
    """Puts that all begin before the first of them settles, in an order of their own; then lists.

    Args:
        batch: how many at a time; all of them at once where it is None.
    """
    luck, where = random.Random(1), [place(f"p{at}") for at in range(places)]
    history = [
        operation(at, each, "open", 10.0 * at, 10.0 * at + 5) for at, each in enumerate(where)
    ]
    order: list[int] = []
    clock = 1000.0
    for low in range(0, count, batch or count):
        members = range(low, min(count, low + (batch or count)))
        settling = luck.sample(members, len(members))
        for at, number in enumerate(settling):
            made = operation(
                places + number,
                where[number % places],
                "put",
                clock + number - low,
                clock + len(members) + at,
            )
            url = CachedRequest(f"{BASE}{number}")
            history.append(replace(made, requests=(url,), response=stored(number)))
        order += settling
        clock += 2 * len(members) + 100
    keys = tuple(CachedRequest(f"{BASE}{number}") for number in order)
    responses = tuple(stored(number) for number in order)
    for at in range(lists):
        number = places + count + 2 * at
        history.append(operation(number, where[0], "keys", clock, clock + 5, keys))
        history.append(
            operation(number + 1, where[-1], "matchAll", clock + 10, clock + 15, responses)
        )
        clock += 50
    rows = zip(keys, responses, strict=True)
    return history, {"v1": tuple(CacheEntry(key, response) for key, response in rows)}


@pytest.mark.parametrize("places", [1, 2])
def test_puts_that_are_all_under_way_at_once(places: int) -> None:
    history, final = side_by_side(MANY, places=places)
    found = replay(history, base_url=BASE, final=final)
    assert found.undecided is None
    assert found.agrees
    assert found.explored == len(history) + 1


def test_puts_of_two_places_in_batches_and_a_list_that_is_wrong() -> None:
    history, final = side_by_side(2000, places=2, batch=100)
    at = next(at for at, each in enumerate(history) if each.method == "keys")
    keys = cast("tuple[CachedRequest, ...]", history[at].value)
    wrong = [*keys[:1000], CachedRequest(f"{BASE}nowhere"), *keys[1001:]]
    history[at] = replace(history[at], value=tuple(wrong))
    found = replay(history, base_url=BASE, final=final)
    assert [each.operation for each in found.differences] == [history[at]]


def test_what_is_too_wide_to_decide_is_told() -> None:
    """No order has two entries as the final state has them; there are more than can be tried."""
    history, final = side_by_side(3000, places=2, lists=1, batch=10)
    rows = list(final["v1"])
    rows[1500], rows[1501] = rows[1501], rows[1500]
    found = replay(history, base_url=BASE, final={"v1": tuple(rows)}, budget=2000)
    assert found.differences == ()
    assert "no order was found" in (found.undecided or "")


def test_many_urls_taken_apart_each_looks_at_its_own_rows_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay_module, "PATIENCE", -1_000_000)
    history, final = side_by_side(2500, lists=8, batch=100)
    assert replay(history, base_url=BASE, final=final).agrees


def test_components_stop_where_there_is_no_budget_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_module, "PATIENCE", -1_000_000)
    components = sys.modules["pytest_offline.compare.components"]
    monkeypatch.setattr(components, "MOST_SPARE", 0)
    history, final = side_by_side(40)
    assert replay(history, base_url=BASE, final=final, budget=5).agrees


@pytest.mark.parametrize("turned", [1, -1])
def test_lists_whose_order_does_not_count_are_not_searched_through(turned: int) -> None:
    compared = 0

    def same(one: object, other: object) -> bool:
        nonlocal compared
        compared += 1
        return one == other

    rows = [CachedRequest(f"{BASE}{number}") for number in range(MANY)]
    assert same_in_any_order(rows, rows[::turned], same, url_mark)
    assert compared == MANY
    assert not same_in_any_order(rows, [*rows[1:], rows[1]], same, url_mark)


def test_what_is_the_same_by_another_name_is_found_among_what_is_left() -> None:
    def same(one: object, other: object) -> bool:
        return str(one).lower() == str(other).lower()

    assert same_in_any_order(["a", "b", "C"], ["c", "B", "a"], same, url_mark)
    assert not same_in_any_order(["a", "b"], ["a", "c"], same, url_mark)


def test_a_clock_that_was_set_back_leaves_the_order_of_a_place_alone(record: Recorder) -> None:
    """As ``page.clock`` may do it in the middle: numbers tell what came first."""
    put = [record("open", "v1"), record("put", "v1", ["/a"], Response(body=b"1"))]
    later = [
        record("put", "v1", ["/a"], Response(body=b"2")),
        record("match", "v1", ["/a"]),
        record("put", "v1", ["/b"], Response(body=b"3")),
    ]
    back = [
        replace(each, started=each.started - 900, settled=(each.settled or 0) - 900)
        for each in later
    ]
    pending = replace(back[2], settled=None, settled_number=None, outcome="pending")
    for last in (back[2], pending):
        found = replay([*put, *back[:2], last], base_url=BASE, final=record.final)
        assert found.agrees
        assert found.undecided is None
    stale = replace(back[1], value=None)
    found = replay([*put, back[0], stale, back[2]], base_url=BASE, final=record.final)
    assert [each.operation and each.operation.number for each in found.differences] == [
        stale.number
    ]
