"""The history: records of every place joined into operations and worker events.

A record is numbered within its place. Where a later number is known and an earlier one is not,
something was lost, and no verdict may be built on the rest: that is a `ProbeError`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args

from pytest_offline.errors import ProbeError
from pytest_offline.record.appcache import AppCacheWord
from pytest_offline.record.appcache_words import appcache_words
from pytest_offline.record.cache_entries import CachedRequest, CachedResponse
from pytest_offline.record.decoding import Fields, decode_request, decode_response
from pytest_offline.record.operations import Method, Operation, Settlement, Target
from pytest_offline.record.places import Place, Record
from pytest_offline.record.workers import (
    AnswerSource,
    FetchAnswer,
    LifecycleEvent,
    LifecycleName,
    WorkerEvent,
    WorkerFetch,
)


class History:
    """Every record that reached the test, each once, in whatever order they came."""

    def __init__(self) -> None:
        self._records: dict[str, dict[int, Record]] = {}
        self._operations: tuple[Operation, ...] | None = None

    def add(self, records: Iterable[Record]) -> int:
        """Takes records in; one that came by two ways counts once. Returns how many were new."""
        new = 0
        for record in records:
            known = self._records.setdefault(record.place.id, {})
            if record.number not in known:
                known[record.number] = record
                new += 1
        if new:
            self._operations = None
        return new

    def check_complete(self) -> None:
        """Raises ProbeError where a place's numbers have a gap."""
        for records in self._records.values():
            missing = sorted(set(range(max(records) + 1)) - set(records))
            if missing:
                place = next(iter(records.values())).place
                raise ProbeError(
                    f"{len(missing)} of {max(records) + 1} records of the {place} are lost, the "
                    f"first is number {missing[0]}; this is a fault of pytest_offline, not of the "
                    f"site: no verdict is possible"
                )

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that recorded something, by when it began."""
        places = (next(iter(records.values())).place for records in self._records.values())
        return tuple(sorted(places, key=lambda place: place.began))

    def records(self) -> list[Record]:
        """Everything, by time; within one place by number."""
        everything = [record for records in self._records.values() for record in records.values()]
        return sorted(everything, key=lambda record: (record.time, record.number))

    def operations(self) -> tuple[Operation, ...]:
        """Every call of a method of CacheStorage and Cache, by the time it started."""
        if self._operations is None:
            self._operations = self._joined()
        return self._operations

    def _joined(self) -> tuple[Operation, ...]:
        found = [
            operation for records in self._records.values() for operation in _operations(records)
        ]
        found.sort(key=lambda operation: (operation.started, operation.started_number))
        return tuple(replace(operation, number=number) for number, operation in enumerate(found))

    def worker_events(self) -> tuple[WorkerEvent, ...]:
        """Lifecycle steps, fetch events with their answers, and the workers' own fetches."""
        found = [event for records in self._records.values() for event in _events(records)]
        return tuple(sorted(found, key=lambda event: event.time))

    def appcache_words(self) -> tuple[AppCacheWord, ...]:
        """Documents, events and calls of the application cache, by time; within one by number."""
        found = [word for records in self._records.values() for word in appcache_words(records)]
        return tuple(sorted(found, key=lambda word: word.time))


def _operations(records: Mapping[int, Record]) -> list[Operation]:
    """The operations of one place."""
    calls: dict[int, Operation] = {}
    later: dict[int, list[tuple[str, Fields]]] = defaultdict(list)
    for number in sorted(records):
        record = records[number]
        if record.type == "call":
            calls[number] = _call(record)
        elif record.type in ("settled", *_FILL_IN):
            fields = Fields(record.data, f"a record of type {record.type!r}")
            about = fields.integer("operation")
            if about not in calls:
                continue
            if record.type == "settled":
                calls[about] = _settled(calls[about], record, fields)
            else:
                later[about].append((record.type, fields))
    # One matchAll has as many bodies as the cache has entries: they are filled in together.
    for about, found in later.items():
        for kind, fill_in in _FILL_IN.items():
            calls[about] = fill_in(calls[about], [each for name, each in found if name == kind])
    return _numbered_caches(list(calls.values()))


def _numbered_caches(operations: list[Operation]) -> list[Operation]:
    """The probe names the record of the ``open`` that a Cache came from; we count them by name."""
    opened: dict[str, dict[int, int]] = defaultdict(dict)
    found: list[Operation] = []
    for operation in operations:
        if operation.method == "open" and operation.cache is not None:
            openings = opened[operation.cache]
            openings[operation.started_number] = len(openings)
        elif operation.cache_number is not None:
            number = opened[operation.cache or ""].get(operation.cache_number)
            operation = replace(operation, cache_number=number)  # noqa: PLW2901
        found.append(operation)
    return found


def _call(record: Record) -> Operation:
    fields = Fields(record.data, "a call")
    target, method = fields.text("target"), fields.text("method")
    if target not in get_args(Target) or method not in get_args(Method):
        raise ProbeError(f"a probe recorded a call of {target!r}.{method!r}, which nobody watches")
    response = fields.data.get("response")
    return Operation(
        number=0,
        place=record.place,
        target=cast(Target, target),
        method=cast(Method, method),
        started=record.time,
        started_number=record.number,
        cache=fields.optional_text("cache"),
        cache_number=fields.optional_integer("opening"),
        requests=tuple(decode_request(request) for request in fields.items("requests")),
        response=decode_response(response) if response is not None else None,
        options=_options(fields),
        options_given=fields.flag("optionsGiven"),
        refused=fields.optional_text("refused"),
        stray=fields.flag("stray"),
    )


