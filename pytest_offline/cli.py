"""The command ``pytest-offline``: parses, calls the rooms, prints. Every sub-command is one entry
of ``_COMMANDS``: it adds its own parser, whose ``run`` default takes the parsed arguments and
returns the exit code (0: done, 1: it failed, 2: it was asked wrongly).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from pytest_offline._version import __version__
from pytest_offline.errors import OfflineError, UsageError

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
_INTERRUPTED: Final = 130


class Parsers(Protocol):
    """Where a sub-command adds its parser."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser:
        """As ``argparse`` has it."""
        ...


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pytest-offline", description="Know that a web app works offline."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in _COMMANDS:
        add(cast("Parsers", commands))
    return parser


def _add_browsers(commands: Parsers) -> None:
    says = "which browsers are here, which can be had, what each can do"
    parser = commands.add_parser("browsers", help=says, description=says.capitalize() + ".")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument("--available", action="store_true", help="only those not here yet")
    parser.set_defaults(run=_list_browsers)
    actions = parser.add_subparsers(metavar="install NAME...")
    getting = actions.add_parser("install", help="put builds on this machine")
    getting.add_argument("names", nargs="+", metavar="NAME", help="chromium, firefox, …")
    getting.set_defaults(run=_install_browsers)


def _list_browsers(options: argparse.Namespace) -> int:
    from rich.console import Console

    from pytest_offline.browser.survey import remarks, survey, table

    rows = [row for row in survey() if not (options.available and row.here)]
    if options.json:
        print(json.dumps([row.as_data() for row in rows], indent=2))
        return DONE
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table(rows))
    for remark in remarks(rows):
        console.print(remark, markup=False, highlight=False)
    return DONE


def _install_browsers(options: argparse.Namespace) -> int:
    from rich.console import Console

    from pytest_offline.browser.builds import build_named
    from pytest_offline.browser.install import install
    from pytest_offline.browser.progress import OnConsole

    for name in options.names:
        build_named(name)
    progress, code = OnConsole(Console()), DONE
    for name in dict.fromkeys(options.names):
        try:
            install(name, progress=progress)
        except UsageError as error:
            print(f"pytest-offline: {error}", file=sys.stderr)
            code = max(code, WRONG_USE)
        except OfflineError as error:
            print(f"pytest-offline: {error}", file=sys.stderr)
            code = max(code, FAILED)
    return code


def _add_migrate(commands: Parsers) -> None:
    says = "write a service worker that does what an AppCache manifest did"
    parser = commands.add_parser("migrate", help=says, description=says.capitalize() + ".")
    parser.add_argument("manifest", type=Path, metavar="MANIFEST", help="the file")
    parser.add_argument(
        "--out", default="sw.js", metavar="FILE", help="default: sw.js; - prints it instead"
    )
    parser.add_argument(
        "--url", help="where the manifest is served: a path or a URL (default: /NAME)"
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    parser.set_defaults(run=_migrate)


def _migrate(options: argparse.Namespace) -> int:
    from pytest_offline.manifests.migrate_command import migrated

    text, said = migrated(options.manifest, options.url, options.out, force=options.force)
    if text is not None:
        sys.stdout.write(text)
    print(said, file=sys.stderr)
    return DONE


_COMMANDS: Final[tuple[Callable[[Parsers], None], ...]] = (_add_browsers, _add_migrate)
