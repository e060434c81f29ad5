"""The command ``pytest-offline``: parses, calls the rooms, prints. Every sub-command is one entry
of ``_COMMANDS``: it adds its own parser, whose ``run`` default takes the parsed arguments and
returns the exit code (0: done, 1: it failed, 2: it was asked wrongly).
"""

from __future__ import annotations

import argparse
import json
import os
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
    for add in _COMMANDS:
        add(cast("Parsers", commands))
    return parser


def _add_browsers(commands: Parsers) -> None:
    says = "which browsers are here, which can be had, what each can do"
    parser = commands.add_parser("browsers", help=says, description=f"{says[0].upper()}{says[1:]}.")
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


def _add_manifest(commands: Parsers) -> None:
    says = "parse AppCache manifests and say what is wrong with them"
    parser = commands.add_parser("manifest", help=says, description=_MANIFEST_DESCRIPTION)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _MANIFEST_EPILOG
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help="a manifest; - is standard input")
    add("--root", type=Path, metavar="FOLDER", help="the folder the site is served from")
    add("--against", type=Path, metavar="OLD", help="an older copy, or the older --root")
    add("--against-root", type=Path, metavar="FOLDER", help="the folder of the older site")
    add("--url", help="where it is served (else its place below --root at https://origin.test/)")
    add("--ignore", action="append", default=[], metavar="CODE", help="leave this code out")
    add("--format", choices=("text", "json", "github"), default="text", help="text if not given")
    parser.set_defaults(run=_check_manifests)


_MANIFEST_DESCRIPTION: Final = """\
Parse AppCache manifests as HTML 5.1 (May 2016) says, and tell what is wrong with them, a line each:

  FILE:LINE:COLUMN SEVERITY CODE what is wrong, why it matters, and what to do

Errors and warnings are faults; a note is none."""

_MANIFEST_EPILOG: Final = """\
With --root every entry of this site has to be a file there (a folder: its index.html; queries are
left out). With --against OLD too, the files are compared with the older ones: a manifest that did
not change though they did, or that changed though they did not, is a fault. The older files are
in --against-root, or in the folder that has OLD where --root has FILE.

  pytest-offline manifest dist/app.appcache --root dist --against released/app.appcache

exit status: 0 no faults, 1 faults, 2 a file cannot be read or the command was asked wrongly"""


def _check_manifests(options: argparse.Namespace) -> int:
    from pytest_offline.manifests import Around, Report, as_github, as_json, as_text, check

    if len(options.files) > 1 and (options.url or options.against):
        given = "--url" if options.url else "--against"
        raise UsageError(
            f"{given} is for one manifest, and {len(options.files)} are given "
            f"({', '.join(options.files)}): run the command once for each"
        )
    around = Around(
        options.url, options.root, options.against, options.against_root, tuple(options.ignore)
    )
    reports: list[Report] = []
    code = DONE
    for file in options.files:
        try:
            reports.append(check(file, around))
        except UsageError as error:
            print(f"pytest-offline: {error}", file=sys.stderr)
            code = WRONG_USE
    if options.format == "json":
        print(as_json(reports))
    else:
        for line in (as_text if options.format == "text" else as_github)(reports):
            print(line)
    return max(code, FAILED if any(report.faults for report in reports) else DONE)


def _add_migrate(commands: Parsers) -> None:
    says = "write a service worker that does what an AppCache manifest did"
    parser = commands.add_parser("migrate", help=says, description=f"{says[0].upper()}{says[1:]}.")
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


_COMMANDS: Final[tuple[Callable[[Parsers], None], ...]] = (
    _add_browsers,
    _add_manifest,
    _add_migrate,
)
