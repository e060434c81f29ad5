"""A registration of a service worker, as it was seen."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_offline.record.worker_versions import WorkerVersions


@dataclass(frozen=True)
class Registration:
    """One registration, as ``getRegistrations()`` shows it.

    Attributes:
        scope: absolute.
        script_url: of its newest worker, absolute.
        installing, waiting, active: the state of the worker in that place; None where none is.
        versions: of which version those are, as `Origin.deploy` names them; None where nobody
            named one.
    """

    scope: str
    script_url: str
    installing: str | None
    waiting: str | None
    active: str | None
    versions: WorkerVersions = field(default_factory=WorkerVersions)

    def __str__(self) -> str:
        there = [
            _shown(place, state, getattr(self.versions, place))
            for place in ("installing", "waiting", "active")
            if (state := getattr(self, place)) is not None
        ]
        return f"{self.scope}: {', '.join(there) or 'no worker'}"


def _shown(place: str, state: str, version: str | None) -> str:
    who = f"{place} {version!r}" if version is not None else place
    return f"{who} ({state})" if place == "active" else who
