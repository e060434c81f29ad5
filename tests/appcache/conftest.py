"""Tests of AppCache run in the builds that have it, wherever the run has such a build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from appcache_kit import html, version
from playwright.sync_api import Page

from pytest_offline.browser.builds import BUILDS

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the builds without AppCache where another build of the run has it.

    Where none has, the tests stay, and the fixture skips them with the option that runs them.
    """
    mine = [item for item in items if HERE in item.path.parents]
    builds = {item: build_of(item) for item in mine}
    if not any(map(has_appcache, builds.values())):
        return
    left_out = {item for item, build in builds.items() if build and not has_appcache(build)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def build_of(item: pytest.Item) -> str | None:
    params = getattr(getattr(item, "callspec", None), "params", {})
    name = params.get("browser_name")
    return name if isinstance(name, str) else None


def has_appcache(build: str | None) -> bool:
    return build in BUILDS and BUILDS[build].capabilities.appcache


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
