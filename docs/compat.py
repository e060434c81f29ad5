"""Writes docs/compat.md and docs/compat.json: every rule of the Cache API, in every build.

    python docs/compat.py            runs the cases of docs/compat in the builds that are here
    python docs/compat.py --rewrite  writes both anew with what the builds were seen to do before

The cases are the JavaScript files of docs/compat; what they come to by the specification says the
model (pytest_offline.model), and where it cannot run one, the case. What a build is known to do
otherwise comes from pytest_offline/compare/deviations.py.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "compat"))

from compat_cases import Group, groups  # noqa: E402
from compat_table import (  # noqa: E402
    BUILDS,
    DEVIATIONS,
    JSON,
    WORKERS,
    Seen,
    Table,
    Workers,
    in_worker,
    recorded,
    seen_in,
    table,
    written,
)

PAGE: Final = ROOT / "docs" / "compat.md"
TEST: Final = "tests/compat/test_compat_in_browsers.py"
LONGEST: Final = 70
"""Characters of a line that a note quotes; of a longer one it speaks as the program."""

NAMES: Final = re.compile(
    r"(?:^[a-z]\w*(?=[ (,])|\b(?:matchAll|addAll|ignoreSearch|ignoreMethod|ignoreVary|cacheName)\b"
    r"|\bCache\.match\b|^navigator[\w.]+)(?:\([a-z]*\))?"
)
"""In a rule: a word in lower case that begins it, and what is no word of English."""

COLUMNS: Final = {"Chromium": "Cr", "Firefox": "Fx", "WebKit": "WK"}
YES, NO, NOT_RUN = "✓", "✗", "–"

HEAD: Final = """\
# The Cache API, rule by rule

What every method and option of Cache and CacheStorage does, in real browsers, against the text of
[Service Workers]({specification}).

{count} rules, each shown by a program of a few lines. For {modelled} of them this package's model
of the specification says what every line has to come to; for the others, which ask for more than
the model knows (Web IDL, streams, workers), the program states it. A build gets a {yes} where all
lines come to just that, otherwise a {no} that leads to what it does instead.

| column | build | browser | version | rules | not so |
| --- | --- | --- | --- | --- | --- |
{builds}

A {none} is a rule that was not run there. "See" leads to the section of the specification and to
the program. WebKit's column is filled where `playwright install webkit` works.

Written by `make compat`, which runs all of it; do not edit it by hand. The same as data:
[compat.json](compat.json).
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run it. Returns 1 where a build that is here could not be run."""
    parser = argparse.ArgumentParser(description="Write docs/compat.md and docs/compat.json.")
    parser.add_argument("--rewrite", action="store_true", help="run nothing: keep the results")
    parser.add_argument("--build", action="append", help="run this build alone; may be repeated")
    options = parser.parse_args(argv)
    seen = seen_in(recorded()) if JSON.exists() else {}
    chosen = options.build or list(BUILDS)
    workers = recorded()["workers"] if JSON.exists() else {}
    found = {} if options.rewrite else run(chosen, workers)
    seen |= found
    made = table(seen, workers)
    JSON.write_text(written(made), encoding="utf-8")
    PAGE.write_text(page(made), encoding="utf-8")
    print(f"{len(made['rules'])} rules in {', '.join(found) or 'no build, written anew'}")
    return 0 if options.rewrite or found else 1


def run(builds: Sequence[str], workers: Workers) -> dict[str, Seen]:
    """Runs the cases; what each build that is here did. Others are skipped, with the reason.

    What they did in workers is put into what is given.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", TEST, "-q", "-rs"]
        chosen = [f"--offline-build={build}" for build in builds]
        environment = {**os.environ, "PYTEST_OFFLINE_COMPAT": folder}
        done = subprocess.run([*command, *chosen], cwd=ROOT, env=environment, check=False)
        if done.returncode:
            raise SystemExit(f"docs/compat.py: pytest {TEST} failed ({done.returncode}): see above")
        parts = [json.loads(file.read_text("utf-8")) for file in Path(folder).iterdir()]
        return together(parts, workers)


