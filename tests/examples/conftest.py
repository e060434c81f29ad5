"""The folders below ``apps`` are projects of their own: test_frameworks.py runs pytest in each."""

from __future__ import annotations

collect_ignore_glob = ["apps/*"]
