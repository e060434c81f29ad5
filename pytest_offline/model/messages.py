"""Requests and responses as values: immutable, compared by what they hold.

A script's ``Response`` is a stream that can be read once; these are not. Nothing here is used up
by being stored, and nothing that a cache hands out can change what it keeps, since nothing can be
changed. A history in which a body *was* used or locked says so: ``Response(used=True)``.

No script ever sees a header that sets a cookie: the guard "response" drops it from what it makes,
filtering from what it fetches. So no `Response` has one. What a script may not put into a request
is another matter, for browsers do: see `filtering.script_request`.

Sources: Fetch Standard, "Headers", "Request class", "Response class", "Filtered responses"
(https://fetch.spec.whatwg.org/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pytest_offline.errors import JSError
from pytest_offline.model.urls import ParsedURL, is_absolute, parse_url, split_url

HeaderPairs = Iterable[tuple[str, str]]

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HTTP_WHITESPACE: Final = "\t\n\r "
_REASON_PHRASE: Final = re.compile(r"[\t \x21-\x7e\x80-\xff]*")
_NORMALISED_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_FORBIDDEN_METHODS: Final = frozenset({"CONNECT", "TRACE", "TRACK"})

NULL_BODY_STATUSES: Final = frozenset({101, 103, 204, 205, 304})
"""Fetch, "null body status"."""

FORBIDDEN_RESPONSE_HEADERS: Final = frozenset({"set-cookie", "set-cookie2"})
"""Fetch, "forbidden response-header name"."""

RESPONSE_TYPES: Final = ("basic", "cors", "default", "error", "opaque", "opaqueredirect")


class Headers(tuple[tuple[str, str], ...]):
    """A header list: pairs in the order given, names in lower case, values normalised.

    Raises:
        JSError: ``TypeError`` for a name that is no token, or a value that cannot be one (Fetch,
            "Headers: validate").
    """

    __slots__ = ()

    def __new__(cls, pairs: HeaderPairs = ()) -> Headers:
        """From pairs; a header list that is one already is taken as it is."""
        if isinstance(pairs, cls):
            return pairs
        return super().__new__(cls, [_header(name, value) for name, value in pairs])

    def get(self, name: str) -> str | None:
        """The combined value: all of that name, joined (Fetch, "get"); None if there is none."""
        wanted = name.lower()
        values = [value for key, value in self if key == wanted]
        return ", ".join(values) if values else None

    def combined(self) -> tuple[tuple[str, str], ...]:
        """What iterating a script's Headers gives (Fetch, "sort and combine")."""
        rows: list[tuple[str, str]] = []
        for name in sorted({key for key, _ in self}):
            values = [value for key, value in self if key == name]
            # https://fetch.spec.whatwg.org/#concept-header-list-sort-and-combine
            # Step 2.1: Set-Cookie is the one header whose values are never joined.
            joined = values if name == "set-cookie" else [", ".join(values)]
            rows.extend((name, value) for value in joined)
        return tuple(rows)


def _header(name: str, value: str) -> tuple[str, str]:
    normalised = value.strip(_HTTP_WHITESPACE)
    if not _TOKEN.fullmatch(name):
        raise JSError("TypeError", f"{name!r} is no header name")
    # https://fetch.spec.whatwg.org/#header-value
    # A header value is a byte sequence with no NUL, CR or LF; a ByteString holds no more than U+FF.
    if any(character in "\0\r\n" or ord(character) > 0xFF for character in normalised):
        raise JSError("TypeError", f"{value!r} is no value for the header {name!r}")
    return name.lower(), normalised


@dataclass(frozen=True)
class Digest:
    """A body known by size and SHA-256 only; None where even that is not known."""

    size: int | None = None
    sha256: str | None = None


Body = bytes | Digest | None
"""A body: its bytes, or what is known of them. None is a null body, which is not an empty one."""


@dataclass(frozen=True)
class Request:
    """A request: where to, how, with which headers.

    Attributes:
        url: serialised; a relative one stays as written until a cache resolves it.
        method: normalised: ``get`` becomes ``GET``, ``patch`` stays ``patch``.

    Raises:
        JSError: ``TypeError`` for an invalid URL, one with credentials, a method that is no token
            or is forbidden, a header that cannot be (Fetch, ``new Request()``).
    """

    url: str
    method: str = "GET"
    headers: HeaderPairs = ()

    if TYPE_CHECKING:
        _parsed: ParsedURL = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parsed = parse_url(self.url)
        object.__setattr__(self, "url", parsed.href if is_absolute(self.url) else self.url)
        if self.method != "GET":
            object.__setattr__(self, "method", _method(self.method))
        object.__setattr__(self, "headers", Headers(self.headers))
        object.__setattr__(self, "_parsed", split_url(self.url))

    @property
    def parsed(self) -> ParsedURL:
        """The URL in its parts, worked out once: each match asks for them."""
        return self._parsed

    def header(self, name: str) -> str | None:
        """The combined value of a header; None if there is none."""
        return Headers(self.headers).get(name)

    def against(self, base: str) -> Request:
        """The same request with its URL resolved."""
        href = parse_url(self.url, base).href
        return self if href == self.url else replace(self, url=href)


