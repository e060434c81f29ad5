"""README.md is true: its Python runs in a real browser, its tables name what the code has."""

from __future__ import annotations

import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from readme_blocks import ROOT, Block, blocks, first_cells, readme

import pytest_offline
from pytest_offline import Condition, fixtures, plugin
from pytest_offline.browser.builds import BUILDS
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.expectations.appcache import AppCacheAssertions
from pytest_offline.expectations.caches import CachesAssertions
from pytest_offline.expectations.origin import OriginAssertions
from pytest_offline.expectations.service_worker import ServiceWorkerAssertions

Cases = dict[tuple[str, str], ElementTree.Element]


@pytest.fixture
def cases(browser_build: InstalledBuild, pytestconfig: pytest.Config, tmp_path: Path) -> Cases:
    """All blocks run by one pytest: (file's name, test's id) to its case in the JUnit report."""
    shutil.copytree(ROOT / "sample_sites" / "gallery", tmp_path / "dist")
    shutil.copytree(ROOT / "sample_sites" / "appcache_notes", tmp_path / "kiosk")
    for version in "12":
        site = ROOT / "sample_sites" / "tides" / f"version-{version}"
        shutil.copytree(site, tmp_path / f"v{version}")
    for block in blocks():
        (tmp_path / block.file).write_text(block.code, encoding="utf-8")
    options = [f"--offline-build={browser_build.build.name}"]
    if pytestconfig.getoption("--offline-require-builds"):
        options.append("--offline-require-builds")
    return _run(tmp_path, options)


def _run(folder: Path, options: list[str]) -> Cases:
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}"]
    environment = {name: value for name, value in os.environ.items() if "PYTEST_" not in name}
    kept = os.environ.get("PYTEST_OFFLINE_BROWSERS")
    if kept:
        environment["PYTEST_OFFLINE_BROWSERS"] = kept
    done = subprocess.run(
        [*command, *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    found = ElementTree.parse(report).iter("testcase")
    return {(case.attrib["classname"], case.attrib["name"]): case for case in found}


def test_every_python_block_does_what_it_says(
    cases: Cases, browser_build: InstalledBuild, pytestconfig: pytest.Config
) -> None:
    """One run a build: a browser that starts for each block would take minutes."""
    build = browser_build.build.name
    required = bool(pytestconfig.getoption("--offline-require-builds"))
    wrong: dict[str, str] = {}
    for block in blocks():
        for test in block.tests:
            case = _case(cases, block.file.removesuffix(".py"), test, build)
            said = _wrong(block, case, build, required)
            if said:
                wrong[f"block {block.number}, {test}"] = said
    assert not wrong, "\n\n".join(f"{name}: {said}" for name, said in wrong.items())


def _wrong(block: Block, case: ElementTree.Element, build: str, required: bool) -> str:
    """What a block did otherwise than it says; nothing where it did not."""
    outcome = {child.tag: child for child in case}
    if "skipped" in outcome:
        skipped = outcome["skipped"]
        why, known = skipped.text or "", (skipped.get("message") or "").startswith("known bug ")
        return "" if known or build in why else f"skipped: {why}"
    failure = outcome.get("failure", outcome.get("error"))
    text = "" if failure is None else f"{failure.get('message')}\n{failure.text}"
    if "is not on this machine" in text and not required:
        return ""
    if block.fails is None:
        return text
    said = "" if failure is None else str(failure.get("message"))
    return "" if block.fails in said else f"its failure says {said!r}, not {block.fails!r}"


def _case(cases: Cases, file: str, test: str, build: str) -> ElementTree.Element:
    """A test that starts its browsers itself runs once, and has no build in its id."""
    alone = cases.get((file, test))
    return cases[file, f"{test}[{build}]"] if alone is None else alone


def test_the_ten_line_test_has_ten_lines() -> None:
    first = blocks()[0].code
    body = [line for line in first.splitlines() if line.startswith("    ")]
    assert len(body) <= 10


def test_blocks_are_found_and_one_is_a_bad_example() -> None:
    assert readme().count("```python\n") <= len(blocks())
    assert [block.fails for block in blocks() if block.fails] == ["/app.js"]


def test_the_table_of_fixtures_is_the_code() -> None:
    tree = ast.parse(inspect.getsource(fixtures))
    made = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("pytest.fixture" in ast.unparse(each) for each in node.decorator_list)
    ]
    assert sorted(row[0] for row in first_cells("## The fixtures")) == sorted(made)


def test_the_table_of_options_is_the_code() -> None:
    class Group:
        def __init__(self) -> None:
            self.names: list[str] = []

        def addoption(self, name: str, **_: Any) -> None:
            self.names.append(name)

        def getgroup(self, *_: str) -> Group:
            return self

    group = Group()
    plugin.pytest_addoption(group)  # type: ignore[arg-type]
    assert sorted(row[0].split()[0] for row in first_cells("## Options")) == sorted(group.names)


def test_the_table_of_expectations_is_the_code() -> None:
    classes = {
        "expect(caches)": CachesAssertions,
        "expect(origin)": OriginAssertions,
        "expect(service_worker)": ServiceWorkerAssertions,
        "expect(appcache)": AppCacheAssertions,
    }
    for subject, *names in first_cells("## Expectations"):
        made = [name for name in vars(classes[subject]) if name.startswith("to_")]
        assert names == made
        for name in names:
            assert hasattr(classes[subject], f"not_{name}")


def test_the_table_of_conditions_is_the_code() -> None:
    cells = [name for row in first_cells("#### Conditions") for name in row]
    named = {found[0] for name in cells if (found := re.match(r"\w+", name))}
    made = {
        name
        for name in pytest_offline.__all__
        if isinstance(getattr(pytest_offline, name), Condition)
        or getattr(getattr(pytest_offline, name), "__module__", "")
        == "pytest_offline.record.weather"
    }
    assert named - {"navigator"} == made - {"ONLINE"}


def test_the_table_of_builds_is_the_code() -> None:
    assert {row[0] for row in first_cells("## Builds")} == set(BUILDS)


def test_every_make_target_and_file_it_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z-]+)", readme()):
        assert re.search(rf"^{target}:", makefile, re.M), f"make {target}"
    for path in re.findall(r"\]\((?!http)([^)#]+)\)", readme()):
        assert (ROOT / path).exists(), path
