"""How an installation tells a person what it is doing."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

Advance = Callable[[int], None]


class Reporter(Protocol):
    """Told what happens; decides what is shown."""

    def note(self, text: str) -> None:
        """One finished fact, one line."""
        ...

    def step(self, text: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """A step that takes a while: call what is yielded with the bytes done since last time.

        ``total`` is in bytes; None where nobody can know how far it is.
        """
        ...


class Silent:
    """Says nothing: for tests, and for callers that report themselves."""

    def note(self, text: str) -> None:
        """Nothing."""

    @contextmanager
    def step(self, text: str, total: int | None = None) -> Generator[Advance]:
        """Nothing."""
        del text, total
        yield lambda done: None


class OnConsole:
    """A bar a step on a terminal; one line a step anywhere else."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def note(self, text: str) -> None:
        """Print the line."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, text: str, total: int | None = None) -> Generator[Advance]:
        """Show a bar, or print the line once."""
        if not self._console.is_terminal:
            self.note(text)
            yield lambda done: None
            return
        with Progress(*_columns(total), console=self._console) as bar:
            task = bar.add_task(text, total=total)
            yield lambda done: bar.advance(task, done)
            bar.update(task, completed=total or 1, total=total or 1)


def _columns(total: int | None) -> tuple[str | SpinnerColumn | BarColumn | TextColumn, ...]:
    shown = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
    )
    return (*shown, DownloadColumn(), Elapsed()) if total else (*shown, Elapsed())  # pyright: ignore[reportReturnType]
