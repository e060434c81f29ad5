"""The states of the application cache, as tables.

Rule 1: only `update.py` moves a group from one phase to the next, and only along `MOVES`.
Rule 2: a pair that the table does not have cannot happen; who meets one handed in an answer that
nobody waits for.

Two machines are at work. The **group** is idle, checking or downloading: its update status, which
is all that the text names. Where the process stands between two of its waits is finer than that,
so the table is of phases, and each phase has its update status. The **host** has one of six
statuses, which is no state of its own: it follows from its cache and that cache's group.

Step numbers are those of W3C HTML 5.1, 7.9.4, whose steps 4 and 25 make the request for the
manifest. Editions without those two steps count 32 in all instead of 34.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, Literal

from pytest_offline.errors import ModelError
from pytest_offline.record.appcache import AppCacheStatus

UpdateStatus = Literal["idle", "checking", "downloading"]


class Phase(Enum):
    """Where the download process of a group waits."""

    IDLE = "idle"
    CHECKING = "checking the manifest"
    KEEPING = "waiting for pages, manifest unchanged"
    DOWNLOADING = "downloading files"
    GATHERING = "waiting for pages, files downloaded"
    RECHECKING = "checking the manifest again"
    FAILING = "waiting for pages, update failed"
    FAILING_EARLY = "waiting for pages, manifest failed"


class Move(Enum):
    """What can happen to the process."""

    STARTED = "process started"
    MANIFEST_GONE = "manifest is 404 or 410"
    MANIFEST_FAILED = "manifest failed"
    MANIFEST_UNCHANGED = "manifest unchanged"
    MANIFEST_NEW = "manifest is new"
    FILE_DONE = "file done"
    FILE_FAILED = "file failed"
    FILES_DONE = "all files done"
    PAGES_DONE = "all pages done"
    NO_PAGE_LEFT = "no page left"
    MANIFEST_SAME = "second manifest is the same"
    MANIFEST_MOVED_ON = "second manifest is another"
    STORAGE_FAILED = "storage failed"
    ABORTED = "abort() called"


_P = Phase
_M = Move

MOVES: Final[Mapping[Phase, Mapping[Move, Phase]]] = MappingProxyType(
    {
        # Step 2.7. abort() needs a process: "or it does not have a current one, then do nothing".
        _P.IDLE: {_M.STARTED: _P.CHECKING, _M.ABORTED: _P.IDLE},
        # Steps 6, 7, 8 and 9 to 11, in this order.
        _P.CHECKING: {
            _M.MANIFEST_GONE: _P.IDLE,
            _M.MANIFEST_FAILED: _P.FAILING_EARLY,
            _M.MANIFEST_UNCHANGED: _P.KEEPING,
            _M.MANIFEST_NEW: _P.DOWNLOADING,
            _M.ABORTED: _P.CHECKING,
        },
        # Steps 8.3 to 8.9.
        _P.KEEPING: {
            _M.PAGES_DONE: _P.IDLE,
            _M.STORAGE_FAILED: _P.FAILING_EARLY,
            _M.ABORTED: _P.KEEPING,
        },
        # Step 18: the only one that heeds the signal of abort(). Step 18.5: the failure steps, and
        # 18.6: "If the user agent is not able to store the resource (e.g., because of quota
        # restrictions) [...] the user agent must run the cache failure steps." It alone says so;
        # steps 8.3, 24 and 28 store a page or the manifest too, and are taken the same way.
        _P.DOWNLOADING: {
            _M.FILE_DONE: _P.DOWNLOADING,
            _M.FILE_FAILED: _P.FAILING,
            _M.FILES_DONE: _P.GATHERING,
            _M.STORAGE_FAILED: _P.FAILING,
            _M.ABORTED: _P.FAILING,
        },
        # Step 24; step 24.3 discards the group.
        _P.GATHERING: {
            _M.PAGES_DONE: _P.RECHECKING,
            _M.NO_PAGE_LEFT: _P.IDLE,
            _M.STORAGE_FAILED: _P.FAILING,
            _M.ABORTED: _P.GATHERING,
        },
        # Steps 26 to 34.
        _P.RECHECKING: {
            _M.MANIFEST_SAME: _P.IDLE,
            _M.MANIFEST_MOVED_ON: _P.FAILING,
            _M.STORAGE_FAILED: _P.FAILING,
            _M.ABORTED: _P.RECHECKING,
        },
        # The cache failure steps, 2 to 9.
        _P.FAILING: {_M.PAGES_DONE: _P.IDLE, _M.ABORTED: _P.FAILING},
        _P.FAILING_EARLY: {_M.PAGES_DONE: _P.IDLE, _M.ABORTED: _P.FAILING_EARLY},
    }
)

UPDATE_STATUS: Final[Mapping[Phase, UpdateStatus]] = MappingProxyType(
    {
        _P.IDLE: "idle",
        _P.CHECKING: "checking",
        _P.KEEPING: "checking",
        _P.DOWNLOADING: "downloading",
        _P.GATHERING: "downloading",
        _P.RECHECKING: "downloading",
        _P.FAILING: "downloading",
        _P.FAILING_EARLY: "checking",
    }
)
"""The update status in each phase: what changes it are steps 2.7, 8.7, 11, 33 and failure 7."""

PAGES_AWAITED: Final = frozenset(phase for phase, moves in MOVES.items() if _M.PAGES_DONE in moves)
"""The phases in which the process waits for the resources of pending master entries."""

STATUS: Final[Mapping[tuple[UpdateStatus, bool], AppCacheStatus]] = MappingProxyType(
    {
        ("idle", True): "IDLE",
        ("idle", False): "UPDATEREADY",
        ("checking", True): "CHECKING",
        ("checking", False): "CHECKING",
        ("downloading", True): "DOWNLOADING",
        ("downloading", False): "DOWNLOADING",
    }
)
"""7.9.8, ``status``: of a host with a cache whose group is not obsolete, by the group's update
status and whether the cache is the newest of its group."""


def legal_moves(phase: Phase) -> tuple[Move, ...]:
    """What can happen in a phase, in the order of the table."""
    return tuple(MOVES[phase])


def advance(phase: Phase, move: Move) -> Phase:
    """The phase after a move.

    Raises:
        ModelError: the table does not have the pair.
    """
    following = MOVES[phase].get(move)
    if following is not None:
        return following
    raise impossible(phase, move.value)


def impossible(phase: Phase, event: str) -> ModelError:
    """The error for what cannot happen in a phase: it names the phase, the event, what could."""
    legal = [each.value for each in legal_moves(phase)]
    return ModelError(
        f"{event!r} cannot happen while the download process is {phase.value!r}. "
        f"Legal there: {', '.join(legal)}.",
        state=phase.value,
        event=event,
        legal=sorted(legal),
    )
