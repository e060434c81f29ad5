"""The steps of a service worker's life that were recorded, for tests of any folder."""

from __future__ import annotations

import time

from pytest_offline.record import LifecycleEvent
from pytest_offline.service_worker import ServiceWorkers

LIMIT_S = 30


def steps(service_worker: ServiceWorkers) -> list[str]:
    """Their names, by time."""
    return [event.name for event in service_worker.events if isinstance(event, LifecycleEvent)]


def wait_for_step(service_worker: ServiceWorkers, name: str, times: int = 1) -> None:
    """Waits until a step was recorded, of which the registration may tell earlier."""
    end = time.monotonic() + LIMIT_S
    while steps(service_worker).count(name) < times:
        assert time.monotonic() < end, f"no {name!r} in {steps(service_worker)}"
        service_worker.wait_for_news(250)
