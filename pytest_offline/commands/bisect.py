"""``pytest-offline bisect``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from pytest_offline.commands.words import Parsers, add_builds, add_command, add_json, new_console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from pytest_offline.bundles.replaying import Verdict


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "run a bundle in every build there is, and say where it changes"
    epilog = (
        "exit status: 0 it agrees in every build that ran, 1 it fails in one, 2 none could be run"
    )
    parser = add_command(commands, "bisect", says, _bisect, epilog=epilog)
    parser.add_argument("bundle", metavar="BUNDLE", help="the folder")
    add_builds(
        parser, "only this one; may be given several times (default: every build on this machine)"
    )
    add_json(parser)


def _bisect(options: argparse.Namespace) -> int:
    from pytest_offline.browser.builds import build_named
    from pytest_offline.browser.survey import survey
    from pytest_offline.bundles.reading import read_bundle
    from pytest_offline.bundles.replaying import changes, code_of, in_order, replay
    from pytest_offline.commands.replay import as_data

    asked = [build_named(name).name for name in dict.fromkeys(options.build)]
    scenario = read_bundle(options.bundle)
    rows = survey()
    versions = {row.build.name: row.version for row in rows if row.version is not None}
    verdicts = replay(scenario, in_order(asked or list(versions), versions))
    ran = [verdict for verdict in verdicts if verdict.result is not None]
    if options.json:
        told = {"builds": [as_data(each) for each in verdicts], "changes": changes(verdicts)}
        print(json.dumps(told, indent=2))
        return code_of(ran)
    console = new_console()
    console.print(_table(scenario.title, verdicts))
    for line in changes(verdicts):
        console.print(line, markup=False)
    missing = [row.build.name for row in rows if not row.here]
    if missing and not asked:
        names = " ".join(missing)
        print(f"not here: {', '.join(missing)} (pytest-offline browsers install {names})")
    return code_of(ran)


def _table(title: str, verdicts: Sequence[Verdict]) -> Table:
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=Text(title), show_lines=True)
    for column in ("build", "version", "", "what differs first"):
        shown.add_column(column, overflow="fold")
    for each in verdicts:
        shown.add_row(Text(each.build), Text(each.version), Text(each.answer), Text(each.first))
    return shown
