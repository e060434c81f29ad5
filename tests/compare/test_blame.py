"""Who is at fault, where operations overlapped: nobody who is right is named for certain."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from invented_histories import BASE, Recorder, at, cached, place
from test_wide_histories import wide

from pytest_offline.compare import Difference, explain, replay
from pytest_offline.compare import replay as replay_function
from pytest_offline.compare.blame import Blame
from pytest_offline.compare.histories import history_of
from pytest_offline.compare.search import Search
from pytest_offline.compare.states import ReplayState
from pytest_offline.compare.verdicts import Judge
from pytest_offline.model import Response
from pytest_offline.record import Operation

replay_module = sys.modules[replay_function.__module__]


def two_puts(record: Recorder, *answers: bytes) -> list[Operation]:
    """Two puts of one URL side by side, and then answers, one after the other."""
    one = at(record("put", "v1", ["/a"], Response(body=b"1")), 5000, 5010)
    two = at(record("put", "v1", ["/a"], Response(body=b"2")), 5001, 5011)
    asked = [
        at(replace(record("match", "v1", ["/a"]), value=cached(answer)), start, start + 3)
        for start, answer in zip(range(6000, 9000, 10), answers, strict=False)
    ]
    return [one, two, *asked]


@pytest.mark.parametrize("right", [b"1", b"2"])
def test_what_comes_behind_a_difference_is_judged_in_every_order(
    record: Recorder, right: bytes
) -> None:
    history = two_puts(record, b"stale", right, right)
    found = replay(history, base_url=BASE)
    assert [each.operation for each in found.differences] == [history[2]]
    assert found.differences[0].doubt == ""


@pytest.mark.parametrize("right", [b"1", b"2"])
def test_a_right_answer_is_not_named_beside_the_wrong_one(record: Recorder, right: bytes) -> None:
    other = b"1" if right == b"2" else b"2"
    history = two_puts(record, other, right, right, right)
    (difference,) = replay(history, base_url=BASE).differences
    # Three say the same, one says otherwise.
    assert difference.operation == history[2]
    assert difference.others == ()


def test_where_either_may_be_wrong_both_are_named(record: Recorder) -> None:
    history = two_puts(record, b"1", b"2")
    elsewhere = at(record("match", "v2", ["/a"]), 8000, 8001)
    found = replay([*history, elsewhere], base_url=BASE)
    (difference,) = found.differences
    named = {difference.operation, *difference.others}
    assert named == {history[2], history[3]}
    (line,) = [each for each in explain(found) if "or else" in each]
    assert "operation 2, cache 'v1'.match" in line
    assert line.endswith("operations overlapped, and which order they acted in is not known")
    assert difference.to_json()["others"] == [2]


def test_an_order_that_is_forced_leaves_no_doubt(record: Recorder) -> None:
    record("put", "v1", ["/a"], Response(body=b"1"))
    wrong = [replace(record("match", "v1", ["/a"]), value=cached(each)) for each in (b"x", b"y")]
    found = replay([record.operations[0], *wrong], base_url=BASE)
    assert [each.operation for each in found.differences] == wrong
    assert [each.doubt for each in found.differences] == ["", ""]
    assert not any("or else" in line for line in explain(found))


@pytest.mark.parametrize("seed", range(4))
def test_a_right_list_is_not_named_beside_a_wrong_answer(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No path is refuted by itself: only the whole is, where the order of lists is left out."""
    monkeypatch.setattr(replay_module, "PATIENCE", -1_000_000)
    history, final = wide(seed, count=60, keys=3, lists=0.15)
    middle = history[len(history) // 2].started
    asked = at(Recorder()("matchAll", "v1", where=place("p9")), middle, middle + 1)
    wrong = replace(asked, value=(cached(b"stale"),), number=len(history), cache_number=None)
    found = replay([*history, wrong], base_url=BASE, final=final)
    assert [each.operation for each in found.differences] == [wrong]
    assert found.undecided is None


@pytest.mark.parametrize("right", [b"1", b"2"])
def test_what_is_wrong_elsewhere_changes_nothing(record: Recorder, right: bytes) -> None:
    other = b"1" if right == b"2" else b"2"
    history = two_puts(record, other, right, right, right)
    elsewhere = at(replace(record("match", "v2", ["/b"]), value=cached(b"stale")), 8000, 8001)
    found = replay([*history, elsewhere], base_url=BASE)
    assert {each.operation for each in found.differences} == {history[2], elsewhere}


def test_a_final_state_that_is_wrong_beside_answers_that_are(record: Recorder) -> None:
    history = two_puts(record, b"stale", b"1")
    elsewhere = at(replace(record("match", "v1", ["/b"]), value=cached(b"stale")), 8000, 8001)
    found = replay([*history, elsewhere], base_url=BASE, final={"v1": ()})
    assert [each.operation for each in found.differences] == [history[2], elsewhere, None]


def test_a_final_state_that_is_wrong_beside_answers_of_which_one_is(record: Recorder) -> None:
    history = two_puts(record, b"1", b"2")
    found = replay(history, base_url=BASE, final={"v1": ()})
    answer, final = found.differences
    assert {answer.operation, *answer.others} == set(history[2:])
    assert (final.operation, final.cache) == (None, "v1")


def test_a_final_state_that_one_answer_contradicts(record: Recorder) -> None:
    history = two_puts(record, b"1")
    record("match", "v2", ["/a"])
    later = at(record.operations[-1], 8000, 8001)
    final = {"v1": (replace(record.final["v1"][0], response=cached(b"2")),)}
    (difference,) = replay([*history, later], base_url=BASE, final=final).differences
    assert difference.operation is None
    assert difference.others == (history[2],)


# What is tried, by itself


def tried(history: list[Operation], passed: list[int], budget: int) -> list[Difference]:
    """What is left of the blame on some, where all of them were passed over."""
    state = ReplayState.begin(BASE, None)
    search = Search(history_of(history, BASE, None), state, Judge(), lambda end: True)
    blame = Blame(
        lambda trial, left: trial.run(left),
        lambda done, index: Difference(history[index], "a", "b"),
        budget,
    )
    for index in passed:
        blame.on(index, Difference(history[index], "a", "b"))
        search.pass_over(index)
    assert search.run(1000) == "explained"
    return blame.settled(search, lambda end: True)[0]


def test_who_need_not_have_been_passed_over_is_cleared(record: Recorder) -> None:
    history = two_puts(record, b"1", b"stale", b"1")
    assert [each.operation for each in tried(history, [4, 3], 1000)] == [history[3]]
    # With no state to look at left, nobody is cleared and nobody is sure.
    unsure = tried(history, [4, 3], 0)
    assert [each.operation for each in unsure] == [history[4], history[3]]
    assert all(each.doubt.startswith("another operation may be at fault") for each in unsure)


def test_where_not_all_could_be_tried_it_says_so(record: Recorder) -> None:
    history = two_puts(record, *[b"1"] * 14, b"2")
    found = replay(history, base_url=BASE)
    (difference,) = found.differences
    assert (difference.operation, difference.others) == (history[-1], ())
    (line,) = [each for each in explain(found) if each.startswith("  or else")]
    assert "another operation may be at fault: operations overlapped" in line


def test_others_and_more_than_could_be_tried(record: Recorder) -> None:
    difference = replace(
        Difference(None, "a", "b", cache="v1"), others=(record("keys", "v1"),), unsure=True
    )
    assert difference.doubt.startswith("operation 0, cache 'v1'.keys() in the page")
    assert ", or another: operations overlapped" in difference.doubt


def test_names_that_contradict_one_another(record: Recorder) -> None:
    before = at(record("open", "v1"), 1, 2)
    made = at(record("open", "v1"), 10, 20)
    gone = at(record("delete", "v1", number=-1), 11, 21)
    asked = record("has", "v1")
    said = [
        at(replace(asked, value=there), 30 + 10 * number, 31 + 10 * number)
        for number, there in enumerate((True, False))
    ]
    (difference,) = replay([before, made, gone, *said], base_url=BASE).differences
    assert {difference.operation, *difference.others} == set(said)
