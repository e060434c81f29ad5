"""A build found and started, for whoever has no fixtures: the demonstration, a second browser."""

from __future__ import annotations

from playwright.sync_api import Browser, Error, Playwright

from pytest_offline.browser.launch import launch_options
from pytest_offline.browser.launch_errors import launch_error
from pytest_offline.browser.loopback import take_webrtc_out
from pytest_offline.browser.resolve import InstalledBuild, resolve


def start(playwright: Playwright, name: str, **options: object) -> tuple[InstalledBuild, Browser]:
    """Find a build and start it; ``browser.close()`` is the caller's.

    Args:
        name: ``chromium``, ``chromium-83``, …
        options: as for Playwright's ``launch``; what the build needs is added.

    Raises:
        UsageError: no build has this name, or an option would let a loopback-only build out.
        BrowserNotFound: it is not on this machine.
        BrowserError: it would not start.
    """
    installed = resolve(
        name, playwright_executable=lambda engine: getattr(playwright, engine).executable_path
    )
    if installed.capabilities.headless_only:
        options["headless"] = True
    engine = getattr(playwright, installed.build.engine)
    try:
        browser: Browser = engine.launch(**launch_options(installed, options))
    except Error as error:
        raise launch_error(installed, error) from error
    if installed.capabilities.loopback_only:
        take_webrtc_out(browser)
    return installed, browser