def together(parts: Sequence[dict[str, Any]], workers: Workers) -> dict[str, Seen]:
    """The parts that tests wrote, by build; those of workers are put into what is given."""
    found: dict[str, Seen] = {}
    for part in parts:
        if part["part"] not in WORKERS:
            seen = found.setdefault(part["build"], Seen(part["version"], {}))
            seen.update(part["outcomes"])
    for part in parts:
        if part["part"] in WORKERS:
            kind = workers.setdefault(part["part"], {})
            kind[part["build"]] = in_worker(found[part["build"]], part["outcomes"])
    return {build: found[build] for build in BUILDS if build in found}


def page(made: Table) -> str:
    """The text of the page."""
    rules = {rule["id"]: rule for rule in made["rules"]}
    parts = [_head(made)]
    for group in groups():
        parts += [*_group(group, rules, made["builds"])]
    return "\n".join([*parts, *_in_workers(made), *_deviations(made)])


def _head(made: Table) -> str:
    rules = made["rules"]
    modelled = sum(rule["specified_by"] == "model" for rule in rules)
    rows = [
        f"| {_column(build, about['version'])} | `{build}` | {_short(build, None)} | "
        f"{about['version'] or about['note']} | {_count(made, build)} |"
        for build, about in made["builds"].items()
    ]
    return HEAD.format(
        specification=made["specification"],
        count=len(rules),
        modelled=modelled,
        yes=YES,
        no=NO,
        none=NOT_RUN,
        builds="\n".join(rows),
    )


def _count(made: Table, build: str) -> str:
    cells = [rule["builds"][build] for rule in made["rules"] if build in rule["builds"]]
    return f"{len(cells)} | {sum(not cell['yes'] for cell in cells)}" if cells else "– | –"


def _short(build: str, version: str | None) -> str:
    """``Firefox 153`` and the like: a build's name for the head of a column."""
    engine = {"chromium": "Chromium", "firefox": "Firefox", "webkit": "WebKit"}
    number = (version or "").partition(".")[0]
    return f"{engine[build.partition('-')[0]]} {number}".strip()


def _column(build: str, version: str | None) -> str:
    """The head of a column, narrow: ``Cr 83``."""
    name, _, number = _short(build, version).partition(" ")
    return f"{COLUMNS[name]} {number}".strip()


