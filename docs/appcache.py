"""Writes docs/appcache.md: every event, state and rule of AppCache, and the tests that show it.

    python docs/appcache.py            runs the tests in Chromium 83, 88 and 92, then writes it
    python docs/appcache.py --relink   writes it anew with the results that it has

Rows come from the marker ``appcache_shows`` in tests/appcache, what builds do otherwise from the
tables of deviations in pytest_offline/compare.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, get_args
from xml.etree import ElementTree

from pytest_offline.compare.appcache_deviations import APPCACHE_KNOWN
from pytest_offline.compare.appcache_manifest_deviations import KNOWN
from pytest_offline.record import APPCACHE_STATUSES, AppCacheEventName

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "appcache.md"
TESTS: Final = ROOT / "tests" / "appcache"
MANIFEST_TESTS: Final = "tests/compare/test_manifest_deviations_in_browsers.py"
BUILDS: Final = ("chromium-83", "chromium-88", "chromium-92")
MARKER: Final = "appcache_shows"

PASSED, FAILED, NOT_RUN = "✓", "✗", "–"

TITLES: Final = {"event": "Events", "state": "States", "rule": "Rules"}

OTHERWISE: Final[Mapping[str, tuple[str, ...]]] = {
    "chromium-status-follows-events": ("checking", *APPCACHE_STATUSES),
    "chromium-closes-after-commit": ("progress",),
    "chromium-never-merges-progress": ("progress", "events wait for the end of the load event"),
    "chromium-never-reruns": ("a manifest that changes during the update is not applied",),
    "chromium-ignores-abort": ("abort ends a download",),
    "chromium-stores-no-store": ("HTTP caching headers are overridden",),
    "chromium-may-store-what-was-cut": (
        "a file that breaks off fails the update, or is taken for whole by Chromium",
    ),
    "chromium-wildcard-alone": ("NETWORK: * lets everything else through",),
    "chromium-wants-the-asterisk-alone": ("NETWORK: * lets everything else through",),
    "chromium-no-settings": (
        "prefer-online is read by no Chromium: pages come from the cache first",
    ),
    "chromium-own-signature": ("the first line has to be CACHE MANIFEST",),
    "chromium-signature-at-the-end": ("the first line has to be CACHE MANIFEST",),
    "chromium-92-loads-what-is-not-listed": ("what is listed nowhere is not loaded, even online",),
    "chromium-92-network-always-open": ("what is listed nowhere is not loaded, even online",),
}
"""Deviations that belong beside a row; all others stand in their own tables alone."""

HEAD: Final = """\
# AppCache, event by event

What the application cache does, and the tests that show it in real browsers: Chromium 83, 88 and
92. The text is that of W3C HTML 5.1 (May 2016), section 7.9. A test that shows a row passes where
the build does what the row says, or what the table of deviations says of that build.

Written by `make docs`, which runs the tests; do not edit it by hand.
"""

Results = Mapping[tuple[str, str], str]
"""(row, build) to a mark."""


class Shown(NamedTuple):
    """One test that shows one row."""

    kind: str
    name: str
    file: Path
    test: str
    line: int


def main(argv: Sequence[str] | None = None) -> int:
    """Run it. Returns 1 where a test failed."""
    parser = argparse.ArgumentParser(description="Write docs/appcache.md.")
    parser.add_argument("--relink", action="store_true", help="run nothing: keep the results")
    options = parser.parse_args(argv)
    rows = list(shown())
    results = results_of(PAGE.read_text("utf-8")) if options.relink else run(rows)
    PAGE.write_text(page(rows, results), encoding="utf-8")
    failed = [key for key, mark in results.items() if mark == FAILED]
    for name, build in failed:
        print(f"docs/appcache.md: failed in {build}: {name}", file=sys.stderr)
    return 1 if failed else 0


def shown() -> Iterator[Shown]:
    """Every test that shows something, by file and line."""
    for file in sorted(TESTS.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for call in node.decorator_list:
                    if isinstance(call, ast.Call) and _is_marker(call.func):
                        kind, name = map(ast.literal_eval, call.args)
                        yield Shown(kind, name, file, node.name, node.lineno)


def _is_marker(function: ast.expr) -> bool:
    # In each file: shows = pytest.mark.appcache_shows
    return ast.unparse(function) in ("shows", f"pytest.mark.{MARKER}")


def run(rows: Iterable[Shown]) -> Results:
    """Runs the tests in every build."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", str(TESTS), "-m", MARKER, "-q"]
        builds = [f"--offline-build={build}" for build in BUILDS]
        subprocess.run([*command, *builds, f"--junitxml={report}"], cwd=ROOT, check=False)
        return _results(rows, ElementTree.parse(report).iter("testcase"))


