"""``pytest-offline browsers``, and ``browsers install``."""

from __future__ import annotations

import argparse
import json
import sys

from pytest_offline.commands.words import (
    DONE,
    FAILED,
    WRONG_USE,
    Parsers,
    add_command,
    add_json,
    new_console,
)
from pytest_offline.errors import OfflineError, UsageError


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "which browsers are here, which can be had, what each can do"
    parser = add_command(commands, "browsers", says, _list_browsers)
    add_json(parser)
    parser.add_argument("--available", action="store_true", help="only those not here yet")
    actions = parser.add_subparsers(metavar="install NAME...")
    getting = actions.add_parser("install", help="put builds on this machine")
    getting.add_argument("names", nargs="+", metavar="NAME", help="chromium, firefox, …")
    getting.set_defaults(run=_install_browsers)


def _list_browsers(options: argparse.Namespace) -> int:
    from pytest_offline.browser.survey import remarks, survey, table

    rows = [row for row in survey() if not (options.available and row.here)]
    if options.json:
        print(json.dumps([row.as_data() for row in rows], indent=2))
        return DONE
    console = new_console()
    console.print(table(rows))
    for remark in remarks(rows):
        console.print(remark, markup=False)
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
