"""The cases of the compatibility table on the model alone: no browser."""

from __future__ import annotations

from pathlib import Path

import compat_cases
import pytest
from compat_cases import BadCase, Case, cases, read
from compat_reader import World, outcomes
from compat_table import readable
from compat_values import Unreadable, tell

CASES = cases()


@pytest.mark.parametrize(
    "case", [pytest.param(each, id=each.id) for each in CASES if each.stated is None]
)
def test_the_model_runs_what_nobody_states(case: Case) -> None:
    assert len(outcomes(case)) == len(case.told)


def test_what_the_model_can_say_is_not_stated_by_hand() -> None:
    stated = [each for each in CASES if each.stated is not None]
    assert [each.id for each in stated if readable(each)] == []


def test_ids_are_unique_and_every_rule_is_a_sentence() -> None:
    assert len({each.id for each in CASES}) == len(CASES) >= 250
    assert [each.id for each in CASES if not each.rule.endswith(".")] == []
    assert {each.on for each in CASES} == {"secure", "insecure"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('cache.put("/a", new Response("one"))', "undefined"),
        ('cache.put("/a", new Response("one", {status: 206}))', "TypeError"),
        ('cache.match("/a")', "undefined"),
        ('(await fetch("/not-found"))', '404 "not found"'),
        ("caches.keys()", '["v1"]'),
        ("Response.error()", "error"),
    ],
)
def test_the_reader_reads_expressions(text: str, told: str) -> None:
    case = Case("x", "", Path(), 1, program=[compat_cases.Statement(f"{text}")])
    case.program.insert(0, compat_cases.Statement('caches.open("v1")', "cache"))
    assert outcomes(case) == [told]


@pytest.mark.parametrize(
    "text",
    [
        "cache.match()",
        "cache.match(undefined)",
        'cache.put("/a", "text")',
        'cache.match("/a", {ignoreSearch: 1})',
        'new Request("/a", {mode: "no-cors"})',
        'new Response("x", {headers: {"set-cookie": "a=1"}})',
        'fetch("/ok", {redirect: "manual"})',
        'fetch("data:,a")',
        "keys.map((key) => key)",
        "caches.open(`v1`)",
        'caches.open("v1") + 1',
        'caches.polyfill("v1")',
    ],
)
def test_the_reader_says_what_it_cannot_read(text: str) -> None:
    world = World()
    world.names["cache"] = world.caches.open("v1")
    with pytest.raises(Unreadable):
        world.value(text)


def test_a_body_is_used_up_by_put_and_by_reading() -> None:
    world = World()
    world.names["cache"] = world.caches.open("v1")
    world.names["given"] = given = world.value('new Response("one")')
    assert tell(given) == '"one"'
    case = [
        compat_cases.Statement('new Response("one")', "given"),
        compat_cases.Statement('cache.put("/a", given)'),
        compat_cases.Statement("given.text()"),
        compat_cases.Statement('cache.put("/b", given)'),
        compat_cases.Statement("cache.keys()"),
    ]
    found = outcomes(Case("x", "", Path(), 1, program=case))
    assert found == ["undefined", "TypeError", "TypeError", '["/a"]']


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cache.keys()", "begins with '// ## HEADING'"),
        ("// ## Put\n\n// # a\n// A rule.\ncache.keys()", "a.js:3: a needs a rule, a spec"),
        ("// ## Put\n// # a\n// spec: cache-put\ncache.keys()", "a needs a rule"),
        ("// ## Put\n// # a\n// A rule.\n// spec: cache-put\n", "and a program"),
        (
            "// ## Put\n// # a\n// A rule.\n// spec: cache-put\na()\nb()\n// => 1",
            "a states 1 outcomes of 2: state all of them",
        ),
    ],
)
def test_a_bad_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a.js"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadCase, match=message.replace("(", r"\(")):
        read(file)
