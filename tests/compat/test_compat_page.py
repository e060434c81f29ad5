"""docs/compat.md and compat.json are what the cases and the table of deviations make of them."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from compat_cases import cases
from compat_table import (
    BUILDS,
    COMMAND,
    DEVIATIONS,
    Seen,
    Table,
    Workers,
    expected,
    judged,
    of_workers,
    recorded,
    seen_in,
    table,
    written,
)

from pytest_offline.compare import known_for

DOCS = Path(__file__).parent.parent.parent / "docs"
REWRITE = "run: python docs/compat.py --rewrite"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """docs/compat.py as a module."""
    spec = importlib.util.spec_from_file_location("compat_page", DOCS / "compat.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def committed() -> Table:
    return recorded()


@pytest.fixture(scope="module")
def text() -> str:
    return (DOCS / "compat.md").read_text(encoding="utf-8")


def test_the_json_is_what_cases_model_and_deviations_say(committed: Table) -> None:
    again = written(table(seen_in(committed), committed["workers"]))
    assert again == (DOCS / "compat.json").read_text(encoding="utf-8"), REWRITE


def test_the_page_is_what_the_json_says(generator: ModuleType, committed: Table, text: str) -> None:
    assert generator.page(committed) == text, REWRITE


def test_every_rule_was_run_in_every_build_that_can_be_had(committed: Table) -> None:
    had = set(BUILDS) - {"webkit"}
    missing = {rule["id"]: had - set(rule["builds"]) for rule in committed["rules"]}
    assert {name: builds for name, builds in missing.items() if builds} == {}, f"run: {COMMAND}"
    assert len(committed["rules"]) == len(cases()) >= 100


def test_a_deviation_stands_where_it_shows_and_nowhere_else(committed: Table) -> None:
    assert {name for case in cases() for name in case.known} <= set(DEVIATIONS)
    for rule, case in zip(committed["rules"], cases(), strict=True):
        for build, cell in rule["builds"].items():
            for name in case.known:
                deviates = DEVIATIONS[name] in known_for(build)
                assert name in cell.get("deviations", ()) or cell["yes"] or not deviates


def test_no_build_has_a_deviation_that_none_of_its_rules_shows(committed: Table) -> None:
    for name, each in DEVIATIONS.items():
        cases_of = {case.id for case in cases() if name in case.known}
        rules = [rule for rule in committed["rules"] if rule["id"] in cases_of]
        for build in (*committed["builds"],) if rules else ():
            cells = [rule["builds"][build] for rule in rules if build in rule["builds"]]
            if cells and each in known_for(build):
                assert not all(cell["yes"] for cell in cells), f"{build} does not do {name}"


def test_every_known_deviation_shows_in_a_rule(committed: Table) -> None:
    cells = [cell for rule in committed["rules"] for cell in rule["builds"].values()]
    shown = {name for cell in cells for name in cell.get("deviations", ())}
    # What a build only *may* do hangs on which answer comes first: no rule shows it each time.
    sure = {name for name, each in DEVIATIONS.items() if not each.effect.startswith("may ")}
    assert sure <= shown <= set(DEVIATIONS)


def test_every_link_leads_somewhere(text: str) -> None:
    for path, line in re.findall(r"\]\((compat/[^)#]+)#L(\d+)\)", text):
        lines = (DOCS / path).read_text(encoding="utf-8").splitlines()
        assert lines[int(line) - 1].startswith("// # "), f"{path}:{line}"
    anchors = re.findall(r'<a id="([^"]+)">', text)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(anchors)


def test_every_no_says_what_instead(text: str, committed: Table) -> None:
    refused = sum(
        not all(each["yes"] for each in rule["builds"].values()) for rule in committed["rules"]
    )
    notes = re.findall(r'^- <a id="', text, re.MULTILINE)
    assert len(notes) == refused > 0


def seen(outcome: str, version: str = "1.0") -> Seen:
    return Seen(
        version,
        {case.id: [*expected(n)] for n, case in enumerate(cases())} | {"put-stores": [outcome]},
    )


def test_a_table_of_one_build(generator: ModuleType) -> None:
    made = table({"firefox": seen("the page crashes", "9.1")})
    assert made["builds"]["firefox"] == {"version": "9.1"}
    assert made["builds"]["chromium"] == {"version": None, "note": "not run here"}
    rows: dict[str, Any] = {rule["id"]: rule["builds"] for rule in made["rules"]}
    crashed = {"yes": False, "seen": ["the page crashes"], "deviations": []}
    assert rows["put-stores"] == {"firefox": crashed}
    assert rows["put-overwrites"] == {"firefox": {"yes": True}}
    page = generator.page(made)
    assert "| Fx 9 | `firefox` | Firefox | 9.1 | " in page
    assert "  - Firefox 9: the page crashes." in page
    assert seen_in(made) == {"firefox": seen("the page crashes")}


def test_a_build_that_does_as_the_table_says() -> None:
    made = table({"firefox": seen("one thing")})
    assert judged("firefox", seen("one thing"), made) == ("ok", "")
    assert judged("firefox", seen("one thing", "2.0"), made) == ("ok", "")


@pytest.mark.parametrize(("version", "verdict"), [("1.9", "fail"), ("2.0", "skip")])
def test_a_build_that_does_otherwise(version: str, verdict: str) -> None:
    found, message = judged("firefox", seen("another", version), table({"firefox": seen("one")}))
    assert found == verdict
    assert message == (
        f"1 cells of docs/compat.json are not what firefox {version} does:\n"
        "  put-stores: the table has one, now it is another\n"
        "The table was made with 1.0. If the build is right, write it anew: make compat"
    )


def test_a_build_that_the_table_was_made_without() -> None:
    few = Seen("1.0", {"put-stores": ["undefined"]})
    found, message = judged("webkit", few, table({}))
    assert found == "skip"
    assert "put-stores: the table has nothing, now it is undefined" in message
    assert "The table was made without it." in message


def test_parts_of_a_run_are_put_together(generator: ModuleType) -> None:
    workers: Workers = {"service": {"chromium": {"rules": 1, "otherwise": {}}}}
    parts = [
        {"build": "firefox", "version": "9.1", "part": "service", "outcomes": {"a": ["4"]}},
        {"build": "firefox", "version": "9.1", "part": "secure", "outcomes": {"a": ["1"]}},
        {"build": "chromium", "version": "8.1", "part": "secure", "outcomes": {"a": ["2"]}},
        {"build": "firefox", "version": "9.1", "part": "insecure", "outcomes": {"b": ["3"]}},
    ]
    found = generator.together(parts, workers)
    assert list(found) == ["chromium", "firefox"]
    assert found["firefox"] == {"a": ["1"], "b": ["3"]}
    assert workers["service"] == {
        "chromium": {"rules": 1, "otherwise": {}},
        "firefox": {"rules": 1, "otherwise": {"a": ["4"]}},
    }


def test_what_workers_do_otherwise_is_told(generator: ModuleType) -> None:
    cells = {"rules": 9, "otherwise": {"put-stores": ["TypeError"]}}
    page = generator.page(
        table({"firefox": seen("undefined", "9.1")}, {"service": {"firefox": cells}})
    )
    assert "| a service worker | – | – | – | – | – | 8 of 9 | – |" in page
    assert "- Firefox 9, in a service worker: `put` stores the response" in page
    assert "`TypeError` in place of `undefined`." in page


def test_make_runs_every_build_that_can_be_had() -> None:
    makefile = (DOCS.parent / "Makefile").read_text(encoding="utf-8")
    (builds,) = re.findall(r"^COMPAT_BUILDS := (.+)$", makefile, re.MULTILINE)
    assert set(builds.split()) == set(BUILDS) - {"webkit"}
    assert len(of_workers()) > 200
