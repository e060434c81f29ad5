"""The Python blocks of README and of the manual, as files that pytest can run beside a site in
``dist``. The tutorial, which is followed step by step, is not among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"(?:<!-- fails: (?P<fails>.+?) -->\n)?```python\n(?P<code>.*?)```", re.S)


@dataclass(frozen=True)
class Block:
    """One block of Python.

    Attributes:
        fails: what the message of its failure has to name; None where it passes.
        tests: the names of its tests; none for a conftest.py.
    """

    number: int
    code: str
    fails: str | None

    @property
    def tests(self) -> list[str]:
        return re.findall(r"^def (test_\w+)", self.code, re.M)

    @property
    def file(self) -> str:
        is_conftest = self.code.startswith("# conftest.py")
        return "conftest.py" if is_conftest else f"test_block_{self.number}.py"


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def manual() -> list[str]:
    return [page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").rglob("*.md"))]


def blocks() -> list[Block]:
    """Of every page; what stands on several is one block."""
    found = {
        each["code"]: each["fails"]
        for page in (readme(), *manual())
        for each in BLOCK.finditer(page)
    }
    return [Block(number, *each) for number, each in enumerate(found.items(), 1)]


def first_cells(title: str) -> list[list[str]]:
    """The names in code marks of each row's first two cells, of the first table after a title."""
    part = readme().split(title, 1)[1]
    table = re.search(r"\n\|.*?\n\n", part, re.S)
    assert table is not None, f"no table after {title!r}"
    rows = table.group().strip().splitlines()[2:]
    return [re.findall(r"`([^`]+)`", "|".join(row.split("|")[1:3])) for row in rows]