def _results(rows: Iterable[Shown], cases: Iterable[ElementTree.Element]) -> Results:
    outcomes: dict[tuple[str, str, str], set[str]] = {}
    for case in cases:
        test, _, parameters = case.attrib["name"].partition("[")
        file = case.attrib["classname"].rpartition(".")[2]
        build = next((each for each in BUILDS if re.search(rf"\b{each}\b", parameters)), "")
        bad = any(child.tag in ("failure", "error") for child in case)
        skipped = any(child.tag == "skipped" for child in case)
        mark = FAILED if bad else NOT_RUN if skipped else PASSED
        outcomes.setdefault((file, test, build), set()).add(mark)
    found: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        for build in BUILDS:
            marks = outcomes.get((row.file.stem, row.test, build), {NOT_RUN})
            found.setdefault((row.name, build), set()).update(marks)
    return {key: _worst(marks) for key, marks in found.items()}


def _worst(marks: set[str]) -> str:
    return next(mark for mark in (FAILED, PASSED, NOT_RUN) if mark in marks)


def results_of(text: str) -> Results:
    """The results that a page has."""
    found: dict[tuple[str, str], str] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 8 and {*cells[3:6]} <= {PASSED, FAILED, NOT_RUN}:
            marks = zip(BUILDS, cells[3:6], strict=True)
            found.update({(cells[1].strip("`"), build): mark for build, mark in marks})
    return found


def page(rows: Sequence[Shown], results: Results) -> str:
    """The text of the page."""
    parts = [HEAD, *(_table(kind, rows, results) for kind in TITLES), *_otherwise()]
    return "\n".join(parts)


def _table(kind: str, rows: Sequence[Shown], results: Results) -> str:
    lines = [
        f"## {TITLES[kind]}\n",
        f"| {kind} | shown by | 83 | 88 | 92 | otherwise |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in _names(kind, rows):
        tests = "<br>".join(_link(row) for row in rows if (row.kind, row.name) == (kind, name))
        marks = " | ".join(results.get((name, build), NOT_RUN) for build in BUILDS)
        beside = [f"[{known}](#{known})" for known, names in OTHERWISE.items() if name in names]
        first = name if kind == "rule" else f"`{name}`"
        lines.append(f"| {first} | {tests} | {marks} | {', '.join(beside) or NOT_RUN} |")
    return "\n".join(lines) + "\n"


def _names(kind: str, rows: Sequence[Shown]) -> list[str]:
    order = {"event": get_args(AppCacheEventName), "state": APPCACHE_STATUSES}.get(kind, ())
    found = dict.fromkeys(row.name for row in rows if row.kind == kind)
    return sorted(found, key=lambda name: order.index(name) if name in order else len(order))


def _link(row: Shown) -> str:
    path = row.file.relative_to(ROOT).as_posix()
    return f"[{row.test.removeprefix('test_').replace('_', ' ')}](../{path}#L{row.line})"


def _link_to(test: str) -> str:
    """A test given as ``file::name``; without a link where it is not there."""
    path, _, name = test.partition("::")
    file = ROOT / path
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    for number, line in enumerate(lines, 1):
        if line.startswith(f"def {name}("):
            return f"[test](../{path}#L{number})"
    return f"`{name}`"


def _otherwise() -> Iterator[str]:
    yield "## What builds do otherwise\n"
    yield "What `appcache.verify()` allows a build beyond the text, and the test that shows it.\n"
    yield "| deviation | builds | what they do | what the text says |\n| --- | --- | --- | --- |"
    for each in APPCACHE_KNOWN:
        builds = ", ".join("all" if build == "chromium" else build for build in each.builds)
        effect = f"{each.effect} ({_link_to(each.shown_by)})"
        yield f'| <a id="{each.id}"></a>{each.id} | {builds} | {effect} | {each.rule} |'
    yield "\n## How builds read manifests otherwise\n"
    yield f"Each is shown by its example, in [{MANIFEST_TESTS}](../{MANIFEST_TESTS}).\n"
    yield "| deviation | builds | what they do | what the text says |\n| --- | --- | --- | --- |"
    for row in KNOWN:
        builds = "all" if row.builds == BUILDS else ", ".join(row.builds)
        cells = (builds, row.effect, row.text)
        escaped = " | ".join(cell.replace("|", "\\|") for cell in cells)
        yield f'| <a id="{row.id}"></a>{row.id} | {escaped} |'
    yield ""


if __name__ == "__main__":
    sys.exit(main())
