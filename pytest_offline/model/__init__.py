"""What the specifications allow, and nothing that can act: no sockets, no browser, no clock.

Start with `request_matching`, the rule that everything else leans on.
"""

from __future__ import annotations

from pytest_offline.errors import JSError, ManifestError
from pytest_offline.model.appcache import Manifest, ManifestLine
from pytest_offline.model.appcache.exchanges import Fetched
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.selection import ApplicationCaches
from pytest_offline.model.cache import Cache
from pytest_offline.model.cache_storage import CacheStorage
from pytest_offline.model.messages import Digest, Headers, Request, Response
from pytest_offline.model.service_worker import WorkerEvent, WorkerState, advance

__all__ = [
    "ApplicationCacheGroup",
    "ApplicationCaches",
    "Cache",
    "CacheStorage",
    "Digest",
    "Fetched",
    "Headers",
    "JSError",
    "Manifest",
    "ManifestError",
    "ManifestLine",
    "Request",
    "Response",
    "WorkerEvent",
    "WorkerState",
    "advance",
]
