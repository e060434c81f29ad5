"""``pytest-offline replay``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from pytest_offline.commands.words import Parsers

if TYPE_CHECKING:
    from pytest_offline.bundles.replaying import Verdict


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "run a bundle in any build, and say whether it still fails"
    parser = commands.add_parser("replay", help=says, description=f"{says[0].upper()}{says[1:]}.")
    parser.epilog = (
        "exit status: 0 it agrees in every build, 1 it still fails in one, 2 it could not be run"
    )
    given = parser.add_argument
    given("bundle", metavar="BUNDLE", help="the folder")
    given(
        "--build",
        action="append",
        default=[],
        metavar="NAME",
        help="chromium, firefox, chromium-83, …; may be given several times (default: chromium)",
    )
    given("--headed", action="store_true", help="show the browser's window")
    given("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=_replay)


def _replay(options: argparse.Namespace) -> int:
    from pytest_offline.browser.builds import build_named
    from pytest_offline.bundles.reading import read_bundle
    from pytest_offline.bundles.replaying import code_of, replay
    from pytest_offline.bundles.runner.replaying import report

    builds = list(dict.fromkeys(options.build)) or ["chromium"]
    for name in builds:
        build_named(name)
    scenario = read_bundle(options.bundle)
    verdicts = replay(scenario, builds, headed=options.headed)
    if options.json:
        print(json.dumps([as_data(verdict) for verdict in verdicts], indent=2))
    else:
        for verdict in verdicts:
            if verdict.result is not None:
                print("\n".join(report(scenario, verdict.result)))
            else:
                print(f"{verdict.build}: it could not be run: {verdict.why_not}", file=sys.stderr)
    return code_of(verdicts)


def as_data(verdict: Verdict) -> dict[str, object]:
    """A verdict, for ``--json``."""
    found = verdict.result.findings if verdict.result is not None else ()
    return {
        "build": verdict.build,
        "version": verdict.version,
        "answer": verdict.answer,
        "why_not": verdict.why_not,
        "steps": [
            {"number": each.number, "did": each.did, "seen": each.seen, "right": each.wrong}
            for each in found
        ],
    }
