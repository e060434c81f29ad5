"""What the model allows and what the browser did, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from pytest_offline.compare.causes import Call
from pytest_offline.compare.states import ReplayState
from pytest_offline.compare.verdicts import Expectation
from pytest_offline.model import Digest, Request, Response
from pytest_offline.record import CachedRequest, CachedResponse, Operation

MAX_SHOWN: Final = 12
"""Rows of a list that a message shows."""

Origins = Mapping[int, str]
"""Where a stored response comes from, by id(): "put by operation 6"."""

RULES: Final[Mapping[str, str]] = {
    "match": "Request Matches Cached Item: equal URLs, and nothing that Vary tells apart",
    "matchAll": "Query Cache: every item that matches, in the order of the list",
    "keys": "Batch Cache Operations: a put removes what it matches and appends",
    "delete": "Cache delete: true where something was removed, else false",
    "put": "Cache put: http(s) and GET only, not 206, not Vary: *, body neither used nor locked",
    "add": "Cache addAll: all answers ok, none 206, no Vary: *, no request twice",
    "addAll": "Cache addAll: all answers ok, none 206, no Vary: *, no request twice",
    "open": "CacheStorage open: makes the cache where there is none",
    "has": "CacheStorage has: whether the name is in the name to cache map",
}

STORAGE_RULES: Final[Mapping[str, str]] = {
    "match": "CacheStorage match: the first match, caches asked in the order they were opened",
    "keys": "CacheStorage keys: the names in the order they were added",
    "delete": "CacheStorage delete: whether the name was in the name to cache map",
}


def rule_of(operation: Operation) -> str:
    """The rule that decides an operation."""
    if operation.target == "caches" and operation.method in STORAGE_RULES:
        return STORAGE_RULES[operation.method]
    return RULES[operation.method]


def origins_of(calls: Iterable[Call], state: ReplayState) -> dict[int, str]:
    """Where each response may come from: what is in the state is there from the beginning."""
    found: dict[int, str] = {}
    for name in state.storage.keys():  # noqa: SIM118
        for item in state.storage.open(name).items():
            found[id(item.response)] = f"in cache {name!r} from the beginning"
    for call in calls:
        operation = call.operation
        for response in call.responses:
            found[id(response)] = (
                f"{operation.method} into cache {operation.cache!r} by operation {operation.number}"
            )
    return found


def allowed_words(expected: Expectation, operation: Operation, origins: Origins) -> str:
    """What the model allows."""
    if expected.error is not None:
        return f"a rejection with {expected.error}"
    if expected.any_of is not None:
        return " or ".join(_answer(each, origins) for each in expected.any_of)
    return _value(expected.value, operation, origins)


def seen_words(operation: Operation) -> str:
    """What the browser did."""
    if operation.outcome == "rejected":
        error = operation.error_name or "an error without a name"
        return f"{error}: {operation.error}" if operation.error else error
    if operation.method == "match":
        return _answer(operation.value, {})
    return _value(operation.value, operation, {})


def response_words(response: Response | CachedResponse, origins: Origins) -> str:
    """One response: status, type, body, headers, and where it was put from."""
    body = response.body if isinstance(response, Response) else None
    size = response.size
    digest = body.sha256 if isinstance(body, Digest) else getattr(response, "sha256", None)
    parts = [f"status {response.status} {response.status_text}".rstrip(), response.type]
    parts += ["redirected"] if response.redirected else []
    parts.append("body unknown" if size is None else f"{size} bytes")
    if digest:
        parts.append(f"sha256 {digest[:12]}…")
    if response.url:
        parts.append(f"from {response.url}")
    headers = ", ".join(f"{name}: {value}" for name, value in response.headers)
    text = f"a response ({', '.join(parts)}; {headers or 'no headers'})"
    came = origins.get(id(response))
    return f"{text}, {came}" if came else text


def list_words(rows: Sequence[str], count: int | None = None) -> str:
    """Several, in their order, the first `MAX_SHOWN` of them.

    Args:
        count: how many there are, where the rows are no more than the first.
    """
    count = len(rows) if count is None else count
    shown = [f"{at + 1}. {row}" for at, row in enumerate(rows[:MAX_SHOWN])]
    if count > MAX_SHOWN:
        shown.append(f"and {count - MAX_SHOWN} more")
    return f"{count}: " + "; ".join(shown) if rows else "nothing"


def _answer(value: object, origins: Origins) -> str:
    if isinstance(value, (Response, CachedResponse)):
        return response_words(value, origins)
    return "nothing (undefined)" if value is None else f"{value!r}, which is no answer to match"


def _value(value: object, operation: Operation, origins: Origins) -> str:
    if operation.method in ("put", "add", "addAll", "open"):
        return "fulfilment"
    if isinstance(value, (list, tuple)):
        return list_words([_row(row, origins) for row in cast("Sequence[object]", value)])
    return repr(value)


def _row(row: object, origins: Origins) -> str:
    if isinstance(row, (Request, CachedRequest)):
        return f"{row.method} {row.url}"
    return _answer(row, origins) if not isinstance(row, str) else repr(row)
