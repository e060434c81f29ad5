"""The command ``pytest-offline``: every sub-command is one module of `commands`, and one entry of
``_COMMANDS``. It adds its own parser, whose ``run`` default takes the parsed arguments and returns
the exit code (0: done, 1: it failed, 2: it was asked wrongly).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final, cast

from pytest_offline._version import __version__
from pytest_offline.commands import (
    audit,
    bisect,
    browsers,
    bundle,
    doctor,
    explore,
    manifest,
    migrate,
    replay,
)
from pytest_offline.commands.words import DONE, FAILED, WRONG_USE, Parsers
from pytest_offline.errors import OfflineError, UsageError

_INTERRUPTED: Final = 130

_COMMANDS: Final = (browsers, doctor, audit, explore, bundle, replay, bisect, manifest, migrate)

__all__ = ["DONE", "FAILED", "WRONG_USE", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; ``argv`` is without the program's name. Returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        return cast("Callable[[argparse.Namespace], int]", options.run)(options)
    except UsageError as error:
        print(f"pytest-offline: {error}", file=sys.stderr)
        return WRONG_USE
    except OfflineError as error:
        print(f"pytest-offline: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("pytest-offline: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read this (… | head) wants no more of it; nor has Python to say so at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pytest-offline", description="Know that a web app works offline."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(cast("Parsers", commands))
    return parser
