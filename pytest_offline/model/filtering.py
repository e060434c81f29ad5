"""What a script may see of a response from the network, and may say in a request of its own.

Sources: Fetch Standard, "filtered response" (https://fetch.spec.whatwg.org/#concept-filtered-response),
"CORS-safelisted response-header name", "forbidden request-header", and the guard of `Headers`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pytest_offline.model.messages import HeaderPairs, Headers, Request, Response

SAFELISTED: Final = frozenset(
    {
        "cache-control", "content-language", "content-length", "content-type", "expires",
        "last-modified", "pragma",
    }
)  # fmt: skip
"""Fetch, "CORS-safelisted response-header name", but for what a response exposes itself."""

FORBIDDEN_REQUEST_HEADERS: Final = frozenset(
    {
        "accept-charset", "accept-encoding", "access-control-request-headers",
        "access-control-request-method", "connection", "content-length", "cookie", "cookie2",
        "date", "dnt", "expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te",
        "trailer", "transfer-encoding", "upgrade", "via",
    }
)  # fmt: skip
_FORBIDDEN_METHODS: Final = frozenset({"connect", "trace", "track"})
_OVERRIDES: Final = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})


def is_forbidden(name: str, value: str) -> bool:
    """Whether a script may not set this request header: it is dropped without a word.

    Source: Fetch, "forbidden request-header".
    """
    name = name.lower()
    if name in FORBIDDEN_REQUEST_HEADERS or name.startswith(("proxy-", "sec-")):
        return True
    methods = (part.strip("\t ").lower() for part in value.split(","))
    return name in _OVERRIDES and any(method in _FORBIDDEN_METHODS for method in methods)


def script_request(url: str, method: str = "GET", headers: HeaderPairs = ()) -> Request:
    """``new Request(url, {method, headers})``: what the guard "request" leaves of the headers.

    A `Request` itself is taken at its word, for those that a browser makes have such headers.
    """
    kept = [(name, value) for name, value in Headers(headers) if not is_forbidden(name, value)]
    return Request(url, method, kept)


def basic(response: Response) -> Response:
    """A basic filtered response: all but what sets cookies."""
    return replace(response, type="basic")


def cors(response: Response, *, credentials: bool = False) -> Response:
    """A CORS filtered response: safelisted headers, and those that it exposes itself.

    Args:
        credentials: whether the request was made with them: ``*`` is a name like any other then.
    """
    exposed = _exposed(Headers(response.headers))
    everything = "*" in exposed and not credentials
    kept = [
        (name, value)
        for name, value in Headers(response.headers)
        if everything or name in SAFELISTED or name in exposed
    ]
    return replace(response, type="cors", headers=kept)


def opaque(response: Response) -> Response:
    """An opaque filtered response: status 0, no URL, no headers; its body is there, unreadable."""
    return replace(response, type="opaque")


def opaque_redirect(response: Response) -> Response:
    """An opaque-redirect filtered response: nothing but the URL."""
    return replace(response, type="opaqueredirect")


def _exposed(headers: Iterable[tuple[str, str]]) -> frozenset[str]:
    combined = Headers(headers).get("access-control-expose-headers") or ""
    return frozenset(part.strip("\t ").lower() for part in combined.split(","))
