"""Who stored what: the install of a worker, or somebody later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_offline.record.operations import Operation, puts_of
from pytest_offline.record.workers import LifecycleEvent


def installs_of(events: Iterable[object]) -> dict[str, float]:
    """Places of workers to when their install was done."""
    return {
        event.place.id: event.time
        for event in events
        if isinstance(event, LifecycleEvent) and event.name == "install-done"
    }


def stored_by(
    operations: Iterable[Operation], installs: Mapping[str, float]
) -> dict[tuple[str, str], str]:
    """Cache and URL to ``install`` (put while a worker's install went on) or ``runtime``.

    Args:
        installs: as `installs_of` gives them.
    """
    found: dict[tuple[str, str], str] = {}
    for operation in operations:
        by_install = operation.started <= installs.get(operation.place.id, 0)
        for put in puts_of([operation]):
            if put.outcome == "fulfilled":
                found[put.cache, put.url] = "install" if by_install else "runtime"
    return found
