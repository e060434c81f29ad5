"""From what was recorded to what the model is fed: the causes of an operation, and only those.

What the browser answered stays in the operation, to be judged. One exception has no way round:
``add`` and ``addAll`` fetch by themselves, so what they fetched is known only from what stood in
the cache afterwards (``Operation.added``), which is a copy out of the browser. The origin's ledger
cross-checks it where it can (`compare.witnesses`), and that is the limit: a browser that stored
another body than the origin sent is not found here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pytest_offline.compare.footprints import NOTHING, Footprint, footprint_of
from pytest_offline.errors import ProbeError
from pytest_offline.model import CacheStorage, Digest, JSError, Request, Response
from pytest_offline.record import CachedRequest, CachedResponse, Operation

OPTION_NAMES: Final[Mapping[str, str]] = {
    "ignoreSearch": "ignore_search",
    "ignoreMethod": "ignore_method",
    "ignoreVary": "ignore_vary",
    "cacheName": "cache_name",
}


WRITING: Final = frozenset({"put", "add", "addAll", "delete", "open"})


class UnknownResponse(Response):
    """A response that nobody saw. It fits whatever the browser shows."""


@dataclass(frozen=True)
class Call:
    """An operation, made ready for the model.

    Attributes:
        requests: what was asked for; None in place of one that no Request can be made of.
        responses: what a put or add stores, one for each request.
        options: keyword arguments for the model.
        error: the name of the rejection that follows from the causes alone, whatever is stored.
        opening: for ``caches.open``: the number its Cache objects carry in this place.
        judged: whether its answer is held against the model; what it changes counts either way.
    """

    operation: Operation
    requests: tuple[Request, ...]
    responses: tuple[Response, ...]
    options: Mapping[str, bool | str]
    error: str | None
    footprint: Footprint
    opening: int | None = None
    judged: bool = True

    @property
    def writes(self) -> bool:
        """Whether it may change a cache or the names of caches, one that is known."""
        return not self.lost and self.wrote

    @property
    def wrote(self) -> bool:
        """Whether its method changes caches or their names."""
        return self.operation.method in WRITING

    @property
    def lost(self) -> bool:
        """Whether it reached a Cache, and nobody knows which."""
        return _reached_unknown(self.operation)


def call_of(
    operation: Operation, base_url: str, opening: int | None = None, *, opens: bool = False
) -> Call:
    """Make an operation ready.

    Args:
        opening: see `Call`.
        opens: see `footprint_of`.

    Raises:
        ProbeError: for a recorded response that cannot be one.
    """
    responses = _responses(operation)
    refused = _refused_before(operation)
    if refused is not None or _reached_unknown(operation):
        return Call(operation, (), (), {}, refused, NOTHING, judged=not _reached_unknown(operation))
    try:
        requests = tuple(_request(each).against(base_url) for each in operation.requests)
    except JSError as refused:
        requests, error = (), refused.name
    else:
        error = _refusal(operation, requests, responses)
    paths = frozenset(request.url.partition("#")[0].partition("?")[0] for request in requests)
    return Call(
        operation=operation,
        requests=requests,
        responses=responses,
        options=_options(operation),
        error=error,
        footprint=footprint_of(operation, paths, opens=opens),
        opening=opening,
    )


def _refused_before(operation: Operation) -> str | None:
    """The error that ends it before it is one: https://webidl.spec.whatwg.org/#js-operations."""
    if operation.stray and operation.outcome != "fulfilled":
        return "TypeError"
    return operation.refused


def _reached_unknown(operation: Operation) -> bool:
    cache = operation.target == "cache" and operation.outcome == "fulfilled"
    return cache and operation.stray


def response_of(cached: CachedResponse) -> Response:
    """A recorded response as the model's, its body as a digest.

    Raises:
        ProbeError: where the record cannot be a response.
    """
    digest = cached.sha256
    if digest is None and cached.body is not None:
        digest = hashlib.sha256(cached.body).hexdigest()
    size = len(cached.body) if cached.size is None and cached.body is not None else cached.size
    try:
        return Response(
            status=cached.status,
            headers=cached.headers,
            body=None if cached.null_body else Digest(size, digest),
            status_text=cached.status_text,
            url=cached.url,
            type=cached.type,
            redirected=cached.redirected,
            used=cached.spent == "used",
            locked=cached.spent == "locked",
        )
    except JSError as refused:
        raise ProbeError(
            f"the recorded response {cached!r} cannot be one ({refused}). Two of our own records "
            "disagree, or one is damaged: please report it with the timeline."
        ) from refused


def _request(cached: CachedRequest) -> Request:
    return Request(cached.url, cached.method, cached.headers)


def _responses(operation: Operation) -> tuple[Response, ...]:
    if operation.method == "put":
        return (response_of(operation.response),) if operation.response else ()
    if operation.method not in ("add", "addAll"):
        return ()
    added = (*operation.added, *[None] * (len(operation.requests) - len(operation.added)))
    return tuple(response_of(each) if each else UnknownResponse() for each in added)


def _options(operation: Operation) -> Mapping[str, bool | str]:
    return {OPTION_NAMES[name]: value for name, value in operation.options if name in OPTION_NAMES}


def _refusal(
    operation: Operation, requests: tuple[Request, ...], responses: tuple[Response, ...]
) -> str | None:
    """What the model says of it on an empty cache: no refusal depends on what is stored."""
    answers = dict(zip(requests, responses, strict=False))
    scratch = CacheStorage(fetch=lambda request: answers[request]).open("")
    try:
        if operation.method == "put":
            if not (requests and responses):
                return "TypeError"  # Web IDL: an argument that is missing, or no Response
            scratch.put(requests[0], responses[0])
        elif operation.method in ("add", "addAll"):
            scratch.add_all(requests)
    except JSError as refused:
        return None if _may_vary(operation, requests, responses) else refused.name
    return None


def _may_vary(
    operation: Operation, requests: tuple[Request, ...], responses: tuple[Response, ...]
) -> bool:
    """Whether an addAll that went well may have had variants in it, by a Vary nobody saw."""
    return (
        operation.outcome == "fulfilled"
        and any(isinstance(response, UnknownResponse) for response in responses)
        and len({request.headers for request in requests}) > 1
    )
