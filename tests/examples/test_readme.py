"""README and the manual name what the code has: fixtures, options, expectations, conditions."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Any, get_args

from doc_blocks import ROOT, first_cells, pages, readme

import pytest_offline
from pytest_offline import Condition, errors, fixtures, plugin
from pytest_offline.browser.builds import BUILDS
from pytest_offline.expectations.appcache import AppCacheAssertions
from pytest_offline.expectations.caches import CachesAssertions
from pytest_offline.expectations.origin import OriginAssertions
from pytest_offline.expectations.service_worker import ServiceWorkerAssertions
from pytest_offline.readiness.sentences import Reason


def test_the_table_of_fixtures_is_the_code() -> None:
    tree = ast.parse(inspect.getsource(fixtures))
    made = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("pytest.fixture" in ast.unparse(each) for each in node.decorator_list)
    ]
    assert sorted(row[0] for row in first_cells("## The fixtures")) == sorted(made)


def test_every_option_that_is_named_is_one_of_ours() -> None:
    class Group:
        def __init__(self) -> None:
            self.names: list[str] = []

        def addoption(self, name: str, **_: Any) -> None:
            self.names.append(name)

        def getgroup(self, *_: str) -> Group:
            return self

    group = Group()
    plugin.pytest_addoption(group)  # type: ignore[arg-type]
    for page in pages():
        named = set(re.findall(r"--offline-[a-z-]+", page.read_text(encoding="utf-8")))
        assert named <= set(group.names), page.name


def test_the_table_of_expectations_is_the_code() -> None:
    classes = {
        "expect(caches)": CachesAssertions,
        "expect(origin)": OriginAssertions,
        "expect(service_worker)": ServiceWorkerAssertions,
        "expect(appcache)": AppCacheAssertions,
    }
    for subject, *names in first_cells("# Expectations", "docs/reference/expect.md"):
        made = [name for name in vars(classes[subject]) if name.startswith("to_")]
        assert names == made
        for name in names:
            assert hasattr(classes[subject], f"not_{name}")


def test_the_table_of_conditions_is_the_code() -> None:
    cells = [
        name for row in first_cells("## The conditions", "docs/how-to/weather.md") for name in row
    ]
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


def test_the_reasons_of_not_ready_are_the_code() -> None:
    rows = first_cells("## What `NotReady` says", "docs/how-to/readiness.md")
    assert {name for row in rows for name in row[:2]} >= set(get_args(Reason)) - {"ready"}


def test_every_error_has_its_row() -> None:
    rows = first_cells("## Whose fault", "docs/how-to/troubleshooting.md")
    assert {row[0] for row in rows} <= set(vars(errors))


def test_every_message_of_trouble_is_one_of_the_code() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "pytest_offline").rglob("*.py")]
    text = re.sub(r'"\s*\n\s*f?"|\{[^{}]*\}', "", "\n".join(sources))
    for row in first_cells("## Messages", "docs/how-to/troubleshooting.md"):
        message = row[0]
        if not message.startswith("unrecognized arguments"):  # pytest's own
            for part in message.split("…"):
                assert part.strip() in text, message


def test_every_make_target_it_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z-]+)", readme()):
        assert re.search(rf"^{target}:", makefile, re.M), f"make {target}"


def test_readme_can_be_read_in_one_go() -> None:
    assert len(readme().splitlines()) <= 300
