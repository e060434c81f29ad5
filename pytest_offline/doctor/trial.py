"""A build is started, and a page of a worker taken offline in it: the proof that all works."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import Browser, Error

from pytest_offline.browser.starting import start
from pytest_offline.caches import Caches
from pytest_offline.doctor.findings import Finding
from pytest_offline.errors import BrowserNotFound, ModelMismatch, OfflineError
from pytest_offline.scene import Scene, new_server
from pytest_offline.service_worker import ServiceWorkers

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from pytest_offline.browser.resolve import InstalledBuild

_SITE: Final = Path(__file__).parent / "site"

Starter = Callable[["Playwright", str], "tuple[InstalledBuild, Browser]"]


def trial(playwright: Playwright, name: str, *, starting: Starter = start) -> Finding:
    """Takes a small site offline and online again in a build, and says how that went.

    Args:
        name: ``chromium``, ``chromium-83``, ….

    Raises UsageError where no build has this name.
    """
    began = time.monotonic()
    try:
        installed, browser = starting(playwright, name)
    except BrowserNotFound as error:
        return _wrong(name, error, "is not here")
    except OfflineError as error:
        return _wrong(name, error, "does not start")
    try:
        fault = _offline_and_back(browser, name)
    except (OfflineError, ModelMismatch, Error) as error:
        return _wrong(name, error, "starts, and a page cannot be taken offline in it")
    finally:
        browser.close()
    if fault:
        return Finding(name, "wrong", f"{installed}: {fault}", _REPORT)
    took = time.monotonic() - began
    found = f"{installed}: a page was taken offline and came back ({took:.1f} s)"
    return Finding(name, "fine", found)


_REPORT: Final = (
    "That is for the project to mend: report it, with the output of pytest-offline doctor."
)


def _wrong(name: str, error: Exception, what: str) -> Finding:
    text = getattr(error, "message", None) or str(error)
    first, _, rest = text.partition("\n")
    advice = " ".join(rest.split()) or f"pytest-offline browsers says more of {name}."
    return Finding(name, "wrong", f"{what}: {first}", advice)


def _offline_and_back(browser: Browser, name: str) -> str | None:
    """What went otherwise than it has to; None where nothing did."""
    page = browser.new_context().new_page()
    with (
        new_server() as server,
        Scene(server, browser, name) as scene,
    ):
        origin = scene.new_origin("trial")
        origin.mount(_SITE)
        page.goto(origin.url)
        ServiceWorkers(scene, origin).wait_until_ready()
        mark = origin.requests.mark()
        with scene.network.offline():
            page.reload()
            seen = page.inner_text("p"), page.evaluate("navigator.onLine")
            served = [each for each in origin.requests.since(mark) if each.outcome != "blocked"]
        back = page.evaluate("fetch('sw.js', {cache: 'reload'}).then((answer) => answer.status)")
        Caches(scene, origin).verify()
        page.context.close()
    if seen != ("here", False):
        return f"offline the page said {seen[0]!r} and navigator.onLine was {seen[1]}"
    if served:
        return f"offline the origin answered {served[0].method} {served[0].path}"
    return None if back == 200 else f"online again, the origin answered {back}"
