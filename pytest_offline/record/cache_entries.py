"""Cache entries: the requests and responses that a browser keeps, bodies as digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CachedRequest:
    """The key of an entry, or the request of a query.

    Attributes:
        url: absolute, fragment included where there is one.
        method: upper case as ``fetch`` normalises it.
        headers: in the order of the Headers iterator, names in lower case.
        given: the string that was handed over where no Request was, as written; None else.
    """

    url: str
    method: str = "GET"
    headers: Headers = ()
    given: str | None = None


@dataclass(frozen=True)
class CachedResponse:
    """A response, its body as size and digest.

    Attributes:
        status: 0 where it is opaque.
        type: ``basic``, ``cors``, ``default``, ``error``, ``opaque``, ``opaqueredirect``.
        url: the final URL, empty for a constructed response.
        null_body: whether there is no body at all (not an empty one).
        size: bytes of the body; None where it cannot be read or was not read to its end.
        sha256: of the body, in hexadecimal; None as for size.
        body: the body itself, only where it was asked for.
        spent: ``used`` or ``locked`` where its body could not be stored any more when it was handed
            over; None where it could, or where nobody knows.
    """

    status: int
    headers: Headers = ()
    status_text: str = ""
    type: str = "default"
    url: str = ""
    redirected: bool = False
    null_body: bool = False
    size: int | None = None
    sha256: str | None = None
    body: bytes | None = None
    spent: str | None = None


@dataclass(frozen=True)
class CacheEntry:
    """One key and its value, as ``caches.snapshot()`` lists them."""

    request: CachedRequest
    response: CachedResponse

    @property
    def url(self) -> str:
        """The URL of the key."""
        return self.request.url

    @property
    def method(self) -> str:
        """The method of the key, always GET."""
        return self.request.method

    @property
    def request_headers(self) -> Headers:
        """The headers of the key: what Vary is held against."""
        return self.request.headers

    @property
    def status(self) -> int:
        """The response's status, 0 where it is opaque."""
        return self.response.status

    @property
    def response_headers(self) -> Headers:
        """The response's headers, empty where it is opaque."""
        return self.response.headers

    @property
    def response_type(self) -> str:
        """``basic``, ``cors``, ``default``, ``opaque``, …."""
        return self.response.type

    @property
    def size(self) -> int | None:
        """Bytes of the body; None where it cannot be read."""
        return self.response.size

    @property
    def sha256(self) -> str | None:
        """SHA-256 of the body, in hexadecimal; None where it cannot be read."""
        return self.response.sha256

    @property
    def body(self) -> bytes | None:
        """The body, only where ``snapshot(bodies=True)`` asked for it."""
        return self.response.body


Snapshot = Mapping[str, tuple[CacheEntry, ...]]
"""Cache names, in the order of ``caches.keys()``, to their entries in key order."""
