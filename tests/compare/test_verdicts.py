"""Single outcomes: what is refused, what cannot be known, what the ledger adds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from invented_histories import BASE, Recorder, cached, place, shown_request

from pytest_offline.compare import explain, replay
from pytest_offline.compare.explain import NO_DIFFERENCE
from pytest_offline.errors import ProbeError
from pytest_offline.model import CacheStorage, Request, Response
from pytest_offline.record import CacheEntry, Exchange, Operation


def rejected(operation: Operation, name: str, message: str = "") -> Operation:
    return replace(operation, outcome="rejected", error_name=name, error=message, value=None)


def agrees(*operations: Operation, **more: Any) -> bool:
    return replay(operations, base_url=BASE, **more).agrees


def exchange(url: str, time: float, status: int | None = 200, **fields: Any) -> Exchange:
    return Exchange(
        seq=int(time), time=time, method="GET", path=url, url=BASE + url, status=status, **fields
    )


# Rejections that no cause predicts


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("NetworkError", True), ("TypeError", True), ("NS_ERROR_NET_PARTIAL_TRANSFER", True),
     ("AbortError", True), ("QuotaExceededError", True), ("InvalidStateError", False)],
)  # fmt: skip
def test_a_body_that_never_came_in_full(record: Recorder, name: str, allowed: bool) -> None:
    put = record("put", "v1", ["/a"], Response(body=b"x"))
    assert put.response is not None
    cut = replace(put, response=replace(put.response, size=None, sha256=None))
    missed = replace(record("match", "v1", ["/a"]), value=None)
    assert agrees(rejected(cut, name), missed) is allowed


@pytest.mark.parametrize("name", ["TypeError", "NetworkError", "NS_ERROR_FAILURE"])
def test_a_body_that_did_come_is_stored(record: Recorder, name: str) -> None:
    put = record("put", "v1", ["/a"], Response(body=b"x"))
    assert not agrees(rejected(put, name))
    assert agrees(rejected(put, "QuotaExceededError"))


@pytest.mark.parametrize("name", ["TypeError", "NetworkError", "AbortError"])
@pytest.mark.parametrize("method", ["add", "addAll"])
def test_a_fetch_that_failed(record: Recorder, method: str, name: str) -> None:
    added = record(method, "v1", ["/a"], Response())
    assert agrees(rejected(added, name), final={})
    assert not agrees(rejected(added, "InvalidStateError"))


def test_where_all_causes_are_known_no_rejection_is_put_down_to_others(record: Recorder) -> None:
    added = record("add", "v1", ["/a"], Response())
    put = record("put", "v1", ["/o"], Response(type="opaque"))
    opaque = replace(put, response=replace(cached(type="opaque"), size=None, sha256=None))
    listed = record("matchAll", "v1")
    for each, name in (
        (added, "TypeError"), (added, "NetworkError"), (opaque, "TypeError"),
        (record("keys", "v1"), "AbortError"), (listed, "TypeError"),
    ):  # fmt: skip
        history = [put, rejected(each, name)] if each is listed else [rejected(each, name)]
        assert agrees(*history)
        (difference,) = replay(history, base_url=BASE, certain=True).differences
        assert difference.seen.startswith(f"{name}")
    assert agrees(rejected(added, "QuotaExceededError"), certain=True)


def test_an_add_all_of_nothing_fetches_nothing_that_could_fail(record: Recorder) -> None:
    nothing = record("addAll", "v1", [])
    assert agrees(*record.operations)
    *before, _ = record.operations
    assert not agrees(*before, rejected(nothing, "TypeError"))


def test_a_rejected_match_is_a_difference(record: Recorder) -> None:
    asked = record("match", "v1", ["/a"])
    (difference,) = replay([rejected(asked, "NetworkError", "why")], base_url=BASE).differences
    assert (difference.allowed, difference.seen) == ("nothing (undefined)", "NetworkError: why")


def test_refusals_the_model_predicts(record: Recorder) -> None:
    refused = record("put", "v1", [Request("/a", "POST")], Response())
    assert agrees(refused)
    assert not agrees(rejected(refused, "InvalidStateError"))
    assert not agrees(replace(refused, outcome="fulfilled"))


def test_a_put_without_a_response_is_a_type_error(record: Recorder) -> None:
    put = record("put", "v1", ["/a"], Response())
    nothing = replace(put, response=None)
    assert agrees(rejected(nothing, "TypeError"))
    assert not agrees(nothing)


@pytest.mark.parametrize(
    ("method", "cache"), [("match", "v1"), ("match", None), ("delete", "v1"), ("put", "v1")]
)
def test_a_call_without_a_request_is_a_type_error(
    record: Recorder, method: str, cache: str | None
) -> None:
    made = record(method, cache, ["/a"], Response() if method == "put" else None)
    bare = replace(made, requests=())
    assert agrees(rejected(bare, "TypeError"))
    assert not agrees(bare)


def test_an_error_without_a_name_is_a_difference(record: Recorder) -> None:
    asked = replace(record("match", "v1", ["/a"]), outcome="rejected", error_name=None)
    (difference,) = replay([asked], base_url=BASE).differences
    assert difference.seen == "an error without a name"


def test_an_open_that_fails_makes_nothing(record: Recorder) -> None:
    opened = record("open", "v1")
    assert agrees(rejected(opened, "SecurityError"), final={})
    assert not agrees(rejected(opened, "TypeError"), final={})


# What is not known cannot differ


def test_opaque_bodies_and_null_bodies(record: Recorder) -> None:
    for url, response in (
        ("/o", Response(type="opaque")),
        ("/n", Response(204)),
        ("/b", Response(body=b"x")),
    ):
        record("put", "v1", [url], response)
        record("match", "v1", [url])
    *most, last = record.operations
    assert agrees(*record.operations, final=record.final)
    unread = replace(last, value=cached(b"x", headers=()))
    assert agrees(*most, replace(unread, value=replace(cached(b"x"), size=None, sha256=None)))
    full = replace(record.operations[3], value=cached(b"x", status=204))
    assert not agrees(*record.operations[:3], full)


def test_a_body_that_was_asked_for_is_digested(record: Recorder) -> None:
    put = record("put", "v1", ["/a"], Response(body=b"x"))
    assert put.response is not None
    carried = replace(put, response=replace(put.response, size=None, sha256=None, body=b"x"))
    asked = record("match", "v1", ["/a"])
    assert agrees(carried, asked)
    assert not agrees(carried, replace(asked, value=cached(b"y")))


def test_what_add_stored_and_nobody_saw_fits_anything(record: Recorder) -> None:
    added = replace(record("addAll", "v1", ["/a"], Response(body=b"x")), added=())
    asked = record("match", "v1", ["/a"])
    assert agrees(added, replace(asked, value=cached(b"other", status=404)))
    assert not agrees(added, replace(asked, value=None))


def test_variants_nobody_saw_are_no_doubles(record: Recorder) -> None:
    variants = [Request("/a", headers=(("a", value),)) for value in "12"]
    double = record("addAll", "v1", variants, Response())
    fulfilled = replace(double, outcome="fulfilled", error_name=None, added=())
    assert agrees(fulfilled)
    assert agrees(double)


def test_a_record_that_cannot_be_is_ours(record: Recorder) -> None:
    put = record("put", "v1", ["/a"], Response())
    with pytest.raises(ProbeError, match=r"the recorded response CachedResponse.status=999"):
        agrees(replace(put, response=cached(status=999)))


@pytest.mark.parametrize("missing", ["settled", "settled_number"])
def test_a_settling_without_a_time_is_ours(record: Recorder, missing: str) -> None:
    put = replace(record("put", "v1", ["/a"], Response()), **{missing: None})
    with pytest.raises(ProbeError) as caught:
        agrees(put)
    assert str(caught.value) == (
        "operation 0, cache 'v1'.put('https://origin.test/a'), fulfilled at no time: its record is "
        "damaged. Please report it with the timeline."
    )


# Where a history begins, and which Cache is which


def test_what_was_there_before(record: Recorder) -> None:
    entry = CacheEntry(shown_request("/a"), cached(b"x"))
    asked = replace(record("match", None, ["/a"]), value=cached(b"x"))
    assert agrees(asked, initial={"v1": (entry,)}, final={"v1": (entry,)})
    (difference,) = replay(
        [replace(asked, value=None)], base_url=BASE, initial={"v1": (entry,)}
    ).differences
    assert difference.allowed.endswith(", in cache 'v1' from the beginning")


@pytest.mark.parametrize("first", [0, 1])
def test_openings_are_told_apart_however_they_are_counted(record: Recorder, first: int) -> None:
    record("open", "v1")
    record("put", "v1", ["/a"], Response(body=b"old"))
    record("delete", "v1", number=-1)
    record("open", "v1")
    record("match", "v1", ["/a"], number=0)
    record("match", "v1", ["/a"], number=1)
    shifted = [
        replace(each, cache_number=each.cache_number + first)
        if each.cache_number is not None
        else each
        for each in record.operations
    ]
    found = replay(shifted, base_url=BASE, final=record.final)
    assert found.agrees
    assert [each.value is None for each in shifted[-2:]] == [False, True]


def test_a_cache_nobody_saw_opened(record: Recorder) -> None:
    record("match", "v1", ["/a"])
    record("put", "v1", ["/a"], Response())
    record("match", "v1", ["/a"])
    assert agrees(*record.operations, final=record.final)


# The ledger


def in_worker(record: Recorder, **fields: Any) -> Operation:
    worker = place("sw", "serviceworker")
    return replace(
        record("add", "v1", ["/a"], Response(url=BASE + "a", type="basic"), worker),
        started=100.0, settled=200.0, **fields,
    )  # fmt: skip


def test_an_answer_the_origin_never_sent(record: Recorder) -> None:
    added = in_worker(record)
    witness = exchange("a", 150, 201)
    found = replay([added], base_url=BASE, exchanges=[witness])
    (difference,) = found.differences
    assert difference.operation == added
    assert difference.seen == "https://origin.test/a stored with status 200"
    assert difference.witnesses == (witness,)


@pytest.mark.parametrize(
    "witness",
    [
        exchange("a", 150), exchange("a", 150, 304), exchange("a", 50, 500),
        exchange("b", 150, 500),
        exchange("a", 150, None, outcome="blocked"), exchange("a", 300, 500),
    ],
    ids=str,
)  # fmt: skip
def test_answers_that_may_be(record: Recorder, witness: Exchange) -> None:
    assert agrees(in_worker(record), exchanges=[witness])


def test_only_what_a_worker_fetched_itself_is_held_against_the_ledger(record: Recorder) -> None:
    added = in_worker(record)
    witness = [exchange("a", 150, 500)]
    assert agrees(replace(added, place=place()), exchanges=witness)
    assert agrees(rejected(added, "TypeError"), exchanges=witness)
    assert agrees(replace(added, added=(None,)), exchanges=witness)
    assert agrees(replace(added, added=(cached(redirected=True, type="basic"),)), exchanges=witness)


# Words


def test_the_message(record: Recorder) -> None:
    worker = place("sw", "serviceworker")
    record("open", "v1", where=worker)
    put = record("put", "v1", ["/style.css"], Response(body=b"x", headers=(("a", "b"),)), worker)
    asked = rejected(record("match", None, ["/style.css"], where=worker), "TypeError", "Failed")
    blocked = exchange("style.css", asked.started, None, outcome="blocked")
    found = replay([*record.operations[:2], asked], base_url=BASE, exchanges=[blocked])
    assert explain(found, next_step="read timeline.json") == [
        "operation 2, caches.match('https://origin.test/style.css') "
        "in the service worker https://origin.test/",
        "  model allows   a response (status 200, default, 1 bytes, sha256 2d711642b726…; a: b), "
        f"put into cache 'v1' by operation {put.number}",
        "  browser did    TypeError: Failed   (probe)",
        "  origin saw     GET style.css → blocked   (ledger)",
        "  rule           CacheStorage match: the first match, caches asked in the order they were "
        "opened",
        "  next           read timeline.json",
    ]  # fmt: skip
    assert found.to_json()["agrees"] is False
    assert found.differences[0].to_json()["witnesses"] == ["GET style.css → blocked"]
    assert replay([], base_url=BASE).to_json() == {
        "agrees": True, "differences": [], "undecided": None, "deviations": [], "explored": 1,
    }  # fmt: skip


def test_agreement_and_excuses_in_words(record: Recorder) -> None:
    assert explain(replay([], base_url=BASE)) == [NO_DIFFERENCE]
    record("put", "v1", ["/a"], Response(headers=(("x", "1"), ("x", "2"))))
    asked = replace(record("match", "v1", ["/a"]), value=cached(headers=(("x", "1"),)))
    found = replay([record.operations[0], asked], base_url=BASE, build="chromium")
    assert explain(found)[1] == (
        "  known deviation chromium-first-of-repeated-headers: the build stores only the first of "
        "repeated headers of a response made by a script"
    )


def test_long_lists_are_cut(record: Recorder) -> None:
    for index in range(14):
        record("put", "v1", [f"/{index}"], Response())
    listed = replace(record("keys", "v1"), value=())
    (difference,) = replay([*record.operations[:-1], listed], base_url=BASE).differences
    assert difference.allowed.startswith("14: 1. GET https://origin.test/0; 2. ")
    assert difference.allowed.endswith("; and 2 more")
    assert difference.seen == "nothing"


def test_answers_of_the_wrong_kind(record: Recorder) -> None:
    asked = replace(record("match", "v1", ["/a"]), value=7)
    listed = replace(record("matchAll", "v1"), value=(7,))
    seen = [each.seen for each in replay([asked, listed], base_url=BASE).differences]
    assert seen == ["7, which is no answer to match", "1: 1. 7, which is no answer to match"]


def test_keys_have_methods(record: Recorder) -> None:
    record("put", "v1", ["/a"], Response())
    listed = record("keys", "v1")
    head = replace(listed, value=(replace(shown_request("/a"), method="HEAD"),))
    (difference,) = replay([record.operations[0], head], base_url=BASE).differences
    assert difference.allowed == "1: 1. GET https://origin.test/a"
    assert difference.seen == "1: 1. HEAD https://origin.test/a"


def test_a_comparison_stops_after_ten_differences(record: Recorder) -> None:
    asked = [replace(record("match", "v1", ["/a"]), value=cached()) for _ in range(12)]
    assert len(replay(asked, base_url=BASE).differences) == 10


def test_the_model_after_a_difference_goes_the_models_way(record: Recorder) -> None:
    put = record("put", "v1", ["/a"], Response(body=b"x"))
    stale = replace(record("match", "v1", ["/a"]), value=None)
    deleted = replace(record("delete", "v1", ["/a"]), value=False)
    model = replay([put, stale, deleted], base_url=BASE).model
    assert isinstance(model, CacheStorage)
    assert len(model.open("v1")) == 0


def test_options_reach_the_model(record: Recorder) -> None:
    record("put", "v1", ["/a?1"], Response(body=b"x"))
    for options in ({"ignore_search": True}, {"ignore_search": False}):
        record("match", "v1", ["/a"], **options)
        record("match", None, ["/a"], cache_name="v1", **options)
        record("match", None, ["/a"], cache_name="v2", **options)
    record("match", "v1", [Request("/a?1", "HEAD")], ignore_method=True)
    record("keys", "v1", ["/a"], ignore_search=True)
    assert agrees(*record.operations, final=record.final)
