"""``pytest-offline bundle``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from pytest_offline.commands.words import DONE, FAILED, Parsers, add_command

_DESCRIPTION: Final = """\
Write one folder that shows a test, or a scenario, to whoever gets it: the site as it was served,
the requests with what was done to them, the steps, the versions and the timeline, a run.py that
needs Playwright and aiohttp only, and index.html for a look by hand.

  pytest-offline bundle tests/test_app.py::test_offline --out bundles --build firefox
  pytest-offline bundle tests/bugs/playwright-2311 --out playwright-2311"""

_EPILOG: Final = """\
A test is run, by pytest with --offline-bundle, and leaves a folder below the one that is named,
whether it fails or not. A folder with a scenario.json is made whole.

exit status: 0 it was written, 1 there was nothing to write, 2 it was asked wrongly"""


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "write a test's site, steps and requests as one folder that can be sent"
    parser = add_command(
        commands, "bundle", says, _bundle, description=_DESCRIPTION, epilog=_EPILOG
    )
    given = parser.add_argument
    given("source", metavar="TEST|FOLDER", help="a test, as pytest names it, or a scenario")
    given("--out", type=Path, required=True, metavar="DIR", help="the folder to write to")
    given("--build", metavar="NAME", help="the build that the test runs in (default: chromium)")
    given(
        "--mask",
        action="append",
        default=[],
        metavar="VALUE",
        help="a secret that may stand nowhere in it, besides what Authorization, Cookie and "
        "Set-Cookie headers carry; may be given several times",
    )


def _bundle(options: argparse.Namespace) -> int:
    from pytest_offline.bundles.reading import read_bundle
    from pytest_offline.bundles.runner.json_form import FILE
    from pytest_offline.bundles.writing import write_bundle

    source: str = options.source
    if (Path(source) / FILE).is_file() or Path(source).is_dir():
        print(write_bundle(options.out, read_bundle(source), mask=options.mask))
        return DONE
    written = _of_test(source, options)
    for folder in written:
        print(folder)
    if not written:
        print(
            f"pytest-offline: {source} left no bundle: it has to be a test that uses both 'origin' "
            f"and 'page' and gets as far as its own code (pytest says above what became of it)",
            file=sys.stderr,
        )
    return DONE if written else FAILED


def _of_test(source: str, options: argparse.Namespace) -> list[Path]:
    """Runs a test; the bundles that are there after it and were not, or were older."""
    import subprocess

    arguments = ["--offline-bundle", str(options.out), "--offline-bundle-all"]
    if options.build:
        arguments += ["--offline-build", options.build]
    for value in options.mask:
        arguments += ["--offline-mask", value]
    before = _stamps(options.out)
    subprocess.run([sys.executable, "-m", "pytest", source, *arguments], check=False)
    after = _stamps(options.out)
    return [folder for folder, stamp in after.items() if before.get(folder) != stamp]


def _stamps(out: Path) -> dict[Path, int]:
    from pytest_offline.bundles.runner.json_form import FILE

    return {file.parent: file.stat().st_mtime_ns for file in sorted(out.glob(f"*/{FILE}"))}
