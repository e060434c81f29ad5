"""Fixtures of this folder: a made-up machine, and builds that are really here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from browser_kit import Told
from playwright.sync_api import Browser, Playwright

from pytest_offline.browser.launch import launch_options
from pytest_offline.browser.machine import Machine
from pytest_offline.browser.resolve import InstalledBuild, resolve
from pytest_offline.errors import BrowserNotFound


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without any browser; tests add some with ``dataclasses.replace``."""
    return Machine(
        cache=tmp_path / "cache",
        playwright_version="1.64.1",
        system=lambda engine: (),
        version_of=lambda path, env: None,
        root=False,
    )


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(scope="session")
def find_build(playwright: Playwright) -> Callable[[str], InstalledBuild]:
    """A build that is really here; the test is skipped, by name, where it is not."""

    def find(name: str) -> InstalledBuild:
        try:
            return resolve(
                name,
                playwright_executable=lambda engine: getattr(playwright, engine).executable_path,
            )
        except BrowserNotFound as error:
            pytest.skip(f"{name} is not here: {str(error).splitlines()[0]}")

    return find


@pytest.fixture
def start(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Launch a build with given options; closed in the end."""
    started: list[Browser] = []

    def launch(installed: InstalledBuild, given: Mapping[str, Any] | None = None) -> Browser:
        engine = getattr(playwright, installed.build.engine)
        started.append(engine.launch(**launch_options(installed, given or {})))
        return started[-1]

    yield launch
    for browser in started:
        browser.close()
