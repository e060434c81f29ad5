"""Cache: one named list of requests and responses, as a script handles it.

Source: Service Workers, "Cache" (https://w3c.github.io/ServiceWorker/#cache-interface), its steps
counted as in the Candidate Recommendation Draft of 9 April 2026, here and in all of `model`. A
promise that fulfils is a return value, one that rejects is a raised `JSError`.

Not decided here, since it is nobody's cause that a test records: quota (``QuotaExceededError``)
and the cross-origin resource policy check of ``matchAll`` step 5.4, which needs an embedder policy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_offline.errors import JSError
from pytest_offline.model.messages import Headers, Request, Response, request_of
from pytest_offline.model.request_matching import (
    Item,
    QueryOptions,
    field_values,
    make_item,
    options_of,
    query_is_answered,
)
from pytest_offline.model.response_list import RequestResponseList

Fetch = Callable[[Request], Response]
RequestInfo = Request | str


class Cache:
    """One opened cache. You get one from `CacheStorage.open`; do not build it yourself.

    It goes on working after its name was deleted (``CacheStorage.delete``, the note of step 2.3).
    """

    def __init__(self, items: RequestResponseList, base_url: str, fetch: Fetch | None) -> None:
        self._list = items
        self._base = base_url
        self._fetch = fetch

    def __len__(self) -> int:
        return len(self._list)

    def items(self) -> tuple[Item, ...]:
        """The items of the list, in its order: for comparing, not part of the Cache interface."""
        return tuple(self._list)

    def seed(self, request: RequestInfo, response: Response) -> None:
        """Append an entry as it is, with no rule asked: for a state that is known to be."""
        self._list.append(make_item(self._request(request), response))

    def store(self, entries: Sequence[tuple[Request, Response]]) -> None:
        """Batch Cache Operations alone: every entry or none, with no check of what may be stored.

        Raises:
            JSError: ``InvalidStateError`` where two of the requests are the same to a cache.
        """
        self._list.put([(request.against(self._base), response) for request, response in entries])

    @property
    def response_list(self) -> RequestResponseList:
        """The list that all Cache objects of this opening share. Not to be changed from outside."""
        return self._list

    def match(
        self,
        request: RequestInfo,
        *,
        ignore_search: bool = False,
        ignore_method: bool = False,
        ignore_vary: bool = False,
    ) -> Response | None:
        """The first response that matches; None if nothing does.

        Raises:
            JSError: ``TypeError`` for a URL string that is no URL, here and in all methods below.
        """
        # https://w3c.github.io/ServiceWorker/#cache-match
        # Step 2.1 asks matchAll, whose list is empty after its own step 2.1.2; step 2.4 takes the
        # first, or undefined.
        query = self._request(request)
        options = options_of(ignore_search, ignore_method, ignore_vary)
        if not query_is_answered(query, options):
            return None
        found = self._list.first(query, options)
        return None if found is None else found.response

    def match_all(
        self,
        request: RequestInfo | None = None,
        *,
        ignore_search: bool = False,
        ignore_method: bool = False,
        ignore_vary: bool = False,
    ) -> list[Response]:
        """Every response that matches, in list order; all of them where no request is given."""
        options = options_of(ignore_search, ignore_method, ignore_vary)
        return [item.response for item in self._query(request, options)]

    def keys(
        self,
        request: RequestInfo | None = None,
        *,
        ignore_search: bool = False,
        ignore_method: bool = False,
        ignore_vary: bool = False,
    ) -> list[Request]:
        """Every request whose entry matches, in list order; all of them where none is given."""
        options = options_of(ignore_search, ignore_method, ignore_vary)
        return [item.request for item in self._query(request, options)]

    def delete(
        self,
        request: RequestInfo,
        *,
        ignore_search: bool = False,
        ignore_method: bool = False,
        ignore_vary: bool = False,
    ) -> bool:
        """Remove every entry that matches; whether there was one."""
        # https://w3c.github.io/ServiceWorker/#cache-delete
        # Steps 2.2 and 3.1, then 12.2: one "delete" of Batch Cache Operations.
        query = self._request(request)
        options = options_of(ignore_search, ignore_method, ignore_vary)
        if not query_is_answered(query, options):
            return False
        return self._list.delete(query, options)

    def put(self, request: RequestInfo, response: Response) -> None:
        """Store a response; what the request matched before goes, the new entry is the last.

        A network error (``Response.error()``) is stored like any other: no step forbids it.

        Raises:
            JSError: ``TypeError`` for a scheme that is not http(s), a method that is not GET, a
                status of 206, ``Vary: *``, a body that was used or is locked; what a body ends in
                that is ``broken``.
        """
        key = self._request(request)
        _check_key(key)  # step 4
        # https://w3c.github.io/ServiceWorker/#cache-put
        # Step 6. An opaque response has status 0 here, so a hidden 206 is stored (WPT cache-put,
        # "opaque-filtered HTTP 206"), and so is a hidden Vary: * of step 7, for it has no headers.
        if response.status == 206:
            raise JSError("TypeError", f"a 206 response (partial) for {key.url!r} is not stored")
        if "*" in field_values(Headers(response.headers)):
            raise JSError("TypeError", f"the response for {key.url!r} has Vary: *")
        # Step 8, https://fetch.spec.whatwg.org/#body-unusable: "disturbed or locked".
        # A null body is neither.
        if response.body is not None and (response.used or response.locked):
            state = "used" if response.used else "locked"
            raise JSError("TypeError", f"the body of the response for {key.url!r} is {state}")
        # Step 11.3, https://streams.spec.whatwg.org/#readablestreamdefaultreader-read-all-bytes
        # Nothing is stored before the body is there in full; where it breaks off, nothing is.
        if response.broken is not None:
            text = f"the body of the response for {key.url!r} broke off"
            raise JSError(response.broken, text)
        self._list.put([(key, response)])

    def add(self, request: RequestInfo) -> None:
        """Fetch a request and store what came back; see `add_all`."""
        self.add_all([request])

    def add_all(self, requests: Sequence[RequestInfo]) -> None:
        """Fetch all and store all, or none.

        Raises:
            JSError: ``TypeError`` for a scheme or method that cannot be stored, an answer that is
                not ok or is 206 or has ``Vary: *``, a network error; ``InvalidStateError`` where
                two of the requests are the same to a cache; what ``fetch`` itself raises.
        """
        # https://w3c.github.io/ServiceWorker/#cache-addAll
        # Step 3 comes before step 5: a Request that cannot be stored is refused before any URL
        # string is looked at, and before anything is fetched.
        for request in requests:
            if isinstance(request, Request):
                _check_key(self._request(request))
        keys = [self._request(request) for request in requests]
        for key in keys:
            _check_key(key)  # step 5.2
        # Step 6 waits for every answer, step 7.6.2 stores them in one batch.
        self._list.put([(key, _stored(key, self._answer(key))) for key in keys])

    def _answer(self, request: Request) -> Response:
        if self._fetch is None:
            raise JSError(
                "TypeError",
                f"no network to fetch {request.url!r} from: give CacheStorage a fetch",
            )
        return self._fetch(request)

    def _request(self, request: RequestInfo) -> Request:
        # put steps 2 and 3, matchAll and keys steps 2.1.1 and 2.2.1, delete steps 2.1 and 3.1:
        # a Request as it is, a string as what ``new Request`` makes of it.
        if isinstance(request, str):
            return request_of(request, self._base)
        return request.against(self._base)

    def _query(self, request: RequestInfo | None, options: QueryOptions) -> list[Item]:
        # https://w3c.github.io/ServiceWorker/#cache-matchall, and #cache-keys, which asks alike
        # Without a request, all of the list (step 5.2); else none (2.1.2), or Query Cache (5.3).
        if request is None:
            return list(self._list)
        query = self._request(request)
        if not query_is_answered(query, options):
            return []
        return self._list.query(query, options)


def _check_key(request: Request) -> None:
    """put step 4; addAll steps 3.2 and 5.2."""
    if not request.parsed.is_http:
        raise JSError("TypeError", f"{request.url!r} is neither http nor https")
    if request.method != "GET":
        text = f"{request.method} {request.url!r}: a cache keeps nothing but GET"
        raise JSError("TypeError", text)


def _stored(request: Request, response: Response) -> Response:
    """addAll step 5.6, "processResponse"."""
    if response.type == "error" or not response.ok or response.status == 206:
        text = f"{request.url!r} was answered with status {response.status} ({response.type})"
        raise JSError("TypeError", text)
    if "*" in field_values(Headers(response.headers)):
        raise JSError("TypeError", f"the answer for {request.url!r} has Vary: *")
    # "processResponseEndOfBody": the commit waits for the whole body.
    if response.broken is not None:
        raise JSError(response.broken, f"the body of the answer for {request.url!r} broke off")
    return response
