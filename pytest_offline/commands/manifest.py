"""``pytest-offline manifest``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from pytest_offline.commands.words import DONE, FAILED, WRONG_USE, Parsers, add_command
from pytest_offline.errors import UsageError


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "parse AppCache manifests and say what is wrong with them"
    parser = add_command(
        commands,
        "manifest",
        says,
        _check_manifests,
        description=_MANIFEST_DESCRIPTION,
        epilog=_MANIFEST_EPILOG,
    )
    given = parser.add_argument
    given("files", nargs="+", metavar="FILE", help="a manifest; - is standard input")
    given("--root", type=Path, metavar="FOLDER", help="the folder the site is served from")
    given("--against", type=Path, metavar="OLD", help="an older copy, or the older --root")
    given("--against-root", type=Path, metavar="FOLDER", help="the folder of the older site")
    given("--url", help="where it is served (else its place below --root at https://origin.test/)")
    given("--ignore", action="append", default=[], metavar="CODE", help="leave this code out")
    given("--format", choices=("text", "json", "github"), default="text", help="text if not given")


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
