"""A document's records become words of the application cache; what cannot be is our fault."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_offline.errors import ProbeError
from pytest_offline.record import (
    AppCacheCall,
    AppCacheDocument,
    AppCacheEvent,
    History,
    Place,
    decode_batches,
    moments_of,
)
from pytest_offline.record.appcache_words import status_of

URL = "https://a.test/"
MANIFEST = "https://a.test/m.appcache"
DOCUMENT = {"type": "appcache-document", "url": URL, "manifest": MANIFEST}
EVENT: dict[str, Any] = {
    "type": "appcache-event", "name": "checking", "url": URL, "status": 2, "loaded": None,
    "total": None, "reason": "", "failedUrl": "", "failedStatus": 0, "message": "",
}  # fmt: skip
CALL = {"type": "appcache-call", "method": "update", "before": 1, "after": 2, "error": None}


def words(*records: dict[str, Any], kind: str = "page") -> tuple[Any, ...]:
    place = {"id": "p", "kind": kind, "url": URL, "began": 90, "origin": "https://a.test"}
    numbered = [{"number": at, "time": 100 + at, **each} for at, each in enumerate(records)]
    history = History()
    history.add(decode_batches([{"place": place, "records": numbered}]))
    return history.appcache_words()


def test_a_document_from_its_beginning_to_its_end():
    found = words(
        DOCUMENT, {"type": "appcache-loaded"}, {"type": "lifecycle"}, {"type": "appcache-ended"}
    )
    (document,) = found
    assert isinstance(document, AppCacheDocument)
    assert (document.url, document.manifest) == (URL, MANIFEST)
    assert (document.time, document.loaded, document.ended) == (90, 101, 103)
    assert str(document) == f"document {URL} with manifest {MANIFEST}"


def test_what_a_place_without_a_document_says_of_its_end_is_nothing():
    assert words({"type": "appcache-loaded"}, {"type": "appcache-ended"}) == ()
    (event,) = words(EVENT)
    assert isinstance(event, AppCacheEvent)


def test_words_stand_by_time_the_document_first():
    found = words(EVENT, DOCUMENT, {**CALL, "time": 95})
    assert [type(word) for word in found] == [AppCacheDocument, AppCacheCall, AppCacheEvent]


def test_an_event():
    (progress,) = words({**EVENT, "name": "progress", "status": 3, "loaded": 1, "total": 2})
    assert (progress.name, progress.status) == ("progress", "DOWNLOADING")
    assert (progress.loaded, progress.total, progress.detail) == (1, 2, "")
    assert progress.place.id == "p"


@pytest.mark.parametrize(
    ("told", "detail"),
    [
        (
            {"reason": "resource", "failedUrl": URL + "a", "failedStatus": 404},
            f"resource {URL}a 404",
        ),
        ({"reason": "manifest", "failedUrl": URL, "failedStatus": 65535}, f"manifest {URL}"),
        ({"reason": "signature", "message": "Failed to parse"}, "Failed to parse"),
        (
            {"reason": "manifest", "failedUrl": URL, "message": f"Manifest fetch failed (6) {URL}"},
            f"manifest {URL}",
        ),
        (
            {"reason": "manifest", "failedUrl": URL, "message": f"Manifest fetch failed (2) {URL}"},
            f"manifest {URL}: Manifest fetch failed (2) {URL}",
        ),
    ],
)
def test_what_an_error_is_told_of(told: dict[str, Any], detail: str):
    (error,) = words({**EVENT, "name": "error", "status": 1, **told})
    assert error.detail == detail


def test_a_call():
    (call,) = words({**CALL, "error": "InvalidStateError"})
    assert (call.method, call.before, call.after) == ("update", "IDLE", "CHECKING")
    assert str(call) == (
        f"applicationCache.update() threw InvalidStateError (IDLE → CHECKING) at {URL}"
    )
    (swap,) = words({**CALL, "method": "swapCache", "after": 1})
    assert str(swap) == f"applicationCache.swapCache() (IDLE) at {URL}"


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({**EVENT, "name": "updated"}, "the event 'updated', which no applicationCache fires"),
        ({**CALL, "method": "add"}, r"a call of applicationCache.add\(\), which has none"),
        ({**EVENT, "status": 6}, "the status 6, which no applicationCache has"),
        ({**EVENT, "status": None}, "no usable field 'status': a probe sent None"),
    ],
)
def test_what_cannot_be_is_our_fault(record: dict[str, Any], sentence: str):
    with pytest.raises(ProbeError, match=sentence):
        words(record)


def test_statuses_by_their_numbers():
    assert [status_of(number) for number in (0, 5)] == ["UNCACHED", "OBSOLETE"]


def test_lines_of_the_timeline():
    place = Place("p", "frame", URL, 90, "https://a.test")
    found = words(DOCUMENT, EVENT, CALL, {"type": "appcache-ended"}, kind="frame")
    nameless = AppCacheDocument(URL, None, 1, place)
    without_place = AppCacheEvent("cached", "IDLE", None, None, 200, URL)
    moments = moments_of([], [], [], [], [*found, nameless, without_place])
    assert {moment.lane for moment in moments} == {"appcache"}
    assert [moment.text for moment in moments] == [
        f"frame: document {URL} with manifest {MANIFEST}",
        f"frame: checking (CHECKING) at {URL}",
        f"frame: applicationCache.update() (IDLE → CHECKING) at {URL}",
        f"frame: end of {URL}",
        f"page: cached (IDLE) at {URL}",
    ]
    assert [moment.text for moment in moments_of([], [], [], [], words(DOCUMENT))] == [
        f"page: document {URL} with manifest {MANIFEST}"
    ]
    assert str(nameless) == f"document {URL} with manifest none"
