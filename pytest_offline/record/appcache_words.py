"""From a document's records to the words of the application cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast, get_args

from pytest_offline.errors import ProbeError
from pytest_offline.record.appcache import (
    APPCACHE_STATUSES,
    AppCacheCall,
    AppCacheDocument,
    AppCacheEvent,
    AppCacheEventName,
    AppCacheMethod,
    AppCacheStatus,
    AppCacheWord,
)
from pytest_offline.record.decoding import Fields
from pytest_offline.record.places import Record

_NO_ANSWER: Final = 65_535
"""The status of an ``error`` for what got no answer: -1 of Chromium's, cut to 16 bits."""

_NOT_STORED: Final = " fetch failed (2) "
"""Words of Chromium's for what it could not write to its storage, whatever the server said."""


def appcache_words(records: Mapping[int, Record]) -> list[AppCacheWord]:
    """The words of one place, in the order they were recorded; the document stands first.

    Its ``load`` and its end, which are known later, are told of the document itself.
    """
    document: AppCacheDocument | None = None
    others: list[AppCacheWord] = []
    for number in sorted(records):
        record = records[number]
        if not record.type.startswith("appcache-"):
            continue
        fields = Fields(record.data, f"a record of type {record.type!r}")
        if record.type == "appcache-document":
            document = _document(record, fields)
        elif record.type == "appcache-event":
            others.append(_event(record, fields))
        elif record.type == "appcache-call":
            others.append(_call(record, fields))
        elif document is not None:
            document = _further(document, record)
    return others if document is None else [document, *others]


def status_of(number: int) -> AppCacheStatus:
    """The name for what ``applicationCache.status`` gives; ProbeError for any other number."""
    if not 0 <= number < len(APPCACHE_STATUSES):
        raise ProbeError(f"a probe read the status {number}, which no applicationCache has")
    return APPCACHE_STATUSES[number]


def _document(record: Record, fields: Fields) -> AppCacheDocument:
    """Its time is when it began: the browser may ask for the manifest before a script is told."""
    return AppCacheDocument(
        fields.text("url"), fields.optional_text("manifest"), record.place.began, record.place
    )


def _further(document: AppCacheDocument, record: Record) -> AppCacheDocument:
    if record.type == "appcache-loaded":
        return replace(document, loaded=record.time)
    return replace(document, ended=record.time)


def _event(record: Record, fields: Fields) -> AppCacheEvent:
    name = fields.text("name")
    if name not in get_args(AppCacheEventName):
        raise ProbeError(f"a probe recorded the event {name!r}, which no applicationCache fires")
    return AppCacheEvent(
        name=cast(AppCacheEventName, name),
        status=status_of(fields.integer("status")),
        loaded=fields.optional_integer("loaded"),
        total=fields.optional_integer("total"),
        time=record.time,
        url=fields.text("url"),
        place=record.place,
        detail=_detail(fields) if name == "error" else "",
    )


def _detail(fields: Fields) -> str:
    """``resource http://…/a.js 404``, else what the browser says in words.

    Both, where only the words say that it was the storage that failed.
    """
    failed, message = fields.text("failedUrl"), fields.text("message")
    status = fields.integer("failedStatus")
    told = [fields.text("reason"), failed, str(status) if 0 < status < _NO_ANSWER else ""]
    if not failed:
        return message
    where = " ".join(part for part in told if part)
    return f"{where}: {message}" if _NOT_STORED in message else where


def _call(record: Record, fields: Fields) -> AppCacheCall:
    method = fields.text("method")
    if method not in get_args(AppCacheMethod):
        raise ProbeError(f"a probe recorded a call of applicationCache.{method}(), which has none")
    return AppCacheCall(
        method=cast(AppCacheMethod, method),
        before=status_of(fields.integer("before")),
        after=status_of(fields.integer("after")),
        time=record.time,
        place=record.place,
        error=fields.optional_text("error"),
    )
