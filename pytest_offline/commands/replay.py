"""``pytest-offline replay``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from pytest_offline.commands.words import Parsers, add_builds, add_command, add_json

if TYPE_CHECKING:
    from pytest_offline.bundles.replaying import Verdict


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "run a bundle in any build, and say whether it still fails"
    epilog = (
        "exit status: 0 it agrees in every build, 1 it still fails in one, 2 it could not be run"
    )
    parser = add_command(commands, "replay", says, _replay, epilog=epilog)
    parser.add_argument("bundle", metavar="BUNDLE", help="the folder")
    add_builds(
        parser, "chromium, firefox, chromium-83, …; may be given several times (default: chromium)"
    )
    parser.add_argument("--headed", action="store_true", help="show the browser's window")
    add_json(parser)


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
