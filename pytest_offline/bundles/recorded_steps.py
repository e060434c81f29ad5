"""From the calls that a test made to steps that can be taken again."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from pytest_offline.bundles.recording import Move, Watched
from pytest_offline.bundles.runner.fields import Json
from pytest_offline.bundles.runner.json_form import METHODS
from pytest_offline.bundles.runner.words import (
    Act,
    ClosePage,
    Evaluate,
    Expect,
    Goto,
    Loading,
    OpenPage,
    Outcome,
    Reload,
    Step,
    Travel,
    Untold,
    WaitFor,
)
from pytest_offline.bundles.traces import NOTHING, Call, value_of

Timed = tuple[float, Step]

_MOVED: Final = {
    "Frame.goto": "goto",
    "Page.reload": "reload",
    "Page.goBack": "go_back",
    "Page.goForward": "go_forward",
    "Page.close": "close",
    "Frame.setContent": "set_content",
}
_ACTS: Final = {
    "".join(part.title() if index else part for index, part in enumerate(name.split("_"))): name
    for name in METHODS
}
_GIVEN: Final = ("value", "key", "text", "type")
_READING: Final = re.compile(
    r"\.(title|textContent|innerText|innerHTML|inputValue|getAttribute|is[A-Z]\w*|content|"
    r"screenshot|querySelector\w*|queryCount|ariaSnapshot|evalOnSelector\w*|resolveSelector|"
    r"waitForTimeout|waitForLoadState|waitForEventInfo|waitForSelector|bringToFront|pause)$"
)
_CONTEXT_READING: Final = frozenset(
    f"BrowserContext.{name}"
    for name in ("close", "cookies", "newCDPSession", "setOffline", "storageState")
)
"""What a bundle can do without, does in its own way (the network), or we ask of old browsers."""
_ASSERTIONS: Final[Mapping[str, str]] = {
    "to.be.attached": "to_be_attached",
    "to.be.checked": "to_be_checked",
    "to.be.disabled": "to_be_disabled",
    "to.be.enabled": "to_be_enabled",
    "to.be.focused": "to_be_focused",
    "to.be.hidden": "to_be_hidden",
    "to.be.visible": "to_be_visible",
    "to.have.count": "to_have_count",
    "to.have.text": "to_have_text",
    "to.have.text.array": "to_have_text",
    "to.contain.text.array": "to_contain_text",
    "to.have.title": "to_have_title",
    "to.have.url": "to_have_url",
    "to.have.value": "to_have_value",
    "to.have.attribute.value": "to_have_attribute",
}


@dataclass
class _Pages:
    """Which page a call is about: Playwright's trace does not say."""

    moves: list[Move]
    now: str = ""

    def of(self, call: Call) -> str:
        """The page of a call, by what was moved at that time; the last one's for the rest."""
        name = "open" if call.what == "BrowserContext.newPage" else _MOVED.get(call.what)
        if name is not None:
            for index, move in enumerate(self.moves):
                if move.name == name:
                    del self.moves[index]
                    self.now = move.page
                    break
        return self.now


def steps_of(watched: Watched, is_ours: Callable[[Call], bool], failed: Call | None) -> list[Timed]:
    """The steps of one context, each with its time.

    Args:
        is_ours: whether a call is this package's own.
        failed: the call that the test failed with, if it was one.
    """
    if watched.trace is None:
        return [(0.0, Untold(f"what was done in {watched.name}: {watched.why_not}"))]
    pages, ours = _Pages(list(watched.moves)), set[str]()
    found: list[Timed] = []
    for call in watched.trace.calls:
        page = pages.of(call)
        if is_ours(call):
            if call.what == "Frame.goto":
                ours.add(page)
            continue
        step = _step(call, page or "page", watched.name, failed=call is failed)
        if step is not None:
            found.append((call.time, step))
    return [(time, step) for time, step in found if getattr(step, "page", "") not in ours]


def with_wrong(steps: Sequence[Timed], call: Call, value: Json) -> list[Timed]:
    """The value of the script that a call ran is what was wrong."""
    return [
        (time, dataclasses.replace(step, wrong=(Outcome(value),)))
        if isinstance(step, Evaluate) and time == call.time
        else (time, step)
        for time, step in steps
    ]