def _group(group: Group, rules: Mapping[str, Any], builds: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {group.name}\n"
    yield f"{group.text}\n"
    columns = [_column(build, about["version"]) for build, about in builds.items()]
    yield f"| rule | {' | '.join(each.replace(' ', '<br>') for each in columns)} | see |"
    yield f"| --- |{' :---: |' * len(columns)} --- |"
    for case in group.cases:
        marks = " | ".join(_mark(rules[case.id], build) for build in builds)
        see = f"[text]({case.section})<br>[program](compat/{case.file.name}#L{case.line})"
        yield f"| {_escaped(case.rule)} | {marks} | {see} |"
    notes = [note for case in group.cases for note in _notes(rules[case.id], builds)]
    if notes:
        yield "\nOtherwise:\n"
        yield from notes
    yield ""


def _mark(rule: Mapping[str, Any], build: str) -> str:
    cell = rule["builds"].get(build)
    if cell is None:
        return NOT_RUN
    return YES if cell["yes"] else f"[{NO}](#{rule['id']})"


def _notes(rule: Mapping[str, Any], builds: Mapping[str, Any]) -> Iterator[str]:
    """What builds do otherwise: those that do the same in one sentence."""
    alike: dict[tuple[str, str], list[str]] = {}
    for build, cell in rule["builds"].items():
        if not cell["yes"]:
            linked = ", ".join(f"[{each}](#{each})" for each in cell["deviations"])
            alike.setdefault((_difference(rule, cell["seen"]), linked), []).append(build)
    if not alike:
        return
    yield f'- <a id="{rule["id"]}"></a>{_escaped(rule["rule"])}'
    for (difference, linked), names in alike.items():
        who = _listed([_short(name, builds[name]["version"]) for name in names])
        yield f"  - {who}: {difference}." + (f" Known: {linked}." if linked else "")


def _difference(rule: Mapping[str, Any], seen: Sequence[str]) -> str:
    """The first line of a program that comes to something else, and to what."""
    wanted = rule["specified"]
    if len(seen) != len(wanted):
        return seen[0]
    told = [line for line in rule["program"] if not re.match(r"[a-z]\w* = ", line)]
    at = next(at for at, each in enumerate(seen) if each != wanted[at])
    short = "\n" not in told[at] and len(told[at]) <= LONGEST
    line = f"`{told[at]}`" if short else "the program"
    return f"{line} gives `{seen[at]}`, not `{wanted[at]}`"


def _listed(names: Sequence[str]) -> str:
    """Several builds; those of one engine share its name: Chromium 83, 88 and 92."""
    by_engine: dict[str, list[str]] = {}
    for name in names:
        engine, _, number = name.partition(" ")
        by_engine.setdefault(engine, []).append(number)
    return ", ".join(f"{engine} {_and(numbers)}".strip() for engine, numbers in by_engine.items())


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _escaped(text: str) -> str:
    """A rule for the page: the names of methods and options as code."""
    coded = NAMES.sub(r"`\g<0>`", text)
    return coded.replace("|", "\\|").replace("*", "\\*")


def _in_workers(made: Table) -> Iterator[str]:
    """How many rules come out in workers as in pages, and the others."""
    builds = made["builds"]
    columns = [_column(build, about["version"]) for build, about in builds.items()]
    yield "## In workers\n"
    yield "Rules whose programs need no page, run in workers too: how many come to the same.\n"
    yield f"| where | {' | '.join(each.replace(' ', '<br>') for each in columns)} |"
    yield f"| --- |{' :---: |' * len(columns)}"
    notes: list[str] = []
    for kind, by_build in made["workers"].items():
        yield f"| a {kind} worker | {' | '.join(_same(by_build.get(build)) for build in builds)} |"
        for build, cell in by_build.items():
            who = f"{_short(build, builds[build]['version'])}, in a {kind} worker"
            notes += [f"- {who}: {row}" for row in _otherwise(made, build, cell)]
    if notes:
        yield "\nOtherwise:\n"
        yield from notes
    yield ""


def _same(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return NOT_RUN
    return f"{cell['rules'] - len(cell['otherwise'])} of {cell['rules']}"


def _otherwise(made: Table, build: str, cell: Mapping[str, Any]) -> Iterator[str]:
    for rule in made["rules"]:
        if (seen := cell["otherwise"].get(rule["id"])) is not None:
            in_page = rule["builds"][build].get("seen", rule["specified"])
            pairs = zip(seen, in_page, strict=False)
            now, then = next((one, other) for one, other in pairs if one != other)
            yield f"{_escaped(rule['rule'])} `{now}` in place of `{then}`."


def _deviations(made: Table) -> Iterator[str]:
    yield "## Known deviations\n"
    yield "What `caches.verify()` allows a build beyond the text, and rules above that show it.\n"
    yield "| deviation | builds | what they do | what the text says | rules |"
    yield "| --- | --- | --- | --- | --- |"
    for each in DEVIATIONS.values():
        shown = [
            f"[{rule['id']}](#{rule['id']})"
            for rule in made["rules"]
            if any(each.id in cell.get("deviations", ()) for cell in rule["builds"].values())
        ]
        builds = ", ".join(build or "all" for build in each.builds)
        builds += f" (not {', '.join(each.but_not)})" if each.but_not else ""
        cells = (builds, each.effect, each.rule, "<br>".join(shown))
        yield f'| <a id="{each.id}"></a>{each.id} | {" | ".join(cells)} |'
    yield ""


if __name__ == "__main__":
    sys.exit(main())
