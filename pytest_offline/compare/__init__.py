"""History against model: differences as data first, then as text.

`replay` compares, `explain` words what it found, `load` and `dump` keep a history in a file so that
the same comparison runs again with no browser.
"""

from __future__ import annotations

from pytest_offline.compare.deviations import KNOWN, Deviation, known_for
from pytest_offline.compare.differences import Comparison, Difference
from pytest_offline.compare.explain import both_states, explain
from pytest_offline.compare.explain_miss import Miss, NearKey, explain_miss
from pytest_offline.compare.replay import replay
from pytest_offline.compare.timelines import Timeline, dump, load

__all__ = [
    "KNOWN",
    "Comparison",
    "Deviation",
    "Difference",
    "Miss",
    "NearKey",
    "Timeline",
    "both_states",
    "dump",
    "explain",
    "explain_miss",
    "known_for",
    "load",
    "replay",
]
