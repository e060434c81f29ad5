"""docs/compat.json: what each build was seen to do, and what the specification says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from compat_cases import ROOT, Case, cases
from compat_reader import outcomes
from compat_values import Unreadable

from pytest_offline.compare.deviations import KNOWN, known_for

JSON: Final = ROOT / "docs" / "compat.json"
BUILDS: Final = (
    "chromium-83",
    "chromium-88",
    "chromium-92",
    "chromium-153",
    "chromium",
    "firefox",
    "webkit",
)
NOT_RUN: Final = "not run here"
CRASHED: Final = "the page crashes"
COMMAND: Final = "make compat"

DEVIATIONS: Final = {each.id: each for each in KNOWN}

WORKERS: Final = ("dedicated", "service")

Table = dict[str, Any]
Workers = dict[str, dict[str, Any]]
"""By kind of worker and build: how many rules were run there, and what came out otherwise."""


class Seen(dict[str, list[str]]):
    """One build's outcomes by the cases' ids, and its version."""

    def __init__(self, version: str, outcomes: Mapping[str, Sequence[str]]) -> None:
        super().__init__({name: list(each) for name, each in outcomes.items()})
        self.version = version


@cache
def expected(number: int) -> tuple[str, ...]:
    """What a case comes to by the specification: what the model says, else what is stated."""
    case = cases()[number]
    return tuple(outcomes(case) if case.stated is None else case.stated)


def table(seen: Mapping[str, Seen], workers: Workers | None = None) -> Table:
    """The whole table, for builds that were run."""
    given = workers or {}
    return {
        "specification": "https://w3c.github.io/ServiceWorker/",
        "builds": {build: _build(build, seen.get(build)) for build in BUILDS},
        "workers": {
            kind: {build: given[kind][build] for build in BUILDS if build in given.get(kind, {})}
            for kind in WORKERS
        },
        "rules": [_rule(number, case, seen) for number, case in enumerate(cases())],
    }


def _build(build: str, seen: Seen | None) -> dict[str, str | None]:
    if seen is None:
        return {"version": None, "note": NOT_RUN}
    return {"version": seen.version}


def _rule(number: int, case: Case, seen: Mapping[str, Seen]) -> dict[str, Any]:
    wanted = list(expected(number))
    found = {build: each.get(case.id) for build, each in seen.items()}
    return {
        "id": case.id,
        "group": case.group,
        "rule": case.rule,
        "section": case.section,
        "program": [
            f"{each.name} = {each.text}" if each.name else each.text for each in case.program
        ],
        "specified": wanted,
        "specified_by": "model" if case.stated is None else "case",
        "builds": {
            build: _cell(case, build, wanted, outcome)
            for build in BUILDS
            if (outcome := found.get(build)) is not None
        },
    }


def _cell(case: Case, build: str, wanted: list[str], seen: list[str]) -> dict[str, Any]:
    if seen == wanted:
        return {"yes": True}
    return {"yes": False, "seen": seen, "deviations": deviations_of(case, build)}


def deviations_of(case: Case, build: str) -> list[str]:
    """The known deviations that explain a case in a build."""
    return [each.id for each in known_for(build) if each.id in case.known]


def written(table: Table) -> str:
    """The text of the JSON file."""
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def recorded() -> Table:
    """The table as it is committed."""
    return json.loads(JSON.read_text("utf-8"))


def seen_in(table: Table) -> dict[str, Seen]:
    """What a table says that builds were seen to do."""
    found: dict[str, Seen] = {}
    for build, about in table["builds"].items():
        cells = {
            rule["id"]: cell.get("seen", rule["specified"])
            for rule in table["rules"]
            if (cell := rule["builds"].get(build)) is not None
        }
        if cells:
            found[build] = Seen(about["version"], cells)
    return found


def judged(build: str, seen: Seen, table: Table) -> tuple[str, str]:
    """Whether a build does what the table says: ``ok``, ``fail`` or ``skip``, and the reason.

    Another major version than the one that the table was made with may do otherwise: a browser of
    the system moves on by itself.
    """
    before = seen_in(table).get(build, {})
    rows = [
        f"{name}: the table has {_words(before.get(name))}, now it is {_words(now)}"
        for name, now in seen.items()
        if before.get(name) != now
    ]
    if not rows:
        return "ok", ""
    version = table["builds"][build]["version"]
    same = version is not None and _major(version) == _major(seen.version)
    made = f"was made with {version}" if version else "was made without it"
    message = "\n  ".join(
        [f"{len(rows)} cells of docs/compat.json are not what {build} {seen.version} does:", *rows]
    )
    return "fail" if same else "skip", (
        f"{message}\nThe table {made}. If the build is right, write it anew: {COMMAND}"
    )


def _major(version: str) -> str:
    return version.partition(".")[0]


def _words(outcomes: Sequence[str] | None) -> str:
    return "nothing" if outcomes is None else "; ".join(outcomes)


def of_workers() -> list[Case]:
    """The cases that run in workers too."""
    return [case for case in cases() if case.on == "secure" and not case.needs_a_page]


def in_worker(in_page: Seen, in_worker: Mapping[str, list[str]]) -> dict[str, Any]:
    """What a build does otherwise in a worker than in a page."""
    otherwise = {name: seen for name, seen in in_worker.items() if seen != in_page.get(name)}
    return {"rules": len(in_worker), "otherwise": otherwise}


def readable(case: Case) -> bool:
    """Whether the model can run a case."""
    try:
        outcomes(case)
    except Unreadable:
        return False
    return True