@lru_cache(maxsize=1 << 17)
def request_of(url: str, base: str) -> Request:
    """The request a URL string stands for: GET, no headers, the URL resolved.

    Raises:
        JSError: ``TypeError`` as for `Request`.
    """
    return Request(parse_url(url, base).href)


def _method(method: str) -> str:
    """Fetch, ``new Request()``, step 25, and "normalize a method"."""
    if not _TOKEN.fullmatch(method):
        raise JSError("TypeError", f"{method!r} is no HTTP method")
    if method.upper() in _FORBIDDEN_METHODS:
        raise JSError("TypeError", f"the method {method!r} is forbidden")
    return method.upper() if method.upper() in _NORMALISED_METHODS else method


@dataclass(frozen=True)
class Response:
    """A response, as a script may see it.

    What filtering hides is not kept: ``opaque``, ``opaqueredirect`` and ``error`` have status 0, no
    headers and a null body, whatever was given (Fetch, "filtered response" and "network error").
    An opaque body that is known to exist is given as ``Digest``, and kept.

    Attributes:
        body: None is a null body. Empty bytes with a null body status become a null body.
        url: the URL it came from, without its fragment; empty for one that a script made.
        used, locked: whether its body was read, or is being read, when it was handed over.
        broken: the name of the error that its body ends in, such as ``TypeError`` for a connection
            that was cut; None for one that comes in full.

    Raises:
        JSError: ``RangeError`` for a status a script cannot give, ``TypeError`` for a type that is
            none, a status text that cannot be, a body where the status allows none.
    """

    status: int = 200
    headers: HeaderPairs = ()
    body: Body = b""
    status_text: str = ""
    url: str = ""
    type: str = "default"
    redirected: bool = False
    used: bool = False
    locked: bool = False
    broken: str | None = None

    def __post_init__(self) -> None:
        if self.type not in RESPONSE_TYPES:
            raise JSError("TypeError", f"{self.type!r} is no response type: {RESPONSE_TYPES}")
        if self.type in ("opaque", "opaqueredirect", "error"):
            self._hide()
        else:
            self._check()
        # https://fetch.spec.whatwg.org/#dom-response-url
        # The serialisation leaves the fragment out.
        object.__setattr__(self, "url", self.url.partition("#")[0])
        # https://fetch.spec.whatwg.org/#forbidden-response-header-name
        kept = [pair for pair in Headers(self.headers) if pair[0] not in FORBIDDEN_RESPONSE_HEADERS]
        object.__setattr__(self, "headers", Headers(kept))

    def header(self, name: str) -> str | None:
        """The combined value of a header; None if there is none."""
        return Headers(self.headers).get(name)

    @property
    def ok(self) -> bool:
        """Whether the status is an ok status, 200 to 299."""
        return 200 <= self.status <= 299

    @property
    def size(self) -> int | None:
        """Bytes of the body: 0 for a null body, None where it is not known."""
        if isinstance(self.body, Digest):
            return self.body.size
        return len(self.body) if self.body is not None else 0

    def _hide(self) -> None:
        hidden: dict[str, object] = {"status": 0, "status_text": "", "headers": ()}
        if not isinstance(self.body, Digest):
            hidden["body"] = None
        if self.type != "opaqueredirect":
            # https://fetch.spec.whatwg.org/#concept-filtered-response-opaque
            # The URL list of an opaque filtered response is empty; an opaque redirect keeps it.
            hidden["url"] = ""
        for name, value in hidden.items():
            object.__setattr__(self, name, value)

    def _check(self) -> None:
        """Fetch, "initialize a response". What came from the network may have any status."""
        made_by_script = self.type == "default" and not self.url
        if made_by_script and not 200 <= self.status <= 599:
            raise JSError("RangeError", f"status {self.status} is outside 200 to 599")
        if not _REASON_PHRASE.fullmatch(self.status_text):
            raise JSError("TypeError", f"{self.status_text!r} is no status text")
        if self.status in NULL_BODY_STATUSES:
            if made_by_script and self.size:
                raise JSError("TypeError", f"a response with status {self.status} has no body")
            object.__setattr__(self, "body", None)
