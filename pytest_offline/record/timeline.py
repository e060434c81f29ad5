"""The timeline: what every witness saw, in one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Lane = Literal["page", "worker", "caches", "origin", "network", "appcache"]


@dataclass(frozen=True, order=True)
class Moment:
    """One line of the timeline.

    Attributes:
        time: milliseconds since the Unix epoch.
        order: breaks ties between moments of one witness.
        lane: who saw it.
        text: one line for a person.
    """

    time: float
    order: int
    lane: Lane
    text: str
