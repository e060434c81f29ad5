"""Fixtures of the compare room; the recorder itself is in invented_histories.py."""

from __future__ import annotations

import pytest
from invented_histories import Recorder


@pytest.fixture
def record() -> Recorder:
    """A fresh recorder of an invented history."""
    return Recorder()
