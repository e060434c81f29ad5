"""Is what the browser did within what the model allows, in this state?"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from pytest_offline.compare.causes import Call, UnknownResponse
from pytest_offline.compare.deviations import Deviation
from pytest_offline.compare.footprints import NOTHING
from pytest_offline.compare.states import ReplayState
from pytest_offline.model import Cache, Digest, Headers, Request, Response
from pytest_offline.model.urls import split_url
from pytest_offline.record import CachedRequest, CachedResponse, Operation

ENVIRONMENT_ERRORS: Final = frozenset({"SecurityError", "UnknownError", "AbortError"})
"""Rejections that have causes no record shows: a page that goes away, storage that is shut off."""

NO_ROOM: Final = "QuotaExceededError"
"""The one whose cause is never known: how much a browser gives an origin is its own affair."""

BODY_ERRORS: Final = frozenset({"TypeError", "NetworkError", "DataError", "OperationError"})
"""What a body that never came in full, or a fetch that failed, rejects with: the engines differ
(``NetworkError`` in Chromium 156, ``TypeError`` in Chromium 83, ``NS_…`` in Firefox: it is
``NS_BINDING_ABORTED`` where a signal aborted the fetch)."""


@dataclass(frozen=True)
class Expectation:
    """What the model allows.

    Attributes:
        error: the name of the rejection; None where it fulfils.
        value: what it fulfils with.
        any_of: in place of ``value``: several that are all allowed, where order is left open.
    """

    error: str | None = None
    value: object = None
    any_of: tuple[object, ...] | None = None


class Judge:
    """Holds single outcomes against a state.

    Args:
        deviations: of the build; those without which it would have said no are noted in ``met``.
        ordered: whether the order of what is listed counts.
        certain: whether all that can make a promise reject is in the record; see `replay`.
    """

    def __init__(
        self,
        deviations: Sequence[Deviation] = (),
        *,
        ordered: bool = True,
        certain: bool = False,
    ) -> None:
        self.deviations = deviations
        self.ordered = ordered
        self.certain = certain
        self.met: dict[str, Deviation] = {}

    def effects(self, call: Call, state: ReplayState) -> tuple[bool, ...]:
        """How the operation may have acted: with its effect (True), without (False).

        Empty: what the browser did is not allowed here.
        """
        if not call.judged:
            return (call.operation.outcome == "fulfilled",)
        expected = expect(call, state, ordered=self.ordered)
        if call.operation.outcome == "rejected":
            return (False,) if self._may_reject(call, expected) else ()
        if expected.error is not None:
            return (True,) if self._settles(call.operation, expected.error) else ()
        return (True,) if self.fits(call.operation, expected) else ()

    def fits(self, operation: Operation, expected: Expectation) -> bool:
        """Whether the value of a fulfilled promise is the one expected."""
        seen = operation.value
        if operation.method in ("put", "add", "addAll", "open"):
            return True
        if operation.method == "match":
            options = expected.any_of if expected.any_of is not None else (expected.value,)
            return any(self._same_answer(each, seen) for each in options)
        if operation.method in ("has", "delete"):
            return seen is expected.value
        if operation.method == "matchAll":
            return self._same_list(expected.value, seen, self._same_answer, body_mark)
        same = self._same_key if operation.target == "cache" else _equal
        return self._same_list(expected.value, seen, same, url_mark)

    def same_response(self, expected: Response, seen: CachedResponse) -> bool:
        """Whether a response is the one expected, as far as both are known."""
        if isinstance(expected, UnknownResponse) or not response_faults(expected, seen):
            return True
        if response_faults(expected, seen) != ["headers"]:
            return False
        return self._excused(lambda each: each.same_response, expected, seen)

    def same_request(self, expected: Request, seen: CachedRequest) -> bool:
        """Whether a key is the one expected: URL and method.

        Headers are left out: browsers add some of their own to a request that they list.
        """
        if expected.method != seen.method:
            return False
        return expected.url == seen.url or self._excused(
            lambda each: each.same_key, expected.url, seen.url
        )

    def _same_answer(self, expected: object, seen: object) -> bool:
        if not isinstance(expected, Response) or not isinstance(seen, CachedResponse):
            return expected is None and seen is None
        return self.same_response(expected, seen)

    def _same_key(self, expected: object, seen: object) -> bool:
        return isinstance(seen, CachedRequest) and self.same_request(
            cast("Request", expected), seen
        )

    def _same_list(
        self,
        expected: object,
        seen: object,
        same: Callable[[object, object], bool],
        mark: Callable[[object], Hashable],
    ) -> bool:
        wanted = list(cast("Sequence[object]", expected))
        if not isinstance(seen, (list, tuple)):
            return False
        found = cast("Sequence[object]", seen)
        if len(wanted) != len(found):
            return False
        if self.ordered:
            return all(same(one, other) for one, other in zip(wanted, found, strict=True))
        return same_in_any_order(wanted, found, same, mark)

    def _may_reject(self, call: Call, expected: Expectation) -> bool:
        operation, name = call.operation, call.operation.error_name or ""
        if name in (expected.error, NO_ROOM):
            return True
        if not self.certain and _unseen_cause(call, expected, name):
            return True
        return call.footprint is not NOTHING and self._settles(operation, expected.error)

    def _settles(self, operation: Operation, allowed: str | None) -> bool:
        return self._excused(lambda each: each.settles, operation, allowed)

    def _excused(
        self, rule_of: Callable[[Deviation], Callable[..., bool] | None], *given: object
    ) -> bool:
        for deviation in self.deviations:
            rule = rule_of(deviation)
            if rule is not None and rule(*given):
                self.met[deviation.id] = deviation
                return True
        return False


def _unseen_cause(call: Call, expected: Expectation, name: str) -> bool:
    """Whether what no record shows may have made it reject with an error of that name."""
    operation = call.operation
    if name in ENVIRONMENT_ERRORS:
        return True
    if call.footprint is NOTHING:
        return False
    if operation.method in ("add", "addAll"):
        # The network's failures are no cause that a record shows, and a refusal for the answer's
        # status is a TypeError as well.
        failed = operation.aborted or name in BODY_ERRORS or name.startswith("NS_")
        return bool(operation.requests) and failed
    if operation.method == "put":
        # https://streams.spec.whatwg.org/#readablestreamdefaultreader-read-all-bytes
        # The error is the one that its body ended in: a script may break a stream with any, and
        # abort a fetch for any reason. This one is the cache's own.
        return name != "InvalidStateError" and body_unknown(operation.response)
    # https://w3c.github.io/ServiceWorker/#cache-matchall
    # Step 5.4, the cross-origin resource policy check: no record shows the page's policy.
    return name == "TypeError" and _may_be_withheld(expected)


def _may_be_withheld(expected: Expectation) -> bool:
    value = expected.value if expected.any_of is None else expected.any_of
    responses = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else ()
    return any(isinstance(each, Response) and each.type == "opaque" for each in responses)


def body_unknown(response: CachedResponse | None) -> bool:
    """Whether a body may never have come in full. One that was spent before is known."""
    return (
        response is not None
        and response.sha256 is None
        and response.spent is None
        and not response.null_body
    )


def same_in_any_order(
    wanted: Sequence[object],
    found: Sequence[object],
    same: Callable[[object, object], bool],
    mark: Callable[[object], Hashable],
) -> bool:
    """Whether two lists of one length hold the same, order left aside.

    Args:
        mark: the same for most of what is the same: those are held against one another first.
    """
    left: dict[Hashable, deque[object]] = defaultdict(deque)
    for other in found:
        left[mark(other)].append(other)
    odd: list[object] = []
    for one in wanted:
        near = left[mark(one)]
        if near and same(one, near[0]):
            near.popleft()
        else:
            odd.append(one)
    rest = [other for others in left.values() for other in others]
    return _same_pairwise(odd, rest, same)


def _same_pairwise(
    wanted: Sequence[object], found: list[object], same: Callable[[object, object], bool]
) -> bool:
    for one in wanted:
        index = next((at for at, other in enumerate(found) if same(one, other)), None)
        if index is None:
            return False
        del found[index]
    return True


def url_mark(row: object) -> Hashable:
    """What two keys, or two entries, that are the same mostly share."""
    return str(getattr(row, "url", row))


def body_mark(row: object) -> Hashable:
    """What two responses that are the same mostly share."""
    body = row.body if isinstance(row, Response) else row
    return getattr(row, "url", None), getattr(body, "sha256", None)


def response_faults(expected: Response, seen: CachedResponse) -> list[str]:
    """The names of what differs, as far as both are known; bodies by size and SHA-256."""
    faults: list[str] = []
    for name in ("status", "status_text", "type", "redirected"):
        if getattr(expected, name) != getattr(seen, name):
            faults.append(name)
    if split_url(expected.url).key != split_url(seen.url).key:
        faults.append("url")
    if _combined(Headers(expected.headers)) != _combined(seen.headers):
        faults.append("headers")
    body = expected.body
    if isinstance(body, Digest):
        if None not in (body.size, seen.size) and body.size != seen.size:
            faults.append("size")
        if None not in (body.sha256, seen.sha256) and body.sha256 != seen.sha256:
            faults.append("body")
    elif seen.size:
        faults.append("size")
    return faults


def expect(call: Call, state: ReplayState, *, ordered: bool = True) -> Expectation:
    """What the model allows for an operation in a state, which it leaves as it is."""
    if call.footprint is NOTHING and call.error is not None:
        return Expectation(error=call.error)
    if call.operation.target == "caches":
        return _expect_of_storage(call, state, ordered)
    if call.error is not None:
        return Expectation(error=call.error)
    if call.operation.method in ("put", "add", "addAll"):
        return Expectation()
    return _expect_of_cache(call, state.cache(call.operation), ordered)


def _expect_of_storage(call: Call, state: ReplayState, ordered: bool) -> Expectation:
    operation = call.operation
    name = operation.cache or ""
    if operation.method == "match":
        return _expect_of_match(call, state, ordered)
    if operation.method == "keys":
        return Expectation(value=state.storage.keys())
    if operation.method in ("has", "delete"):
        return Expectation(value=state.storage.has(name))
    return Expectation()


def _expect_of_match(call: Call, state: ReplayState, ordered: bool) -> Expectation:
    names = state.storage.keys()
    wanted = call.options.get("cache_name")
    asked = names if wanted is None else [name for name in names if name == wanted]
    if call.error is not None and asked:
        return Expectation(error=call.error)
    if not call.requests:
        return Expectation(any_of=(None,)) if call.error else Expectation(error="TypeError")
    found: list[Response] = []
    for name in asked:
        options = _switches(call)
        found += state.storage.open(name).match_all(call.requests[0], **options)
    return Expectation(any_of=_first_or_all(found, ordered))


def _expect_of_cache(call: Call, cache: Cache, ordered: bool) -> Expectation:
    method = call.operation.method
    options = _switches(call)
    if not call.requests and call.operation.method in ("match", "delete"):
        return Expectation(error="TypeError")  # Web IDL: an argument is missing
    request = call.requests[0] if call.requests else None
    if method == "keys":
        return Expectation(value=cache.keys(request, **options))
    found = cache.match_all(request, **options)
    if method == "matchAll":
        return Expectation(value=found)
    if method == "delete":
        return Expectation(value=bool(found))
    return Expectation(any_of=_first_or_all(found, ordered))


def _switches(call: Call) -> dict[str, bool]:
    return {name: bool(on) for name, on in call.options.items() if name != "cache_name"}


def _first_or_all(found: Sequence[Response], ordered: bool) -> tuple[Response | None, ...]:
    return tuple(found[:1] if ordered else found) or (None,)


def _combined(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """As Headers.combined, for what came out of a browser and is not validated again."""
    together: dict[str, str] = {}
    for name, value in headers:
        together[name] = f"{together[name]}, {value}" if name in together else value
    return sorted(together.items())


def _equal(one: object, other: object) -> bool:
    return one == other
