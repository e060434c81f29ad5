"""What a replay notes: events that are to fire, who waits for what, what has no cause."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_offline.model.appcache.application_cache import PendingMaster
from pytest_offline.model.appcache.exchanges import Fire
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.record import Exchange
from pytest_offline.record.appcache import AppCacheDocument


@dataclass(frozen=True)
class Expected:
    """One event that the model fires at a document.

    Attributes:
        step: when it is queued, by the replay's own count.
        download: which download it is of: the group's index and its cache's number; None before.
    """

    fire: Fire
    step: int
    download: tuple[int, int] | None


class DeadEnd(Exception):
    """This way through a history leads to what was not seen; another one may not."""


@dataclass(frozen=True)
class Finding:
    """Something that no event says: a call that ended otherwise, a request that has no cause."""

    subject: str
    allowed: str
    seen: str
    rule: str
    witnesses: tuple[Exchange, ...] = ()
    document: AppCacheDocument | None = None


@dataclass(eq=False)
class Arrival:
    """An exchange, and who waits for it: a fetch of a group, or a page of it.

    Attributes:
        held: whether its answer has not come until a cause that was recorded after it.
    """

    group: ApplicationCacheGroup
    exchange: Exchange
    page: PendingMaster | None = None
    held: bool = False


@dataclass
class Download:
    """What is known of one download, for judging its progress.

    Attributes:
        total: its files.
        began: the step in which its documents heard of it; who hears of it later has joined.
        asked: when each was asked for, and at last the second manifest.
    """

    total: int = 0
    began: int = 0
    asked: list[float] = field(default_factory=list[float])
