"""Calls that never become one, by Web IDL, and failures that nobody but a script decides on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from invented_histories import BASE, Recorder, cached
from test_verdicts import agrees, rejected

from pytest_offline.compare import replay
from pytest_offline.model import Response
from pytest_offline.record import CachedResponse, Operation

METHODS = [("match", "v1"), ("matchAll", "v1"), ("keys", "v1"), ("delete", "v1"), ("put", "v1"),
           ("add", "v1"), ("addAll", "v1"), ("open", "v1"), ("has", "v1"), ("match", None),
           ("keys", None)]  # fmt: skip


def made(record: Recorder, method: str, cache: str | None) -> Operation:
    record("put", "v1", ["/a"], Response(body=b"x"))
    requests = () if method in ("open", "has") or (cache is None and method == "keys") else ["/a"]
    stored = method in ("put", "add", "addAll")
    return record(method, cache, requests, Response(body=b"y") if stored else None)


@pytest.mark.parametrize(("method", "cache"), METHODS)
def test_an_argument_that_cannot_be_one_ends_it(
    record: Recorder, method: str, cache: str | None
) -> None:
    call = replace(made(record, method, cache), refused="RangeError")
    before = record.operations[0]
    assert agrees(before, rejected(call, "RangeError"))
    assert not agrees(before, rejected(call, "TypeError"))
    (difference,) = replay([before, call], base_url=BASE).differences
    assert difference.allowed == "a rejection with RangeError"


@pytest.mark.parametrize(("method", "cache"), METHODS)
def test_a_call_on_what_is_no_cache_is_a_type_error(
    record: Recorder, method: str, cache: str | None
) -> None:
    call = made(record, method, cache)
    gone = replace(call, cache=None) if call.target == "cache" else call
    stray = replace(rejected(gone, "TypeError"), stray=True)
    kept = replay([record.operations[0], stray], base_url=BASE)
    assert kept.agrees
    assert len(kept.model.open("v1")) == 1
    assert not agrees(record.operations[0], replace(stray, error_name="InvalidStateError"))
    assert str(stray).startswith("CacheStorage.proto" if call.target == "caches" else "Cache.proto")


def test_a_call_on_a_cache_that_nobody_saw_opened_is_not_judged(record: Recorder) -> None:
    asked = replace(record("match", "v1", ["/a"]), cache=None, stray=True)
    assert agrees(replace(asked, value=cached(b"whatever")))
    # What it wrote is somewhere: from then on nothing is certain.
    written = replace(record("put", "v1", ["/a"], Response(body=b"x")), cache=None, stray=True)
    found = record("match", "v1", ["/a"])
    assert agrees(written, final={})
    verdict = replay([written, found], base_url=BASE)
    assert verdict.differences == ()
    assert verdict.undecided is not None
    assert "operation 1, Cache.prototype.put" in verdict.undecided
    assert "Please report it" in verdict.undecided


def test_caches_of_a_frame_are_the_same_caches(record: Recorder) -> None:
    record("open", "v1")
    stray = [replace(each, stray=True) for each in record.operations]
    assert agrees(*stray, final=record.final)
    assert not agrees(*stray, final={})


def test_a_call_that_was_refused_and_never_settled_does_nothing(record: Recorder) -> None:
    put = record("put", "v1", ["/a"], Response(body=b"x"))
    left = replace(put, outcome="pending", settled=None, settled_number=None)
    seen = replace(record("match", "v1", ["/a"]), value=None)
    assert agrees(replace(left, refused="TypeError"), seen)
    assert agrees(replace(left, cache=None, stray=True), seen)


# Bodies


def put_of(record: Recorder, **fields: Any) -> Operation:
    put = record("put", "v1", ["/a"], Response(body=b"x"))
    assert put.response is not None
    unread = replace(put.response, size=None, sha256=None)
    return replace(put, response=replace(unread, **fields))


@pytest.mark.parametrize("spent", ["used", "locked"])
@pytest.mark.parametrize("digest", [None, "0" * 64])
def test_a_body_that_was_spent_is_refused(record: Recorder, spent: str, digest: str | None) -> None:
    put = put_of(record, spent=spent, sha256=digest)
    assert agrees(rejected(put, "TypeError"))
    assert not agrees(rejected(put, "NetworkError"))
    assert not agrees(put)


@pytest.mark.parametrize(
    "name", ["NS_BINDING_ABORTED", "NS_ERROR_FAILURE", "AbortError", "RangeError", "string"]
)
def test_a_body_breaks_with_whatever_it_is_broken_with(record: Recorder, name: str) -> None:
    assert agrees(rejected(put_of(record), name))


# Fetches inside add and addAll


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("NS_BINDING_ABORTED", True), ("AbortError", True), ("TypeError", True),
     ("RangeError", False), ("SyntaxError", False)],
)  # fmt: skip
def test_a_fetch_fails_with_a_name_that_is_left_open(
    record: Recorder, name: str, allowed: bool
) -> None:
    added = record("add", "v1", ["/a"], Response())
    assert agrees(rejected(added, name)) is allowed
    # The reason of a signal may be anything.
    assert agrees(replace(rejected(added, name), aborted=True))


# What a page's embedder policy withholds


@pytest.mark.parametrize("method", ["match", "matchAll"])
def test_an_opaque_response_may_be_withheld(record: Recorder, method: str) -> None:
    record("put", "v1", ["/o"], Response(type="opaque"))
    record("put", "v1", ["/a"], Response(body=b"x"))
    before = record.operations[:2]
    asked = record(method, "v1", ["/o"])
    assert agrees(*before, rejected(asked, "TypeError"))
    assert not agrees(*before, rejected(asked, "NetworkError"))
    assert not agrees(*before, rejected(record(method, "v1", ["/a"]), "TypeError"))
    listed = record("keys", "v1")
    assert not agrees(*before, rejected(listed, "TypeError"))


# What a response says of itself


@pytest.mark.parametrize(("name", "value"), [("status_text", "Other"), ("redirected", True)])
def test_status_text_and_redirected_count(record: Recorder, name: str, value: object) -> None:
    put = record("put", "v1", ["/a"], Response(body=b"x", status_text="Fine", url=BASE + "b"))
    found = record("match", "v1", ["/a"])
    assert agrees(put, found)
    assert isinstance(found.value, CachedResponse)
    other = replace(found, value=replace(found.value, **{name: value}))
    (difference,) = replay([put, other], base_url=BASE).differences
    assert "status 200 Fine" in difference.allowed
    assert difference.seen != difference.allowed
