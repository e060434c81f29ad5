"""How a story is told: chapters, facts, tables, and the line it ends with."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.record import Exchange

LEDGER: Final = ("in the ledger", "asked by", "outcome", "stopped by", "times")
"""The columns of `exchange_rows`."""

_NUMBERS: Final = ("bytes", "times")
_MOST_NEWS: Final = 40
_NEWS_MS: Final = 250

_BESIDE: Final = """<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; padding: 24px; background: #e9ecef; color: #212529; display: flex;
  align-items: flex-start; font: 20px system-ui, "DejaVu Sans", sans-serif; }
figure { margin: 0 12px; flex: 1; min-width: 0; }
figcaption { padding: 0 0 12px; font-weight: 600; }
img { display: block; width: 100%; border: 1px solid #adb5bd; }
</style>"""


@dataclass
class Story:
    """What is told, as it happens, and whether every fact of it came true."""

    console: Console
    failures: list[str] = field(default_factory=list[str])
    _chapters: int = 0

    def begin(self, title: str, installed: InstalledBuild, site: str) -> None:
        """The heading: what is told, in which browser, of which site."""
        self.console.print(Text(title, style="bold underline"))
        self.say(f"browser  {installed.build.name} {installed.version}, {installed.origin}")
        self.say(f"site     {site}")

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        self._chapters += 1
        self.console.print()
        self.console.print(Text(f"{self._chapters}. {title}", style="bold"))

    def say(self, text: str) -> None:
        """One plain line."""
        self.console.print(Padding(Text(text), (0, 0, 0, 3), expand=False))

    def fact(self, holds: bool, text: str) -> None:
        """A line that has to be true."""
        mark = Text("✓ ", style="bold green") if holds else Text("✗ ", style="bold red")
        self.console.print(Padding(mark + Text(text), (0, 0, 0, 3), expand=False))
        if not holds:
            self.failures.append(text)

    def rows(self, *columns: str, of: Iterable[tuple[str, ...]]) -> None:
        """A table."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for column in columns:
            side = "right" if column in _NUMBERS else "left"
            table.add_column(column, overflow="fold", justify=side)
        for row in of:
            table.add_row(*(Text(cell) for cell in row))
        self.console.print(Padding(table, (0, 0, 0, 5), expand=False))

    def close(self, came_true: str, pictures: str, installed: InstalledBuild) -> int:
        """The last line; returns the exit code."""
        self.console.print()
        self.say(f"screenshots  {pictures}")
        good = not self.failures
        name = f"{installed.build.name} {installed.version}"
        text = f"{came_true} in {name}: every fact above came true."
        if not good:
            text = f"Not so in {name}:\n" + "\n".join(f"✗ {each}" for each in self.failures)
        self.console.print(Panel(Text(text), border_style="green" if good else "red", expand=False))
        return 0 if good else 1


def wait_for(news: Callable[[float], None], holds: Callable[[], bool]) -> None:
    """Until it holds; where it does not after much news, the fact that follows says what is.

    Args:
        news: waits for something new to be recorded, at most so many milliseconds.
    """
    for _ in range(_MOST_NEWS):
        if holds():
            return
        news(_NEWS_MS)


def exchange_rows(seen: Iterable[Exchange]) -> Iterable[tuple[str, ...]]:
    """One row a request; a browser that knocks again and again (Firefox does) gets a count."""
    rows = Counter(
        (f"{one.method} {one.path}", one.initiator, one.outcome, one.stopped_by or "–")
        for one in seen
    )
    return ((*row, f"{count} ×") for row, count in rows.items())


def nothing_served(seen: Sequence[Exchange]) -> bool:
    """Whether not one byte left the origin."""
    return bytes_of(seen) == 0 and all(found.outcome == "blocked" for found in seen)


def bytes_of(seen: Iterable[Exchange]) -> int:
    """What left the origin, in bytes."""
    return sum(found.bytes_sent for found in seen)


def side_by_side(browser: Browser, to: Path, pictures: dict[str, Path]) -> None:
    """Screenshots in one picture, composed by the browser itself.

    Args:
        pictures: what stands over each, to where it is.
    """
    figures = ""
    for title, path in pictures.items():
        data = base64.b64encode(path.read_bytes()).decode()
        figures += (
            f'<figure><figcaption>{title}</figcaption><img alt="{title}" '
            f'src="data:image/png;base64,{data}"></figure>'
        )
    context = browser.new_context(viewport={"width": 1280, "height": 400})
    page = context.new_page()
    page.set_content(_BESIDE + figures)
    page.evaluate("() => Promise.all([...document.images].map((image) => image.decode()))")
    # Old headless Chromium paints no more than the viewport, however full the page.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": 1280, "height": height})
    page.screenshot(path=to)
    context.close()
