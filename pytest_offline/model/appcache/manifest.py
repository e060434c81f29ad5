"""Cache manifests, as "Parsing cache manifests" reads them: HTML 5.1 (May 2016), section 7.9.3.3.

The algorithm refuses a file only for its signature. After that every line is a comment, a header
of a section, something to keep, or something that is silently ignored; what was ignored and why is
what an author wants to know, so `Manifest.lines` tells it line by line.

The text is that of w3c/html before its commit a17025dc, which is WHATWG's before its removal. It
has two rules that earlier texts have not or have otherwise: namespaces of FALLBACK outside the
manifest's folder are dropped, and an https manifest may list files of other https origins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

import ada_url

from pytest_offline.errors import ManifestError, UsageError

Section = Literal["explicit", "fallback", "network", "settings", "unknown"]

LineKind = Literal["comment", "header", "entry", "refused"]

Reason = Literal[
    "invalid-url",
    "other-scheme",
    "no-fallback",
    "other-origin",
    "outside-folder",
    "namespace-again",
    "unknown-setting",
    "unknown-section",
]
"""Why the algorithm ignores a line."""

SIGNATURE: Final = "CACHE MANIFEST"

WILDCARD: Final = "*"

HEADERS: Final[Mapping[str, Section]] = {
    "CACHE:": "explicit",
    "FALLBACK:": "fallback",
    "NETWORK:": "network",
    "SETTINGS:": "settings",
}

_BLANKS: Final = re.compile("[ \t]+")


class ManifestLine(NamedTuple):
    """One line that is not blank, after the signature's.

    Attributes:
        number: from 1; CR, LF and CRLF each end a line.
        column: of its first character that is no white space, from 1.
        text: without the white space around it.
        section: it stands in; of a header, the one it begins.
        kind: whether something came of it.
        urls: what it adds, absolute and without fragments: one in CACHE and NETWORK (there ``*``
            for the wildcard), namespace and fallback in FALLBACK. Of a refused line, what its
            URLs are as far as they could be read. Empty for all others.
        reason: why it is ignored; None of lines that are not refused.
    """

    number: int
    column: int
    text: str
    section: Section
    kind: LineKind
    urls: tuple[str, ...] = ()
    reason: Reason | None = None


class _Base(NamedTuple):
    """The manifest's URL in the pieces that lines are held against.

    Attributes:
        root: with credentials, if it has any, and without the slash.
        path: its folder, a slash at both ends (7.9.3.3, step 4: "manifest path").
    """

    url: str
    scheme: str
    origin: str
    root: str
    path: str


@dataclass(frozen=True)
class Manifest:
    """What one manifest says.

    Attributes:
        url: of the manifest, absolute, without a fragment.
        explicit: absolute URLs without fragments, in order, each once.
        fallback: from namespace to fallback entry, in order. Not to be changed.
        network: namespaces of the online whitelist, in order, each once.
        network_wildcard: whether everything may come from the network (``*``).
        prefer_online: whether the cache mode is prefer-online; else it is fast.
        text: all of the file, decoded.
    """

    url: str
    explicit: tuple[str, ...]
    fallback: Mapping[str, str]
    network: tuple[str, ...]
    network_wildcard: bool
    prefer_online: bool
    text: str = field(repr=False, compare=False)

    @classmethod
    def parse(cls, data: bytes, url: str) -> Manifest:
        """Parse the bytes of a manifest as it came from a URL.

        Raises:
            ManifestError: the signature is missing; nothing else makes a manifest fail.
            UsageError: the URL is not an absolute one of http or https, or the data no bytes.
        """
        base = _base(url)
        text = _decoded(data)
        _check_signature(text, base.url)
        return _gathered(base, text)

    def lines(self) -> Iterator[ManifestLine]:
        """Every line after the first that is not blank, comments too, and what came of it."""
        return _walk(self.text, _base(self.url))

    @cached_property
    def refused(self) -> tuple[ManifestLine, ...]:
        """The lines that the algorithm ignores, each with its reason; no comments."""
        return tuple(line for line in self.lines() if line.kind == "refused")


def _base(url: str) -> _Base:
    try:
        parsed = ada_url.URL(url)
    except (ValueError, AttributeError):
        parsed = None
    if parsed is None or parsed.protocol not in ("http:", "https:"):
        raise UsageError(
            f"the URL of a manifest is {url!r}, but has to be an absolute one of http or https, "
            "for the manifest's entries are relative to it: give it as it is served, such as "
            "'https://origin.test/app.appcache'"
        )
    href = parsed.href.partition("#")[0]
    return _Base(
        url=href,
        scheme=parsed.protocol,
        origin=parsed.origin,
        root=ada_url.join_url(href, "/")[:-1],
        path=parsed.pathname[: parsed.pathname.rindex("/") + 1],
    )


def _decoded(data: bytes) -> str:
    # Step 1, "UTF-8 decode": one BOM goes, and bytes that are no UTF-8 become U+FFFD.
    try:
        return bytes(memoryview(data)).decode("utf-8", "replace").removeprefix("\ufeff")
    except TypeError:
        raise UsageError(
            f"a manifest is parsed from bytes, and this is {type(data).__name__} ({data!r:.60}): "
            "how it is encoded matters, so read the file with read_bytes()"
        ) from None


def _check_signature(text: str, url: str) -> None:
    # Steps 13 and 14. A file that ends with the signature has no character behind it that is a
    # space, a tab or a line break, so it fails too.
    after = text[len(SIGNATURE) : len(SIGNATURE) + 1]
    if text.startswith(SIGNATURE) and after and after in " \t\r\n":
        return
    first = re.split("[\r\n]", text[:60], maxsplit=1)[0]
    if text == SIGNATURE:
        what = f"it ends with {text!r}, with no line break after it"
    else:
        what = f"its first line begins with {first[:40]!r}" if first else "its first line is empty"
    raise ManifestError(
        f"{url} is no cache manifest: {what}. Browsers refuse the whole file unless it begins "
        f"with {SIGNATURE!r} and a line break, a space or a tab right behind: write that as the "
        "first line, with nothing before it",
        url=url,
    )


def _gathered(base: _Base, text: str) -> Manifest:
    explicit: dict[str, None] = {}
    network: dict[str, None] = {}
    fallback: dict[str, str] = {}
    prefer_online = False
    for line in _walk(text, base):
        if line.kind != "entry":
            continue
        if line.section == "explicit":
            explicit[line.urls[0]] = None
        elif line.section == "network":
            network[line.urls[0]] = None
        elif line.section == "fallback":
            fallback[line.urls[0]] = line.urls[1]
        else:
            prefer_online = True
    wildcard = WILDCARD in network
    network.pop(WILDCARD, None)
    return Manifest(
        url=base.url,
        explicit=tuple(explicit),
        fallback=MappingProxyType(fallback),
        network=tuple(network),
        network_wildcard=wildcard,
        prefer_online=prefer_online,
        text=text,
    )


def _walk(text: str, base: _Base) -> Iterator[ManifestLine]:
    """The steps from "Start of line" on."""
    section: Section = "explicit"
    namespaces: set[str] = set()
    # str.splitlines would also split at form feeds, U+2028 and others, which end no line here.
    source = StringIO(text, newline=None)
    next(source)  # Step 16: what else stands in the first line is ignored.
    for number, raw in enumerate(source, 2):
        content = raw.lstrip(" \t\n")
        if not content:
            continue
        column = len(raw) - len(content) + 1
        content = content.rstrip(" \t\n")
        if content[0] == "#":
            yield ManifestLine(number, column, content, section, "comment")
        elif content[-1] == ":":
            section = HEADERS.get(content, "unknown")
            yield ManifestLine(number, column, content, section, "header")
        else:
            urls, reason = _READ[section](content, base)
            if section == "fallback" and reason is None:
                reason = "namespace-again" if urls[0] in namespaces else None
                namespaces.add(urls[0])
            kind: LineKind = "refused" if reason else "entry"
            yield ManifestLine(number, column, content, section, kind, urls, reason)


_Read = tuple[tuple[str, ...], Reason | None]


def _read_explicit(line: str, base: _Base) -> _Read:
    url = _resolved(first_tokens(line)[0], base)
    if url is None:
        return (), "invalid-url"
    return (url,), None if url.startswith(base.scheme) else "other-scheme"


def _read_network(line: str, base: _Base) -> _Read:
    # To the letter the first token alone decides: "* and more" is the wildcard too.
    token = first_tokens(line)[0]
    return ((WILDCARD,), None) if token == WILDCARD else _read_explicit(token, base)


def _read_fallback(line: str, base: _Base) -> _Read:
    tokens = first_tokens(line)
    if len(tokens) == 1:
        return (), "no-fallback"
    namespace, entry = (_resolved(token, base) for token in tokens[:2])
    if namespace is None or entry is None:
        return (), "invalid-url"
    urls = (namespace, entry)
    if not (_same_origin(namespace, base) and _same_origin(entry, base)):
        return urls, "other-origin"
    return urls, None if _in_folder(namespace, base) else "outside-folder"


def _read_setting(line: str, base: _Base) -> _Read:
    return (), None if line == "prefer-online" else "unknown-setting"


def _read_unknown(line: str, base: _Base) -> _Read:
    return (), "unknown-section"


_READ: Final[Mapping[Section, Callable[[str, _Base], _Read]]] = {
    "explicit": _read_explicit,
    "fallback": _read_fallback,
    "network": _read_network,
    "settings": _read_setting,
    "unknown": _read_unknown,
}


def first_tokens(line: str) -> list[str]:
    """The first two tokens of a line, and as a third the rest: parted by spaces and tabs alone."""
    return _BLANKS.split(line, maxsplit=2)


# What most manifests consist of: relative URLs with nothing in them that a parser of URLs would
# change. Putting one behind its folder takes a tenth of the time that parsing it takes.
_PLAIN: Final = re.compile(
    r"(?!\?)/?(?:[\w~-][\w.~%-]*/)*(?:[\w~-][\w.~%-]*)?(?:\?[\w.~%&=+/-]*)?", re.ASCII
)


def _resolved(token: str, base: _Base) -> str | None:
    """The URL of a token without its fragment, serialised; None where it cannot be parsed."""
    if _PLAIN.fullmatch(token):
        return base.root + (token if token[0] == "/" else base.path + token)
    if token.startswith(base.root + "/") and _PLAIN.fullmatch(token, len(base.root)):
        return token
    try:
        return ada_url.join_url(base.url, token).partition("#")[0]
    except ValueError:
        return None


def _same_origin(url: str, base: _Base) -> bool:
    return url.startswith(base.origin + "/") or ada_url.URL(url).origin == base.origin


def _in_folder(url: str, base: _Base) -> bool:
    # "Prefix match" of the paths alone: other credentials may stand before them.
    if url.startswith(base.root + "/"):
        return url.startswith(base.root + base.path)
    return ada_url.URL(url).pathname.startswith(base.path)
