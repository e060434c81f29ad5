"""What comes out of a browser is trusted in nothing: a wrong shape is our fault, and says so."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_offline.errors import ProbeError
from pytest_offline.record.decoding import (
    Fields,
    decode_batches,
    decode_headers,
    decode_request,
    decode_response,
    decode_snapshot,
)

REQUEST = {"url": "https://a.test/", "method": "GET", "headers": [["a", "b"]], "given": "/"}
RESPONSE = {
    "status": 200.0, "statusText": "", "headers": [], "type": "basic", "url": "https://a.test/",
    "redirected": True, "size": 2, "sha256": "00", "body": "aGk=",
}  # fmt: skip
PLACE = {
    "id": "p",
    "kind": "page",
    "url": "https://a.test/",
    "began": 1,
    "origin": "https://a.test",
}


def test_a_snapshot_is_read():
    snapshot = decode_snapshot(
        [{"name": "v1", "entries": [{"request": REQUEST, "response": RESPONSE}]}]
    )
    (entry,) = snapshot["v1"]
    assert entry.url == "https://a.test/"
    assert entry.request.headers == (("a", "b"),)
    assert entry.request.given == "/"
    assert (entry.response.body, entry.response.size, entry.response.redirected) == (b"hi", 2, True)


def test_what_is_missing_is_none():
    response = decode_response(
        {"status": 0, "statusText": "", "headers": [], "type": "opaque", "url": ""}
    )
    assert (response.size, response.sha256, response.body) == (None, None, None)
    assert response.null_body is False
    assert decode_request({**REQUEST, "given": None}).given is None


def test_batches_are_read_one_after_the_other():
    batch = {"place": PLACE, "records": [{"number": 0, "time": 5, "type": "began"}]}
    first, second = decode_batches([batch, batch])
    assert (first.number, first.time, first.type) == (0, 5.0, "began")
    assert second.place.origin == "https://a.test"
    assert str(first.place) == "page https://a.test/"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Fields([1], "a batch"), "a batch should be an object, but a probe sent [1]"),
        (
            lambda: Fields({}, "a call").text("method"),
            "a call has no usable field 'method': a probe sent nothing",
        ),
        (
            lambda: Fields({"number": 1.5}, "a record").integer("number"),
            "a record has no usable field 'number': a probe sent 1.5",
        ),
        (
            lambda: Fields({"number": True}, "a record").integer("number"),
            "a record has no usable field 'number': a probe sent True",
        ),
        (
            lambda: Fields({"items": "text"}, "a call").items("items"),
            "a call has no usable field 'items': a probe sent 'text'",
        ),
        (
            lambda: Fields({"flag": 1}, "a response").flag("flag"),
            "a response has no usable field 'flag': a probe sent 1",
        ),
        (
            lambda: decode_response({**RESPONSE, "spent": "broken"}),
            "a body is used, locked or neither, but a probe sent 'broken'",
        ),
        (
            lambda: decode_headers([["name"]]),
            "a header should be a name and a value, a probe sent ['name']",
        ),
        (
            lambda: decode_batches([{"place": {**PLACE, "kind": "attic"}, "records": []}]),
            "a probe ran in a place of an unknown kind: 'attic'",
        ),
    ],
)
def test_a_wrong_shape_says_what_was_sent(make: Any, sentence: str):
    with pytest.raises(ProbeError) as failure:
        make()
    assert str(failure.value) == sentence
