"""Know that a web app works offline. See README.md; the public names are listed below."""

from __future__ import annotations

from pytest_offline._version import __version__
from pytest_offline.caches import Caches
from pytest_offline.errors import (
    BrowserError,
    BrowserNotFound,
    JSError,
    ModelMismatch,
    NotReady,
    OfflineError,
    ProbeError,
    SiteError,
    UsageError,
)
from pytest_offline.expect import expect
from pytest_offline.network import Network
from pytest_offline.record import (
    OFFLINE,
    ONLINE,
    CacheEntry,
    Condition,
    Exchange,
    FetchAnswer,
    LifecycleEvent,
    Operation,
    Put,
)
from pytest_offline.service_worker import ServiceWorkers

__all__ = [
    "OFFLINE",
    "ONLINE",
    "BrowserError",
    "BrowserNotFound",
    "CacheEntry",
    "Caches",
    "Condition",
    "Exchange",
    "FetchAnswer",
    "JSError",
    "LifecycleEvent",
    "ModelMismatch",
    "Network",
    "NotReady",
    "OfflineError",
    "Operation",
    "ProbeError",
    "Put",
    "ServiceWorkers",
    "SiteError",
    "UsageError",
    "__version__",
    "expect",
]
