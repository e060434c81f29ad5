"""Fixtures of the compare room; the recorder itself is in invented_histories.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from invented_histories import Recorder

from pytest_offline.browser.builds import BUILDS


@pytest.fixture
def record() -> Recorder:
    """A fresh recorder of an invented history."""
    return Recorder()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the builds without AppCache where another build of the run has it."""
    mine = [item for item in items if "appcache" in getattr(item, "fixturenames", ())]
    mine = [item for item in mine if Path(__file__).parent in item.path.parents]
    without = [item for item in mine if not _has_appcache(item)]
    if len(without) < len(mine):
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


def _has_appcache(item: pytest.Item) -> bool:
    params = getattr(getattr(item, "callspec", None), "params", {})
    build = BUILDS.get(params.get("browser_name", ""))
    return build is not None and build.capabilities.appcache
