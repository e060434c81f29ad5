"""Conditional and range requests (RFC 9110, sections 13 and 14), on an answer made already."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol, runtime_checkable

from multidict import CIMultiDict

from pytest_offline.origin.answers import Answer, Asked, plain

_TAGS = re.compile(r'(?:W/)?("[^"]*")')
_CONDITIONS = ("If-None-Match", "If-Modified-Since", "If-Range", "Range")
_RANGE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)
# RFC 9110, section 15.4.5: what a 304 carries of the headers a 200 would have.
_NOT_OF_THE_BODY = ("Content-Type", "Content-Length", "Accept-Ranges")


@runtime_checkable
class Sliceable(Protocol):
    """A body of which a part can be sent."""

    @property
    def size(self) -> int:
        """Bytes in all."""
        ...

    def part(self, start: int, stop: int) -> Sliceable:
        """The bytes from start up to, not including, stop."""
        ...


def asked_whole(asked: Asked) -> Asked:
    """The same request by a client that has nothing of the answer yet."""
    headers = CIMultiDict(asked.headers.items())
    for name in _CONDITIONS:
        headers.popall(name, None)
    return Asked(asked.method, asked.target, headers)


def conditional_answer(asked: Asked, answer: Answer) -> Answer:
    """The 304, 206 or 416 that the request's headers turn a 200 into; the answer itself if none."""
    headers = asked.headers
    if _not_modified(headers, answer.headers):
        return _unmodified(answer)
    wanted = headers.get("Range")
    if wanted is None or asked.method != "GET" or not _range_applies(headers, answer.headers):
        return answer
    return _partial(answer, wanted)


def _not_modified(asked: Mapping[str, str], held: Mapping[str, str]) -> bool:
    # RFC 9110, section 13.2.2, steps 3 and 4: If-None-Match decides alone where it is sent.
    tags = asked.get("If-None-Match")
    if tags is not None:
        return tags.strip() == "*" or held.get("ETag", "") in _TAGS.findall(tags)
    since = _date(asked.get("If-Modified-Since"))
    if since is None:
        return False
    changed = _date(held.get("Last-Modified"))
    return changed is not None and changed <= since


def _unmodified(answer: Answer) -> Answer:
    headers = CIMultiDict(answer.headers)
    for name in _NOT_OF_THE_BODY:
        headers.popall(name, None)
    return Answer(304, headers)


def _range_applies(asked: Mapping[str, str], held: Mapping[str, str]) -> bool:
    # RFC 9110, section 13.1.5: an If-Range that does not fit means the whole thing.
    if "Accept-Ranges" not in held:
        return False
    condition = asked.get("If-Range")
    if condition is None:
        return True
    return condition.strip() in (held.get("ETag"), held.get("Last-Modified"))


def _partial(answer: Answer, wanted: str) -> Answer:
    size = len(answer.body) if isinstance(answer.body, bytes) else _size_of(answer.body)
    found = byte_range(wanted, size)
    if found is None:
        return answer
    if found.stop <= found.start:
        text = f"The range {wanted} lies outside of the {size} bytes that there are."
        return plain(416, text, {"Content-Range": f"bytes */{size}"})
    headers = CIMultiDict(answer.headers)
    headers["Content-Range"] = f"bytes {found.start}-{found.stop - 1}/{size}"
    body = answer.body
    if isinstance(body, bytes):
        return Answer(206, headers, body[found.start : found.stop])
    if not isinstance(body, Sliceable):
        return answer
    return Answer(206, headers, body.part(found.start, found.stop))  # type: ignore[arg-type]


def _size_of(body: object) -> int:
    return body.size if isinstance(body, Sliceable) else 0


@dataclass(frozen=True)
class ByteRange:
    """Bytes from ``start`` up to, not including, ``stop``; empty where it cannot be satisfied."""

    start: int
    stop: int


def byte_range(header: str, size: int) -> ByteRange | None:
    """Reads a Range header against a size; None where it is to be ignored.

    Ignored, as RFC 9110, section 14.2 allows: other units, bad syntax, several ranges at once.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        return ByteRange(max(0, size - int(found[2])), size)
    start, last = int(found[1]), int(found[2] or size)
    if found[2] and last < start:
        return None
    return ByteRange(start, min(last + 1, size))


def _date(text: str | None) -> datetime.datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
