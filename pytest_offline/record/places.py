"""Places: the realms that scripts run in, each of which numbers what it records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PlaceKind = Literal["page", "frame", "worker", "sharedworker", "serviceworker"]


@dataclass(frozen=True)
class Place:
    """One realm of one document or worker. A reload makes a new place; so does a worker's restart.

    Attributes:
        id: random, unlike every other place's.
        kind: what runs there.
        url: the document's or worker script's URL when the place began.
        began: when, in milliseconds since the Unix epoch.
        origin: as scripts there see it, without a slash at the end; ``null`` where it is opaque.
        scope: the scope URL of a service worker's registration: one script may have several.
    """

    id: str
    kind: PlaceKind
    url: str
    began: float
    origin: str = "null"
    scope: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.url}"


@dataclass(frozen=True)
class Record:
    """One thing a probe wrote down, not yet understood.

    Attributes:
        number: its number within its place: 0, 1, 2, … without a gap.
        type: what is recorded, one of the names in ``probes/core.js``.
        data: the rest, as it came out of the browser.
    """

    place: Place
    number: int
    time: float
    type: str
    data: Mapping[str, object]
