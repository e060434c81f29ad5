"""A failing test as a scenario: its steps, its site, and what was wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from playwright.sync_api import Error

from pytest_offline.bundles.conditions import as_step
from pytest_offline.bundles.recorded_deeds import spans_put_back, stage_of, steps_of_deeds
from pytest_offline.bundles.recorded_site import site_of
from pytest_offline.bundles.recorded_steps import Timed, steps_of, with_wrong
from pytest_offline.bundles.recording import Recorder
from pytest_offline.bundles.runner.fields import Json
from pytest_offline.bundles.runner.json_form import CONTEXT
from pytest_offline.bundles.runner.words import (
    MAIN,
    Evaluate,
    Host,
    Outcome,
    Scenario,
    SetNetwork,
    Site,
    Untold,
    WaitUntilReady,
)
from pytest_offline.bundles.traces import NOTHING, Call, value_of
from pytest_offline.errors import NotReady
from pytest_offline.probes import INTERNAL
from pytest_offline.scene import Scene

_LAST: Final = float("inf")

_USUAL: Final = (("accept_downloads", "accept"), ("viewport", {"width": 1280, "height": 720}))

CACHES: Final = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const requests = await (await caches.open(name)).keys();
    found[name] = requests.map((request) => `${request.method} ${request.url}`);
  }
  return found;
}"""
"""What the caches hold, where nothing nearer to a failure is known."""


def scenario_of_test(
    scene: Scene,
    recorder: Recorder,
    title: str,
    error: BaseException | None,
    versions: Mapping[str, str],
) -> tuple[Scenario, dict[str, str]]:
    """The scenario of a test, and what its origins were called.

    Args:
        recorder: finished, but not closed.
        error: what the test failed with; None for one that did not.
    """
    names = _names(scene)
    calls = [call for each in recorder.watched.values() if each.trace for call in each.trace.calls]
    calls = [call for call in calls if not _is_ours(recorder, scene, call)]
    failed = _failed(calls, error)
    steps: list[Timed] = []
    for watched in recorder.watched.values():
        steps += steps_of(watched, lambda call: _is_ours(recorder, scene, call), failed)
    steps += _network(scene, calls)
    steps += steps_of_deeds(scene.deeds, recorder)
    # What a test does on its way out, such as leaving a with block, is no part of it.
    end = failed.time if failed is not None else _LAST
    put_back = spans_put_back(scene.deeds, steps)
    steps = [timed for timed in steps if timed[0] <= end and not put_back(timed[0])]
    steps.sort(key=lambda timed: timed[0])
    if error is not None and failed is None:
        steps = _shown_otherwise(scene, steps, calls, error)
    hosts: list[Host] = []
    for origin in scene.origins:
        answers, serves = site_of(origin, names[origin.base], steps, put_back)
        hosts.append(Host((*answers, *stage_of(origin, scene.deeds)), names[origin.base]))
        steps += serves
    steps.sort(key=lambda timed: timed[0])
    scenario = Scenario(
        title=title,
        steps=tuple(step for _, step in steps),
        site=Site(tuple(hosts) or (Host(),)),
        text=_told(error),
        versions=versions,
        context=_context(recorder),
    )
    return scenario, names


def _names(scene: Scene) -> dict[str, str]:
    """Origins by their URL, and their names: the first is ``main``."""
    found: dict[str, str] = {}
    for number, origin in enumerate(scene.origins):
        name = re.sub(r"[^a-z0-9-]+", "-", origin.name.removesuffix(".test")).strip("-")
        taken = name in found.values() or name == MAIN
        found[origin.base] = MAIN if number == 0 else f"{name}-{number}" if taken else name
    return found


def _is_ours(recorder: Recorder, scene: Scene, call: Call) -> bool:
    """Whether a call is the probe's, or goes to a page of ours."""
    session = scene.session
    text = str(call.params)
    if session is not None and session.asked_by_us(text):
        return True
    if call.what == "Frame.evaluateExpression" and call.params.get("expression") == "0":
        return True
    return INTERNAL in str(call.params.get("url", ""))


def _failed(calls: list[Call], error: BaseException | None) -> Call | None:
    """The call that a test failed with; None where it failed with something of its own."""
    wrong = [call for call in calls if call.error is not None]
    if not wrong or error is None:
        return None
    if isinstance(error, Error):
        return wrong[-1]
    last = [call for call in calls if call.what != "BrowserContext.setOffline"][-1]
    expecting = isinstance(error, AssertionError) and last.what == "Frame.expect"
    return last if expecting and last.error is not None else None


def _network(scene: Scene, calls: list[Call]) -> list[Timed]:
    """What the test did to the network, by ours and by Playwright's own switch."""
    changes = scene.network.changes
    names = _names(scene)
    found: list[Timed] = [(time, as_step(condition, names)) for time, condition in changes]
    for call in calls:
        if call.what != "BrowserContext.setOffline":
            continue
        before = [condition for time, condition in changes if time <= call.time]
        online = not call.params.get("offline")
        if (before[-1].browser_online if before else True) != online or not before:
            found.append((call.time, SetNetwork(browser_online=online, name="set_offline()")))
    return found


def _shown_otherwise(
    scene: Scene, steps: list[Timed], calls: list[Call], error: BaseException
) -> list[Timed]:
    """The failure was none of a call: what is nearest to it is what was wrong."""
    if isinstance(error, NotReady):
        return [*steps, (_LAST, WaitUntilReady(cached=error.missing, limit=5))]
    # An assertion of the test itself, and not one about caches or origins.
    own = isinstance(error, AssertionError) and not _raised_by_us(error)
    if own and calls and calls[-1].what == "Frame.evaluateExpression":
        value = value_of(calls[-1].result.get("value"))
        if value is not NOTHING:
            return with_wrong(steps, calls[-1], value)
    held = _held(scene)
    if held is None:
        return [*steps, (_LAST, Untold(f"the test failed here: {_told(error)}"))]
    note = "the test failed with this in its caches"
    return [*steps, (_LAST, Evaluate(CACHES, wrong=(Outcome(held),), note=note))]


def _raised_by_us(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "") if trace is not None else ""
    return str(module).startswith("pytest_offline.")


def _held(scene: Scene) -> Json:
    """What the caches of the first origin hold; None where they cannot be asked."""
    if scene.session is None or not scene.origins:
        return None
    frame = scene.session.newest_frame(scene.origins[0].url)
    try:
        return frame.evaluate(CACHES) if frame is not None else None
    except Error:
        return None


def _told(error: BaseException | None) -> str:
    if error is None:
        return "The test passed."
    return f"The test failed: {type(error).__name__}: {error}"[:2000]


def _context(recorder: Recorder) -> dict[str, Any]:
    """The options of the first context, as Playwright for Python calls them."""
    found: dict[str, Any] = {}
    traces = [each.trace for each in recorder.watched.values() if each.trace is not None]
    options = traces[0].options if traces else dict[str, Json]()
    for name, value in options.items():
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        if name == "extraHTTPHeaders":
            found["extra_http_headers"] = {each["name"]: each["value"] for each in value}
        elif snake in CONTEXT and (snake, value) not in _USUAL:
            found[snake] = value
    return found
