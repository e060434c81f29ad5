"""What Chromium makes of a manifest otherwise than HTML 5.1 (May 2016), 7.9.3.3: data by build.

Each was seen in Chromium 83, 88 and 92 with the example that stands beside it; what of that can be
told from the manifest alone is a function too, so that `parse_in` gives what a build understands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

import ada_url

from pytest_offline.model import Manifest, ManifestLine

_APPCACHE: Final = ("chromium-83", "chromium-88", "chromium-92")
_BOM: Final = b"\xef\xbb\xbf"
_SIGNATURE: Final = b"CACHE MANIFEST"


@dataclass(frozen=True)
class ManifestDeviation:
    """One way in which builds read manifests otherwise than the text.

    Attributes:
        builds: how the names of the builds begin that do so.
        example: a manifest that shows it.
        text: what HTML 5.1 makes of the example, for a person.
        effect: what the builds make of it.
        headers: what the example has to be served with.
        before: makes of a file one that says by the text what it says to these builds.
        url: what becomes of a URL; None where its line is ignored.
        after: makes of the text's manifest the one these builds understand.
        fails: whether the update cannot succeed with a manifest.
    """

    id: str
    builds: tuple[str, ...]
    example: bytes
    text: str
    effect: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    before: Callable[[bytes], bytes] | None = None
    url: Callable[[str], str | None] | None = None
    after: Callable[[Manifest], Manifest] | None = None
    fails: Callable[[Manifest], bool] | None = None


def _own_signature(data: bytes) -> bytes:
    bare = data.removeprefix(_BOM)
    return bare.removeprefix(b"CHROMIUM ") if bare.startswith(b"CHROMIUM CACHE MAN") else data


def _ended_signature(data: bytes) -> bytes:
    return data + b"\n" if data.removeprefix(_BOM) == _SIGNATURE else data


def _wildcard_alone(manifest: Manifest) -> Manifest:
    lines = [line for line in manifest.lines() if line.urls == ("*",) and line.kind == "entry"]
    longer = [ada_url.join_url(manifest.url, "*") for line in lines if line.text != "*"]
    return replace(
        manifest,
        network=tuple(dict.fromkeys((*manifest.network, *longer))),
        network_wildcard=len(longer) < len(lines),
    )


def _no_settings(manifest: Manifest) -> Manifest:
    return replace(manifest, prefer_online=False)


def _always_open(manifest: Manifest) -> Manifest:
    return replace(manifest, network_wildcard=True)


# GURL, the parser of Chromium before 2023: what RFC 3986 calls unreserved is unescaped in paths.
_UNRESERVED: Final = re.compile("%(?:2[de]|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])", re.I)


def _in_path(url: str, change: Callable[[str], str]) -> str:
    path, query, rest = url.partition("?")
    return change(path) + query + rest


def _unescaped(url: str) -> str:
    return _in_path(url, lambda path: _UNRESERVED.sub(lambda found: unquote(found[0]), path))


def _pipe_escaped(url: str) -> str:
    return _in_path(url, lambda path: path.replace("|", "%7C"))


def _without_nul(url: str) -> str | None:
    return None if "%00" in url.partition("?")[0] else url


def _only_http(manifest: Manifest) -> Manifest:
    return _with_fallbacks(manifest, lambda _, entry: entry.startswith("http"))


def _as_written_in_folder(manifest: Manifest) -> Manifest:
    folder = ada_url.join_url(manifest.url, ".")
    return _with_fallbacks(manifest, lambda namespace, _: namespace.startswith(folder))


def _with_fallbacks(manifest: Manifest, keep: Callable[[str, str], bool]) -> Manifest:
    kept = {name: entry for name, entry in manifest.fallback.items() if keep(name, entry)}
    return replace(manifest, fallback=MappingProxyType(kept))


def _namespace_twice(manifest: Manifest) -> bool:
    said = Counter(_pipe_escaped(_unescaped(line.urls[0])) for line in _namespaces(manifest))
    return any(count > 1 for count in said.values())


def _namespaces(manifest: Manifest) -> Iterator[ManifestLine]:
    folder = ada_url.join_url(manifest.url, ".")
    for line in manifest.lines():
        if line.section == "fallback" and line.reason in (None, "namespace-again") and line.urls:
            namespace, entry = line.urls
            is_taken = namespace.startswith(folder) and entry.startswith("http")
            if is_taken and _without_nul(namespace) and _without_nul(entry):
                yield line


KNOWN: Final[tuple[ManifestDeviation, ...]] = (
    ManifestDeviation(
        id="chromium-own-signature",
        builds=_APPCACHE,
        example=b"CHROMIUM CACHE MANIFEST\na.css\n",
        text="no manifest: its signature is another",
        effect="takes 'CHROMIUM CACHE MANIFEST' for a signature too",
        before=_own_signature,
    ),
    ManifestDeviation(
        id="chromium-signature-at-the-end",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST",
        text="no manifest: a line break, space or tab has to follow the signature",
        effect="takes a file that ends with the signature for a manifest with nothing in it",
        before=_ended_signature,
    ),
    ManifestDeviation(
        id="chromium-wildcard-alone",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\na.css\nNETWORK:\n* # all\n",
        text="the first token of the line decides: the network is open",
        effect="takes only a line that is '*' alone for the wildcard, others for a URL '*'",
        after=_wildcard_alone,
    ),
    ManifestDeviation(
        id="chromium-no-settings",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\na.css\nSETTINGS:\nprefer-online\n",
        text="the cache mode is prefer-online: the network is asked first",
        effect="takes SETTINGS for an unknown section, so that the cache always answers",
        after=_no_settings,
    ),
    ManifestDeviation(
        id="chromium-unescapes-paths",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\n%61.css\n",
        text="percent-encoded characters stay: %61.css",
        effect="decodes letters, digits and -._~ in paths: a.css",
        url=_unescaped,
    ),
    ManifestDeviation(
        id="chromium-escapes-pipes",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\na|b\n",
        text="'|' stays in a path: a|b",
        effect="encodes '|' in paths: a%7Cb",
        url=_pipe_escaped,
    ),
    ManifestDeviation(
        id="chromium-no-nul-in-paths",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\na.css\nx%00y\n",
        text="NUL in a path is a character like others: x%00y is kept",
        effect="ignores lines with NUL in the path of a URL, encoded or not",
        url=_without_nul,
    ),
    ManifestDeviation(
        id="chromium-no-blob-fallbacks",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\na.css\nFALLBACK:\np blob:ORIGIN/x\n",
        text="a blob URL has the origin in it, so the line counts, and its fetch fails",
        effect="ignores fallbacks whose page is a blob URL",
        after=_only_http,
    ),
    ManifestDeviation(
        id="chromium-no-credentials-in-namespaces",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\nFALLBACK:\nhttp://me@HOST/app/p off.html\n",
        text="credentials are no part of an origin or a path, so the line counts",
        effect="compares namespace and folder as strings, and ignores the line",
        after=_as_written_in_folder,
    ),
    ManifestDeviation(
        id="chromium-namespace-twice-fails",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\nFALLBACK:\np a.css\np b.css\n",
        text="the first fallback of a namespace counts, the second line is ignored",
        effect="fetches both pages, then fails the whole update, and does so each time",
        fails=_namespace_twice,
    ),
    ManifestDeviation(
        id="chromium-scope-header",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\nFALLBACK:\n/ off.html\n",
        text="the namespace is outside of the manifest's folder: the line is ignored",
        effect="takes it if served as text/cache-manifest with X-AppCache-Allowed: /",
        headers={"X-AppCache-Allowed": "/"},
    ),
    ManifestDeviation(
        id="chromium-intercept",
        builds=_APPCACHE,
        example=b"CACHE MANIFEST\nCHROMIUM-INTERCEPT:\nx return b.css\n",
        text="an unknown section: its lines are ignored",
        effect="keeps the URL after 'return' and answers with it, if served as text/cache-manifest",
    ),
    ManifestDeviation(
        id="chromium-92-network-always-open",
        builds=("chromium-92",),
        example=b"CACHE MANIFEST\na.css\n",
        text="what is listed nowhere is refused",
        effect="reads every manifest as if it had a '*' under NETWORK",
        after=_always_open,
    ),
)


def known_for(build: str | None) -> tuple[ManifestDeviation, ...]:
    """The deviations of a build, by its name; none for None, which is the bare text."""
    if build is None:
        return ()
    return tuple(each for each in KNOWN if build.startswith(each.builds))


def parse_in(data: bytes, url: str, build: str | None) -> Manifest:
    """The manifest as a build understands it.

    The scope header and CHROMIUM-INTERCEPT are not followed: the one is not in the file, the other
    is no part of a `Manifest`.

    Raises:
        ManifestError: the build refuses it whole.
        UsageError: the URL is not an absolute one of http or https.
    """
    deviations = known_for(build)
    for each in deviations:
        data = each.before(data) if each.before is not None else data
    manifest = Manifest.parse(data, url)
    for each in deviations:
        manifest = each.after(manifest) if each.after is not None else manifest
    for each in deviations:
        manifest = _with_urls(manifest, each.url) if each.url is not None else manifest
    return manifest


def update_fails(manifest: Manifest, build: str | None) -> ManifestDeviation | None:
    """The deviation for which no update with a manifest can succeed in a build, if there is one."""
    fatal = (each for each in known_for(build) if each.fails is not None and each.fails(manifest))
    return next(fatal, None)


def _with_urls(manifest: Manifest, change: Callable[[str], str | None]) -> Manifest:
    def changed(urls: tuple[str, ...]) -> tuple[str, ...]:
        new = (change(url) for url in urls)
        return tuple(dict.fromkeys(url for url in new if url is not None))

    fallback: dict[str, str] = {}
    for namespace, entry in manifest.fallback.items():
        new_namespace, new_entry = change(namespace), change(entry)
        if new_namespace is not None and new_entry is not None:
            fallback.setdefault(new_namespace, new_entry)
    return replace(
        manifest,
        explicit=changed(manifest.explicit),
        network=changed(manifest.network),
        fallback=MappingProxyType(fallback),
    )
