"""The bars of an audit: on a terminal, and nowhere else."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from pytest_offline.audit.progress import OnTerminal


def shown(*, terminal: bool) -> str:
    written = StringIO()
    console = Console(file=written, force_terminal=terminal, width=80, color_system=None)
    with OnTerminal(console) as progress:
        progress.step("/before")
        progress.stage("getting ready", 1)
        progress.step("/")
        progress.stage("offline", 4)
        progress.step("/[bold]about")
        progress._bars.refresh()
    return written.getvalue()


def test_a_bar_says_the_stage_how_many_and_which_page() -> None:
    last = shown(terminal=True)
    assert "getting ready" in last
    assert "offline" in last
    assert "1/4" in last
    assert "/[bold]about" in last
    assert "/before" not in last


def test_where_nobody_watches_nothing_is_written() -> None:
    assert shown(terminal=False).strip() == ""
