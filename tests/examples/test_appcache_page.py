"""docs/appcache.md is what its generator writes: names, links and deviations cannot rot."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args
from xml.etree import ElementTree

import pytest

from pytest_offline.record import APPCACHE_STATUSES, AppCacheEventName

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """docs/appcache.py as a module."""
    spec = importlib.util.spec_from_file_location("appcache_page", DOCS / "appcache.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def text() -> str:
    return (DOCS / "appcache.md").read_text(encoding="utf-8")


def test_the_page_is_what_markers_and_deviations_say(generator: ModuleType, text: str) -> None:
    written = generator.page(list(generator.shown()), generator.results_of(text))
    assert written == text, "run: python docs/appcache.py --relink"


def test_every_event_and_every_state_has_its_test(generator: ModuleType) -> None:
    rows = list(generator.shown())
    assert {row.name for row in rows if row.kind == "event"} == set(get_args(AppCacheEventName))
    assert {row.name for row in rows if row.kind == "state"} == set(APPCACHE_STATUSES)
    assert {row.kind for row in rows} == set(generator.TITLES)


def test_every_row_passed_in_every_build(generator: ModuleType, text: str) -> None:
    results = generator.results_of(text)
    rows = {row.name for row in generator.shown()}
    assert set(results) == {(name, build) for name in rows for build in generator.BUILDS}
    assert set(results.values()) == {generator.PASSED}


def test_every_link_leads_somewhere(text: str) -> None:
    for path, line in re.findall(r"\]\(\.\./([^)#]+)#L(\d+)\)", text):
        lines = (DOCS.parent / path).read_text(encoding="utf-8").splitlines()
        assert lines[int(line) - 1].startswith("def test_"), f"{path}:{line}"
    anchors = set(re.findall(r'<a id="([^"]+)">', text))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


def test_what_stands_beside_a_row_has_that_row(generator: ModuleType, text: str) -> None:
    rows = {row.name for row in generator.shown()}
    for deviation, names in generator.OTHERWISE.items():
        assert f'<a id="{deviation}">' in text, deviation
        assert set(names) <= rows, deviation


def test_one_failure_is_a_failed_row(generator: ModuleType) -> None:
    row = generator.Shown("event", "cached", Path("test_a.py"), "test_x", 1)
    cases = ElementTree.fromstring(
        "<all>"
        '<testcase classname="tests.test_a" name="test_x[chromium-83-one]"/>'
        '<testcase classname="tests.test_a" name="test_x[chromium-83-two]"><failure/></testcase>'
        '<testcase classname="tests.test_a" name="test_x[chromium-88]"><skipped/></testcase>'
        "</all>"
    )
    assert generator._results([row], cases) == {
        ("cached", "chromium-83"): generator.FAILED,
        ("cached", "chromium-88"): generator.NOT_RUN,
        ("cached", "chromium-92"): generator.NOT_RUN,
    }
