"""Does this request match that entry? The rule all of Cache stands on.

Source: Service Workers, algorithm "Request Matches Cached Item"
(https://w3c.github.io/ServiceWorker/#request-matches-cached-item-algorithm), and RFC 9110, 12.5.5.

The steps about methods deserve a word. Step 1 looks at the *cached* request, and a cache keeps
none but GET. That a HEAD query finds nothing unless ``ignoreMethod`` says so is written in the
methods of Cache themselves (``matchAll`` step 2.1.2, ``keys`` step 2.1.2, ``delete`` step 2.2), so
`query_is_answered` belongs here too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from pytest_offline.model.messages import Headers, Request, Response
from pytest_offline.model.urls import ParsedURL


class QueryOptions(NamedTuple):
    """CacheQueryOptions, by Python's names."""

    ignore_search: bool = False
    ignore_method: bool = False
    ignore_vary: bool = False


EXACT: Final = QueryOptions()


def options_of(ignore_search: bool, ignore_method: bool, ignore_vary: bool) -> QueryOptions:
    """The options of one call; nearly all have none."""
    if ignore_search or ignore_method or ignore_vary:
        return QueryOptions(ignore_search, ignore_method, ignore_vary)
    return EXACT


def field_values(headers: Headers) -> tuple[str, ...]:
    """The field values of Vary, in lower case: all Vary headers, split at commas, trimmed.

    Header names have no case, and RFC 9110, 5.6.1.2, lets a recipient ignore empty list members.
    """
    combined = headers.get("vary")
    if combined is None:
        return ()
    return tuple(item for part in combined.split(",") if (item := part.strip(" \t").lower()))


@dataclass(frozen=True)
class Item:
    """One item of a request response list, with what matching asks of it worked out once.

    Attributes:
        url: of the request, in its parts.
        vary: name and the cached request's combined value for each field value of Vary; the value
            is None where the request had no such header, which differs from an empty one.
        any_vary: whether a field value is ``*``, which nothing matches.
    """

    request: Request
    response: Response
    url: ParsedURL
    vary: tuple[tuple[str, str | None], ...] = ()
    any_vary: bool = False


def make_item(request: Request, response: Response) -> Item:
    """An item for a request whose URL is absolute."""
    url = request.parsed
    names = field_values(Headers(response.headers))
    if not names:
        return Item(request, response, url)
    cached = tuple((name, request.header(name)) for name in names)
    return Item(request, response, url, vary=cached, any_vary="*" in names)


def query_is_answered(query: Request, options: QueryOptions) -> bool:
    """False for a Request that is not GET without ``ignoreMethod``: the answer is then "nothing".

    matchAll step 2.1.2, keys step 2.1.2, delete step 2.2 of the Cache interface.
    """
    return query.method == "GET" or options.ignore_method


def matches(query: Request, item: Item, options: QueryOptions = EXACT) -> bool:
    """Request Matches Cached Item."""
    # https://w3c.github.io/ServiceWorker/#request-matches-cached-item-algorithm
    # Step 1: "If options["ignoreMethod"] is false and request's method is not GET, return false."
    if not options.ignore_method and item.request.method != "GET":
        return False
    # Steps 2 to 5, https://url.spec.whatwg.org/#concept-url-equals: equal URLs, fragments
    # excluded; queries emptied first with ignoreSearch.
    url = query.parsed
    if options.ignore_search:
        if url.path != item.url.path:
            return False
    elif url.key != item.url.key:
        return False
    # Step 6, https://www.rfc-editor.org/rfc/rfc9110#field.vary: "ignoreVary is true, or
    # response's header list does not contain Vary": true.
    return options.ignore_vary or not item.vary or vary_agrees(query, item)


def vary_agrees(query: Request, item: Item) -> bool:
    """Steps 7 to 9: for each field value both requests' combined values match; ``*`` never does."""
    # https://fetch.spec.whatwg.org/#concept-header-list-combine
    # Combined values are compared as they are: null is not the empty string, case counts, and
    # white space inside a value counts; around it, normalising the header took it away.
    if item.any_vary:
        return False
    return all(query.header(name) == value for name, value in item.vary)


def replaces(request: Request, item: Item) -> bool:
    """Whether putting a request removes an item: "Batch Cache Operations", step 4.2.6.6."""
    return matches(request, item)


class Rules(NamedTuple):
    """The two questions a request response list asks of each item.

    The specification answers both with one algorithm. A build that is known to answer one
    otherwise is described by other functions (`compare.deviations`), never by an ``if`` here. Both
    are asked only about items of the same URL: without fragment, and with ``ignoreSearch`` without
    query.
    """

    matches: Callable[[Request, Item, QueryOptions], bool] = matches
    replaces: Callable[[Request, Item], bool] = replaces


SPECIFICATION: Final = Rules()
