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
_CACHE_MANIFEST_TYPE: Final = "text/cache-manifest"


def is_worker_script(headers: Mapping[str, str]) -> bool:
    """Whether a worker's own script is asked for (imported scripts and modules are not)."""
    # Service Workers, "Update", step 9.1: the header is sent for the script, not its imports.
    if headers.get("Service-Worker") == "script":
        return True
    return headers.get("Sec-Fetch-Dest") in ("worker", "sharedworker", "serviceworker")


def is_cache_manifest(headers: Mapping[str, str]) -> bool:
    """Whether an answer with these headers says that it is an AppCache manifest."""
    return headers.get("Content-Type", "").startswith(_CACHE_MANIFEST_TYPE)


def initiator_of(
    method: str, path: str, headers: Mapping[str, str], *, manifest: bool = False
) -> Initiator:
    """What sent a request; ``headers`` has its names in lower case.

    Args:
        manifest: whether the path is known to be an AppCache manifest, whatever its name.
    """
    destination = headers.get("sec-fetch-dest")
    if headers.get("service-worker") == "script":
        return "serviceworker"
    if headers.get("upgrade", "").lower() == "websocket":
        return "websocket"
    if "text/event-stream" in headers.get("accept", ""):
        return "eventsource"
    if destination is not None and destination != "empty":
        return _BY_DESTINATION.get(destination, "other")
    if _is_of_appcache(method, headers):
        named = path.partition("?")[0].endswith(_CACHE_MANIFESTS)
        return "manifest" if manifest or named else "appcache"
    return _without_destination(method, headers)


def _is_of_appcache(method: str, headers: Mapping[str, str]) -> bool:
    """Whether the download process of an application cache asks: it alone sends no Accept.

    Measured on Chromium 83, 88 and 92: ``Sec-Fetch-Mode: no-cors``, ``Sec-Fetch-Dest: empty``, no
    Accept and no Referer, for manifest and entries alike. Whatever a page fetches has an Accept
    (Fetch, "HTTP-network-or-cache fetch"). The first manifest of a new group comes with
    ``Cache-Control: no-cache`` too, later ones and entries do not, so what a manifest is has to be
    known otherwise: by its name, its answer's type, or a page that names it.
    """
    return (
        method == "GET"
        and headers.get("sec-fetch-dest") == "empty"
        and headers.get("sec-fetch-mode") == "no-cors"
        and "accept" not in headers
    )


def _without_destination(method: str, headers: Mapping[str, str]) -> Initiator:
    # Beacon, section 3.1: a POST whose mode is no-cors, as nearly no fetch to one's own origin is.
    if method == "POST" and headers.get("sec-fetch-mode") == "no-cors":
        return "beacon"
    if "sec-fetch-dest" in headers:
        return "fetch"
    return "document" if "text/html" in headers.get("accept", "") else "other"
