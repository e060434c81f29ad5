"""All known deviations of one build together, as a replay asks them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_offline.compare.appcache_deviations import APPCACHE_KNOWN, AppCacheDeviation, Habit
from pytest_offline.compare.deviations import of_build
from pytest_offline.model.appcache.exchanges import Fetched
from pytest_offline.model.appcache.manifest import Manifest
from pytest_offline.record import Exchange
from pytest_offline.record.appcache import AppCacheEventName, AppCacheStatus

Parsed = dict[tuple[bytes, str], Manifest]


@dataclass(frozen=True)
class Behaviour:
    """All rows of one build together, as the replay asks them.

    Attributes:
        met: the ids of the rows that had an effect, filled in while the replay asks.
        parsed: manifests that were parsed before, by their bytes and URL: what one way through a
            history has parsed, hundreds of others need too.
    """

    rows: tuple[AppCacheDeviation, ...]
    met: set[str]
    parsed: Parsed = field(default_factory=dict[tuple[bytes, str], Manifest])

    @classmethod
    def of(cls, build: str | None, parsed: Parsed | None = None) -> Behaviour:
        """The rows of a build; none for None, which is the bare text."""
        return cls(of_build(APPCACHE_KNOWN, build), set(), {} if parsed is None else parsed)

    def has(self, habit: Habit) -> bool:
        """Whether the build has a habit, at a point where it matters."""
        found = [row.id for row in self.rows if habit in row.habits]
        self.met.update(found)
        return bool(found)

    def answer(self, answer: Fetched, manifest_url: str) -> Fetched:
        """An answer as the build takes it."""
        for row in self.rows:
            if row.answer is not None:
                taken = row.answer(answer, manifest_url)
                self._meet(row, taken is not answer)
                answer = taken
        return answer

    def retried(self, exchange: Exchange) -> bool:
        """Whether the build throws an answer away and asks again."""
        found = [row for row in self.rows if row.retried is not None and row.retried(exchange)]
        for row in found:
            self._meet(row, True)
        return bool(found)

    def statuses(self, name: AppCacheEventName) -> frozenset[AppCacheStatus]:
        """What else ``status`` may be with an event."""
        found: frozenset[AppCacheStatus] = frozenset()
        for row in self.rows:
            if row.statuses is not None:
                self._meet(row, True)
                found |= row.statuses(name)
        return found

    def parse(self, data: bytes, url: str) -> Manifest:
        """A manifest as the build reads it.

        Raises:
            ManifestError: as ``Manifest.parse``.
        """
        manifest = self._parse(data, url)
        for row in self.rows:
            if row.reads is not None:
                read = row.reads(manifest)
                self._meet(row, read != manifest)
                manifest = read
        return manifest

    def cannot_store(self, answer: Fetched) -> bool:
        """Whether the build cannot store what it downloaded, given the manifest's answer."""
        manifest = self._parse(answer.body, answer.url) if isinstance(answer.body, bytes) else None
        found = [
            row
            for row in self.rows
            if row.cannot_store is not None and manifest is not None and row.cannot_store(manifest)
        ]
        for row in found:
            self._meet(row, True)
        return bool(found)

    def names_storage(self, told: str, url: str | None) -> bool:
        """Whether an ``error`` tells that a URL could not be stored; all of a version for None."""
        found = [
            row
            for row in self.rows
            if row.names_storage is not None and row.names_storage(told, url)
        ]
        for row in found:
            self._meet(row, True)
        return bool(found)

    def rows_met(self) -> tuple[AppCacheDeviation, ...]:
        """The rows that had an effect."""
        return tuple(row for row in self.rows if row.id in self.met)

    def _parse(self, data: bytes, url: str) -> Manifest:
        key = data, url
        if key not in self.parsed:
            self.parsed[key] = Manifest.parse(data, url)
        return self.parsed[key]

    def _meet(self, row: AppCacheDeviation, mattered: bool) -> None:
        if mattered:
            self.met.add(row.id)
