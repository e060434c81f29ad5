"""Tests of AppCache run in the builds that have it, wherever the run has such a build."""

from __future__ import annotations

from pathlib import Path

import pytest

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
