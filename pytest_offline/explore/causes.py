"""From a program and what the browser answered to a history, as `compare.replay` takes it.

The causes are the program's own, and what the resources are known to be; of what the browser says
only the outcomes are taken. So a probe that lies cannot make the two agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urljoin

from pytest_offline.compare import Comparison, replay
from pytest_offline.errors import JSError, ProbeError
from pytest_offline.explore.program import Asked, Fetched, Made, Pairs, Program, Step
from pytest_offline.explore.resources import (
    final_path,
    path_of,
    resource_at,
    shown_headers,
)
from pytest_offline.model import Request
from pytest_offline.model.filtering import is_forbidden
from pytest_offline.model.messages import FORBIDDEN_RESPONSE_HEADERS
from pytest_offline.record import CachedRequest, CachedResponse, Operation, Place
from pytest_offline.record.decoding import Fields, decode_headers

FAILED: Final = CachedResponse(0, type="error", null_body=True, size=0)
"""What comes of a request that nobody answers."""

TEXT_TYPE: Final = ("content-type", "text/plain;charset=UTF-8")


class Where(NamedTuple):
    """Where programs run.

    Attributes:
        page: the URL of their page, which relative URLs are resolved against.
        elsewhere: the URL of the second origin.
    """

    page: str
    elsewhere: str = "http://elsewhere.localhost/"


@dataclass(frozen=True)
class Outcome:
    """How one step settled, as ``run.js`` tells it.

    Attributes:
        value: as `record.Operation.value`; None where it was rejected.
        error_name: None where it fulfilled.
    """

    value: object = None
    error_name: str | None = None
    error: str | None = None


def compare(
    program: Program, outcomes: Sequence[Outcome], where: Where, build: str | None
) -> Comparison:
    """Hold what a browser made of a complete program against the model; see `compare.replay`.

    Nothing else is at work here than the program and the resources: every rejection is their doing.
    """
    operations = operations_of(program, outcomes, where)
    return replay(operations, base_url=where.page, build=build, certain=True)


def operations_of(
    program: Program, outcomes: Sequence[Outcome], where: Where
) -> tuple[Operation, ...]:
    """The history of a complete program, one place, one call after the other.

    Raises:
        ProbeError: there is not one outcome for each step.
    """
    if len(program) != len(outcomes):
        raise ProbeError(
            f"a program of {len(program)} steps came back with {len(outcomes)} outcomes; this is a "
            "fault of pytest_offline: no verdict is possible. Please report it with the program."
        )
    place = Place("explore", "page", where.page, 0.0, urljoin(where.page, "/").rstrip("/"))
    pairs = enumerate(zip(program.steps, outcomes, strict=True))
    return tuple(_operation(at, place, step, outcome, where) for at, (step, outcome) in pairs)


def _operation(at: int, place: Place, step: Step, outcome: Outcome, where: Where) -> Operation:
    return Operation(
        number=at,
        place=place,
        target=step.target,
        method=step.method,
        started=2.0 * at,
        started_number=2 * at,
        settled=2.0 * at + 1,
        settled_number=2 * at + 1,
        cache=step.cache,
        cache_number=step.opening,
        requests=tuple(_request(asked) for asked in step.requests),
        response=response_put(step.response, where) if step.response is not None else None,
        options=step.options,
        outcome="fulfilled" if outcome.error_name is None else "rejected",
        value=outcome.value,
        error_name=outcome.error_name,
        error=outcome.error,
        added=_added(step, where),
        refused=next(filter(None, (_unmade(asked, where) for asked in step.requests)), None),
    )


def _unmade(asked: Asked, where: Where) -> str | None:
    """The error that ``new Request()`` ends in; then the step ends in it, and nothing is called."""
    if asked.is_text:
        return None
    try:
        Request(asked.url, asked.method, headers_of(asked)).against(where.page)
    except JSError as refused:
        return refused.name
    return None


def headers_of(asked: Asked) -> Pairs:
    """The headers a Request has, of those that it is given."""
    return tuple((name, value) for name, value in asked.headers if not is_forbidden(name, value))


def _request(asked: Asked) -> CachedRequest:
    given = asked.url if asked.is_text else None
    return CachedRequest(asked.url, asked.method, headers_of(asked), given)


@lru_cache(maxsize=4096)
def response_put(response: Made | Fetched, where: Where) -> CachedResponse:
    """What a program puts, as it has to be."""
    return _made(response, where) if isinstance(response, Made) else _fetched(response, where)


def _made(made: Made, where: Where) -> CachedResponse:
    if made.how == "error":
        return FAILED
    if made.how == "redirect":
        location = (("location", urljoin(where.page, "/")),)
        return CachedResponse(made.status, location, null_body=True, size=0)
    headers: Pairs = tuple(
        pair for pair in made.headers if pair[0].lower() not in FORBIDDEN_RESPONSE_HEADERS
    )
    if made.body is not None and all(name.lower() != "content-type" for name, _ in headers):
        # https://fetch.spec.whatwg.org/#initialize-a-response, step 6.2: the type of a string.
        headers = (*headers, TEXT_TYPE)
    size, digest = digest_of((made.body or "") * made.times)
    return CachedResponse(
        status=made.status,
        headers=headers,
        status_text=made.status_text,
        null_body=made.body is None,
        size=size,
        sha256=digest,
        spent=None if made.spent == "fresh" else made.spent,
    )


def _fetched(fetched: Fetched, where: Where) -> CachedResponse:
    if fetched.elsewhere and fetched.mode == "no-cors":
        # https://fetch.spec.whatwg.org/#concept-filtered-response-opaque
        # Its body is null to a script, so nothing of it can be used up or locked.
        return CachedResponse(0, type="opaque")
    spent = None if fetched.spent == "fresh" else fetched.spent
    return _answered(fetched.path, where, elsewhere=fetched.elsewhere, spent=spent)


def _answered(
    path: str, where: Where, *, elsewhere: bool = False, spent: str | None = None, query: str = ""
) -> CachedResponse:
    resource, leads = resource_at(path), final_path(path)
    url = urljoin(where.elsewhere if elsewhere else where.page, leads)
    size, digest = digest_of(resource.body)
    return CachedResponse(
        status=resource.status,
        headers=shown_headers(resource, elsewhere=elsewhere),
        status_text=HTTPStatus(resource.status).phrase,
        type="cors" if elsewhere else "basic",
        url=url + query if leads == path else url,
        redirected=leads != path,
        null_body=resource.status == 204,
        size=size,
        sha256=digest,
        spent=spent,
    )


def _added(step: Step, where: Where) -> tuple[CachedResponse, ...]:
    if step.method not in ("add", "addAll"):
        return ()
    return tuple(answer_to(asked.url, where) or FAILED for asked in step.requests)


def answer_to(url: str, where: Where) -> CachedResponse | None:
    """What a fetch of a URL is answered with; None where nobody is asked: it is refused before."""
    try:
        path, query = path_of(url, where.page)
    except (JSError, IndexError):
        return None
    elsewhere = url.startswith(where.elsewhere)
    return _answered(path, where, elsewhere=elsewhere, query=query)


@lru_cache(maxsize=4096)
def digest_of(text: str) -> tuple[int, str]:
    """Size and SHA-256 of a body."""
    data = text.encode()
    return len(data), hashlib.sha256(data).hexdigest()


def decode_outcome(data: object, step: Step) -> Outcome:
    """One outcome as ``run.js`` tells it.

    Raises:
        ProbeError: it has another shape.
    """
    fields = Fields(data, "an outcome")
    match fields.data.get("error"):
        case None if "value" in fields.data:
            return Outcome(_value(step, fields.data["value"]))
        case [str() as name, str() as message]:
            return Outcome(error_name=name, error=message)
        case _:
            raise ProbeError(f"an outcome should be a value or an error, run.js sent {data!r:.200}")


def _value(step: Step, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if step.method == "match":
        return _shown(value)
    items = Fields({"items": value}, f"what {step.method} gave").items("items")
    if step.method == "matchAll":
        return tuple(_shown(item) for item in items)
    return tuple(item if isinstance(item, str) else _key(item) for item in items)


def _key(item: object) -> CachedRequest:
    match item:
        case [str() as url, str() as method]:
            return CachedRequest(url, method)
        case _:
            raise ProbeError(f"a key should be a URL and a method, run.js sent {item!r:.200}")


def _shown(data: object) -> CachedResponse:
    fields = Fields(data, "a response")
    text = fields.optional_text("text")
    known = digest_of(text) if text is not None else None
    return CachedResponse(
        status=fields.integer("status"),
        headers=decode_headers(fields.items("headers")),
        status_text=fields.text("statusText"),
        type=fields.text("type"),
        url=fields.text("url"),
        redirected=fields.flag("redirected"),
        size=known[0] if known else fields.optional_integer("size"),
        sha256=known[1] if known else fields.optional_text("sha256"),
    )
