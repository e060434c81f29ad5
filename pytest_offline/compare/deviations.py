"""What builds are known to do otherwise than the specification: data, beside the model.

A deviation is one of five kinds, by which of its functions is set: another matching rule, another
rule for what a put replaces, a name or URL that means another one, an answer that counts as the
same though it differs, an operation that settles the other way. Each was measured, and each has a
test that shows what it excuses and what it does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

from pytest_offline.model.messages import NULL_BODY_STATUSES, Headers, Request, Response
from pytest_offline.model.request_matching import (
    SPECIFICATION,
    Item,
    QueryOptions,
    Rules,
    field_values,
    matches,
)
from pytest_offline.model.urls import scalar_value_string, split_url
from pytest_offline.record import CachedRequest, CachedResponse, Operation

_PATH: Final = re.compile(r"[^?#]*")

# RFC 3986, 2.3, unreserved: letters, digits, - . _ ~
_UNRESERVED: Final = re.compile(r"%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])")


@dataclass(frozen=True)
class Deviation:
    """One way in which builds go another way than the text.

    Attributes:
        builds: how the names of the builds begin that do so; an empty string means all.
        but_not: those of them that do not.
        effect: what they do, for a person.
        rule: the step they do not follow.
        matches, replaces: the rules of a list in these builds, where they differ.
        causes: what an operation is to these builds, where names or URLs mean others to them.
        same_response: whether a response seen passes for the one expected.
        same_key: whether a key's URL seen passes for the one expected.
        settles: whether an operation may settle as it did, given the name of the error that the
            model allows (None: it allows fulfilment only).
    """

    id: str
    builds: tuple[str, ...]
    effect: str
    rule: str
    matches: Callable[[Request, Item, QueryOptions], bool] | None = None
    replaces: Callable[[Request, Item], bool] | None = None
    causes: Callable[[Operation], Operation] | None = None
    same_response: Callable[[Response, CachedResponse], bool] | None = None
    same_key: Callable[[str, str], bool] | None = None
    settles: Callable[[Operation, str | None], bool] | None = None
    but_not: tuple[str, ...] = ()

    @property
    def changes_rules(self) -> bool:
        """Whether it changes what is stored and found, not only how an answer looks."""
        return any(each is not None for each in (self.matches, self.replaces, self.causes))


def _same_url(request: Request, item: Item) -> bool:
    return split_url(request.url).key == item.url.key


def _empty_is_missing(query: Request, item: Item, options: QueryOptions) -> bool:
    if matches(query, item, options._replace(ignore_vary=True)):
        if options.ignore_vary or item.any_vary:
            return options.ignore_vary
        return all((query.header(name) or "") == (value or "") for name, value in item.vary)
    return False


def _first_of_repeated(expected: Response, seen: CachedResponse) -> bool:
    wanted = dict(Headers(expected.headers).combined())
    found = dict(seen.headers)
    return expected.type == "default" and all(
        name in found and (value == found[name] or value.startswith(found[name] + ", "))
        for name, value in wanted.items()
    )


def _scalar_names(operation: Operation) -> Operation:
    options = tuple(
        (name, scalar_value_string(value) if isinstance(value, str) else value)
        for name, value in operation.options
    )
    name = operation.cache
    known = name if name is None else scalar_value_string(name)
    return replace(operation, cache=known, options=options)


def _unescaped_paths(operation: Operation) -> Operation:
    return replace(
        operation,
        requests=tuple(replace(each, url=_unescaped(each.url)) for each in operation.requests),
    )


def _unescaped(url: str) -> str:
    path = _PATH.match(url)
    end = path.end() if path else 0
    return _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), url[:end]) + url[end:]


def _first_of_each(operation: Operation) -> Operation:
    response = operation.response
    if response is None or response.type != "default":
        return operation
    first: dict[str, str] = {}
    for name, value in response.headers:
        if name.lower() == "vary" and "*" in value:
            return operation  # put looks at all of them, and refuses it
        first.setdefault(name.lower(), value)
    if len(first) == len(response.headers):
        return operation
    return replace(operation, response=replace(response, headers=tuple(first.items())))


def _undefined_as_url(operation: Operation) -> Operation:
    asked_nothing = operation.target == "cache" and operation.method in ("matchAll", "keys")
    given = operation.options or operation.options_given
    if asked_nothing and given and not operation.requests:
        return replace(operation, requests=(CachedRequest("undefined", given="undefined"),))
    return operation


def _without_empty_fragment(expected: str, seen: str) -> bool:
    return expected == seen + "#"


def _without_fragment(expected: str, seen: str) -> bool:
    return split_url(expected).key == seen


def _fragments_apart(operation: Operation, allowed: str | None) -> bool:
    urls = [request.url for request in operation.requests]
    return (
        operation.method == "addAll"
        and operation.outcome == "fulfilled"
        and allowed == "InvalidStateError"
        and len(set(urls)) == len(urls)
    )


def _duplicates_first(operation: Operation, allowed: str | None) -> bool:
    urls = [request.url.partition("#")[0] for request in operation.requests]
    again = next((at for at, url in enumerate(urls) if url in urls[:at]), len(urls))
    later = [each.headers for each in operation.added[again + 1 :] if each is not None]
    return (
        operation.method == "addAll"
        and (allowed, operation.error_name) == ("TypeError", "InvalidStateError")
        and any("*" in field_values(Headers(headers)) for headers in later)
    )


def _empty_body_spent(operation: Operation, allowed: str | None) -> bool:
    response = operation.response
    return (
        operation.method == "put"
        and allowed is None
        and operation.error_name == "TypeError"
        and response is not None
        and response.type in ("basic", "cors")
        and response.status in NULL_BODY_STATUSES
        and response.spent is not None
    )


def _hidden_vary(operation: Operation, allowed: str | None) -> bool:
    return (
        operation.method == "put"
        and allowed is None
        and operation.error_name == "TypeError"
        and "'Vary: *'" in (operation.error or "")
        and operation.response is not None
        and operation.response.type == "cors"
    )


def _invalid_url_refused(operation: Operation, allowed: str | None) -> bool:
    return (
        operation.target == "caches"
        and operation.method == "match"
        and allowed is None
        and operation.error_name == "TypeError"
    )


KNOWN: Final[tuple[Deviation, ...]] = (
    Deviation(
        id="chromium-one-entry-a-url",
        builds=("chromium",),
        effect="keeps one entry a URL: variants by Vary never stand side by side",
        rule="Batch Cache Operations, put: only what Request Matches Cached Item is removed",
        replaces=_same_url,
    ),
    Deviation(
        id="firefox-empty-header-is-missing",
        builds=("firefox",),
        effect="takes an empty request header for a missing one when it compares for Vary",
        rule="Request Matches Cached Item, step 8: combined values, and null is not empty",
        matches=_empty_is_missing,
        replaces=lambda request, item: _empty_is_missing(request, item, QueryOptions()),
    ),
    Deviation(
        id="chromium-first-of-repeated-headers",
        builds=("chromium",),
        effect="stores only the first of repeated headers of a response made by a script",
        rule="put: the clone of a response has the response's header list",
        same_response=_first_of_repeated,
    ),
    Deviation(
        id="chromium-first-of-repeated-vary",
        builds=("chromium",),
        effect="looks at the first of repeated Vary headers only, for it stores no other",
        rule="Request Matches Cached Item, step 7: the field values of all Vary headers",
        causes=_first_of_each,
    ),
    Deviation(
        id="chromium-83-drops-fragments",
        builds=("chromium-83", "chromium-88", "chromium-92"),
        effect="gives keys without their fragments",
        rule="keys: the requests are the stored ones, fragment included",
        same_key=_without_fragment,
    ),
    Deviation(
        id="chromium-83-scalar-names",
        builds=("chromium-83", "chromium-88", "chromium-92"),
        effect="takes a lone surrogate in a cache's name for U+FFFD",
        rule="CacheStorage open: names are DOMStrings, compared as they are",
        causes=_scalar_names,
    ),
    Deviation(
        id="chromium-83-unescapes-paths",
        builds=("chromium-83", "chromium-88", "chromium-92"),
        effect="decodes percent-encoded letters and digits in paths: /%61 is /a",
        rule="URL Standard, path state: percent-encoded bytes stay as they are",
        causes=_unescaped_paths,
    ),
    Deviation(
        id="chromium-83-undefined-is-a-url",
        builds=("chromium-83", "chromium-88"),
        effect='asks for the URL "undefined" where options follow a request that is undefined',
        rule="Web IDL: undefined for an optional argument is an argument that is missing",
        causes=_undefined_as_url,
    ),
    Deviation(
        id="firefox-drops-empty-fragments",
        builds=("firefox",),
        effect="gives keys without a fragment that is empty",
        rule="keys: the requests are the stored ones, fragment included",
        same_key=_without_empty_fragment,
    ),
    Deviation(
        id="chromium-add-all-fragments-apart",
        builds=("chromium",),
        but_not=("chromium-83", "chromium-88", "chromium-92"),
        effect="accepts an addAll whose URLs differ only in their fragments",
        rule="Batch Cache Operations, step 4.2.3: InvalidStateError",
        settles=_fragments_apart,
    ),
    Deviation(
        id="firefox-add-all-duplicates-first",
        builds=("firefox",),
        effect="may refuse an addAll for a URL that is there twice, where Vary: * comes later on",
        rule="Cache addAll, steps 5.6 and 6: TypeError for an answer, before the batch is made",
        settles=_duplicates_first,
    ),
    Deviation(
        id="fetched-204-has-a-body",
        builds=("chromium", "firefox"),
        effect="gives a fetched response with a null body status a body, which can be used up",
        rule="Fetch, main fetch step 21: for a null body status the body is null",
        settles=_empty_body_spent,
    ),
    Deviation(
        id="firefox-sees-hidden-vary",
        builds=("firefox",),
        effect="refuses a response of another origin for a Vary: * that CORS hides from scripts",
        rule="Cache put, step 7: the response's header list is the filtered one",
        settles=_hidden_vary,
    ),
    Deviation(
        id="match-refuses-invalid-url-without-caches",
        builds=("",),
        effect="caches.match of an invalid URL rejects where there is no cache at all",
        rule="CacheStorage match: the string is parsed inside Cache.match only",
        settles=_invalid_url_refused,
    ),
)


class HasBuilds(Protocol):
    """A row of a table of deviations."""

    @property
    def builds(self) -> tuple[str, ...]:
        """How the names of the builds begin that deviate so."""
        ...


Row = TypeVar("Row", bound=HasBuilds)


def of_build(rows: Iterable[Row], build: str | None) -> tuple[Row, ...]:
    """The rows of a build, by its name; none for None, which is the bare specification."""
    if build is None:
        return ()
    return tuple(each for each in rows if build.startswith(each.builds))


def known_for(build: str | None) -> tuple[Deviation, ...]:
    """The deviations of a build, by its name; none for None, which is the bare specification."""
    return tuple(each for each in of_build(KNOWN, build) if build not in each.but_not)


def rules_with(deviations: Iterable[Deviation]) -> Rules:
    """The rules of a list in a build with these deviations."""
    rules = SPECIFICATION
    for deviation in deviations:
        if deviation.matches is not None:
            rules = rules._replace(matches=deviation.matches)
        if deviation.replaces is not None:
            rules = rules._replace(replaces=deviation.replaces)
    return rules
