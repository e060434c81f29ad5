"""What each call of a program may come to, told as ``told.js`` tells it of a browser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, Final, cast

from pytest_offline.compare.causes import Call
from pytest_offline.compare.deviations import Deviation, known_for, rules_with
from pytest_offline.compare.histories import history_of
from pytest_offline.compare.states import ReplayState
from pytest_offline.compare.verdicts import Expectation, expect
from pytest_offline.explore.causes import Outcome, Where, digest_of, operations_of
from pytest_offline.explore.program import Program
from pytest_offline.explore.resources import PAGE
from pytest_offline.model import Digest, Headers, Request, Response
from pytest_offline.record import CachedResponse

WHERE: Final = Where(f"http://origin.localhost{PAGE}", "http://elsewhere.localhost/")

_LONE: Final = re.compile("[\ud800-\udfff]")
_EMPTY: Final = Digest(*digest_of(""))


def told(
    program: Program, build: str | None = None, outcomes: Sequence[Outcome] = ()
) -> list[object]:
    """What each call gives on the model, openings left out.

    Args:
        build: whose known deviations are followed; None follows the specification alone.
        outcomes: of each step in that build: where it settled otherwise than the specification
            says, and is known to, it may again.
    """
    whole = program.complete()
    known = known_for(build)
    seen = outcomes if len(outcomes) == len(whole) else [Outcome()] * len(whole)
    causes = [each.causes for each in known if each.causes is not None]
    meant = [
        reduce(lambda each, cause: cause(each), causes, one)
        for one in operations_of(whole, seen, WHERE)
    ]
    state = ReplayState.begin(WHERE.page, None, rules_with(known))
    found: list[object] = []
    for call in history_of(meant, WHERE.page, None).calls:
        expected = _expected(call, state, known)
        if expected.error is None and call.writes:
            state.apply(call)
        if call.operation.method != "open":
            found.append(_settled(expected, known))
    return found


def _expected(call: Call, state: ReplayState, known: Sequence[Deviation]) -> Expectation:
    expected, operation = expect(call, state), call.operation
    for each in known:
        if each.settles is not None and each.settles(operation, expected.error):
            return Expectation(error=operation.error_name)
    return expected


def _settled(expected: Expectation, known: Sequence[Deviation]) -> object:
    if expected.error is not None:
        return f"rejects: {expected.error}"
    value = expected.value if expected.any_of is None else expected.any_of[0]
    return _brief(value, known)


def _brief(value: object, known: Sequence[Deviation]) -> object:
    if isinstance(value, Response):
        return _response(_as_stored(value, known))
    if isinstance(value, Request):
        return f"{value.method} {_plain(_as_listed(value.url, known))}"
    if isinstance(value, str):
        return _LONE.sub(lambda lone: f"\\u{ord(lone[0]):x}", value)
    if isinstance(value, (list, tuple)):
        return [_brief(each, known) for each in cast("Sequence[object]", value)]
    return value


def _response(response: Response) -> dict[str, Any]:
    body = response.body if isinstance(response.body, Digest) else _EMPTY
    if response.type == "opaque":
        body = Digest()
    return {
        "status": response.status,
        "statusText": response.status_text,
        "type": response.type,
        "url": _plain(response.url.partition("#")[0]),
        "redirected": response.redirected,
        "headers": {name: _plain(value) for name, value in Headers(response.headers).combined()},
        "size": body.size,
        "sha256": body.sha256,
    }


def _plain(text: str) -> str:
    """Without the origins of the day."""
    text = text.replace(WHERE.elsewhere, "elsewhere:/")
    return text.replace(WHERE.page.removesuffix(PAGE), "")


def _as_listed(url: str, known: Sequence[Deviation]) -> str:
    bare = url.partition("#")[0]
    return bare if any(each.same_key and each.same_key(url, bare) for each in known) else url


def _as_stored(response: Response, known: Sequence[Deviation]) -> Response:
    first: dict[str, str] = {}
    for name, value in Headers(response.headers):
        first.setdefault(name, value)
    seen = CachedResponse(response.status, tuple(first.items()))
    if any(each.same_response and each.same_response(response, seen) for each in known):
        return replace(response, headers=seen.headers)
    return response
