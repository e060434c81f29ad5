"""URLs as cache keys: absolute, serialised as a browser does it, without a fragment."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

WORKBOX_REVISION: Final = "__WB_REVISION__"
"""The search parameter that Workbox 4 and later put into a key (createCacheKey.ts)."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# URL Standard, section 1.3, path and query percent-encode sets: what they leave as it is.
_PATH_SAFE: Final = "!$%&'()*+,-./:;=@[]_~|\\^"
_QUERY_SAFE: Final = "!$%&()*+,-./:;=?@[]_~|\\^`{}"


def absolute(reference: str, base: str) -> str | None:
    """The URL that a reference means beside a base; None if it is none, or not http(s)."""
    # URL Standard, section 4.4: spaces around and tabs and newlines within do not count, and a
    # backslash is a slash.
    text = re.sub(r"[\t\n\r]", "", reference.strip("".join(map(chr, range(33)))))
    path, mark, rest = text.partition("?")
    try:
        parts = urlsplit(urljoin(base, path.replace("\\", "/") + mark + rest))
        return _serialised(parts)
    except ValueError:
        return None


def _serialised(parts: SplitResult) -> str | None:
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port not in (None, _DEFAULT_PORTS[parts.scheme]):
        host += f":{parts.port}"
    path = quote(_without_dots(parts.path), safe=_PATH_SAFE)
    return urlunsplit((parts.scheme, host, path, quote(parts.query, safe=_QUERY_SAFE), ""))


def _without_dots(path: str) -> str:
    """The path without ``.`` and ``..``, which urljoin leaves where the reference is absolute."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        name = segment.lower().replace("%2e", ".")
        if name == "..":
            kept = kept[:-1]
        elif name != ".":
            kept.append(segment)
    if path.endswith(("/.", "/..")):
        kept.append("")
    return "/" + "/".join(kept)


def origin_of(url: str) -> str:
    """Scheme, host and port of an absolute URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def without_fragment(url: str) -> str:
    """The URL as the Cache API compares it (Service Workers, "Request matches cached item")."""
    return url.partition("#")[0]


def with_parameter(url: str, name: str, value: str) -> str:
    """The URL after ``searchParams.set(name, value)``, which writes the whole query anew."""
    parts = urlsplit(url)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    query = urlencode([*pairs, (name, value)], safe="*")
    return urlunsplit(parts._replace(query=query))


def without_revision(url: str) -> str:
    """The URL that a key of Workbox stands for; other URLs unchanged."""
    if WORKBOX_REVISION not in url:
        return url
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([pair for pair in pairs if pair[0] != WORKBOX_REVISION], safe="*")
    return urlunsplit(parts._replace(query=query))
