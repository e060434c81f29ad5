"""Know that a web app works offline. See README.md; the public names are listed below.

Each is fetched from its home when it is first asked for: this package is imported by every pytest
run of an environment that has it, and a run that uses none of it pays for none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pytest_offline._version import __version__
    from pytest_offline.appcache import AppCache
    from pytest_offline.browser.tabs import Tab
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
    from pytest_offline.expectations.expect import expect
    from pytest_offline.migration import Migration, compare_migration
    from pytest_offline.network import Network
    from pytest_offline.record import (
        HANG,
        OFFLINE,
        ONLINE,
        RESET,
        SERVER_DOWN,
        AppCacheEntry,
        AppCacheEvent,
        CacheEntry,
        Condition,
        Exchange,
        FetchAnswer,
        LifecycleEvent,
        Operation,
        Put,
        Registration,
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
    from pytest_offline.service_worker import ServiceWorkers
    from pytest_offline.walking import Difference, Visit, differences, walk

__all__ = [
    "HANG",
    "OFFLINE",
    "ONLINE",
    "RESET",
    "SERVER_DOWN",
    "AppCache",
    "AppCacheEntry",
    "AppCacheEvent",
    "BrowserError",
    "BrowserNotFound",
    "CacheEntry",
    "Caches",
    "Condition",
    "Difference",
    "Exchange",
    "FetchAnswer",
    "JSError",
    "LifecycleEvent",
    "Migration",
    "ModelMismatch",
    "Network",
    "NotReady",
    "OfflineError",
    "Operation",
    "ProbeError",
    "Put",
    "Registration",
    "ServiceWorkers",
    "SiteError",
    "Tab",
    "UsageError",
    "Visit",
    "__version__",
    "bandwidth",
    "captive_portal",
    "compare_migration",
    "corrupt",
    "differences",
    "dns_failure",
    "expect",
    "flaky",
    "flapping",
    "jitter",
    "latency",
    "status",
    "tls_error",
    "truncate",
    "walk",
]

_HOMES: Final = {
    "HANG": "record",
    "OFFLINE": "record",
    "ONLINE": "record",
    "RESET": "record",
    "SERVER_DOWN": "record",
    "AppCache": "appcache",
    "AppCacheEntry": "record",
    "AppCacheEvent": "record",
    "BrowserError": "errors",
    "BrowserNotFound": "errors",
    "CacheEntry": "record",
    "Caches": "caches",
    "Condition": "record",
    "Difference": "walking",
    "Exchange": "record",
    "FetchAnswer": "record",
    "JSError": "errors",
    "LifecycleEvent": "record",
    "Migration": "migration",
    "ModelMismatch": "errors",
    "Network": "network",
    "NotReady": "errors",
    "OfflineError": "errors",
    "Operation": "record",
    "ProbeError": "errors",
    "Put": "record",
    "Registration": "record",
    "ServiceWorkers": "service_worker",
    "SiteError": "errors",
    "Tab": "browser.tabs",
    "UsageError": "errors",
    "Visit": "walking",
    "__version__": "_version",
    "bandwidth": "record",
    "captive_portal": "record",
    "compare_migration": "migration",
    "corrupt": "record",
    "differences": "walking",
    "dns_failure": "record",
    "expect": "expectations.expect",
    "flaky": "record",
    "flapping": "record",
    "jitter": "record",
    "latency": "record",
    "status": "record",
    "tls_error": "record",
    "truncate": "record",
    "walk": "walking",
}


def __getattr__(name: str) -> object:
    """A public name, at its first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
