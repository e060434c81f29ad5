"""Fixtures of this folder: a browser and a server that know nothing of the probes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from pytest_offline.origin import Origin, OriginServer


@pytest.fixture(scope="session")
def plain_browser(launch_browser: Callable[..., Browser]) -> Iterator[Browser]:
    """A second process of the same build, which no scene ever watches."""
    browser = launch_browser()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def plain_server() -> Iterator[OriginServer]:
    """Serves worker scripts as they are."""
    with OriginServer() as server:
        yield server


@pytest.fixture
def plain_origin(plain_server: OriginServer) -> Iterator[Origin]:
    origin = plain_server.new_origin()
    yield origin
    plain_server.close_origin(origin)


@pytest.fixture
def plain_page(plain_browser: Browser) -> Iterator[Page]:
    context = plain_browser.new_context()
    yield context.new_page()
    context.close()
