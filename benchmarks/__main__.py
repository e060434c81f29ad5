"""Runs every benchmark, prints the table, writes it into README.md and the figures beside it.

python -m benchmarks [--build NAME ...] [--only PART] [--rounds N] [--suite] [--dry]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Iterator, Sequence
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


PARTS = (
    "test", "collect", "network", "puts", "snapshot", "origin", "proxy", "weather", "audit",
    "report", "memory", "oracle", "explore",
)  # fmt: skip


def everything(options: argparse.Namespace) -> Iterator[Figure]:
    rounds, only = options.rounds, options.only
    for build in options.build:
        if only in "test":
            yield from in_pytest.same_test(build, rounds)
    if only in "collect":
        yield from in_pytest.collecting(rounds)
    for build in options.build:
        yield from in_browser.figures(build, rounds, only)
    if only in "origin":
        yield from throughput(rounds)
    if only in "proxy":
        yield from proxying(rounds)
    for build in options.build:
        if only in "explore":
            yield from exploring.figures(build, rounds)
    if only in "weather":
        yield from weather.figures(rounds)
    if only in "audit":
        for build in options.build:
            yield from audit.figures(build, rounds)
    if only in "report":
        yield from report.figures(options.build[0], rounds)
    for build in options.build:
        if only in "memory":
            yield from in_long_run.figures(build, options.tests)
    if only in "oracle":
        yield from oracle.figures(rounds)
    if options.suite:
        yield from in_pytest.suite(options.build[0], [p for p in SUITE if Path(p).is_dir()])


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
    parser.add_argument(
        "--only",
        default="",
        metavar="PART",
        help=", ".join(PARTS),
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--tests", type=int, default=in_long_run.TESTS, help="of the long run (minutes)"
    )
    parser.add_argument("--suite", action="store_true", help="the suite's -n 2 too (minutes)")
    parser.add_argument("--dry", action="store_true", help="print only, write nothing")
    options = parser.parse_args()
    options.build = options.build or ["chromium"]
    print(HEAD, flush=True)
    figures: list[Figure] = []
    for figure in everything(options):
        print(figure.row(), flush=True)
        figures.append(figure)
    if not (options.dry or options.only):
        write(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
