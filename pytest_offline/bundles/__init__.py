"""Bundles: a failing test, or a program that shows a browser's bug, as one folder that can be sent.

A `Scenario` is a site and the steps that are taken with it, each with what is right; it fails in a
browser where something else comes. `write_bundle` writes it with all that runs it again::

    show = Scenario(
        title="put() of a 206 is a TypeError",
        site=Site.of(Answer("/", b"<title>empty</title>")),
        steps=(Goto("/"), Evaluate("async () => …", expected=(Outcome(error="TypeError"),))),
    )
    write_bundle(Path("bundle"), show)
"""

from __future__ import annotations

from pytest_offline.bundles.reading import read_bundle
from pytest_offline.bundles.runner.words import (
    MAIN,
    OFFLINE,
    ONLINE,
    PAGE,
    SWITCH_ONLY,
    Act,
    Answer,
    ClosePage,
    Effect,
    Evaluate,
    Expect,
    Goto,
    Host,
    OpenPage,
    Outcome,
    Reload,
    Requests,
    Scenario,
    Send,
    Serve,
    SetNetwork,
    Site,
    Step,
    Travel,
    Untold,
    WaitFor,
    WaitUntilReady,
)
from pytest_offline.bundles.versions import versions
from pytest_offline.bundles.writing import write_bundle

__all__ = [
    "MAIN",
    "OFFLINE",
    "ONLINE",
    "PAGE",
    "SWITCH_ONLY",
    "Act",
    "Answer",
    "ClosePage",
    "Effect",
    "Evaluate",
    "Expect",
    "Goto",
    "Host",
    "OpenPage",
    "Outcome",
    "Reload",
    "Requests",
    "Scenario",
    "Send",
    "Serve",
    "SetNetwork",
    "Site",
    "Step",
    "Travel",
    "Untold",
    "WaitFor",
    "WaitUntilReady",
    "read_bundle",
    "versions",
    "write_bundle",
]
