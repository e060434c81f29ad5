"""From a probe's records to operations and events, trusting nothing that came out of a browser.

Whatever does not have the shape that ``probes/*.js`` give it is a `ProbeError`: a record that we
cannot read is our fault, never the site's.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast, get_args

from pytest_offline.errors import ProbeError
from pytest_offline.record.cache_entries import CachedRequest, CachedResponse, CacheEntry, Snapshot
from pytest_offline.record.places import Place, PlaceKind, Record

_MISSING: Any = object()


class Fields:
    """One JSON object, read field by field; a field of another type raises `ProbeError`."""

    def __init__(self, data: object, what: str) -> None:
        if not isinstance(data, Mapping):
            raise ProbeError(f"{what} should be an object, but a probe sent {data!r:.200}")
        self.data = cast(Mapping[str, Any], data)
        self.what = what

    def text(self, name: str) -> str:
        """A string."""
        return cast(str, self._typed(name, str))

    def optional_text(self, name: str) -> str | None:
        """A string or None; None too where the field is missing."""
        return None if self.data.get(name) is None else self.text(name)

    def integer(self, name: str) -> int:
        """A whole number."""
        value = self._typed(name, (int, float))
        if value != int(value) or isinstance(value, bool):
            raise self._wrong(name, value)
        return int(value)

    def optional_integer(self, name: str) -> int | None:
        """A whole number or None; None too where the field is missing."""
        return None if self.data.get(name) is None else self.integer(name)

    def number(self, name: str) -> float:
        """A number."""
        return float(self._typed(name, (int, float)))

    def flag(self, name: str) -> bool:
        """A boolean, False where the field is missing."""
        return bool(self._typed(name, bool)) if name in self.data else False

    def items(self, name: str) -> Sequence[object]:
        """A list, empty where the field is missing."""
        value = self.data.get(name, ())
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise self._wrong(name, value)
        return cast(Sequence[object], value)

    def _typed(self, name: str, kind: type | tuple[type, ...]) -> Any:
        value = self.data.get(name, _MISSING)
        if not isinstance(value, kind):
            raise self._wrong(name, value)
        return value

    def _wrong(self, name: str, value: object) -> ProbeError:
        seen = "nothing" if value is _MISSING else repr(value)[:200]
        return ProbeError(f"{self.what} has no usable field {name!r}: a probe sent {seen}")


def decode_batches(batches: Iterable[object]) -> list[Record]:
    """Batches of records, as ``{"place": {...}, "records": [...]}``, one after the other."""
    found: list[Record] = []
    for batch in batches:
        fields = Fields(batch, "a batch")
        place = _place(fields.data.get("place"))
        found.extend(_record(place, data) for data in fields.items("records"))
    return found


def decode_snapshot(data: object) -> Snapshot:
    """What ``takeSnapshot`` of ``probes/snapshot.js`` gives."""
    found: dict[str, tuple[CacheEntry, ...]] = {}
    for cache in Fields({"caches": data}, "a snapshot").items("caches"):
        fields = Fields(cache, "a cache of a snapshot")
        found[fields.text("name")] = tuple(_entry(entry) for entry in fields.items("entries"))
    return found


def decode_request(data: object) -> CachedRequest:
    """What ``describeRequest`` of ``probes/describe.js`` gives."""
    fields = Fields(data, "a request")
    return CachedRequest(
        url=fields.text("url"),
        method=fields.text("method"),
        headers=decode_headers(fields.items("headers")),
        given=fields.optional_text("given"),
    )


def decode_response(data: object) -> CachedResponse:
    """What ``describeResponse`` of ``probes/describe.js`` gives, with the digest, if any."""
    fields = Fields(data, "a response")
    return CachedResponse(
        status=fields.integer("status"),
        status_text=fields.text("statusText"),
        headers=decode_headers(fields.items("headers")),
        type=fields.text("type"),
        url=fields.text("url"),
        redirected=fields.flag("redirected"),
        null_body=fields.flag("nullBody"),
        size=fields.optional_integer("size"),
        sha256=fields.optional_text("sha256"),
        body=_body(fields.optional_text("body")),
        spent=_spent(fields.optional_text("spent")),
    )


def decode_headers(items: Sequence[object]) -> tuple[tuple[str, str], ...]:
    """Pairs of name and value."""
    pairs: list[tuple[str, str]] = []
    for item in items:
        match item:
            case [str() as name, str() as value]:
                pairs.append((name, value))
            case _:
                raise ProbeError(f"a header should be a name and a value, a probe sent {item!r}")
    return tuple(pairs)


def _spent(word: str | None) -> str | None:
    if word not in (None, "used", "locked"):
        raise ProbeError(f"a body is used, locked or neither, but a probe sent {word!r}")
    return word


def _body(text: str | None) -> bytes | None:
    if text is None:
        return None
    return b64decode(text)


def _entry(data: object) -> CacheEntry:
    fields = Fields(data, "an entry of a snapshot")
    return CacheEntry(
        decode_request(fields.data.get("request")), decode_response(fields.data.get("response"))
    )


def _place(data: object) -> Place:
    fields = Fields(data, "a place")
    kind = fields.text("kind")
    if kind not in get_args(PlaceKind):
        raise ProbeError(f"a probe ran in a place of an unknown kind: {kind!r}")
    return Place(
        id=fields.text("id"),
        kind=cast(PlaceKind, kind),
        url=fields.text("url"),
        began=fields.number("began"),
        origin=fields.text("origin"),
        scope=fields.optional_text("scope"),
    )


def _record(place: Place, data: object) -> Record:
    fields = Fields(data, "a record")
    return Record(
        place, fields.integer("number"), fields.number("time"), fields.text("type"), fields.data
    )
