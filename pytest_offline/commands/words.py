"""What every sub-command shares: its parser, the options of several, and the exit codes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from rich.console import Console

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2

_WIDTH: Final = 120
"""Columns of what goes to a file or a log, where no terminal has a width."""


class Parsers(Protocol):
    """Where a sub-command adds its parser."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser:
        """As ``argparse`` has it."""
        ...


def add_command(
    commands: Parsers,
    name: str,
    says: str,
    run: Callable[[argparse.Namespace], int],
    *,
    description: str | None = None,
    epilog: str | None = None,
) -> argparse.ArgumentParser:
    """A sub-command's parser.

    Args:
        says: what it does, in the list of commands; in its own help a sentence.
        run: does it, and returns the exit code.
        description: in its own help in place of the sentence; it and the epilog keep their lines.
    """
    sentence = f"{says[0].upper()}{says[1:]}."
    parser = commands.add_parser(name, help=says, description=description or sentence)
    if description is not None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = epilog
    parser.set_defaults(run=run)
    return parser


def add_builds(parser: argparse.ArgumentParser, says: str) -> None:
    """``--build``, which may be given several times: a list, empty where it is not given."""
    parser.add_argument("--build", action="append", default=[], metavar="NAME", help=says)


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``, for commands that say one thing."""
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def new_console() -> Console:
    """Standard output for tables: as wide as a terminal is."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
