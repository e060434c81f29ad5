"""A manifest laid out for the checks: its lines, read once, and where each URL was said first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_offline.model import Manifest, ManifestLine
from pytest_offline.model.appcache.manifest import Section


@dataclass(frozen=True)
class Sheet:
    """One manifest, its lines, and by section the number of the line that first said a URL."""

    manifest: Manifest
    lines: tuple[ManifestLine, ...]
    first: dict[Section, dict[str, int]]

    @classmethod
    def of(cls, manifest: Manifest) -> Sheet:
        """Lay out a manifest."""
        lines = tuple(manifest.lines())
        first: dict[Section, dict[str, int]] = {"explicit": {}, "fallback": {}, "network": {}}
        for line in lines:
            if line.kind == "entry" and line.urls:
                first[line.section].setdefault(line.urls[0], line.number)
        return cls(manifest, lines, first)

    def entries(self, *sections: Section) -> Iterator[ManifestLine]:
        """The lines of these sections that are not ignored."""
        return (line for line in self.lines if line.kind == "entry" and line.section in sections)

    def kept(self) -> Iterator[tuple[ManifestLine, str]]:
        """Every line that has the browser keep a URL, and that URL: entries, and fallbacks."""
        return ((line, line.urls[-1]) for line in self.entries("explicit", "fallback"))
