"""The blocks of code of README and of the manual, and what stands above each to say how it is run.

A mark is a comment of its own line, right above the fence (several may stand there):

    <!-- fails: TEXT -->        it fails, and TEXT stands in what it says
    <!-- runs: TEXT -->         a command: it ends with 0 and prints TEXT
    <!-- runs long: TEXT -->    the same, where OFFLINE_LONG is set; else only that it can be given
    <!-- not run: WHY -->       a command of setting up; it can be given, as far as it is ours
    <!-- in: BUILD ... -->      the builds a block of Python needs (chromium, else)
    <!-- part of: FILE -->      the block is a part of a file that the suite runs
    <!-- async -->              a test on Playwright's asynchronous API

A block with ``title="FILE"`` is a file of its page, for the commands below it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inner_pytest import run_python

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"

FENCE = re.compile(
    r"(?P<marks>(?:^<!-- [^\n]+ -->\n)*)"
    r'^```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<code>.*?)^```$',
    re.M | re.S,
)
MARK = re.compile(r"^<!-- (?P<name>runs long|not run|part of|runs|fails|in|async)(?:: (.+?))? -->$")

SITES = {
    "dist": "gallery",
    "kiosk": "appcache_notes",
    "v1": "tides/version-1",
    "v2": "tides/version-2",
    "trails": "precache_shell",
    "crew": "second_visit",
}
"""The folders that pages speak of, and the sample sites that stand for them."""


@dataclass(frozen=True)
class Block:
    """One block of code.

    Attributes:
        page: the file, relative to the project.
        line: of its fence.
        marks: what stands above it.
    """

    page: str
    line: int
    language: str
    title: str | None
    code: str
    marks: dict[str, str]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def tests(self) -> list[str]:
        """The names of its tests; none for a conftest.py."""
        return re.findall(r"^(?:async )?def (test_\w+)", self.code, re.M)

    @property
    def is_gathered(self) -> bool:
        """Whether it is one of the files that one pytest runs beside the sites."""
        elsewhere = self.title or "part of" in self.marks or "async" in self.marks
        return self.language == "python" and not elsewhere

    @property
    def is_command(self) -> bool:
        return self.language in ("sh", "console")

    @property
    def file(self) -> str:
        """Where it lies for that pytest, a folder a page."""
        folder = re.sub(r"\W", "_", self.page.removesuffix(".md").lower())
        is_conftest = self.code.startswith("# conftest.py")
        return f"{folder}/{'conftest' if is_conftest else f'test_{folder}_{self.line}'}.py"

    @property
    def commands(self) -> list[str]:
        """Of a shell's block: its lines. Of a console: those behind a ``$``."""
        lines = self.code.replace("\\\n", " ").splitlines()
        if self.language == "console":
            return [line[2:] for line in lines if line.startswith("$ ")]
        return [line for line in lines if line and not line.startswith("#")]

    @property
    def printed(self) -> list[str]:
        """Of a console: what it shows."""
        if self.language != "console":
            return []
        return [line for line in self.code.splitlines() if line and not line.startswith("$ ")]


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def blocks_of(page: Path, root: Path = ROOT) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        yield Block(
            page.relative_to(root).as_posix(),
            text.count("\n", 0, found.start("language")) + 1,
            found["language"],
            found["title"],
            found["code"],
            dict(_marks(found["marks"])),
        )


def _marks(lines: str) -> Iterator[tuple[str, str]]:
    for line in lines.splitlines():
        found = MARK.match(line)
        if found is not None:
            yield found["name"], found[2] or ""


def all_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks_of(page)]


def gathered() -> list[Block]:
    """The blocks of Python that one pytest runs; what stands on several pages is one of them."""
    found: dict[str, Block] = {}
    for block in all_blocks():
        if block.is_gathered:
            found.setdefault(block.code, block)
    return list(found.values())


def lay_out(folder: Path) -> None:
    """Puts the sites there that pages speak of."""
    for name, site in SITES.items():
        shutil.copytree(ROOT / "sample_sites" / site, folder / name)


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def first_cells(title: str, page: str = "README.md") -> list[list[str]]:
    """The names in code marks of each row's first two cells, of the first table after a title."""
    part = (ROOT / page).read_text(encoding="utf-8").split(title, 1)[1]
    table = re.search(r"\n\|.*?\n\n", part, re.S)
    assert table is not None, f"no table after {title!r}"
    rows = table.group().strip().splitlines()[2:]
    return [re.findall(r"`([^`]+)`", "|".join(row.split("|")[1:3])) for row in rows]


def run(folder: Path, words: list[str]) -> tuple[int, str]:
    """A command of Python, in a folder, with nothing of the outer pytest: exit code, and output."""
    done = run_python(folder, *words)
    return done.returncode, done.stdout + done.stderr
