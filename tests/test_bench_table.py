"""The table of benchmarks: what is measured anew takes the place of what it follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks.measuring import Figure


def figure(what: str, ours: float, build: str = "") -> Figure:
    return Figure(what, ours, 100, "ms", 1.5, build=build)


def test_a_part_that_is_measured_again_stands_where_it_stood() -> None:
    old = [figure("puts", 110, "chromium 155.0"), figure("collect", 101), figure("origin", 9)]
    new = [figure("puts", 120, "chromium 156.0"), figure("puts", 130, "firefox 153.0")]
    assert benchmarks.joined(old, new) == [new[0], *old[1:], new[1]]


def test_what_is_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("Before.\n<!-- benchmarks -->\nold\n<!-- /benchmarks -->\nAfter.\n")
    monkeypatch.setattr(benchmarks, "README", readme)
    monkeypatch.setattr(benchmarks, "FIGURES", tmp_path / "figures.json")
    assert benchmarks.kept() == []
    figures = [figure("puts", 110, "chromium 156.0"), figure("collect", 190)]
    benchmarks.write(figures)
    assert benchmarks.kept() == figures
    text = readme.read_text()
    assert text.startswith("Before.\n<!-- benchmarks -->\n| what | medians |")
    assert "| puts | 110.0 against 100.0 ms | 1.10 × | ≤ 1.5 × | yes |" in text
    assert "| collect | 190.0 against 100.0 ms | 1.90 × | ≤ 1.5 × | **no** |" in text
    assert "chromium 156.0.\n<!-- /benchmarks -->\nAfter." in text
