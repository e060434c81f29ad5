"""Runs every benchmark, prints the table, writes it into README.md and the figures beside it.

python -m benchmarks [--build NAME ...] [--only PART ...] [--rounds N] [--dry]

With ``--only``, the rows of those parts are measured anew, and the others stay what they are.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from benchmarks import (
    audit,
    exploring,
    in_browser,
    in_long_run,
    in_pytest,
    oracle,
    origin_throughput,
    proxy_throughput,
    report,
    weather,
)
from benchmarks.measuring import Figure, medians

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
FIGURES = HERE / "figures.json"
SUITE = ("tests/origin", "tests/network", "tests/plugin")
HEAD = "| what | medians | ratio | target | met |\n| --- | --- | --- | --- | --- |"
BLOCK = re.compile(r"(<!-- benchmarks -->\n).*?(<!-- /benchmarks -->)", re.S)


def throughput(rounds: int) -> Iterator[Figure]:
    rates = medians(origin_throughput.measure(rounds, 1.0))
    for peer, target in origin_throughput.TARGETS.items():
        yield Figure(
            f"a 10 kB file from the origin, ledger on, against {peer}",
            rates["origin"], rates[peer], "a second", target, at_most=False,
        )  # fmt: skip


def proxying(rounds: int) -> Iterator[Figure]:
    measured = proxy_throughput.measure(rounds, 1.0)
    for name in proxy_throughput.HELD:
        through, directly = measured[name]
        yield Figure(
            f"a 10 kB answer through `origin.proxy`, against {name} asked directly",
            through, directly, "a second", proxy_throughput.TARGET, at_most=False,
        )  # fmt: skip


def measured(options: argparse.Namespace) -> Iterator[Figure]:
    rounds, first = options.rounds, options.build[0]
    for part in options.only or PARTS:
        for build in options.build if part in BY_BUILD else [first]:
            yield from PARTS[part](build, rounds, options)


PARTS: dict[str, Callable[[str, int, argparse.Namespace], Iterator[Figure]]] = {
    "test": lambda build, rounds, _: in_pytest.same_test(build, rounds),
    "collect": lambda _, rounds, __: in_pytest.collecting(rounds),
    "network": lambda build, rounds, _: in_browser.figures("network", build, rounds),
    "puts": lambda build, rounds, _: in_browser.figures("puts", build, rounds),
    "snapshot": lambda build, rounds, _: in_browser.figures("snapshot", build, rounds),
    "origin": lambda _, rounds, __: throughput(rounds),
    "suite": lambda build, _, __: in_pytest.suite(build, SUITE),
    "proxy": lambda _, rounds, __: proxying(rounds),
    "weather": lambda _, rounds, __: weather.figures(rounds),
    "memory": lambda build, _, options: in_long_run.figures(build, options.tests),
    "oracle": lambda _, rounds, __: oracle.figures(rounds),
    "explore": lambda build, rounds, _: exploring.figures(build, rounds),
    "audit": lambda build, rounds, _: audit.figures(build, rounds),
    "report": lambda build, rounds, _: report.figures(build, rounds),
}
BY_BUILD = {"test", "network", "puts", "snapshot", "memory", "explore", "audit"}
"""Parts that are measured in each build that is named, the others in the first or in none."""


def machine() -> str:
    """Where it was measured, for a person."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )


def block(figures: Sequence[Figure]) -> str:
    """The part of README between its markers."""
    builds = ", ".join(dict.fromkeys(figure.build for figure in figures if " " in figure.build))
    where = f"Measured on {machine()}; {builds}." if builds else f"Measured on {machine()}."
    return "\n".join((HEAD, *(figure.row() for figure in figures), "", where, ""))


def kept() -> list[Figure]:
    """The figures that were written last."""
    rows = json.loads(FIGURES.read_text(encoding="utf-8"))["figures"] if FIGURES.exists() else []
    names = {field.name for field in fields(Figure)}
    return [Figure(**{name: row[name] for name in names & row.keys()}) for row in rows]


def joined(old: Sequence[Figure], new: Sequence[Figure]) -> list[Figure]:
    """Each new figure in the place of the one that it follows; those that follow none come last.

    Of one build there is one figure of a kind, whatever its version was.
    """
    rows = {figure.key: figure for figure in old}
    return list({**rows, **{figure.key: figure for figure in new}}.values())


def write(figures: Sequence[Figure]) -> None:
    data = {"machine": machine(), "figures": [figure.as_data() for figure in figures]}
    FIGURES.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    shown = block(figures)
    changed, count = BLOCK.subn(lambda found: found[1] + shown + found[2], text)
    if count != 1:
        raise SystemExit(f"{README} has {count} places for the table; it needs exactly one")
    README.write_text(changed, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--build", action="append", metavar="NAME", help="default: chromium")
    parser.add_argument("--only", action="append", choices=PARTS, help="may be given again")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--tests", type=int, default=in_long_run.TESTS, help="of the long run (minutes)"
    )
    parser.add_argument("--dry", action="store_true", help="print only, write nothing")
    options = parser.parse_args()
    options.build = options.build or ["chromium"]
    print(HEAD, flush=True)
    figures: list[Figure] = []
    for figure in measured(options):
        print(figure.row(), flush=True)
        figures.append(figure)
    if not options.dry:
        write(joined(kept(), figures) if options.only else figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
