"""``python run.py``: a bundle, run by itself."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .fields import BundleError
from .hands_on import serve
from .json_form import read_scenario
from .replaying import AGREES, COULD_NOT, replayed, report


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a bundle; returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        scenario = read_scenario(options.bundle)
        if options.serve:
            return serve(options.bundle, scenario)
        result = replayed(scenario, options.browser, _launch_options(options))
    except BundleError as error:
        sys.stderr.write(f"run.py: {error}\n")
        return COULD_NOT
    except KeyboardInterrupt:
        return AGREES if options.serve else 130
    sys.stdout.write("\n".join(report(scenario, result)) + "\n")
    return result.code


def _launch_options(options: argparse.Namespace) -> dict[str, Any]:
    given = {"executable_path": options.executable, "channel": options.channel}
    return {
        "headless": not options.headed,
        "args": options.arg,
        **{name: value for name, value in given.items() if value},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Serve the site of this bundle, drive it in a browser, say what differs.",
        epilog="exit status: 0 it agrees now, 1 it still fails, 2 it could not be run",
    )
    add = parser.add_argument
    add("--browser", choices=("chromium", "firefox", "webkit"), default="chromium")
    add("--executable", metavar="PATH", help="the browser's executable; else Playwright's own")
    add("--channel", metavar="NAME", help="as Playwright has it: chrome, moz-firefox, …")
    add("--arg", action="append", default=[], metavar="ARG", help="a switch of the browser")
    add("--headed", action="store_true", help="show the browser's window")
    add("--serve", action="store_true", help="only serve the site, for a look by hand")
    add("--bundle", type=Path, required=True, metavar="FOLDER", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
