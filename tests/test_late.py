"""Messages that come late: a test that does not wait for its browser is found, and told why."""

from __future__ import annotations

from pathlib import Path

import pytest
from inner_pytest import run_pytest

pytestmark = pytest.mark.any_build(firefox=False)

HASTY = """
import time

def test_hasty(page, origin):
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    page.goto(origin.url)
    began = time.monotonic()
    page.evaluate("0")
    assert time.monotonic() - began < 0.05, "late"
"""


def test_a_hasty_test_fails_and_shows_what_was_late(tmp_path: Path, browser_name: str) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["late"]\n')
    (tmp_path / "test_hasty.py").write_text(HASTY)
    done = run_pytest(
        tmp_path, "--late", "1", "--offline-build", browser_name,
        env={"PYTHONPATH": str(Path(__file__).parent)},
    )  # fmt: skip
    assert "AssertionError: late" in done.stdout
    assert "1 failed" in done.stdout
    late = done.stdout.partition("- late -")[2]
    assert " s  / " in late, "the origin's answer"
    assert " s  evaluateExpression " in late
