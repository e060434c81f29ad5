"""What asked: read off the request's headers, since the origin sees nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pytest_offline.record.exchanges import Initiator

# Fetch, "request destination", as Sec-Fetch-Dest sends it.
_BY_DESTINATION: Final[dict[str, Initiator]] = {
    "audio": "media",
    "document": "document",
    "embed": "iframe",
    "fencedframe": "iframe",
    "font": "font",
    "frame": "iframe",
    "iframe": "iframe",
    "image": "image",
    "manifest": "manifest",
    "object": "iframe",
    "script": "script",
    "serviceworker": "serviceworker",
    "sharedworker": "sharedworker",
    "style": "style",
    "track": "media",
    "video": "media",
    "websocket": "websocket",
    "worker": "worker",
}
_CACHE_MANIFESTS: Final = (".appcache", ".manifest")


def is_worker_script(headers: Mapping[str, str]) -> bool:
    """Whether a worker's own script is asked for (imported scripts and modules are not)."""
    # Service Workers, "Update", step 9.1: the header is sent for the script, not its imports.
    if headers.get("Service-Worker") == "script":
        return True
    return headers.get("Sec-Fetch-Dest") in ("worker", "sharedworker", "serviceworker")


def initiator_of(method: str, path: str, headers: Mapping[str, str]) -> Initiator:
    """What sent a request; ``headers`` has its names in lower case."""
    destination = headers.get("sec-fetch-dest")
    if headers.get("service-worker") == "script":
        return "serviceworker"
    if headers.get("upgrade", "").lower() == "websocket":
        return "websocket"
    if "text/event-stream" in headers.get("accept", ""):
        return "eventsource"
    if destination is not None and destination != "empty":
        return _BY_DESTINATION.get(destination, "other")
    return _without_destination(method, path, headers)


def _without_destination(method: str, path: str, headers: Mapping[str, str]) -> Initiator:
    if path.partition("?")[0].endswith(_CACHE_MANIFESTS):
        return "appcache"
    # Beacon, section 3.1: a POST whose mode is no-cors, as nearly no fetch to one's own origin is.
    if method == "POST" and headers.get("sec-fetch-mode") == "no-cors":
        return "beacon"
    if "sec-fetch-dest" in headers:
        return "fetch"
    return "document" if "text/html" in headers.get("accept", "") else "other"
