"""The folder that a site is served from: which file a URL is, and which are not there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes

import ada_url

from pytest_offline.manifests.findings import Finding, found
from pytest_offline.manifests.sheet import Sheet
from pytest_offline.model import Manifest

INDEX: Final = "index.html"

_DECLARED: Final = re.compile(rb"""(?is)<html\b[^>]*?\smanifest\s*=\s*["']?([^"'\s>]+)""")

_READ_OF_PAGE: Final = 65_536


@dataclass(frozen=True)
class SiteFolder:
    """A folder, and the URL that its root is served at.

    Attributes:
        url: scheme, host and port, with no slash at the end.
    """

    path: Path
    url: str

    def serves(self, url: str) -> bool:
        """Whether a URL is of this site; another's files cannot be looked for here."""
        return ada_url.URL(url).origin == self.url

    def file(self, url: str) -> Path | None:
        """The file or folder a URL of this site is; None where it can be none below this one.

        The query says nothing of which file it is. Names are decoded once, as servers do.
        """
        names = [
            os.fsdecode(unquote_to_bytes(part))
            for part in ada_url.URL(url).pathname.split("/")
            if part
        ]
        if any(name in (".", "..") or "/" in name or "\0" in name for name in names):
            return None
        return self.path.joinpath(*names)

    def content(self, url: str) -> Path | None:
        """The file that answers for a URL: of a folder its index page; None where there is none."""
        path = self.file(url)
        if path is not None and _is(path.is_dir):
            path = path / INDEX
        return path if path is not None and _is(path.is_file) else None

    def pages_of(self, manifest: Manifest) -> Iterator[str]:
        """The URLs of the pages below that declare a manifest: the browser keeps those too."""
        for path in sorted(self.path.rglob("*.htm*")):
            if not _is(path.is_file):
                continue
            with path.open("rb") as opened:
                declared = _DECLARED.search(opened.read(_READ_OF_PAGE))
            url = self.url + "/" + quote(path.relative_to(self.path).as_posix())
            if declared and _resolved(declared[1], url) == manifest.url:
                yield url


def _resolved(attribute: bytes, url: str) -> str | None:
    try:
        return ada_url.join_url(url, attribute.decode("utf-8", "replace")).partition("#")[0]
    except ValueError:
        return None


def _is(question: Callable[[], bool]) -> bool:
    # A name can be too long to ask for, or in a folder that may not be read.
    try:
        return question()
    except OSError:
        return False


def missing(sheet: Sheet, folder: SiteFolder) -> Iterator[Finding]:
    """The entries and fallbacks of this site that are no files in its folder."""
    told: set[str] = set()
    for line, url in sheet.kept():
        if url in told or not folder.serves(url) or url == sheet.manifest.url:
            continue
        told.add(url)
        reason, path = _fault(folder, url)
        if reason is not None:
            at, shown_path = (line.number, line.column), path.as_posix()
            yield found("missing-file", *at, reason, text=line.text, path=shown_path)


def _fault(folder: SiteFolder, url: str) -> tuple[str | None, Path]:
    path = folder.file(url)
    if path is None:
        return "outside", folder.path
    is_folder, has_slash = _is(path.is_dir), ada_url.URL(url).pathname.endswith("/")
    if is_folder and not has_slash:
        return "folder", path
    if is_folder:
        return (None if _is((path / INDEX).is_file) else "no-index"), path
    return (None if _is(path.is_file) and not has_slash else ""), path
