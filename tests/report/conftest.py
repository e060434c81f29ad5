"""A page of an invented run, opened from its file as a reader opens it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_kit import write

from pytest_offline.report import Run, TestRecord

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]


@pytest.fixture
def page(page: Page) -> Page:
    """As ever; in an old Chromium, as a test's scene would prepare it."""
    from pytest_offline.browser.old_chromium import is_old, teach_visibility

    browser = page.context.browser
    if browser is not None and is_old(browser):
        teach_visibility(page)
    return page


@pytest.fixture
def open_report(page: Page, tmp_path: Path) -> Generator[Open]:
    """Writes and opens one; whatever a test does with it, it is silent and asks for nothing."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    def opened(records: Iterable[TestRecord], run: Run | None = None, *, at: str = "") -> Page:
        url = write(tmp_path / "report.html", records, run)
        page.goto(f"{url}{at}")
        return page

    yield opened
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
