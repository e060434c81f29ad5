"""``python -m pytest_offline.demo``: every story, one after the other."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from pytest_offline.demo import gallery, notes
from pytest_offline.errors import BrowserNotFound, OfflineError, UsageError

OUTPUT: Final = Path("demo-output")

_WIDTH: Final = 96


def main(argv: Sequence[str] | None = None) -> int:
    """Run it. Returns the exit code: 0 where all came true, 1 where not, 2 for wrong use."""
    options = _parser().parse_args(argv)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    try:
        code = gallery.tell(options.build, options.site, options.output, options.headed, console)
        return max(code, tell_notes(options.output, console))
    except OfflineError as error:
        console.print(f"demo: {error}", style="red", markup=False)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        console.print("demo: interrupted", style="red")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pytest_offline.demo",
        description="Real apps go offline in real browsers, and what happens is told.",
    )
    parser.add_argument("--build", default="chromium", metavar="NAME", help="default: chromium")
    parser.add_argument("--headed", action="store_true", help="show the browser's window")
    parser.add_argument(
        "--site", type=Path, default=gallery.SITE, metavar="FOLDER", help=f"default: {gallery.SITE}"
    )
    parser.add_argument(
        "--output", type=Path, default=OUTPUT, metavar="FOLDER", help=f"default: {OUTPUT}"
    )
    return parser


def tell_notes(output: Path, console: Console) -> int:
    """The second story, or a sentence that says why it is left out; returns the exit code."""
    console.print()
    try:
        return notes.tell(notes.BUILD, notes.SITE, output, console)
    except BrowserNotFound:
        console.print(
            f"   The story of the application cache is left out, for {notes.BUILD} is not on this "
            f"machine: pytest-offline browsers install {notes.BUILD}",
            markup=False,
        )
        return 0


if __name__ == "__main__":
    sys.exit(main())
