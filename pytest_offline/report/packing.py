"""One test of the run: all that is known of it, packed into a block of text for the page."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, cast

from pytest_offline.errors import UsageError
from pytest_offline.record import CacheEntry, Exchange, Moment, OutsideRequest, Snapshot
from pytest_offline.record.wording import as_path
from pytest_offline.report.events import MOST_EVENTS, Row, periods_of, rows_of, shown_headers
from pytest_offline.report.failures import Failure

Outcome = Literal["failed", "error", "xpassed", "skipped", "xfailed", "passed"]

_LEVEL: Final = 6
_MOST_BLOCKED: Final = 50
"""Paths of one test that count among what was blocked; the rest stands in its timeline."""


@dataclass(frozen=True)
class Picture:
    """What a page looked like.

    Attributes:
        time: milliseconds since the Unix epoch.
        condition: the name of what the network did then.
        caption: which moment it is.
        away: whether the network was gone.
        url: of the page.
        jpeg: the picture.
    """

    time: float
    condition: str
    caption: str
    away: bool
    url: str
    jpeg: bytes


@dataclass(frozen=True)
class Holding:
    """What the caches of one origin held, in one browser context, at the test's end."""

    origin: str
    context: int
    caches: Snapshot


@dataclass(frozen=True)
class TestRecord:
    """All that is known of a test.

    Attributes:
        nodeid: pytest's name for it; one of a run.
        build: the browser build; None where it used no browser.
        outcome: of all its phases together.
        duration: of all its phases, in seconds.
        reason: in one sentence, why it was skipped or was expected to fail.
        failures: in the order they happened.
        moments: the timeline, by time.
        origins: URLs of its origins, the first one's first.
        holdings: what the caches held at the end.
        notes: what the report could not have, in sentences.
        artifacts: files of others beside it (a trace, a video): name and link.
    """

    __test__ = False  # pytest would take the name for that of a test class

    nodeid: str
    outcome: Outcome
    duration: float = 0.0
    build: str | None = None
    reason: str = ""
    failures: tuple[Failure, ...] = ()
    moments: tuple[Moment, ...] = ()
    origins: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    holdings: tuple[Holding, ...] = ()
    notes: tuple[str, ...] = ()
    artifacts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Part:
    """A test as the page holds it.

    Attributes:
        head: what the list and the summary show of it.
        data: the rest: JSON, deflated, in base64.
        pictures: JPEGs in base64, by a digest, so that one seen twice is there once.
    """

    head: dict[str, Any]
    data: str
    pictures: dict[str, str] = field(default_factory=dict[str, str])

    def to_line(self) -> str:
        """One line of text, for a file that a process of the run adds to."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Part:
        """The part that a line is of.

        Raises:
            UsageError: it is none, such as the last one of a process that was ended.
        """
        try:
            found = cast("dict[str, Any]", json.loads(line))
            return cls(found["head"], found["data"], found["pictures"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{line[:60]!r} is no line of a report's part ({type(error).__name__}: {error}); "
                f"the process that wrote it was ended before it was done: run the test again"
            ) from error


def pack(record: TestRecord) -> Part:
    """A test as a part of the page."""
    pictures = {_digest(each): base64.b64encode(each.jpeg).decode() for each in record.pictures}
    text = json.dumps(_detail(record), separators=(",", ":"))
    data = base64.b64encode(zlib.compress(text.encode("ascii"), _LEVEL)).decode()
    return Part(_head(record), data, pictures)


def unpack(data: str) -> dict[str, Any]:
    """What the page's script makes of a block, for whoever reads a report without a browser."""
    return cast("dict[str, Any]", json.loads(zlib.decompress(base64.b64decode(data))))


def _head(record: TestRecord) -> dict[str, object]:
    reason = record.failures[0].reason if record.failures else record.reason
    exchanges = [each.about for each in record.moments if isinstance(each.about, Exchange)]
    blocked = Counter(_path(each) for each in exchanges if each.outcome == "blocked")
    outside = Counter(
        each.about.host
        for each in record.moments
        if isinstance(each.about, OutsideRequest) and each.about.refused
    )
    urls = {
        as_path(entry.url, holding.origin)
        for holding in record.holdings
        for entries in holding.caches.values()
        for entry in entries
    }
    return {
        "id": record.nodeid,
        "build": record.build,
        "outcome": record.outcome,
        "duration": round(record.duration, 3),
        "reason": reason,
        "blocked": [list(each) for each in blocked.most_common(_MOST_BLOCKED)],
        "blocked_total": sum(blocked.values()),
        "outside": dict(outside),
        "urls": sorted(urls),
        "events": min(len(record.moments), MOST_EVENTS),
        "pictures": len(record.pictures),
    }


def _detail(record: TestRecord) -> dict[str, object]:
    start = _start(record)
    base = record.origins[0] if record.origins else ""
    last = max((each.time for each in record.moments), default=start)
    return {
        "start": start,
        "end": round(last - start, 1),
        "origins": list(record.origins),
        "periods": periods_of(record.moments, start),
        "events": _events(record, start, base),
        "failures": [
            {**asdict(each), "t": round(each.time - start, 1)} for each in record.failures
        ],
        "pictures": [
            {
                "id": _digest(each),
                "t": round(each.time - start, 1),
                "condition": each.condition,
                "caption": each.caption,
                "away": each.away,
                "url": each.url,
            }
            for each in record.pictures
        ],
        "caches": [_holding(each) for each in record.holdings],
        "notes": list(record.notes),
        "artifacts": [list(each) for each in record.artifacts],
    }


def _start(record: TestRecord) -> float:
    times = [each.time for each in (*record.moments, *record.failures)]
    return min(times, default=0.0)


def _events(record: TestRecord, start: float, base: str) -> list[Row]:
    """The timeline, and on it the failures, in a lane of the test's own."""
    failed: list[Row] = [
        {
            "t": round(each.time - start, 1),
            "l": "test",
            "k": "failed",
            "s": "bad",
            "x": f"failed in {each.phase}: {each.reason}",
            "f": [["error", each.type], ["message", each.message[:2_000]]],
        }
        for each in record.failures
    ]
    rows = rows_of(record.moments, start, base) + failed
    return sorted(rows, key=lambda row: cast("float", row["t"]))


def _holding(holding: Holding) -> dict[str, object]:
    return {
        "origin": holding.origin,
        "context": holding.context,
        "caches": [
            [name, [_entry(entry, holding.origin) for entry in entries]]
            for name, entries in holding.caches.items()
        ],
    }


def _entry(entry: CacheEntry, origin: str) -> dict[str, object]:
    return {
        "url": as_path(entry.url, origin),
        "status": entry.status,
        "type": entry.response_type,
        "size": entry.size,
        "sha256": entry.sha256,
        "headers": [list(each) for each in shown_headers(entry.response_headers)],
    }


def _path(exchange: Exchange) -> str:
    return exchange.path.partition("?")[0]


def _digest(picture: Picture) -> str:
    return hashlib.sha256(picture.jpeg).hexdigest()[:20]
