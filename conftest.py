"""For every test of this project: inner pytest runs, for what the plugin does to a run."""

from __future__ import annotations

pytest_plugins = ["pytester"]
