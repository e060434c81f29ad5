"""How far an audit is, on a terminal; silent where nobody watches."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn


class OnTerminal:
    """A bar a stage, gone when all is done. Shown only where the console is a terminal."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<14}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[path]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> OnTerminal:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def stage(self, what: str, total: int) -> None:
        """A stage begins; the one before is done."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(what, total=total, path="")

    def step(self, path: str) -> None:
        """One step of it is done."""
        if self._task is not None:
            self._bars.update(self._task, advance=1, path=path.replace("[", r"\["))
