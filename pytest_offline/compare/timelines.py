"""Histories in files, so that the same comparison runs again with no browser.

The file is JSON: `FORMAT`, then what `replay` takes, then a digest of it all. Bodies are left out;
their digests decide. A history that lost an operation can be one that no browser may show: so a
file that is not as it was written gets no verdict.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeVar, cast, get_args

import ada_url

from pytest_offline.compare.differences import Comparison
from pytest_offline.compare.replay import DEFAULT_BUDGET, replay
from pytest_offline.errors import UsageError
from pytest_offline.record import (
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Condition,
    Exchange,
    Operation,
    Place,
    Snapshot,
)
from pytest_offline.record.operations import Method, Settlement, Target
from pytest_offline.record.places import PlaceKind

FORMAT: Final = "pytest-offline timeline 2"

_Row = TypeVar("_Row")
_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "str": str, "int": int, "bool": bool, "float": (int, float),
}  # fmt: skip
_WORDS: Final = {
    name: get_args(words)
    for name, words in {
        "Method": Method, "Target": Target, "Settlement": Settlement, "PlaceKind": PlaceKind,
    }.items()
}  # fmt: skip


@dataclass(frozen=True)
class Timeline:
    """All that a comparison takes."""

    operations: tuple[Operation, ...]
    base_url: str
    initial: Snapshot | None = None
    final: Snapshot | None = None
    exchanges: tuple[Exchange, ...] = ()
    build: str | None = None

    def compare(self, *, budget: int = DEFAULT_BUDGET) -> Comparison:
        """Compare it again; see `replay`."""
        return replay(
            self.operations,
            base_url=self.base_url,
            initial=self.initial,
            final=self.final,
            exchanges=self.exchanges,
            build=self.build,
            budget=budget,
        )


def dump(timeline: Timeline, path: Path) -> None:
    """Write a timeline to a file, replacing it."""
    path.write_text(json.dumps(to_json(timeline), indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> Timeline:
    """Read a timeline from a file.

    Raises:
        UsageError: the file is none that `dump` wrote, or was damaged.
        OSError: it cannot be read.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return from_json(data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is no timeline of this version ({type(error).__name__}: {error}). It has to "
            f"begin with {FORMAT!r}: give the timeline.json of a failed comparison, unchanged."
        ) from error


def to_json(timeline: Timeline) -> dict[str, object]:
    """A timeline as plain data."""
    places = {each.place.id: asdict(each.place) for each in timeline.operations}
    data: dict[str, object] = {
        "format": FORMAT,
        "base_url": timeline.base_url,
        "build": timeline.build,
        "places": list(places.values()),
        "operations": [_operation_to_json(each) for each in timeline.operations],
        "initial": _snapshot_to_json(timeline.initial),
        "final": _snapshot_to_json(timeline.final),
        "exchanges": [_exchange_to_json(each) for each in timeline.exchanges],
    }
    return {**data, "digest": _digest(data)}


