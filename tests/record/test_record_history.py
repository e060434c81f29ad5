"""Records of every place become operations and events; a gap in the numbers is a loss."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_offline.errors import ProbeError
from pytest_offline.record import FetchAnswer, History, LifecycleEvent, WorkerFetch, decode_batches

ORIGIN = "https://a.test"
RESPONSE = {
    "status": 200, "statusText": "", "headers": [], "type": "basic", "url": "", "redirected": False
}  # fmt: skip
REQUEST = {"url": f"{ORIGIN}/a", "method": "GET", "headers": [], "given": None}
ERROR = {"name": "TypeError", "message": "no"}


def history_of(*records: dict[str, Any], kind: str = "page", id: str = "p") -> History:
    history = History()
    history.add(batch(*records, kind=kind, id=id))
    return history


def batch(*records: dict[str, Any], kind: str = "page", id: str = "p", began: float = 0):
    place = {"id": id, "kind": kind, "url": f"{ORIGIN}/", "began": began, "origin": ORIGIN}
    numbered = [{"number": at, "time": 100 + at, **each} for at, each in enumerate(records)]
    return decode_batches([{"place": place, "records": numbered}])


def call(method: str, target: str = "cache", **data: Any) -> dict[str, Any]:
    return {"type": "call", "target": target, "method": method, **data}


def settled(value: Any = None, operation: int = 0, **data: Any) -> dict[str, Any]:
    return {
        "type": "settled", "operation": operation, "outcome": "fulfilled", "value": value, **data
    }  # fmt: skip


def body(slot: str, **data: Any) -> dict[str, Any]:
    return {"type": "body", "operation": 0, "slot": slot, "size": 2, "sha256": "ab", **data}


def test_a_call_and_its_settling_are_one_operation():
    records = (
        call("put", cache="v1", opening=7, requests=[REQUEST], response=RESPONSE),
        body("response", nullBody=True),
        settled(),
    )
    (found,) = history_of(*records).operations()
    assert (found.cache, found.cache_number, found.outcome) == ("v1", None, "fulfilled")
    assert (found.started, found.settled, found.settled_number) == (100, 102, 2)
    assert found.response is not None
    assert (found.response.size, found.response.sha256, found.response.null_body) == (2, "ab", True)


def test_a_cache_is_known_by_the_opening_it_came_from():
    history = history_of(
        call("open", "caches", cache="v1"),
        call("open", "caches", cache="v1"),
        call("keys", cache="v1", opening=0),
        call("keys", cache="v1", opening=1),
    )
    assert [each.cache_number for each in history.operations() if each.method == "keys"] == [0, 1]


def test_what_comes_twice_changes_nothing_and_what_is_new_is_joined():
    history = history_of(call("put"))
    (before,) = history.operations()
    assert history.add(batch(call("put"))) == 0
    assert history.operations()[0] is before
    assert history.add(batch(call("put"), settled())) == 1
    assert [each.outcome for each in history.operations()] == ["fulfilled"]


def test_one_match_all_of_very_many_entries():
    """Each body by itself would have the whole list made anew: hours."""
    many = 25_000
    bodies = [body(f"value:{at}") for at in range(many)]
    added = [{"type": "added", "operation": 2 + many, "index": at, "response": RESPONSE}
             for at in range(many)]  # fmt: skip
    every, stored = history_of(
        call("matchAll"), settled([RESPONSE] * many), *bodies,
        call("addAll", requests=[REQUEST]), *added,
    ).operations()  # fmt: skip
    assert isinstance(every.value, tuple)
    assert {each.sha256 for each in every.value} == {"ab"}
    assert len(stored.added) == many


def test_a_rejection_keeps_name_and_message():
    (found,) = history_of(
        call("put", options=[["ignoreSearch", True]]), settled(outcome="rejected", error=ERROR)
    ).operations()
    assert (found.outcome, found.error_name, found.error) == ("rejected", "TypeError", "no")
    assert found.options == (("ignoreSearch", True),)


def test_what_never_settled_is_pending():
    (found,) = history_of(call("keys", target="caches")).operations()
    assert (found.outcome, found.settled) == ("pending", None)


@pytest.mark.parametrize(
    ("method", "value", "expected"),
    [("has", True, True), ("delete", False, False), ("put", None, None), ("keys", ["v1"], ("v1",))],
)
def test_values(method: str, value: Any, expected: Any):
    (found,) = history_of(call(method), settled(value)).operations()
    assert found.value == expected


def test_values_that_are_requests_and_responses():
    (keys,) = history_of(call("keys"), settled([REQUEST])).operations()
    assert keys.value[0].url == f"{ORIGIN}/a"  # type: ignore[index]
    (match,) = history_of(call("match"), settled(RESPONSE), body("value:0")).operations()
    assert match.value.sha256 == "ab"  # type: ignore[attr-defined]
    (miss,) = history_of(call("match"), settled(None), body("value:0")).operations()
    assert miss.value is None
    (every,) = history_of(
        call("matchAll"), settled([RESPONSE, RESPONSE]), body("value:1")
    ).operations()
    assert [each.sha256 for each in every.value] == [None, "ab"]  # type: ignore[attr-defined]


def test_what_add_all_stored_comes_one_by_one():
    (found,) = history_of(
        call("addAll", requests=[REQUEST, REQUEST]),
        settled(),
        {"type": "added", "operation": 0, "index": 1, "response": RESPONSE},
        {"type": "added", "operation": 0, "index": 0, "response": None},
        body("added:1"),
    ).operations()
    assert [each and each.sha256 for each in found.added] == [None, "ab"]


def test_a_settling_whose_call_is_lost_is_left_out():
    assert history_of({"type": "began"}, settled(operation=5)).operations() == ()


def test_operations_of_all_places_are_numbered_by_time():
    history = history_of(call("keys"))
    history.add(batch({"type": "began"}, call("has"), kind="worker", id="w", began=-1))
    assert [(each.number, each.method) for each in history.operations()] == [
        (0, "keys"),
        (1, "has"),
    ]
    assert [place.kind for place in history.places] == ["worker", "page"]
    assert [record.type for record in history.records()] == ["call", "began", "call"]


def test_a_key_stays_when_something_earlier_becomes_known():
    history = History()
    history.add(batch(call("has", "caches", cache="late", time=200), id="p1"))
    (known,) = history.operations()
    history.add(batch(call("has", "caches", cache="early"), id="p2"))
    early, late = history.operations()
    assert (known.key, late.key) == (("p1", 0), ("p1", 0))
    assert early.key == ("p2", 0)


def test_a_record_that_came_by_two_ways_counts_once():
    history = history_of(call("keys"))
    assert history.add(batch(call("keys"))) == 0


def test_a_gap_in_the_numbers_is_a_loss():
    history = history_of(call("keys"), settled(["v1"]))
    history.check_complete()
    history.add(batch({"number": 4, "type": "began"}))
    with pytest.raises(ProbeError) as failure:
        history.check_complete()
    assert str(failure.value) == (
        f"2 of 5 records of the page {ORIGIN}/ are lost, the first is number 2; this is a fault of "
        "pytest_offline, not of the site: no verdict is possible"
    )


def test_a_workers_life():
    history = history_of(
        {"type": "began"},
        {"type": "lifecycle", "name": "install", "detail": "x"},
        {"type": "fetch", "url": f"{ORIGIN}/a", "method": "GET", "mode": "cors", "destination": ""},
        {
            "type": "answer",
            "event": 2,
            "source": "cache",
            "cache": "v1",
            "status": 200,
            "error": None,
        },
        {"type": "request", "url": f"{ORIGIN}/b", "method": "GET"},
        {"type": "response", "request": 4, "status": None, "error": ERROR},
        {"type": "response", "request": 77, "status": 200, "error": None},
        call("keys"),
        kind="serviceworker",
    )
    started, install, fetch, request = history.worker_events()
    assert isinstance(started, LifecycleEvent)
    assert isinstance(install, LifecycleEvent)
    assert (started.name, install.name, install.detail) == ("started", "install", "x")
    assert isinstance(fetch, FetchAnswer)
    assert (fetch.source, fetch.cache, fetch.status, fetch.error) == ("cache", "v1", 200, None)
    assert isinstance(request, WorkerFetch)
    assert (request.settled, request.error) == (105, "TypeError: no")


FETCH = {"type": "fetch", "url": "", "method": "GET", "mode": "", "destination": ""}


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ([call("steal")], "a probe recorded a call of 'cache'.'steal', which nobody watches"),
        (
            [call("put", options=[["a"]])],
            "an option should be a name and a value, a probe sent ['a']",
        ),
        (
            [call("put"), settled(outcome="lost")],
            "a probe recorded the outcome 'lost', which no promise has",
        ),
    ],
)
def test_a_wrong_call_is_our_fault(records: list[dict[str, Any]], sentence: str):
    with pytest.raises(ProbeError) as failure:
        history_of(*records).operations()
    assert str(failure.value) == sentence


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        (
            [{"type": "lifecycle", "name": "sleep", "detail": ""}],
            "a probe recorded the lifecycle event 'sleep', which is not a known one",
        ),
        (
            [FETCH, {"type": "answer", "event": 0, "source": "sky"}],
            "a probe recorded an answer from 'sky', which is no source",
        ),
    ],
)
def test_a_wrong_event_is_our_fault(records: list[dict[str, Any]], sentence: str):
    with pytest.raises(ProbeError) as failure:
        history_of(*records).worker_events()
    assert str(failure.value) == sentence
