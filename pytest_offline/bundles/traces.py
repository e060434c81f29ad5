"""Playwright's own trace of a context, read as the calls that a test made.

A trace is a zip with a line of JSON for each event (`context.tracing
<https://playwright.dev/python/docs/trace-viewer>`_). What of it is read is little, and another
version of it is said so, not guessed at.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from pytest_offline.bundles.runner.fields import Json

_EVENTS: Final = "trace.trace"

NOTHING: Final = object()
"""In place of a value that is no JSON."""


@dataclass(frozen=True)
class Call:
    """One call of Playwright's API.

    Attributes:
        time: when it began, in milliseconds since the Unix epoch.
        what: class and method, as Playwright's protocol has them: ``Frame.goto``.
        params: what was given.
        error: the first line of what it failed with; None where it did not.
        result: what came back.
    """

    time: float
    what: str
    params: Mapping[str, Json] = field(default_factory=dict[str, Json])
    error: str | None = None
    result: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True)
class Trace:
    """The calls of one context, in order, and its options."""

    options: Mapping[str, Json]
    calls: tuple[Call, ...]


def read_trace(path: Path) -> Trace:
    """The trace in a file; without calls where it is of another form than is known."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read(_EVENTS).decode("utf-8", "replace")
    return trace_of(json.loads(line) for line in text.splitlines() if line)


def trace_of(events: Iterable[Mapping[str, Json]]) -> Trace:
    """The trace that events make."""
    options: Mapping[str, Json] = {}
    ahead = 0.0
    begun: dict[str, Mapping[str, Json]] = {}
    calls: dict[str, Call] = {}
    for event in events:
        kind = event.get("type")
        if kind == "context-options":
            options = event.get("options") or {}
            ahead = float(event.get("wallTime", 0)) - float(event.get("monotonicTime", 0))
        elif kind == "before":
            begun[event["callId"]] = event
            calls[event["callId"]] = _call(event, {}, ahead)
        elif kind == "after" and event.get("callId") in begun:
            calls[event["callId"]] = _call(begun[event["callId"]], event, ahead)
    return Trace(options, tuple(sorted(calls.values(), key=lambda call: call.time)))


def value_of(data: Json) -> Any:
    """A value as Playwright's protocol writes it, as JSON; `NOTHING` for what is none.

    ``{"n": 1}``, ``{"s": "x"}``, ``{"b": true}``, ``{"v": "null"}``, ``{"a": [...]}``,
    ``{"o": [{"k": "name", "v": ...}]}``.
    """
    if not isinstance(data, Mapping):
        return NOTHING
    found = cast("Mapping[str, Json]", data)
    for plain in ("n", "s", "b"):
        if plain in found:
            return found[plain]
    if found.get("v") in ("null", "undefined"):
        return None
    if "a" in found:
        items = [value_of(each) for each in found["a"]]
        return NOTHING if any(each is NOTHING for each in items) else items
    if "o" in found:
        pairs = {each["k"]: value_of(each["v"]) for each in found["o"]}
        return NOTHING if any(each is NOTHING for each in pairs.values()) else pairs
    return NOTHING


def _call(before: Mapping[str, Json], after: Mapping[str, Json], ahead: float) -> Call:
    error = after.get("error")
    message = str(error.get("message", error)) if error else None
    return Call(
        time=float(before.get("startTime", 0)) + ahead,
        what=f"{before.get('class')}.{before.get('method')}",
        params=before.get("params") or {},
        error=message.splitlines()[0] if message else None,
        result=after.get("result") or {},
    )
