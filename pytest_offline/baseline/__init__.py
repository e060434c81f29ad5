"""What works offline, kept in a file of the repository, and held against what was found now."""

from __future__ import annotations

from pytest_offline.baseline.auditing import section_of_audit
from pytest_offline.baseline.comparing import Change, compare, settled, updated
from pytest_offline.baseline.file import BaselineError, opened, read, write
from pytest_offline.baseline.telling import told
from pytest_offline.baseline.testing import section_of_test
from pytest_offline.baseline.words import Baseline, Cached, PageState, Section

__all__ = [
    "Baseline",
    "BaselineError",
    "Cached",
    "Change",
    "PageState",
    "Section",
    "compare",
    "opened",
    "read",
    "section_of_audit",
    "section_of_test",
    "settled",
    "told",
    "updated",
    "write",
]
