"""The words everybody shares: what happened, as frozen data, and nothing that can act.

Every time in this room is in milliseconds since the Unix epoch, as a float: pages, workers and
the origin run on one machine and share its wall clock. Every URL is absolute and serialised as
the WHATWG URL Standard does it. Headers are ``(name, value)`` pairs, names in lower case.
"""

from __future__ import annotations

from pytest_offline.record.appcache import (
    APPCACHE_STATUSES,
    AppCacheCall,
    AppCacheDocument,
    AppCacheEntry,
    AppCacheEntryKind,
    AppCacheEvent,
    AppCacheEventName,
    AppCacheMethod,
    AppCacheSnapshot,
    AppCacheStatus,
    AppCacheWord,
)
from pytest_offline.record.cache_entries import (
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Headers,
    Snapshot,
)
from pytest_offline.record.conditions import OFFLINE, ONLINE, Condition
from pytest_offline.record.decoding import decode_batches, decode_snapshot
from pytest_offline.record.deeds import EXAMPLE
from pytest_offline.record.exchanges import Exchange, Initiator, Outcome
from pytest_offline.record.history import History
from pytest_offline.record.operations import Operation, Put, puts_of
from pytest_offline.record.outside import OutsideRequest
from pytest_offline.record.places import Place, PlaceKind, Record
from pytest_offline.record.registrations import Registration
from pytest_offline.record.storing import installs_of, stored_by
from pytest_offline.record.timeline import Moment, lines_of, moments_of
from pytest_offline.record.weather import (
    HANG,
    RESET,
    SERVER_DOWN,
    bandwidth,
    captive_portal,
    corrupt,
    dns_failure,
    flaky,
    flapping,
    jitter,
    latency,
    status,
    tls_error,
    truncate,
)
from pytest_offline.record.weather_words import condition_of
from pytest_offline.record.worker_versions import WorkerVersions, versions_of
from pytest_offline.record.workers import FetchAnswer, LifecycleEvent, WorkerEvent, WorkerFetch

__all__ = [
    "APPCACHE_STATUSES",
    "EXAMPLE",
    "HANG",
    "OFFLINE",
    "ONLINE",
    "RESET",
    "SERVER_DOWN",
    "AppCacheCall",
    "AppCacheDocument",
    "AppCacheEntry",
    "AppCacheEntryKind",
    "AppCacheEvent",
    "AppCacheEventName",
    "AppCacheMethod",
    "AppCacheSnapshot",
    "AppCacheStatus",
    "AppCacheWord",
    "CacheEntry",
    "CachedRequest",
    "CachedResponse",
    "Condition",
    "Exchange",
    "FetchAnswer",
    "Headers",
    "History",
    "Initiator",
    "LifecycleEvent",
    "Moment",
    "Operation",
    "Outcome",
    "OutsideRequest",
    "Place",
    "PlaceKind",
    "Put",
    "Record",
    "Registration",
    "Snapshot",
    "WorkerEvent",
    "WorkerFetch",
    "WorkerVersions",
    "bandwidth",
    "captive_portal",
    "condition_of",
    "corrupt",
    "decode_batches",
    "decode_snapshot",
    "dns_failure",
    "flaky",
    "flapping",
    "installs_of",
    "jitter",
    "latency",
    "lines_of",
    "moments_of",
    "puts_of",
    "status",
    "stored_by",
    "tls_error",
    "truncate",
    "versions_of",
]
