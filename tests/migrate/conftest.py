"""What the tests of migration share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_offline import Migration, compare_migration
from pytest_offline.errors import BrowserNotFound
from pytest_offline.hooks.selection import SETTINGS, missing


@pytest.fixture
def compared(playwright: Any, pytestconfig: pytest.Config) -> Callable[..., Migration]:
    """``compare_migration``; a build that is missing skips the test, or fails it."""

    def compare(*args: Any, **options: Any) -> Migration:
        try:
            return compare_migration(playwright, *args, **options)
        except BrowserNotFound as error:
            missing("chromium-83 or chromium", str(error), pytestconfig.stash[SETTINGS])

    return compare
