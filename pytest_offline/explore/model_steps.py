"""A program played on the model alone: each step as Python, with what the model makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from pytest_offline.compare.causes import OPTION_NAMES, response_of
from pytest_offline.errors import JSError
from pytest_offline.explore.allowed import WHERE
from pytest_offline.explore.causes import answer_to, headers_of, response_put
from pytest_offline.explore.program import Asked, Fetched, Made, Pairs, Program, Step
from pytest_offline.explore.rendering import variables_of
from pytest_offline.model import Cache, CacheStorage, Request, Response

_NAMES: Final = {"matchAll": "match_all", "addAll": "add_all"}


@dataclass(frozen=True)
class ModelStep:
    """One step.

    Attributes:
        text: as Python.
        outcome: what it gives, in Python's words; the name of the error where it raises.
    """

    text: str
    outcome: str


def as_model_steps(program: Program) -> str:
    """Python on `pytest_offline.model`, which runs, and says beside each step what it gives."""
    lines = [f"{step.text}  # {step.outcome}" for step in model_steps(program)]
    spends = any(", replace(" in line for line in lines)
    head = [
        *(["from dataclasses import replace", ""] if spends else []),
        "from pytest_offline.explore.model_steps import fetch",
        "from pytest_offline.model import CacheStorage, Request, Response",
        "",
        f'storage = CacheStorage("{WHERE.page}", fetch=fetch)',
    ]
    return "\n".join([*head, *lines]) + "\n"


def model_steps(program: Program) -> list[ModelStep]:
    """Play a program on the model, on an origin of no real address."""
    whole = program.complete()
    variables = variables_of(whole)
    storage = CacheStorage(WHERE.page, fetch=fetch)
    opened: dict[tuple[str, int], Cache] = {}
    found: list[ModelStep] = []
    for step in whole.steps:
        name = step.cache or ""
        if step.is_opening:
            at = sum(known == name for known, _ in opened)
            opened[(name, at)] = storage.open(name)
            found.append(ModelStep(f"{variables[(name, at)]} = storage.open({name!r})", "fulfils"))
        elif step.target == "cache":
            place = (name, step.opening or 0)
            found.append(ModelStep(_text(step, variables[place]), _outcome(step, opened[place])))
        else:
            found.append(ModelStep(_text(step, "storage"), _outcome(step, storage)))
    return found


def fetch(request: Request) -> Response:
    """What the resources answer: the model's network, for ``add``, ``addAll`` and ``put``."""
    cached = answer_to(request.url, WHERE)
    return response_of(cached) if cached is not None else Response(type="error")


def _outcome(step: Step, owner: Cache | CacheStorage) -> str:
    try:
        value = _call(step, owner)
    except JSError as error:
        return f"rejects: {error.name}"
    return "fulfils" if step.method in ("put", "add", "addAll") else _shown(value)


def _call(step: Step, owner: Cache | CacheStorage) -> object:
    method = getattr(owner, _NAMES.get(step.method, step.method))
    if step.target == "caches" and step.method in ("has", "delete"):
        return method(step.cache or "")
    given: list[object] = [_request(each) for each in step.requests]
    if step.method == "addAll":
        given = [given]
    if step.response is not None:
        given.append(_response(step.response))
    return method(*given, **{OPTION_NAMES[name]: value for name, value in step.options})


def _request(asked: Asked) -> Request | str:
    if asked.is_text:
        return asked.url
    return Request(asked.url, asked.method, headers_of(asked))


def _response(response: Made | Fetched) -> Response:
    cached = response_put(response, WHERE)
    return response_of(cached)


def _shown(value: object) -> str:
    if isinstance(value, Response):
        return f"a response, status {value.status}, {value.size} bytes"
    if isinstance(value, Request):
        return f"{value.method} {value.url}"
    if isinstance(value, list):
        return f"[{', '.join(_shown(each) for each in cast('list[object]', value))}]"
    return repr(value)


def _text(step: Step, owner: str) -> str:
    given: list[str]
    if step.target == "caches" and step.method in ("has", "delete"):
        given = [repr(step.cache or "")]
    else:
        given = [_request_text(each) for each in step.requests]
    if step.method == "addAll":
        given = [f"[{', '.join(given)}]"]
    if step.response is not None:
        given.append(_response_text(step.response))
    given += [f"{OPTION_NAMES[name]}={value!r}" for name, value in step.options]
    return f"{owner}.{_NAMES.get(step.method, step.method)}({', '.join(given)})"


def _request_text(asked: Asked) -> str:
    if asked.is_text:
        return repr(asked.url)
    parts = [repr(asked.url)]
    if asked.method != "GET":
        parts.append(repr(asked.method))
    if headers_of(asked):
        parts.append(f"headers={headers_of(asked)!r}")
    return f"Request({', '.join(parts)})"


def _response_text(response: Made | Fetched) -> str:
    spent = "" if response.spent == "fresh" else f"{response.spent}=True"
    if isinstance(response, Fetched):
        return _fetched_text(response)
    cached = response_put(response, WHERE)
    parts = [f"status={cached.status}"] if cached.status != 200 else []
    headers: Pairs = cached.headers
    parts += [f"headers={headers!r}"] if headers else []
    parts.append(f"body={_body_text(response)}")
    parts += [f"type={cached.type!r}"] if cached.type != "default" else []
    parts += [f"status_text={response.status_text!r}"] if response.status_text else []
    parts += [spent] if spent else []
    return f"Response({', '.join(parts)})"


def _body_text(made: Made) -> str:
    if made.body is None or made.how != "constructor":
        return "None"
    text = repr(made.body.encode())
    return f"{text} * {made.times}" if made.times != 1 else text


def _fetched_text(fetched: Fetched) -> str:
    if fetched.elsewhere and fetched.mode == "no-cors":
        return 'Response(type="opaque")'
    base = WHERE.elsewhere if fetched.elsewhere else "http://origin.localhost/"
    text = f"fetch(Request({base + fetched.path.lstrip('/')!r}))"
    if fetched.spent == "fresh":
        return text
    return f"replace({text}, {fetched.spent}=True)"
