"""Invented histories of an application cache: what probes and origin would have written down."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_offline.compare import explain
from pytest_offline.compare.appcache import AppCacheComparison, verify_appcache
from pytest_offline.record import (
    AppCacheCall,
    AppCacheDocument,
    AppCacheEntry,
    AppCacheEvent,
    AppCacheSnapshot,
    Exchange,
    Place,
)

ORIGIN = "https://o.test"
MANIFEST = ORIGIN + "/m.appcache"
V1 = b"CACHE MANIFEST\n# 1\na\nb\n"
V2 = b"CACHE MANIFEST\n# 2\na\n"
BY_EVENT = {
    "checking": "CHECKING", "downloading": "DOWNLOADING", "progress": "DOWNLOADING",
    "cached": "IDLE", "noupdate": "IDLE", "updateready": "UPDATEREADY", "obsolete": "OBSOLETE",
    "error": "UNCACHED",
}  # fmt: skip


class Recorder:
    """Ten milliseconds from one thing to the next."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.documents: list[AppCacheDocument] = []
        self.events: list[AppCacheEvent] = []
        self.calls: list[AppCacheCall] = []
        self.exchanges: list[Exchange] = []
        self.bodies: dict[int, bytes] = {}

    def tick(self) -> float:
        self.now += 10
        return self.now

    def page(self, path: str = "/page", *, asked: bool = True, manifest: str | None = MANIFEST,
             loaded: bool = True, **fields: Any) -> Place:  # fmt: skip
        if asked:
            self.asked(path, "document", **fields)
        place = Place(f"p{len(self.documents)}", "page", ORIGIN + path, self.tick(), ORIGIN)
        after = self.now + 1 if loaded else None
        self.documents.append(
            AppCacheDocument(ORIGIN + path, manifest, self.now, place, loaded=after)
        )
        return place

    def load(self, place: Place) -> None:
        self.change(place, loaded=self.tick())

    def leave(self, place: Place) -> None:
        self.change(place, ended=self.tick())

    def change(self, place: Place, **fields: Any) -> None:
        self.documents = [
            replace(each, **fields) if each.place == place else each for each in self.documents
        ]

    def asked(self, path: str, initiator: str = "appcache", body: bytes | None = None,
              status: int | None = 200, **fields: Any) -> None:  # fmt: skip
        seq = len(self.exchanges)
        if body is not None:
            self.bodies[seq] = body
        headers = tuple(fields.pop("headers", ()))
        self.exchanges.append(
            Exchange(
                seq,
                self.tick(),
                fields.pop("method", "GET"),
                path,
                ORIGIN + path,
                status=status,
                initiator=initiator,
                response_headers=headers,
                **fields,  # type: ignore[arg-type]
            )
        )

    def manifest(self, body: bytes | None = V1, **fields: Any) -> None:
        self.asked("/m.appcache", "manifest", body, **fields)

    def files(self, *paths: str) -> None:
        for path in paths:
            self.asked(path)

    def fires(self, place: Place, *names: str, **statuses: str) -> None:
        """Events by name, ``1/2`` for ``progress``; statuses as builds have them unless given."""
        for text in names:
            loaded, total = (int(each) for each in text.split("/")) if "/" in text else (None, None)
            name = "progress" if total is not None else text
            status = statuses.get(name, BY_EVENT[name])
            self.events.append(
                AppCacheEvent(name, status, loaded, total, self.tick(), place.url, place)  # type: ignore[arg-type]
            )

    def fails(self, place: Place, told: str, status: str = "UNCACHED") -> None:
        """An ``error``, and what the browser says of it."""
        self.fires(place, "error", error=status)
        self.events[-1] = replace(self.events[-1], detail=told)

    def call(self, place: Place, method: str, error: str | None = None) -> None:
        self.calls.append(AppCacheCall(method, "IDLE", "IDLE", self.tick(), place, error))  # type: ignore[arg-type]

    def cached(self, path: str = "/page") -> Place:
        """A first download of V1, as Chromium does it."""
        place = self.page(path)
        self.manifest()
        self.fires(place, "checking", "downloading")
        self.files("/a", "/b", path)
        self.fires(place, "0/2", "1/2")
        self.manifest()
        self.fires(place, "2/2", "cached")
        return place

    def updates(self, place: Place) -> None:
        """From V1 to V2, up to the second check, which finds the same."""
        self.call(place, "update")
        self.manifest(V2)
        self.fires(place, "checking", "downloading")
        self.files("/a", "/page")
        self.fires(place, "0/2", "1/2")
        self.manifest(V2)

    def compare(self, build: str | None = "chromium-83", **fields: Any) -> AppCacheComparison:
        return verify_appcache(
            self.documents, self.events, self.calls, self.exchanges, build=build,
            **{"bodies": self.bodies, **fields},
        )  # fmt: skip


def snapshot(**kinds: str) -> AppCacheSnapshot:
    """Of the manifest: entries by path, without the slash, with their kinds as words."""
    entries = [
        AppCacheEntry(f"{ORIGIN}/{path.replace('_', '.')}", frozenset(words.split()))  # type: ignore[arg-type]
        for path, words in kinds.items()
    ]
    return AppCacheSnapshot(MANIFEST, tuple(entries))


def agrees(recorder: Recorder, build: str | None = "chromium-83", **fields: object) -> set[str]:
    """The deviations by which a history is explained, which it has to be."""
    found = recorder.compare(build, **fields)
    assert found.agrees, "\n".join(explain(found))
    assert not found.overdue, found.to_json()
    return {each.id.removeprefix("chromium-") for each in found.deviations}


def differs(recorder: Recorder, build: str | None = "chromium-83", **fields: object) -> str:
    """What is told of a history that is not explained, which it may not be."""
    found = recorder.compare(build, **fields)
    assert not found.agrees
    assert found.to_json()["agrees"] is False
    return "\n".join(explain(found))
