"""The steps of a service worker's life that were recorded, for tests of any folder."""

from __future__ import annotations

import time
from collections.abc import Callable

from pytest_offline.record import LifecycleEvent
from pytest_offline.service_worker import ServiceWorkers

LIMIT_S = 30


def steps(service_worker: ServiceWorkers) -> list[str]:
    """Their names, by time."""
    return [event.name for event in service_worker.events if isinstance(event, LifecycleEvent)]


def wait_until(service_worker: ServiceWorkers, recorded: Callable[[], bool]) -> None:
    """Waits until the records say so: pages and registrations may tell of it before they are in."""
    end = time.monotonic() + LIMIT_S
    while not recorded():
        assert time.monotonic() < end, f"not recorded; the steps are {steps(service_worker)}"
        service_worker.wait_for_news(250)


def wait_for_step(service_worker: ServiceWorkers, name: str, times: int = 1) -> None:
    """Waits until a step was recorded, that often."""
    wait_until(service_worker, lambda: steps(service_worker).count(name) >= times)
