"""From what a test did through our fixtures to steps that need no fixture of ours."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pytest_offline.bundles.recorded_steps import Timed
from pytest_offline.bundles.recording import Recorder
from pytest_offline.bundles.runner.fields import Json
from pytest_offline.bundles.runner.words import (
    PAGE,
    Answer,
    ClosePage,
    Evaluate,
    Goto,
    OpenPage,
    Step,
    Untold,
    WaitFor,
    WaitUntilReady,
)
from pytest_offline.origin import Origin
from pytest_offline.record import EXAMPLE
from pytest_offline.scene import Deed

_STAGE: Final = "/pytest-offline-stage"
"""Of the empty page by which an origin's caches are filled where none of its pages is open."""

_SEED: Final = """async (wanted) => {
  for (const { name, entries } of wanted) {
    const cache = await caches.open(name);
    for (const { url, status, headers, text, base64 } of entries) {
      const body = base64 === undefined
        ? text
        : Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      await cache.put(url, new Response(body, { status: status, headers: headers }));
    }
  }
}"""

# IDLE or UPDATEREADY: a whole version is there, and none is on its way.
_APPCACHE_READY: Final = "() => [1, 4].includes((self.applicationCache || {}).status)"

_CLEAR: Final = """async () => {
  for (const name of await caches.keys()) await caches.delete(name);
}"""

_UPDATE: Final = """async () => {
  const registrations = () => navigator.serviceWorker.getRegistrations();
  for (const registration of await registrations()) {
    try {
      await registration.update();
    } catch (error) {
      if ((await registrations()).includes(registration)) throw error;
    }
  }
}"""

_UNREGISTER: Final = """async () => {
  for (const registration of await navigator.serviceWorker.getRegistrations()) {
    await registration.unregister();
  }
}"""


def steps_of_deeds(deeds: Iterable[Deed], recorder: Recorder) -> list[Timed]:
    """The steps, each with the time at which it began.

    So a site's answers of meanwhile, such as the script that an update asked for, are laid before
    the step that got them.
    """
    return [(deed.time, step) for deed in deeds for step in _steps(deed, recorder)]


def spans_put_back(deeds: Iterable[Deed], steps: Iterable[Timed]) -> Callable[[float], bool]:
    """Whether a time is within examples of a state machine that were followed by another.

    Each begins where the first did, and the last one is the smallest that fails. Where a page is
    left over from an earlier one, all of them count.
    """
    began: dict[int, list[float]] = {}
    for deed in deeds:
        if deed.what == EXAMPLE:
            began.setdefault(deed.given["run"], []).append(deed.time)

    def put_back(time: float) -> bool:
        return any(times[0] <= time < times[-1] for times in began.values())

    opened = {step.page for time, step in steps if put_back(time) and isinstance(step, OpenPage)}
    later = [step for time, step in steps if not put_back(time)]
    left_over = any(getattr(step, "page", None) in opened for step in later)
    return put_back if not left_over else lambda time: False


def stage_of(origin: Origin, deeds: Iterable[Deed]) -> tuple[Answer, ...]:
    """The empty page of an origin that was asked while none of its pages was open."""
    if any(deed.page is None and deed.origin is origin for deed in deeds if deed.what in _DONE):
        return (Answer(_STAGE, b"<!DOCTYPE html><title>stage</title>"),)
    return ()


def _steps(deed: Deed, recorder: Recorder) -> list[Step]:
    does = _DONE.get(deed.what)
    page = recorder.name_of(deed.page) if deed.page is not None else PAGE
    if does is None:
        return [Untold(deed.what, page)] if deed.what != EXAMPLE else []
    if deed.page is not None or deed.context is None:
        return [does(deed.given, page)]
    stage, context = "stage", recorder.watched[deed.context].name
    url = f"{deed.origin.base}{_STAGE}"
    return [OpenPage(stage, context), Goto(url, page=stage), does(deed.given, stage),
            ClosePage(stage)]  # fmt: skip


def _seeded(given: Mapping[str, Any], page: str) -> Step:
    wanted = [
        {"name": each["name"], "entries": [_entry(entry) for entry in each["entries"]]}
        for each in given["caches"]
    ]
    return Evaluate(_SEED, wanted, page=page, note="caches.seed()")


def _entry(entry: Mapping[str, Any]) -> Mapping[str, Json]:
    """An entry whose body is text where it can be: so it can be read, and secrets be seen in it."""
    told = {name: entry[name] for name in ("url", "status", "headers")}
    if entry["body"] is None:
        return told | {"text": None}
    try:
        return told | {"text": base64.b64decode(entry["body"]).decode()}
    except UnicodeDecodeError:
        return told | {"base64": entry["body"]}


def _ready(given: Mapping[str, Any], page: str) -> Step:
    if given["appcache"]:
        return WaitFor(_APPCACHE_READY, page=page)
    return WaitUntilReady(cached=given["cached"], page=page)


_DONE: Final[Mapping[str, Callable[[Mapping[str, Any], str], Step]]] = {
    "seed": _seeded,
    "clear": lambda _, page: Evaluate(_CLEAR, page=page, note="caches.clear()"),
    "update": lambda _, page: Evaluate(_UPDATE, page=page, note="service_worker.update()"),
    "unregister": lambda _, page: Evaluate(
        _UNREGISTER, page=page, note="service_worker.unregister()"
    ),
    "wait_until_ready": _ready,
}
