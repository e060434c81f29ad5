"""Which version of a script each worker of a registration runs.

No browser says it: every version has the same URL. It follows from when the script was fetched,
installed and activated. One worker of a registration waits at most, and only that one can be
activated (Service Workers, "Activate", step 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pytest_offline.record.workers import LifecycleEvent, WorkerEvent

_SKEW_MS: Final = 50
"""By so much a worker's clock may be behind the server's; between a script's arrival and the next
check for an update an install has run, which takes longer."""

Fetched = Sequence[tuple[float, str | None]]
"""When a worker's script was fetched (milliseconds since the Unix epoch), and of which version it
was; by time."""


@dataclass(frozen=True)
class WorkerVersions:
    """The version in each place of a registration; None where it is not known, or nobody is there.

    After a worker was unregistered ``active`` is the one that was in charge.
    """

    installing: str | None = None
    waiting: str | None = None
    active: str | None = None

    def seen(self, *, installing: bool, waiting: bool) -> WorkerVersions:
        """Held against what the browser shows now, which may be ahead of what was recorded.

        A worker becomes the active one before it is sent the event that it records.

        Args:
            installing, waiting: whether the registration has a worker there.
        """
        if installing or waiting or self.waiting is None:
            return self
        return WorkerVersions(active=self.waiting)


def versions_of(script: str, events: Iterable[WorkerEvent], fetched: Fetched) -> WorkerVersions:
    """What the workers of one script are of now.

    Args:
        script: its absolute URL.
        events: of one browser context, by time.
        fetched: the requests for that script.
    """
    installing: dict[str, str | None] = {}
    waiting: list[str | None] = []
    active: str | None = None
    for event in events:
        if not isinstance(event, LifecycleEvent) or event.place.url != script:
            continue
        place = event.place.id
        if event.name == "install":
            installing[place] = _version_at(event.time, fetched)
        elif event.name == "install-failed":
            installing.pop(place, None)
        elif event.name == "install-done" and place in installing:
            waiting = [installing.pop(place)]
        elif event.name == "activate":
            # Who gave nothing to waitUntil may be activated before its install is known to be done.
            found = waiting or [installing.pop(place, active)]
            waiting, active = [], found[0]
    newest = list(installing.values())
    return WorkerVersions(newest[-1] if newest else None, waiting[0] if waiting else None, active)


def _version_at(time: float, fetched: Fetched) -> str | None:
    before = [version for asked, version in fetched if asked <= time + _SKEW_MS]
    return before[-1] if before else None
