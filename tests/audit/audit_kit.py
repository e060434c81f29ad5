"""Names of this folder's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytest_offline.audit.options import Options
from pytest_offline.record.auditing import BuildAudit

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "sample_sites"
TRAPS = HERE / "sites" / "traps"

AuditOf = Callable[[Options], BuildAudit]
