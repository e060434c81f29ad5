"""A program for people: as JavaScript, as a pytest test, and as steps of the model."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from pytest_offline.explore.program import Asked, Fetched, Made, Pairs, Program, Step
from pytest_offline.explore.resources import PAGE, SHOWN

_IDENTIFIER: Final = re.compile(r"[a-z][A-Za-z0-9]*")
_RESERVED: Final = frozenset(
    {
        "brief",
        "caches",
        "digest",
        "elsewhere",
        "headers",
        "locked",
        "plain",
        "settled",
        "shown",
        "storage",
        "told",
        "used",
    }
)
_HELPER: Final = re.compile(r"^const (\w+) = .*?^};$", re.DOTALL | re.MULTILINE)

_TEST: Final = '''"""Found by exploring: pytest-offline explore. Run it with --offline-build."""

from pytest_offline.explore import serve


def test_program_{id}(page, origin{more}, caches):
    serve(origin)
{others}    page.goto(origin.url_for({page!r}))
    page.evaluate(
        r"""async (elsewhere) => {{
{lines}
}}""",
        {argument},
    )
    caches.verify()
'''


def as_javascript(program: Program) -> str:
    """Statements for a page's console, or the body of an ``async`` function.

    Where the program asks the second origin, ``elsewhere`` is that origin's URL.
    """
    text = statements(program)
    helpers = [helper[0] for helper in _HELPER.finditer(_helpers()) if f"{helper[1]}(" in text]
    return "\n".join([*helpers, text]) + "\n"


def as_function(program: Program) -> str:
    """A function that gives what each call came to, openings left out, as `allowed.told` does.

    The second origin is found where a bundle has it.
    """
    return f"async () => {{\n{_telling()}{statements(program)}\nreturn told;\n}}\n"


def statements(program: Program) -> str:
    """The calls, a line each; each by way of ``settled``."""
    whole = program.complete()
    variables = variables_of(whole)
    opening = iter(variables.values())
    return "\n".join(
        f"const {next(opening)} = await caches.open({json.dumps(step.cache)});"
        if step.is_opening
        else _call(step, variables)
        for step in whole.steps
    )


def as_pytest(program: Program) -> str:
    """A module with one test, which fails where the program's outcome is not allowed."""
    asks_elsewhere = "elsewhere +" in as_javascript(program)
    return _TEST.format(
        id=program.id,
        page=PAGE,
        more=", make_origin" if asks_elsewhere else "",
        others="    other = make_origin()\n    serve(other)\n" if asks_elsewhere else "",
        argument="other.url" if asks_elsewhere else "None",
        lines=textwrap.indent(as_javascript(program).rstrip(), "  "),
    )


def variables_of(program: Program) -> dict[tuple[str, int], str]:
    """A variable for each opening of each cache of a complete program, after the cache's name."""
    found: dict[tuple[str, int], str] = {}
    counted: dict[str, int] = {}
    for step in program.steps:
        if step.is_opening:
            name = step.cache or ""
            at = counted.get(name, 0)
            counted[name] = at + 1
            found[(name, at)] = _variable(name, at, set(found.values()))
    return found


def options_object(step: Step) -> str:
    """The options as JavaScript writes them; empty where there are none."""
    if not step.options:
        return ""
    pairs = ", ".join(f"{name}: {json.dumps(value)}" for name, value in step.options)
    return f"{{{pairs}}}"


def _variable(name: str, at: int, taken: set[str]) -> str:
    plain = name if _IDENTIFIER.fullmatch(name) and name not in _RESERVED else "cache"
    wanted = f"{plain}{at + 1}" if at else plain
    number = 2
    while wanted in taken:
        wanted, number = f"{plain}{number}", number + 1
    return wanted


def _call(step: Step, variables: Mapping[tuple[str, int], str]) -> str:
    owner = "caches"
    if step.target == "cache":
        owner = variables[(step.cache or "", step.opening or 0)]
    return f"await settled(async () => {owner}.{step.method}({_arguments(step)}));"


def _arguments(step: Step) -> str:
    if step.method == "addAll":
        return f"[{', '.join(_request(each) for each in step.requests)}]"
    if step.target == "caches" and step.method in ("has", "delete"):
        return json.dumps(step.cache or "")
    given = [_request(each) for each in step.requests]
    if step.response is not None:
        given.append(_response(step.response))
    if step.options:
        given = given or ["undefined"]
        given.append(options_object(step))
    return ", ".join(given)


def _request(asked: Asked) -> str:
    url = json.dumps(asked.url)
    if asked.is_text:
        return url
    parts: list[str] = []
    if asked.method != "GET":
        parts.append(f"method: {json.dumps(asked.method)}")
    if asked.headers:
        parts.append(f"headers: {_pairs(asked.headers)}")
    return f"new Request({url}, {{{', '.join(parts)}}})" if parts else f"new Request({url})"


def _response(response: Made | Fetched) -> str:
    text = _fetched(response) if isinstance(response, Fetched) else _made(response)
    return text if response.spent == "fresh" else f"await {response.spent}({text})"


def _made(made: Made) -> str:
    if made.how == "error":
        return "Response.error()"
    if made.how == "redirect":
        return f'Response.redirect("/", {made.status})'
    parts: list[str] = []
    if made.status != 200:
        parts.append(f"status: {made.status}")
    if made.status_text:
        parts.append(f"statusText: {json.dumps(made.status_text)}")
    if made.headers:
        parts.append(f"headers: {_pairs(made.headers)}")
    body = json.dumps(made.body)
    if made.body and made.times != 1:
        body += f".repeat({made.times})"
    return f"new Response({body}, {{{', '.join(parts)}}})" if parts else f"new Response({body})"


def _fetched(fetched: Fetched) -> str:
    path = json.dumps(fetched.path)
    url = f"elsewhere + {json.dumps(fetched.path.lstrip('/'))}" if fetched.elsewhere else path
    mode = "" if fetched.mode == "cors" else f', {{mode: "{fetched.mode}"}}'
    return f"await fetch({url}{mode})"


def _pairs(headers: Pairs) -> str:
    return json.dumps([list(pair) for pair in headers])


@cache
def _telling() -> str:
    used = "".join(
        found[0] + "\n" for found in _HELPER.finditer(_helpers()) if found[1] != "settled"
    )
    telling = files(__package__ or "").joinpath("told.js").read_text(encoding="utf-8")
    return f"const shown = {json.dumps(SHOWN)};\n{telling}{used}"


@cache
def _helpers() -> str:
    return files(__package__ or "").joinpath("settled.js").read_text(encoding="utf-8")
