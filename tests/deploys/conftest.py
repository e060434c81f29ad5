"""The site that is deployed: two versions of it, with a tab that the first one controls."""

from __future__ import annotations

import pytest
from deploy_kit import V1
from playwright.sync_api import Page

from pytest_offline import expect
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.origin import Origin
from pytest_offline.service_worker import ServiceWorkers


@pytest.fixture
def build(browser_build: InstalledBuild) -> str:
    """The name of the build."""
    return browser_build.build.name


@pytest.fixture
def tab(page: Page, origin: Origin, service_worker: ServiceWorkers) -> Page:
    """A tab that the worker of version 1 controls."""
    origin.deploy(V1)
    page.goto(origin.url)
    service_worker.wait_until_ready()
    page.reload()
    expect(service_worker).to_control(page, version="version-1")
    return page