def from_json(data: Mapping[str, Any]) -> Timeline:
    """A timeline from plain data.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    if data["format"] != FORMAT:
        raise ValueError(f"its format is {data['format']!r}")
    places = {row["id"]: _row(Place, row) for row in data["places"]}
    timeline = Timeline(
        operations=tuple(_operation(row, places) for row in data["operations"]),
        base_url=_base_url(data["base_url"]),
        initial=_snapshot(data["initial"]),
        final=_snapshot(data["final"]),
        exchanges=tuple(_exchange(row) for row in data["exchanges"]),
        build=data["build"],
    )
    if data["digest"] != _digest(data):
        raise ValueError("it was changed after it was written: its digest does not fit")
    return timeline


def _digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of all else there is, however it is laid out."""
    rest = {name: value for name, value in data.items() if name != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _base_url(given: object) -> str:
    if not isinstance(given, str) or not ada_url.check_url(given):
        raise ValueError(f"the base_url is {given!r:.80}, which is no URL")
    return given


def _row(kind: type[_Row], data: Mapping[str, Any], **instead: Any) -> _Row:
    """One dataclass from its fields; unknown ones are an error, missing ones have their default."""
    names = {field.name for field in fields(cast("Any", kind))}
    unknown = set(data) - names
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    row = {**data, **instead}
    for field in fields(cast("Any", kind)):
        if field.name in row and not _is_a(row[field.name], str(field.type)):
            raise ValueError(f"the {field.name} of a {kind.__name__} is {row[field.name]!r:.80}")
    return kind(**row)


def _is_a(value: object, wanted: str) -> bool:
    """Whether a value is what an annotation of a plain field says; others are looked at no more."""
    name, _, optional = wanted.partition(" | ")
    if value is None and optional == "None":
        return True
    if name in _WORDS:
        return value in _WORDS[name]
    if name in _KINDS and optional in ("", "None"):
        return isinstance(value, _KINDS[name]) and (name == "bool" or not isinstance(value, bool))
    return True


def _operation_to_json(operation: Operation) -> dict[str, object]:
    row = {each.name: getattr(operation, each.name) for each in fields(operation)}
    return {
        **row,
        "place": operation.place.id,
        "requests": [asdict(each) for each in operation.requests],
        "response": _response_to_json(operation.response),
        "value": _value_to_json(operation.value),
        "added": [_response_to_json(each) for each in operation.added],
    }


def _operation(data: Mapping[str, Any], places: Mapping[str, Place]) -> Operation:
    return _row(
        Operation,
        data,
        place=places[data["place"]],
        requests=tuple(_request(row) for row in data["requests"]),
        response=_response(data["response"]),
        options=tuple((name, value) for name, value in data["options"]),
        value=_value(data["value"]),
        added=tuple(_response(row) for row in data["added"]),
    )


def _response_to_json(response: CachedResponse | None) -> dict[str, object] | None:
    return {**asdict(response), "body": None} if response is not None else None


def _response(data: Mapping[str, Any] | None) -> CachedResponse | None:
    return _row(CachedResponse, data, headers=_pairs(data["headers"])) if data else None


def _request(data: Mapping[str, Any]) -> CachedRequest:
    return _row(CachedRequest, data, headers=_pairs(data["headers"]))


def _pairs(rows: Sequence[Sequence[Any]]) -> tuple[tuple[str, str], ...]:
    pairs = tuple((name, value) for name, value in rows)
    wrong = [each for pair in pairs for each in pair if not isinstance(each, str)]
    if wrong:
        raise ValueError(f"a header has {wrong[0]!r:.80}, which is no text")
    return pairs


def _value_to_json(value: object) -> object:
    if isinstance(value, (tuple, list)):
        return [_value_to_json(each) for each in cast("Sequence[object]", value)]
    if isinstance(value, CachedResponse):
        return {"response": _response_to_json(value)}
    if isinstance(value, CachedRequest):
        return {"request": asdict(value)}
    return value


def _value(data: Any) -> object:
    if isinstance(data, list):
        return tuple(_value(each) for each in cast("list[object]", data))
    if isinstance(data, dict):
        row = cast("dict[str, Any]", data)
        return _response(row["response"]) if "response" in row else _request(row["request"])
    return data


def _snapshot_to_json(snapshot: Snapshot | None) -> list[object] | None:
    if snapshot is None:
        return None
    return [
        [name, [[asdict(each.request), _response_to_json(each.response)] for each in entries]]
        for name, entries in snapshot.items()
    ]


def _snapshot(data: Sequence[Any] | None) -> Snapshot | None:
    if data is None:
        return None
    return {name: tuple(_entry(*row) for row in rows) for name, rows in data}


def _entry(request: Mapping[str, Any], response: Mapping[str, Any]) -> CacheEntry:
    return CacheEntry(
        _request(request), _row(CachedResponse, response, headers=_pairs(response["headers"]))
    )


def _exchange_to_json(exchange: Exchange) -> dict[str, object]:
    condition = asdict(exchange.condition)
    del condition["effects"]  # what they did to this exchange, its `weather` says
    return {**asdict(exchange), "body": exchange.body.hex(), "condition": condition}


def _exchange(data: Mapping[str, Any]) -> Exchange:
    return _row(
        Exchange,
        data,
        headers=_pairs(data["headers"]),
        body=bytes.fromhex(data["body"]),
        response_headers=_pairs(data["response_headers"]),
        condition=_row(Condition, data["condition"]),
        weather=tuple(data["weather"]),
    )
