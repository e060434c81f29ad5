"""README's table of leaks is one that was measured: every row, and nothing after ``offline()``."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.leaks import BETWEEN, BLOCK, BUILDS, MEASURES

README = Path(__file__).parents[2] / "README.md"


def table() -> list[list[str]]:
    """Its head, and a row for each way to ask: those that come to the same share one."""
    (block,) = [found.group() for found in BLOCK.finditer(README.read_text(encoding="utf-8"))]
    rows = [line for line in block.splitlines() if line.startswith("| ")]
    head, _, *shown = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    return [head, *([name, *cells] for names, *cells in shown for name in names.split(BETWEEN))]


def test_every_row_is_there_in_every_build() -> None:
    head, *rows = table()
    assert sorted(row[0] for row in rows) == sorted(MEASURES)
    assert [re.sub(r" [\d.]+$", "", name) for name in head[1:-1]] == list(BUILDS)


def test_nothing_arrives_after_offline() -> None:
    head, *rows = table()
    assert head[-1] == "after `network.offline()`"
    assert {row[-1] for row in rows} == {"0 bytes"}


def test_what_is_known_to_leak_by_the_bare_switch_stands_there() -> None:
    rows = {row[0]: row[1:-1] for row in table()[1:]}
    assert rows["`registration.update()`"] == ["**arrives**"] * 3
    assert rows["an event stream that was open before"] == ["**goes on**"] * 3
    assert rows["a page's `fetch`"] == ["stopped"] * 3
