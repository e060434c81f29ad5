"""Headers between a browser that knows the origin and an upstream that knows itself.

Pure: text in, text out. Two views have to stay whole. To the browser everything is the origin, so
what names the upstream in redirects and cookies names the origin instead. To the upstream it is
itself, so ``Host`` is its own, and ``Origin`` and ``Referer`` name it: Django and many others
compare these. For the same reason ``X-Forwarded-Host``, which Rails and Next.js believe before
Host, is sent only where Host is the origin's (``preserve_host``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from multidict import CIMultiDict

from pytest_offline.origin.answers import Asked
from pytest_offline.record.hosts import is_localhost, is_loopback

# RFC 9110, section 7.6.1, and what older software sends there.
_HOP_BY_HOP: Final = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
     "te", "trailer", "transfer-encoding", "upgrade")
)  # fmt: skip
_NOT_ASKED: Final = _HOP_BY_HOP | {"host", "expect"}
_NAMING: Final = frozenset(
    ("location", "content-location", "refresh", "set-cookie", "access-control-allow-origin")
)
_REFRESH: Final = re.compile(r"""(\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?["']?)([^"']*)(.*)""", re.I)
_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


@dataclass(frozen=True)
class Naming:
    """The two names of one site.

    Attributes:
        base: the origin, ``http://t7.localhost:4321``.
        at: where the upstream appears in it, ``/`` or ``/api/``.
        upstream: ``http://127.0.0.1:3000``.
        path: the upstream's folder that appears there, ``/`` or ``/v1/``.
        preserve_host: whether the upstream is told the origin's name in place of its own.
        forwarded: whether it is told of the origin by ``X-Forwarded-*``.
    """

    base: str
    at: str
    upstream: str
    path: str
    preserve_host: bool = False
    forwarded: bool = True

    def target(self, asked: Asked) -> str:
        """What to ask the upstream for: path and query, as they came but for the folder."""
        if self.at == self.path == "/":
            return asked.target
        depth = self.at.count("/") - 1
        rest = "/".join(asked.path.split("/")[1 + depth :])
        return f"{self.path}{rest}{asked.target[len(asked.path) :]}"

    def request_headers(self, asked: Asked, peer: tuple[str, int] | None) -> CIMultiDict[str]:
        """The headers to send to the upstream."""
        dropped = _dropped(asked.headers.get("Connection"))
        host = (self.base if self.preserve_host else self.upstream).partition("://")[2]
        sent = [("Host", host)]
        for name, value in asked.headers.items():
            lower = name.lower()
            if lower in dropped:
                continue
            names_origin = not self.preserve_host and lower in ("origin", "referer")
            sent.append((name, self._asked_from(value) if names_origin else value))
        headers = CIMultiDict(sent)
        if self.forwarded:
            self._forward(headers, peer)
        return headers

    def _asked_from(self, value: str) -> str:
        """A URL of the origin, as the upstream knows it."""
        rest = value.removeprefix(self.base)
        if rest == value or rest[:1] not in ("", "/"):
            return value
        inside = rest.startswith(self.at)
        return self.upstream + (self.path + rest[len(self.at) :] if inside else rest)

    def _forward(self, headers: CIMultiDict[str], peer: tuple[str, int] | None) -> None:
        before = headers.get("X-Forwarded-For")
        who = peer[0] if peer is not None else "127.0.0.1"
        headers["X-Forwarded-For"] = f"{before}, {who}" if before else who
        headers["X-Forwarded-Proto"] = self.base.partition("://")[0]
        if self.preserve_host:
            headers["X-Forwarded-Host"] = self.base.partition("://")[2]
        if self.at != "/":
            headers["X-Forwarded-Prefix"] = self.at.rstrip("/")

    def response_headers(self, raw: Iterable[tuple[bytes, bytes]]) -> CIMultiDict[str]:
        """The headers to send to the browser."""
        sent: list[tuple[str, str]] = []
        listed: frozenset[str] = frozenset()
        for raw_name, raw_value in raw:
            name, lower = _both(raw_name)
            value = raw_value.decode("utf-8", "surrogateescape")
            if lower in _HOP_BY_HOP:
                if lower == "connection":
                    listed = listed | _listed(value)
                continue
            sent.append((name, self._named(lower, value) if lower in _NAMING else value))
        headers = CIMultiDict(sent)
        for name in listed:
            headers.popall(name, None)
        return headers

    def _named(self, lower: str, value: str) -> str:
        if lower == "set-cookie":
            return self.cookie(value)
        if lower == "refresh":
            found = _REFRESH.fullmatch(value)
            return value if found is None else f"{found[1]}{self.location(found[2])}{found[3]}"
        if lower == "access-control-allow-origin":
            return self.base if self._names_upstream(_split(value)) else value
        return self.location(value)

    def location(self, value: str) -> str:
        """A URL that the upstream gave, as the browser has to ask for it."""
        parts = _split(value)
        if parts is None:
            return value
        if not parts.netloc:
            return self._place(value) if value.startswith("/") else value
        own = f"{parts.scheme}://{parts.netloc}" == self.base
        if not own and not self._names_upstream(parts):
            return value
        rest = value.partition("//")[2][len(parts.netloc) :]
        return self.base + self._place(rest if rest.startswith("/") else f"/{rest}")

    def _place(self, rest: str) -> str:
        """A path of the upstream within the origin."""
        path = re.split("[?#]", rest, maxsplit=1)[0]
        if self.at != "/" and (path.startswith(self.at) or path == self.at[:-1]):
            return rest  # it knows of X-Forwarded-Prefix, or its own path is the same
        if path.startswith(self.path):
            return self.at + rest[len(self.path) :]
        if path == self.path[:-1]:
            return self.at[:-1] + rest[len(path) :]
        return rest

    def _names_upstream(self, parts: SplitResult | None) -> bool:
        """Whether a URL names the upstream: by its name, or another name of this machine."""
        if parts is None or parts.scheme not in ("", *_PORTS):
            return False
        own = urlsplit(self.upstream)
        port = parts.port or _PORTS.get(parts.scheme or own.scheme)
        if parts.hostname is None or port != (own.port or _PORTS[own.scheme]):
            return False
        host = own.hostname or ""
        return parts.hostname == host or (_is_here(host) and _is_here(parts.hostname))

    def cookie(self, value: str) -> str:
        """A Set-Cookie of the upstream that the browser takes for the origin's."""
        first, *attributes = value.split(";")
        prefixed = first.lstrip().startswith(("__Secure-", "__Host-"))
        # Browsers that keep a Secure cookie of plain loopback are left to it where the name
        # demands the attribute; elsewhere it would be lost in those that do not.
        insecure = self.base.startswith("http:") and not prefixed
        was_secure = any(each.strip().lower() == "secure" for each in attributes)
        kept = [first]
        for attribute in attributes:
            key, _, text = (part.strip() for part in attribute.partition("="))
            key = key.lower()
            if key == "domain" and self._is_domain(text):
                continue
            if insecure and key in ("secure", "partitioned"):
                continue
            if insecure and was_secure and key == "samesite" and text.lower() == "none":
                kept.append(" SameSite=Lax")  # None is refused without Secure
            elif key == "path" and text not in ("", "/"):
                kept.append(f" Path={self._place(text)}")
            else:
                kept.append(attribute)
        return ";".join(kept)

    def _is_domain(self, domain: str) -> bool:
        if self.preserve_host:
            return False
        host = urlsplit(self.upstream).hostname or ""
        domain = domain.lstrip(".").lower()
        return (
            host == domain or host.endswith(f".{domain}") or (_is_here(host) and _is_here(domain))
        )


@functools.lru_cache(maxsize=1024)
def _both(raw_name: bytes) -> tuple[str, str]:
    """A header's name as it came, and in lower case: the same few come with every answer."""
    name = raw_name.decode("latin-1")
    return name, name.lower()


@functools.lru_cache(maxsize=64)
def _dropped(connection: str | None) -> frozenset[str]:
    """The headers of a request that are not for the upstream."""
    return _NOT_ASKED | _listed(connection)


def _listed(connection: str | None) -> frozenset[str]:
    """The headers that a Connection header names as its own."""
    if not connection:
        return frozenset()
    return frozenset(part.strip().lower() for part in connection.split(","))


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_here(host: str) -> bool:
    """Whether a name is one of this machine's loopback."""
    return is_localhost(host) or is_loopback(host.strip("[]"))
