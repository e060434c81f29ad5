from __future__ import annotations

from collections.abc import Callable

import pytest
from explore_kit import ModelBrowser


@pytest.fixture
def model_browser() -> Callable[..., ModelBrowser]:
    return ModelBrowser
