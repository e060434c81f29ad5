"""A scenario as JSON, and back. Bodies are files beside it; all that is read is looked at."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast, get_args

from .fields import LARGEST, BundleError, Fields, Json, parsed
from .words import (
    MAIN,
    STEPS,
    VERSION,
    Answer,
    Effect,
    Host,
    Live,
    Outcome,
    Scenario,
    Site,
    Step,
)

FILE: Final = "scenario.json"

Keep = Callable[[str, Answer], str]
"""Keeps the body of an answer of a host; gives the name of its file in the bundle."""

Load = Callable[[str, str], bytes]
"""The bytes of a file of the bundle, by its name; the other text is the field that names it."""

_KINDS: Final[dict[str, type[Step]]] = {kind.do: kind for kind in STEPS}

CONTEXT: Final = (
    "accept_downloads", "bypass_csp", "color_scheme", "device_scale_factor", "extra_http_headers",
    "has_touch", "is_mobile", "java_script_enabled", "locale", "permissions", "reduced_motion",
    "service_workers", "timezone_id", "user_agent", "viewport",
)  # fmt: skip
"""Options of a context that a bundle may set: those that let nobody out and read no file."""

METHODS: Final = (
    "check", "clear", "click", "dblclick", "dispatch_event", "fill", "focus", "hover", "press",
    "press_sequentially", "select_option", "tap", "uncheck",
)  # fmt: skip
"""Methods of a locator that a bundle may call: none reads or writes a file of the machine."""

ASSERTIONS: Final = (
    "to_be_attached", "to_be_checked", "to_be_disabled", "to_be_editable", "to_be_empty",
    "to_be_enabled", "to_be_focused", "to_be_hidden", "to_be_in_viewport", "to_be_visible",
    "to_contain_text", "to_have_attribute", "to_have_class", "to_have_count", "to_have_css",
    "to_have_id", "to_have_js_property", "to_have_text", "to_have_title", "to_have_url",
    "to_have_value",
)  # fmt: skip
"""Assertions that a bundle may make."""


def scenario_as_data(scenario: Scenario, keep: Keep) -> dict[str, Json]:
    """A scenario as JSON; each body that is not empty is handed to ``keep``."""
    data: dict[str, Json] = {"version": VERSION, "title": scenario.title}
    for name in ("text", "link", "seed", "versions", "context"):
        if value := getattr(scenario, name):
            data[name] = value
    data["site"] = [
        {"name": host.name, "answers": _answers(host.answers, host.name, keep)}
        for host in scenario.site.hosts
    ]
    data["steps"] = [_step_as_data(step, keep) for step in scenario.steps]
    return data


def scenario_of(data: Json, load: Load, file: str = FILE) -> Scenario:
    """The scenario that JSON stands for.

    Raises:
        BundleError: it stands for none; the message names the file and the field.
    """
    fields = Fields(data, file)
    _check_version(fields)
    scenario = Scenario(
        title=fields.text("title"),
        text=fields.text("text", ""),
        link=fields.text("link", ""),
        seed=fields.text("seed", ""),
        versions=fields.named_texts("versions", {}),
        context=_checked_context(fields),
        site=_site(fields, load),
        steps=tuple(
            _step(Fields(step, f"{file}: steps[{index}]"), load)
            for index, step in enumerate(fields.items("steps"))
        ),
    )
    fields.finish()
    return scenario


def read_scenario(folder: Path) -> Scenario:
    """The scenario of a bundle.

    Raises:
        BundleError: the folder is none, or a file of it is missing or damaged.
    """
    file = folder / FILE
    if not file.is_file():
        raise BundleError(
            f"{folder} is no bundle: there is no {FILE} in it; name the folder that "
            f"--offline-bundle or pytest-offline bundle wrote"
        )
    data = parsed(_bytes_of(file, FILE), FILE)
    return scenario_of(data, lambda name, where: _inside(folder, name, where))


def _inside(folder: Path, name: str, where: str) -> bytes:
    """A bundle comes from anybody: it may read its own files and no others."""
    plain = posixpath.normpath(name)
    if plain != name or name.startswith(("/", "..")) or "\\" in name or "\0" in name:
        raise BundleError(f"{where}: {name!r} is no file inside the bundle")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BundleError(f"{where}: {name!r} leads out of the bundle, to {path}")
    return _bytes_of(path, where)


def _bytes_of(path: Path, where: str) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise BundleError(f"{where}: {path.name} is larger than {LARGEST >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{where}: {path} cannot be read: {error.strerror}") from None


def _check_version(fields: Fields) -> None:
    version = fields.whole("version")
    if not 1 <= version <= VERSION:
        raise fields.wrong("version", f"{VERSION} or less: a newer pytest-offline wrote this; "
                           f"run the bundle's own run.py, or update", version)  # fmt: skip


def _checked_context(fields: Fields) -> dict[str, Json]:
    given = fields.mapping("context", {})
    for name in given:
        if name not in CONTEXT:
            raise fields.wrong(f"context.{name}", f"one of {', '.join(CONTEXT)}", given[name])
    return given


def _site(fields: Fields, load: Load) -> Site:
    hosts: list[Host] = []
    for index, data in enumerate(fields.items("site", [{"name": MAIN, "answers": []}])):
        inner = Fields(data, f"{fields.where}: site[{index}]")
        name = inner.label("name", MAIN)
        if any(name == host.name for host in hosts):
            raise inner.wrong("name", "another name than those before it", name)
        hosts.append(Host(_read_answers(inner, load), name))
        inner.finish()
    if not hosts:
        raise fields.wrong("site", "a list of at least one host", [])
    return Site(tuple(hosts))


def _answers(answers: tuple[Answer, ...], host: str, keep: Keep) -> list[Json]:
    found: list[Json] = []
    for answer in answers:
        data: dict[str, Json] = {"path": answer.path}
        if answer.body:
            data["file"] = keep(host, answer)
        found.append(data | _plain(answer, leave=("path", "body")))
    return found


def _read_answers(fields: Fields, load: Load) -> tuple[Answer, ...]:
    return tuple(
        _answer(Fields(data, f"{fields.where}.answers[{index}]"), load)
        for index, data in enumerate(fields.items("answers"))
    )


def _answer(fields: Fields, load: Load) -> Answer:
    answer = Answer(
        path=fields.text("path"),
        body=_body(fields, load),
        status=fields.whole("status", 200),
        headers=fields.headers("headers"),
        method=fields.text("method", "GET"),
        delay=fields.number("delay", 0),
        pause=fields.number("pause", 0),
        pieces=fields.wholes("pieces", ()),
        cut_after=fields.optional_whole("cut_after"),
        times=fields.optional_whole("times"),
        live=cast("Live", fields.one_of("live", get_args(Live), "")),
    )
    fields.finish()
    if not re.fullmatch(r"/[!-~]*|\*", answer.path):
        raise fields.wrong("path", 'a path that begins with "/", or "*"', answer.path)
    if not 200 <= answer.status <= 599:
        raise fields.wrong("status", "a status from 200 to 599", answer.status)
    if answer.times == 0:
        raise fields.wrong("times", "1 or more", 0)
    return answer


def _body(fields: Fields, load: Load) -> bytes:
    given = [name for name in ("file", "text", "base64") if fields.has(name)]
    if len(given) > 1:
        raise fields.wrong(given[1], f"left out where {given[0]!r} is given", fields.get(given[1]))
    if not given:
        return b""
    if given[0] == "file":
        return load(fields.text("file"), f"{fields.where}.file")
    return fields.binary("base64") if given[0] == "base64" else fields.text("text").encode()


def _step_as_data(step: Step, keep: Keep) -> dict[str, Json]:
    data: dict[str, Json] = {"do": step.do}
    for name, value in _plain(step).items():
        data[name] = value
    for field in dataclasses.fields(step):
        value = getattr(step, field.name)
        if field.name in data and field.type in _WRITERS:
            data[field.name] = _WRITERS[str(field.type)](value)
        elif field.name in data and field.type == _ANSWERS:
            data[field.name] = _answers(value, getattr(step, "host", MAIN), keep)
    return data


def _plain(value: Any, leave: tuple[str, ...] = ()) -> dict[str, Json]:
    """The fields that are not what they are by default."""
    found: dict[str, Json] = {}
    for field in dataclasses.fields(value):
        now = getattr(value, field.name)
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if field.name not in leave and now != default:
            found[field.name] = now
    return found


def _step(fields: Fields, load: Load) -> Step:
    kind = _KINDS[fields.one_of("do", tuple(_KINDS))]
    given: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if not fields.has(field.name):
            continue
        if field.type == _ANSWERS:
            given[field.name] = _read_answers(fields, load)
        else:
            given[field.name] = _READERS[str(field.type)](fields, field.name)
    fields.finish()
    _check_call(fields, given)
    return kind(**given)


def _check_call(fields: Fields, given: Mapping[str, Any]) -> None:
    """What is called by name has to be a thing that can do no harm."""
    for name, known in (("method", METHODS), ("assertion", ASSERTIONS)):
        if name in given:
            fields.one_of(name, known)


def _outcomes(fields: Fields, name: str) -> tuple[Outcome, ...]:
    found: list[Outcome] = []
    for index, data in enumerate(fields.items(name)):
        inner = Fields(data, f"{fields.where}.{name}[{index}]")
        found.append(Outcome(inner.get("value", None), inner.text("error", "")))
        inner.finish()
    return tuple(found)


def _outcomes_as_data(outcomes: tuple[Outcome, ...]) -> list[Json]:
    return [{"error": each.error} if each.error else {"value": each.value} for each in outcomes]


def _effects(fields: Fields, name: str) -> tuple[Effect, ...]:
    found: list[Effect] = []
    for index, data in enumerate(fields.items(name)):
        inner = Fields(data, f"{fields.where}.{name}[{index}]")
        kind, settings = inner.text("kind"), inner.mapping("settings", {})
        scopes = [
            _scope(Fields(scope, f"{inner.where}.scopes[{place}]"))
            for place, scope in enumerate(inner.items("scopes", ()))
        ]
        inner.finish()
        found.append(Effect(kind, settings, tuple(scopes)))
    return tuple(found)


def _scope(fields: Fields) -> tuple[bool, tuple[str, ...]]:
    scope = fields.flag("excluded", False), fields.texts("patterns")
    fields.finish()
    return scope


def _effects_as_data(effects: tuple[Effect, ...]) -> list[Json]:
    return [
        {
            "kind": each.kind,
            "settings": dict(each.settings),
            "scopes": [{"excluded": out, "patterns": list(found)} for out, found in each.scopes],
        }
        for each in effects
    ]


_ANSWERS: Final = "tuple[Answer, ...]"

_READERS: Final[Mapping[str, Callable[[Fields, str], Any]]] = {
    "str": Fields.text,
    "bool": Fields.flag,
    "float": Fields.number,
    "int": Fields.whole,
    "int | None": Fields.optional_whole,
    "Json": Fields.get,
    "Loading": lambda fields, name: fields.one_of(name, ("", "loads", "fails")),
    "Direction": lambda fields, name: fields.one_of(name, ("back", "forward")),
    "tuple[str, ...]": Fields.texts,
    "tuple[Json, ...]": lambda fields, name: tuple(fields.items(name)),
    "Mapping[str, Json]": Fields.mapping,
    "tuple[Outcome, ...]": _outcomes,
    "tuple[Effect, ...]": _effects,
}
"""How a field of a step is read, by its type as it is written down."""

_WRITERS: Final[Mapping[str, Callable[[Any], Json]]] = {
    "tuple[str, ...]": list,
    "tuple[Json, ...]": list,
    "Mapping[str, Json]": dict,
    "tuple[Outcome, ...]": _outcomes_as_data,
    "tuple[Effect, ...]": _effects_as_data,
}
