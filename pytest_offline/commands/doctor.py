"""``pytest-offline doctor``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_offline.commands.words import DONE, FAILED, Parsers, add_builds, add_command, add_json

if TYPE_CHECKING:
    from pytest_offline.doctor.findings import Finding


def add(commands: Parsers) -> None:
    """The sub-command's parser."""
    says = "what is wrong with a set-up: packages, this machine, and a trial in each browser"
    epilog = "exit status: 0 tests can run, 1 something is wrong, and what to do is said"
    parser = add_command(commands, "doctor", says, _examine, epilog=epilog)
    add_builds(
        parser, "try this build; may be given several times (default: every build that is here)"
    )
    add_json(parser)


def _examine(options: argparse.Namespace) -> int:
    from pytest_offline.doctor.findings import told

    findings: list[Finding] = []

    def kept() -> Iterator[Finding]:
        for finding in _findings(options.build):
            findings.append(finding)
            yield finding

    if options.json:
        print(json.dumps([vars(each) for each in kept()], indent=2))
    else:
        for line in told(kept()):
            print(line, flush=True)
    return FAILED if any(each.state == "wrong" for each in findings) else DONE


def _findings(names: list[str]) -> Iterator[Finding]:
    """Lazily, for trials take seconds and each is told when it is over."""
    from pytest_offline.doctor.examine import examine, surroundings
    from pytest_offline.doctor.findings import Finding

    first = examine(surroundings())
    yield from first
    if any(each.about == "packages" and "not installed" in each.found for each in first):
        return
    from playwright.sync_api import sync_playwright

    from pytest_offline.browser.builds import build_named
    from pytest_offline.browser.survey import survey
    from pytest_offline.doctor.trial import trial

    for name in names:
        build_named(name)
    builds = list(dict.fromkeys(names)) or [row.build.name for row in survey() if row.here]
    if not builds:
        advice = "Get one: pytest-offline browsers install chromium"
        yield Finding("browsers", "wrong", "none of the builds is on this machine", advice)
        return
    with sync_playwright() as playwright:
        for name in builds:
            yield trial(playwright, name)
