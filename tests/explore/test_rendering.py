"""A program for people: JavaScript, a pytest test, and steps of the model that run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from pytest_offline.explore import (
    Asked,
    Fetched,
    Made,
    Program,
    Step,
    as_javascript,
    as_model_steps,
    as_pytest,
    programs,
)
from pytest_offline.explore.model_steps import model_steps

VARIES = Made(404, (("vary", "x-a"),), "x", 3, "Gone", "used")
ELSEWHERE = Fetched("/r/hop", "no-cors", True, "locked")
PROGRAM = Program(
    (
        Step(
            "cache", "put", "caches", requests=(Asked("/a", headers=(("x-a", "1"),)),),
            response=VARIES,
        ),
        Step("cache", "put", "two", requests=(Asked("/b", made=True),), response=Made(how="error")),
        Step("caches", "open", "two"),
        Step("cache", "put", "two", 0, (Asked("/c"),), Made(308, how="redirect")),
        Step("cache", "put", "two", 1, (Asked("/c"),), ELSEWHERE),
        Step("cache", "matchAll", "two", options=(("ignoreSearch", True),)),
        Step("cache", "addAll", "two", requests=(Asked("/r/plain"), Asked("/r/empty"))),
        Step("caches", "match", requests=(Asked("/a", "HEAD"),), options=(("cacheName", "two"),)),
        Step("caches", "has", "two"),
    )
)  # fmt: skip


def test_javascript_is_what_one_would_write() -> None:
    lines = as_javascript(PROGRAM).splitlines()
    assert lines[-11:] == [
        'const cache = await caches.open("caches");',
        'await settled(async () => cache.put(new Request("/a", {headers: [["x-a", "1"]]}), await '
        'used(new Response("x".repeat(3), {status: 404, statusText: "Gone", headers: '
        '[["vary", "x-a"]]}))));',
        'const two = await caches.open("two");',
        'await settled(async () => two.put(new Request("/b"), Response.error()));',
        'const two2 = await caches.open("two");',
        'await settled(async () => two.put("/c", Response.redirect("/", 308)));',
        'await settled(async () => two2.put("/c", await locked(await fetch(elsewhere + "r/hop", '
        '{mode: "no-cors"}))));',
        "await settled(async () => two2.matchAll(undefined, {ignoreSearch: true}));",
        'await settled(async () => two2.addAll(["/r/plain", "/r/empty"]));',
        'await settled(async () => caches.match(new Request("/a", {method: "HEAD"}), '
        '{cacheName: "two"}));',
        'await settled(async () => caches.has("two"));',
    ]
    assert lines[0] == "const settled = async (call) => {"


def test_only_the_helpers_that_are_used_are_there() -> None:
    text = as_javascript(Program((Step("caches", "keys"),)))
    assert "const settled" in text
    assert "const used" not in text
    assert "const locked" not in text


def test_a_pytest_test_has_the_fixtures_that_it_needs() -> None:
    text = as_pytest(PROGRAM)
    compile(text, "test", "exec")
    assert f"def test_program_{PROGRAM.id}(page, origin, make_origin, caches):" in text
    assert "        other.url,\n    )\n    caches.verify()\n" in text
    plain = as_pytest(Program((Step("caches", "keys"),)))
    assert "(page, origin, caches):" in plain
    assert "make_origin" not in plain


def test_steps_of_the_model_say_what_each_gives() -> None:
    assert as_model_steps(PROGRAM).splitlines()[4:] == [
        "cache = storage.open('caches')  # fulfils",
        "cache.put(Request('/a', headers=(('x-a', '1'),)), Response(status=404, headers=(('vary', "
        "'x-a'), ('content-type', 'text/plain;charset=UTF-8')), body=b'x' * 3, "
        "status_text='Gone', used=True))  # rejects: TypeError",
        "two = storage.open('two')  # fulfils",
        "two.put(Request('/b'), Response(status=0, body=None, type='error'))  # fulfils",
        "two2 = storage.open('two')  # fulfils",
        "two.put('/c', Response(status=308, headers=(('location', 'http://origin.localhost/'),), "
        "body=None))  # fulfils",
        "two2.put('/c', Response(type=\"opaque\"))  # fulfils",
        "two2.match_all(ignore_search=True)  # [a response, status 0, 0 bytes, "
        "a response, status 0, None bytes]",
        "two2.add_all(['/r/plain', '/r/empty'])  # fulfils",
        "storage.match(Request('/a', 'HEAD'), cache_name='two')  # None",
        "storage.has('two')  # True",
    ]


@settings(deadline=None, max_examples=25)
@given(programs())
def test_steps_of_the_model_run_and_give_what_they_say(program: Program) -> None:
    names: dict[str, object] = {}
    text = as_model_steps(program)
    head, _, rest = text.partition("\nstorage = ")
    exec(compile(f"{head}\nstorage = {rest.partition(chr(10))[0]}", "head", "exec"), names)
    for step in model_steps(program):
        if step.outcome.startswith("rejects: "):
            with pytest.raises(Exception, match=step.outcome.removeprefix("rejects: ")):
                exec(step.text, names)
        else:
            exec(step.text, names)
