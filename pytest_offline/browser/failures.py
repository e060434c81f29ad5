"""Requests that came to no origin: by what the browser says of each, who stopped it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from playwright.sync_api import Request

StoppedBy = Literal["browser", "origin", "handshake"]
Stopped = Callable[[Request, StoppedBy], None]
Unreached = Callable[[Request], None]

_FIREFOX_ALERT: Final = (
    "NS_ERROR_GENERATE_FAILURE(NS_ERROR_MODULE_SECURITY, SSL_ERROR_INTERNAL_ERROR_ALERT)"
)

# What a request fails with in Chromium and in Firefox: stopped by the browser's own switch; where
# nothing listens; where the way out says so of an origin that it reaches by its name; where a TLS
# handshake ended in an alert.
_STOPPED_BY: Final[dict[str, StoppedBy]] = {
    "net::ERR_INTERNET_DISCONNECTED": "browser",
    "NS_ERROR_OFFLINE": "browser",
    "net::ERR_CONNECTION_REFUSED": "origin",
    "NS_ERROR_CONNECTION_REFUSED": "origin",
    "net::ERR_SOCKS_CONNECTION_FAILED": "origin",
    "NS_ERROR_PROXY_CONNECTION_REFUSED": "origin",
    "net::ERR_SSL_PROTOCOL_ERROR": "handshake",
    _FIREFOX_ALERT: "handshake",
}

# When the way out refused a host that is no origin, or, in builds that are kept on this machine,
# the rules they resolve names by.
_UNREACHED: Final = (
    "net::ERR_SOCKS_CONNECTION_FAILED",
    "net::ERR_NAME_NOT_RESOLVED",
    "NS_ERROR_CONNECTION_REFUSED",
    "NS_ERROR_PROXY_CONNECTION_REFUSED",
    "NS_ERROR_UNKNOWN_HOST",
)


def sort_failed(
    request: Request, on_stopped: Stopped | None, on_unreached: Unreached | None
) -> None:
    """Hands a request that failed to whom its failure may concern; each knows its own hosts."""
    failure = request.failure or ""
    if on_stopped and failure in _STOPPED_BY:
        on_stopped(request, _STOPPED_BY[failure])
    if on_unreached and failure in _UNREACHED:
        on_unreached(request)
