"""Which pages of a site are audited: what its links lead to, within limits."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import ada_url

from pytest_offline.record.auditing import Skipped

_NO_PAGES: Final = frozenset(
    [
        "7z",
        "avi",
        "bmp",
        "bz2",
        "css",
        "csv",
        "doc",
        "docx",
        "dmg",
        "eot",
        "epub",
        "exe",
        "gif",
        "gz",
        "ico",
        "ics",
        "iso",
        "jar",
        "jpeg",
        "jpg",
        "js",
        "json",
        "map",
        "md",
        "mjs",
        "mkv",
        "mov",
        "mp3",
        "mp4",
        "mpeg",
        "odt",
        "ogg",
        "otf",
        "pdf",
        "png",
        "ppt",
        "pptx",
        "rar",
        "rss",
        "svg",
        "tar",
        "tgz",
        "tif",
        "tiff",
        "toml",
        "ttf",
        "txt",
        "wasm",
        "wav",
        "webm",
        "webmanifest",
        "webp",
        "woff",
        "woff2",
        "xls",
        "xlsx",
        "xml",
        "yaml",
        "yml",
        "zip",
    ]
)
_RUNS: Final = re.compile(r"[0-9a-f]{8,}|\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """How far to go.

    Attributes:
        depth: how many links away from the start; 0 follows none.
        pages: how many at most, those named with ``--page`` left out of the count.
        include, exclude: glob patterns of paths (``/blog/*``); a page has to match one of the
            first, if there are any, and none of the second.
    """

    depth: int = 5
    pages: int = 100
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """One page to visit, and how it was found."""

    path: str
    found_by: str
    depth: int = 0
    named: bool = False


@dataclass
class Frontier:
    """Pages that were found, and those that come next, level by level.

    Where there are more than the limit allows, those whose shape (digits folded: ``/day/#/#``) was
    seen least come first: an endless calendar is not all there is of a site.

    Attributes:
        base: the origin, without a slash at its end.
        alias: another address of the same site, by which its links may call it.
    """

    base: str
    limits: Limits
    alias: str = ""
    known: dict[str, Target] = field(default_factory=dict[str, Target])
    left_out: list[Skipped] = field(default_factory=list[Skipped])
    _waiting: list[Target] = field(default_factory=list[Target])
    _shapes: Counter[str] = field(default_factory=Counter[str])
    _taken: int = 0

    def add(self, url: str, found_by: str, depth: int = 0, *, named: bool = False) -> None:
        """A URL that was found; unknown pages of the site wait for their turn."""
        path = self._page(url, named=named)
        if path is None or path in self.known:
            return
        target = Target(path, found_by, depth, named)
        self.known[path] = target
        self._waiting.append(target)

    def add_links(self, links: Iterable[str], page: str, depth: int) -> None:
        """The links of a page that was visited at a depth."""
        if depth < self.limits.depth:
            for link in links:
                self.add(link, f"a link on {page}", depth + 1)

    def next_level(self) -> list[Target]:
        """Those that wait, within the limit, in a lasting order; the rest is left out."""
        waiting, self._waiting = self._waiting, []
        room = self.limits.pages - self._taken
        chosen = [each for each in waiting if each.named]
        others = [each for each in waiting if not each.named]
        ranked = self._ranked(others) if len(others) > room else others
        taken = ranked[: max(room, 0)]
        self._taken += len(taken)
        self._shapes.update(shape(each.path) for each in taken)
        for each in ranked[len(taken) :]:
            why = f"the limit of {self.limits.pages} pages was reached"
            self.left_out.append(Skipped(each.path, why, each.found_by))
        kept = {each.path for each in (*chosen, *taken)}
        return [each for each in waiting if each.path in kept]

    def remarks(self) -> list[str]:
        """What was left out, in a sentence."""
        if not self.left_out:
            return []
        shapes = Counter(shape(each.path) for each in self.left_out)
        like, count = shapes.most_common(1)[0]
        alike = f", {count} of them like {like}" if count > 1 else ""
        return [
            f"{len(self.left_out)} more pages were found and left out{alike}: "
            f"{self.limits.pages} are audited at most (--max-pages)"
        ]

    def _ranked(self, targets: Sequence[Target]) -> list[Target]:
        seen = self._shapes.copy()
        ranks: dict[str, int] = {}
        for each in targets:
            ranks[each.path] = seen[shape(each.path)]
            seen[shape(each.path)] += 1
        return sorted(targets, key=lambda each: ranks[each.path])

    def _page(self, url: str, *, named: bool) -> str | None:
        """The path of a page, fragment left out; None for what is no page of the site."""
        found = absolute(url, f"{self.base}/")
        if found is not None and self.alias and found.startswith(f"{self.alias}/"):
            found = f"{self.base}{found.removeprefix(self.alias)}"
        if found is None or not found.startswith(f"{self.base}/"):
            return None
        parts = urlsplit(found)
        # The part behind "#" is a page of its own to routers that keep their state there.
        fragment = parts.fragment if parts.fragment.startswith(("/", "!/")) else ""
        path = urlunsplit(("", "", parts.path or "/", parts.query, fragment))
        return path if named or self._wanted(path) else None

    def _wanted(self, path: str) -> bool:
        plain = path.partition("?")[0].partition("#")[0]
        ending = plain.rpartition("/")[2].rpartition(".")
        if ending[1] and ending[2].lower() in _NO_PAGES:
            return False
        if any(_matches(path, pattern) for pattern in self.limits.exclude):
            return False
        include = self.limits.include
        return not include or any(_matches(path, pattern) for pattern in include)


def absolute(url: str, base: str) -> str | None:
    """A URL as browsers resolve it, by the URL Standard; None for what is none.

    Sites are free to write ``https://[your-host]/``, and the DOM hands it on as it is.
    """
    try:
        return ada_url.join_url(base, url)
    except ValueError:
        return None


def shape(path: str) -> str:
    """What paths that differ in numbers have in common: ``/day/#/#?page=#``."""
    return _RUNS.sub("#", path)


def _matches(path: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(
        path.partition("?")[0], pattern
    )


def locations(sitemap: bytes) -> tuple[list[str], list[str]]:
    """The pages a sitemap lists, and the sitemaps an index of them lists.

    Read without an XML parser: a damaged one gives what it can, and entities cannot grow.
    """
    text = sitemap.decode("utf-8", "replace")
    found = [_unescaped(each.strip()) for each in re.findall(r"<loc>([^<]*)</loc>", text)]
    return ([], found[:50]) if "<sitemapindex" in text else (found[:50_000], [])


def _unescaped(text: str) -> str:
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(entity, character)
    return text.replace("&amp;", "&")
