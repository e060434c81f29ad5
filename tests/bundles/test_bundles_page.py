"""docs/bundles.md is what the registry and the words say."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from pytest_offline.bundles import Evaluate, Outcome, read_bundle

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_table_of_known_bugs_is_the_registry() -> None:
    module: dict[str, Any] = runpy.run_path(str(DOCS / "known_bugs.py"))
    page = (DOCS / "bundles.md").read_text(encoding="utf-8")
    assert module["written"](page) == page, "python docs/known_bugs.py writes it anew"


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (DOCS / "bundles.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.S)
    assert code is not None
    monkeypatch.chdir(tmp_path)
    exec(code[1], {})
    step = read_bundle("bundle").steps[-1]
    assert isinstance(step, Evaluate)
    assert step.expected == (Outcome(error="TypeError"),)
