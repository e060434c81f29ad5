"""The Python of README and of the manual runs in real browsers, gathered into two runs of pytest.

A block runs in the build that its page names, or in Chromium; README's first test in every build.
With OFFLINE_LONG set all of them run in every build.
"""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from doc_blocks import Block, all_blocks, gathered, lay_out, readme, run
from inner_pytest import options_with

LONG = bool(os.environ.get("OFFLINE_LONG"))

Cases = dict[tuple[str, str], ElementTree.Element]

CHOOSING = '''
CHOSEN = {chosen!r}


def pytest_collection_modifyitems(config, items):
    """Each test in the builds of its block."""
    def is_meant(item):
        build = getattr(getattr(item, "callspec", None), "params", {{}}).get("browser_name")
        file = item.path.relative_to(config.rootpath).as_posix()
        return build is None or str(build) in CHOSEN[file]

    items[:] = [item for item in items if is_meant(item)]
'''

PLAYED = (Path(__file__).parents[1] / "plugin" / "test_async_api.py").read_text(encoding="utf-8")

COROUTINES = '''
import inspect
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """A coroutine runs on the loop of the browser, as pytest-playwright-asyncio has it."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    run = pyfuncitem._request.getfixturevalue("run")
    run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True
'''


def builds_of(config: pytest.Config) -> list[str]:
    return config.getoption("--offline-build") or ["chromium"]


def chosen(block: Block, builds: list[str]) -> list[str]:
    """The builds that a block runs in: the first of those it can use that the run has."""
    if LONG or block == gathered()[0]:
        return builds
    wanted = block.marks.get("in", "chromium").split()
    return [next((build for build in wanted if build in builds), builds[0])]


@pytest.mark.parametrize("part", ["how-to", "rest"])
def test_every_python_block_does_what_it_says(
    part: str, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    """Two runs, for two cores: a pytest and a browser for each block would take minutes."""
    builds = builds_of(pytestconfig)
    required = bool(pytestconfig.getoption("--offline-require-builds"))
    blocks = [block for block in gathered() if ("how-to" in block.page) == (part == "how-to")]
    cases = run_all(blocks, builds, required, tmp_path)
    wrong: dict[str, str] = {}
    seen: set[int] = set()
    for block in blocks:
        for test in block.tests:
            for build in chosen(block, builds):
                case = case_of(cases, block, test, build)
                seen.add(id(case))
                said = wrong_with(block, case, build, required)
                if said:
                    wrong[f"{block}, {test}, in {build}"] = said
    unseen = [name for name, case in cases.items() if id(case) not in seen]
    assert not unseen, f"tests of no block, or of a class in one: {unseen}"
    assert not wrong, "\n\n".join(f"{name}: {said}" for name, said in wrong.items())


def run_all(blocks: list[Block], builds: list[str], required: bool, folder: Path) -> Cases:
    """(file's name, test's id) to its case in the JUnit report."""
    lay_out(folder)
    choosing = {block.file: chosen(block, builds) for block in blocks}
    (folder / "conftest.py").write_text(CHOOSING.format(chosen=choosing), encoding="utf-8")
    for block in blocks:
        file = folder / block.file
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.code, encoding="utf-8")
    report = folder / "report.xml"
    words = ["-m", "pytest", *options_with(), "--rootdir=."]
    words += [f"--junitxml={report}"]
    words += [f"--offline-build={build}" for build in builds]
    words += ["--offline-require-builds"] if required else []
    _, printed = run(folder, words)
    assert report.exists(), printed
    found = ElementTree.parse(report).iter("testcase")
    cases = {(case.attrib["classname"], case.attrib["name"]): case for case in found}
    assert not [name for name in cases if not name[1].startswith("test_")], printed
    return cases


def wrong_with(block: Block, case: ElementTree.Element, build: str, required: bool) -> str:
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
    if "fails" not in block.marks:
        return text
    said = "" if failure is None else str(failure.get("message"))
    named = block.marks["fails"]
    return "" if named in said else f"its failure says {said!r}, not {named!r}"


def case_of(cases: Cases, block: Block, test: str, build: str) -> ElementTree.Element:
    """A test that starts its browsers itself runs once, and has no build in its id."""
    file = block.file.removesuffix(".py").replace("/", ".")
    alone = cases.get((file, test))
    return cases[file, f"{test}[{build}]"] if alone is None else alone


@pytest.mark.skipif(not LONG, reason="OFFLINE_LONG: tests/plugin/test_async_api.py shows the same")
def test_what_is_for_the_asynchronous_api(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (block,) = [block for block in all_blocks() if "async" in block.marks]
    played = PLAYED.split('PLAYED = """')[1].split('"""')[0]
    (tmp_path / "conftest.py").write_text(COROUTINES + played, encoding="utf-8")
    (tmp_path / "test_async.py").write_text(block.code, encoding="utf-8")
    code, printed = run(tmp_path, ["-m", "pytest", "-p", "no:playwright"])
    assert (code, "1 passed" in printed) == (0, True), printed


def test_the_ten_line_test_has_ten_lines_and_comes_first() -> None:
    first = gathered()[0]
    assert first.page == "README.md"
    body = [line for line in first.code.splitlines() if line.startswith("    ")]
    assert len(body) <= 10
    assert readme().index("```python") == readme().index("```")