def _step(call: Call, page: str, context: str, *, failed: bool) -> Step | None:
    loading: Loading = "loads" if failed or call.error is None else "fails"
    url = str(call.params.get("url", "/"))
    steps: Mapping[str, Callable[[], Step]] = {
        "BrowserContext.newPage": lambda: OpenPage(page, context),
        "Page.close": lambda: ClosePage(page),
        "Frame.goto": lambda: Goto(url, loading, page=page),
        "Page.reload": lambda: Reload(loading, page=page),
        "Page.goBack": lambda: Travel("back", loading, page),
        "Page.goForward": lambda: Travel("forward", loading, page),
        "Frame.evaluateExpression": lambda: _evaluated(call, page, failed=failed),
        "Frame.evaluateExpressionHandle": lambda: _evaluated(call, page, failed=failed),
        "Frame.waitForFunction": lambda: _waited(call, page),
        "Frame.expect": lambda: _expected(call.params, page),
        "Page.keyboardPress": lambda: Act("press", "", (call.params.get("key"),), page),
    }
    return steps[call.what]() if call.what in steps else _acted(call, page)


def _waited(call: Call, page: str) -> Step:
    argument = value_of(_argument(call.params))
    shown = None if argument is NOTHING else argument
    return WaitFor(str(call.params.get("expression", "")), shown, page=page)


def _evaluated(call: Call, page: str, *, failed: bool) -> Step:
    argument = value_of(_argument(call.params))
    script = str(call.params.get("expression", ""))
    if argument is NOTHING or _inside(call.params, "arg").get("handles"):
        return Untold(f"{script[:200]} was run with an argument that is no JSON", page)
    wrong = (Outcome(error=_name(call.error)),) if failed and call.error else ()
    return Evaluate(script, argument, wrong=wrong, page=page)


def _name(error: str) -> str:
    name = error.partition(":")[0].strip()
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else "Error"


def _argument(params: Mapping[str, Json]) -> Json:
    return _inside(params, "arg").get("value") or {"v": "null"}


def _inside(params: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    found = params.get(name)
    return cast("Mapping[str, Json]", found) if isinstance(found, Mapping) else {}


def _acted(call: Call, page: str) -> Step | None:
    method = call.what.partition(".")[2]
    if method in _ACTS and "selector" in call.params:
        arguments: list[Json] = [call.params[name] for name in _GIVEN if name in call.params]
        if method == "selectOption":
            options = cast("list[dict[str, str]]", call.params.get("options") or [])
            arguments = [[each.get("valueOrLabel", each.get("value")) for each in options]]
        return Act(_ACTS[method], str(call.params["selector"]), tuple(arguments), page)
    if call.what in _CONTEXT_READING or _READING.search(call.what):
        return None
    about = ("Frame.", "Page.", "BrowserContext.")
    return Untold(call.what, page) if call.what.startswith(about) else None


def _expected(params: Mapping[str, Json], page: str) -> Step:
    name = _ASSERTIONS.get(str(params.get("expression")))
    texts = [_text(each) for each in params.get("expectedText") or ()]
    if name is None:
        return Untold(f"expect(…) {params.get('expression')}", page)
    contains = any(each.get("matchSubstring") for each in params.get("expectedText") or ())
    if name == "to_have_text" and contains:
        name = "to_contain_text"
    arguments: list[Json] = []
    if name == "to_have_count":
        arguments = [params.get("expectedNumber", 0)]
    elif name == "to_have_attribute":
        arguments = [params.get("expressionArg", ""), *texts]
    elif texts:
        arguments = [texts] if str(params["expression"]).endswith(".array") else texts[:1]
    return Expect(
        assertion=name,
        selector=str(params.get("selector", "")),
        arguments=tuple(arguments),
        negated=bool(params.get("isNot")),
        limit=min(float(params.get("timeout", 5000)) / 1000, 30),
        page=page,
    )


def _text(expected: Mapping[str, Any]) -> Json:
    if "regexSource" in expected:
        return {"regex": expected["regexSource"], "flags": expected.get("regexFlags", "")}
    return expected.get("string", "")
