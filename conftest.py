"""For every test of this project: inner pytest runs, and what a test of AppCache shows."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def pytest_configure(config: pytest.Config) -> None:
    """The marker by which the table of docs/appcache.md finds its tests."""
    config.addinivalue_line(
        "markers",
        "appcache_shows(kind, name): this test shows an event ('event', 'checking'), a state "
        "('state', 'UPDATEREADY') or a rule ('rule', 'a 404 of the manifest deletes the cache') "
        "of AppCache in a real browser; may stand several times",
    )
