"""The steps of a service worker's life that were recorded, for tests of any folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

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


def ask_for_an_update(page: Page, service_worker: ServiceWorkers, script: str) -> Any:
    """What a script gives that calls ``update()`` itself, and waits for what comes of it.

    Once in some hundred updates an old Chromium leaves a new version half started. The plugin
    helps it out when it is asked (``browser/stuck_workers.py``), so nobody may wait in the page.

    Args:
        script: an asynchronous function; what it throws is given as text.
    """
    page.evaluate(
        f"""() => {{ self.came = null;
        ({script})().then((it) => {{ self.came = [it]; }},
                          (error) => {{ self.came = [String(error)]; }}); }}"""
    )
    wait_until(service_worker, lambda: page.evaluate("() => self.came !== null"))
    return page.evaluate("() => self.came[0]")
