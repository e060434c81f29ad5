"""The timeline: what every witness saw, in one order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pytest_offline.record.appcache import AppCacheDocument, AppCacheWord
from pytest_offline.record.cache_entries import CachedResponse
from pytest_offline.record.conditions import Condition
from pytest_offline.record.exchanges import Exchange
from pytest_offline.record.operations import Operation
from pytest_offline.record.workers import FetchAnswer, LifecycleEvent, WorkerEvent

Lane = Literal["page", "worker", "caches", "origin", "network", "appcache"]


@dataclass(frozen=True, order=True)
class Moment:
    """One line of the timeline.

    Attributes:
        time: milliseconds since the Unix epoch.
        lane: who saw it.
        text: one line for a person.
        about: the record that the line is of, for who wants all of it; None for a bare line.
    """

    time: float
    lane: Lane
    text: str
    about: object = field(default=None, compare=False, repr=False)


def moments_of(
    operations: Iterable[Operation],
    events: Iterable[WorkerEvent],
    exchanges: Iterable[Exchange],
    changes: Iterable[tuple[float, Condition]],
    appcache: Iterable[AppCacheWord] = (),
    notes: Iterable[Moment] = (),
) -> list[Moment]:
    """Every witness's records as lines, by time; ``notes`` are lines already."""
    found = [Moment(each.started, "caches", _operation(each), each) for each in operations]
    found += [Moment(event.time, _lane(event), _event(event), event) for event in events]
    found += [Moment(seen.time, "origin", f"{seen} ({seen.initiator})", seen) for seen in exchanges]
    found += notes
    found += [
        Moment(time, "network", f"{condition} from here on", condition)
        for time, condition in changes
    ]
    for word in appcache:
        found += _appcache(word)
    return sorted(found, key=lambda moment: moment.time)


def lines_of(moments: Iterable[Moment], last: int | None = None) -> list[str]:
    """The moments as text, seconds since the first one; only the last so many where asked.

    Shape: ``  0.412 s  caches   serviceworker: cache 'v1'.put('…') → fulfilled``.
    """
    ordered = list(moments)
    if not ordered:
        return ["nothing was recorded"]
    start = ordered[0].time
    shown = ordered if last is None else ordered[-last:]
    left_out = len(ordered) - len(shown)
    lines = [f"… {left_out} earlier lines left out"] if left_out else []
    lines += [
        f"{(moment.time - start) / 1000:8.3f} s  {moment.lane:8} {moment.text}" for moment in shown
    ]
    return lines


def _operation(operation: Operation) -> str:
    error = f" {operation.error_name}: {operation.error}" if operation.error_name else ""
    gave = f", {_value(operation)}" if operation.outcome == "fulfilled" else ""
    return f"{operation.place.kind}: {operation} → {operation.outcome}{gave}{error}".rstrip(", ")


def _value(operation: Operation) -> str:
    value = operation.value
    if operation.method == "match":
        return f"{value.status}" if isinstance(value, CachedResponse) else "no match"
    if operation.method in ("has", "delete"):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"{len(value)} found"  # pyright: ignore[reportUnknownArgumentType]
    return ""


def _lane(event: WorkerEvent) -> Lane:
    return "worker" if "worker" in event.place.kind else "page"


def _appcache(word: AppCacheWord) -> list[Moment]:
    """Documents without a manifest are no news of it."""
    if not isinstance(word, AppCacheDocument):
        kind = word.place.kind if word.place else "page"
        return [Moment(word.time, "appcache", f"{kind}: {word}", word)]
    if word.manifest is None:
        return []
    moments = [Moment(word.time, "appcache", f"{word.place.kind}: {word}", word)]
    if word.ended is not None:
        end = f"{word.place.kind}: end of {word.url}"
        moments.append(Moment(word.ended, "appcache", end, word))
    return moments


def _event(event: WorkerEvent) -> str:
    place = event.place.kind
    if isinstance(event, LifecycleEvent):
        detail = f" {event.detail}" if event.detail else ""
        return f"{place}: {event.name}{detail}"
    if isinstance(event, FetchAnswer):
        error = f" {event.error}" if event.error else ""
        return f"{place}: fetch event {event}{error}"
    state = event.error or (event.status if event.status is not None else "pending")
    return f"{place}: fetch({event.url}) → {state}"