def _options(fields: Fields) -> tuple[tuple[str, bool | str], ...]:
    pairs: list[tuple[str, bool | str]] = []
    for item in fields.items("options"):
        match item:
            case [str() as name, bool() | str() as value]:
                pairs.append((name, value))
            case _:
                raise ProbeError(f"an option should be a name and a value, a probe sent {item!r}")
    return tuple(pairs)


def _settled(call: Operation, record: Record, fields: Fields) -> Operation:
    outcome = fields.text("outcome")
    if outcome not in get_args(Settlement):
        raise ProbeError(f"a probe recorded the outcome {outcome!r}, which no promise has")
    error = fields.data.get("error")
    error_fields = Fields(error, "an error") if error is not None else None
    return replace(
        call,
        settled=record.time,
        settled_number=record.number,
        outcome=cast(Settlement, outcome),
        value=_value(call.method, fields.data.get("value")),
        error_name=error_fields.text("name") if error_fields else None,
        error=error_fields.text("message") if error_fields else None,
        aborted=error_fields.flag("reason") if error_fields else False,
    )


def _value(method: Method, value: object) -> object:
    if value is None:
        return None
    if method == "match":
        return decode_response(value)
    if method in ("matchAll", "keys"):
        items = Fields({"items": value}, f"what {method} gave").items("items")
        decode = decode_response if method == "matchAll" else _key
        return tuple(decode(item) for item in items)
    return bool(value)


def _key(item: object) -> str | CachedRequest:
    """A key: a name of ``caches.keys()``, a request of ``cache.keys()``."""
    return item if isinstance(item, str) else decode_request(item)


def _added(call: Operation, records: Sequence[Fields]) -> Operation:
    """What stood in the cache after ``add`` and ``addAll``, by the place in what was asked for."""
    added = list(call.added)
    for fields in records:
        index, data = fields.integer("index"), fields.data.get("response")
        added += [None] * (index + 1 - len(added))
        added[index] = decode_response(data) if data is not None else None
    return replace(call, added=tuple(added))


def _bodies(call: Operation, records: Sequence[Fields]) -> Operation:
    """Digests that were ready later than the call, put where they belong."""
    slots: dict[str, dict[int, Fields]] = defaultdict(dict)
    for fields in records:
        slot, _, position = fields.text("slot").partition(":")
        slots[slot][int(position or 0)] = fields
    for slot, found in slots.items():
        if slot == "response":
            call = replace(call, response=_complete(call.response, found.get(0)))
        elif slot == "added":
            call = replace(call, added=_completed(call.added, found))
        elif call.method == "matchAll":
            values = cast("tuple[CachedResponse | None, ...]", call.value)
            call = replace(call, value=_completed(values, found))
        else:
            value = cast("CachedResponse | None", call.value)
            call = replace(call, value=_complete(value, found.get(0)))
    return call


def _completed(
    items: Sequence[CachedResponse | None], bodies: Mapping[int, Fields]
) -> tuple[CachedResponse | None, ...]:
    return tuple(_complete(item, bodies.get(at)) for at, item in enumerate(items))


def _complete(response: CachedResponse | None, body: Fields | None) -> CachedResponse | None:
    if response is None or body is None:
        return response
    return replace(
        response,
        size=body.optional_integer("size"),
        sha256=body.optional_text("sha256"),
        null_body=body.flag("nullBody"),
    )


_FILL_IN: Mapping[str, Callable[[Operation, Sequence[Fields]], Operation]] = {
    "added": _added,
    "body": _bodies,
}


def _events(records: Mapping[int, Record]) -> list[WorkerEvent]:
    """The worker events of one place."""
    found: dict[int, WorkerEvent] = {}
    for number in sorted(records):
        record = records[number]
        fields = Fields(record.data, f"a record of type {record.type!r}")
        if record.type == "lifecycle":
            found[number] = LifecycleEvent(
                _lifecycle_name(fields.text("name")), record.time, record.place,
                fields.text("detail"),
            )  # fmt: skip
        elif record.type == "began":
            found[number] = LifecycleEvent("started", record.time, record.place)
        elif record.type == "fetch":
            found[number] = _fetch(record, fields)
        elif record.type == "request":
            found[number] = WorkerFetch(
                record.time, record.place, fields.text("url"), fields.text("method")
            )
        elif record.type in ("answer", "response"):
            _answer(found, record, fields)
    return list(found.values())


def _lifecycle_name(name: str) -> LifecycleName:
    if name not in get_args(LifecycleName):
        raise ProbeError(f"a probe recorded the lifecycle event {name!r}, which is not a known one")
    return cast(LifecycleName, name)


def _fetch(record: Record, fields: Fields) -> FetchAnswer:
    return FetchAnswer(
        time=record.time,
        place=record.place,
        url=fields.text("url"),
        method=fields.text("method"),
        mode=fields.text("mode"),
        destination=fields.text("destination"),
        source="pending",
    )


def _answer(found: dict[int, WorkerEvent], record: Record, fields: Fields) -> None:
    asked = fields.integer("event" if record.type == "answer" else "request")
    event = found.get(asked)
    error = fields.data.get("error")
    text = None
    if error is not None:
        error_fields = Fields(error, "an error")
        text = f"{error_fields.text('name')}: {error_fields.text('message')}"
    status = fields.optional_integer("status")
    if isinstance(event, FetchAnswer):
        source = fields.text("source")
        if source not in get_args(AnswerSource):
            raise ProbeError(f"a probe recorded an answer from {source!r}, which is no source")
        found[asked] = replace(
            event,
            source=cast(AnswerSource, source),
            cache=fields.optional_text("cache"),
            status=status,
            error=text,
        )
    elif isinstance(event, WorkerFetch):
        found[asked] = replace(event, settled=record.time, status=status, error=text)
