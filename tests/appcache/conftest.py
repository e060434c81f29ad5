"""A site with an application cache, and the verdict at the end of every test that uses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from appcache_kit import html, version
from playwright.sync_api import Page


@pytest.fixture
def beyond_the_model() -> None:
    """For a test that does what the model knows nothing of: its history is not judged."""


@pytest.fixture
def appcache(page: Page, appcache: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The plugin's; in the end the model allows whatever a test of this folder did."""
    yield appcache
    if appcache.documents and "beyond_the_model" not in request.fixturenames:
        appcache.verify()


@pytest.fixture
def site(origin: Any, appcache: Any) -> Any:
    """A page, a script that is cached, a fallback and an open network; nothing is opened yet."""
    appcache.deploy(
        version(1, "/app.js", "FALLBACK:", "/api/ /offline.json", "NETWORK:", "*"),
        {"/": html(), "/app.js": "one", "/offline.json": "offline", "/net": "net"},
    )
    return origin


@pytest.fixture
def cached(site: Any, page: Page, appcache: Any) -> Any:
    """The site, opened, and its first download done."""
    page.goto(site.url)
    appcache.wait_for("cached")
    return site
