"""Hypothesis strategies for programs, and for what is in them.

Few names and few URLs, so that calls meet one another; beside them whatever is odd: dot segments,
default ports, IDNA, percent-encodings, userinfo, what is no URL at all. Everything shrinks to the
plainest that still shows the fault: ``"/a"``, ``new Response("")``, no options.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Final, TypeVar

from pytest_offline.errors import UsageError
from pytest_offline.explore.program import Asked, Fetched, Made, Options, Pairs, Program, Step
from pytest_offline.explore.resources import RESOURCES, resource_at

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise UsageError(
        f"exploring needs Hypothesis, which is not installed ({error}); install it: "
        'pip install "pytest-playwright-offline[explore]"'
    ) from error

_T = TypeVar("_T")

PLAIN_URLS: Final = ("/a", "/a?x=1", "/a?x=2", "/a#f", "/b", "/b/", "/A", "/a?", "/a?x=1#f")
ODD_URLS: Final = (
    "a",
    "",
    "?x=1",
    "#f",
    "/b/../a",
    "/./a",
    "/%61",
    "/a%3Fx=1",
    "/a%20b",
    "/a b",
    "/ä",
    "/%C3%A4",
    "/%c3%a4",
    "/a?x=ä",
    "/a?x=%C3%A4",
    "/a\\b",
    "//other.test/a",
    "http://other.test/a",
    "http://other.test:80/a",
    "HTTP://OTHER.test/a",
    "https://other.test/a",
    "https://other.test:443/a",
    "http://bücher.test/",
    "http://xn--bcher-kva.test/",
    "http://127.1/a",
    "http://[::1]/a",
    "http://other.test./a",
    "/\ud800",
    "/a\n",
    " /a ",
    "/a?x=1?x=2",
    "/a?#",
    "/a#",
)
REFUSED_URLS: Final = (
    "ftp://other.test/a",
    "data:,a",
    "about:blank",
    "http://user@other.test/a",
    "http://user:word@other.test/a",
    "http://[",
    "http://other.test:99999/",
)
NAMES: Final = ("one", "two", "", "One", "one ", "o\u0000e", "ö", "o\u0308", "\ud800", "\ufffd")
METHODS: Final = ("POST", "HEAD", "get", "head", "PUT", "patch", "PATCH", "QUERY")
VARY: Final = (
    "X-A",
    "x-a",
    "x-a, x-b",
    "x-b,,x-a",
    "accept",
    "Accept-Encoding",
    "",
    ",",
    "x-a, *",
    "*",
    "cookie",
)
VALUES: Final = ("1", "2", "", " 1", "1, 2", "A", "a", "1  2", "\u00e9", "1\t2")
STATUSES: Final = (200, 201, 203, 299, 300, 301, 304, 404, 500, 599, 204, 205, 206)
BODIES: Final = ("", "x", "ä\u0000\U0001f600")
NULL_BODY: Final = (204, 205, 304)


def _named(make: Callable[[], st.SearchStrategy[_T]]) -> Callable[[], st.SearchStrategy[_T]]:
    """Made once, and with its name for a repr: that of what it is made of is as long as a book."""
    made = cache(make)

    def drawn(draw: st.DrawFn) -> _T:
        return draw(made())

    drawn.__name__, drawn.__doc__ = make.__name__, make.__doc__
    return st.composite(drawn)


def _mostly(often: st.SearchStrategy[_T], seldom: st.SearchStrategy[_T]) -> st.SearchStrategy[_T]:
    """One of two, the first three times in four."""
    return st.one_of(often, often, often, seldom)


def _of(*values: _T) -> st.SearchStrategy[_T]:
    return st.sampled_from(values)


def _often(often: Sequence[_T], seldom: Sequence[_T]) -> st.SearchStrategy[_T]:
    """One value: of the first three times in four. One draw, where `_mostly` takes two."""
    times = 1 + 3 * len(seldom) // len(often)
    return st.sampled_from((*chain.from_iterable([often] * times), *seldom))


def urls() -> st.SearchStrategy[str]:
    """URLs as a script writes them."""
    return _often(PLAIN_URLS, (*ODD_URLS, *REFUSED_URLS))


def cache_names() -> st.SearchStrategy[str]:
    """Names of caches."""
    return _often(NAMES[:2], NAMES)


def request_headers() -> st.SearchStrategy[Pairs]:
    """Headers of a request, those that responses vary on."""
    names = _often(("x-a", "x-b"), ("X-A", "accept", "cookie", "Accept-Encoding"))
    return st.lists(st.tuples(names, _of(*VALUES)), max_size=2).map(tuple)


def response_headers() -> st.SearchStrategy[Pairs]:
    """Headers of a response; one in two has a Vary."""
    vary = st.tuples(_of("vary", "Vary"), _often(VARY[:4], VARY[4:]))
    other = st.tuples(_of("x-c", "X-C", "content-type", "set-cookie"), _of(*VALUES))
    return st.lists(st.one_of(vary, other), max_size=3).map(tuple)


@_named
def requests() -> st.SearchStrategy[Asked]:
    """What is handed over as a request: a URL, or a Request with method and headers."""
    text = st.builds(Asked, urls())
    made = st.builds(
        Asked,
        urls(),
        method=_often(("GET",), METHODS),
        headers=request_headers(),
        made=st.just(True),
    )
    return st.one_of(text, made)


@_named
def responses() -> st.SearchStrategy[Made | Fetched]:
    """What is put: responses that a script makes, and some that it fetches."""
    return _mostly(made_responses(), _seldom_fetched())


@_named
def made_responses() -> st.SearchStrategy[Made]:
    """Responses of the constructor, of ``Response.error()`` and ``Response.redirect()``."""
    constructed = st.builds(
        Made,
        status=_often((200,), STATUSES),
        headers=response_headers(),
        body=_of(*BODIES, None),
        times=_often((1,), (700, 70_000)),
        status_text=_often(("",), ("Fine", "\u00e9 ")),
        spent=_often(("fresh",), ("used", "locked")),
    ).map(_possible)
    odd = st.one_of(
        st.just(Made(how="error")), st.builds(Made, status=_of(302, 308), how=st.just("redirect"))
    )
    return _mostly(constructed, _mostly(constructed, odd))


@_named
def fetched_responses() -> st.SearchStrategy[Fetched]:
    """Responses of the resources, of this origin and of another.

    None of another origin that varies: what a Vary does that CORS hides from scripts, builds do in
    ways of their own, and it is no cause that a record could show.
    """
    plain = [path for path in RESOURCES if not dict(resource_at(path).headers).get("vary")]
    spent = _often(("fresh",), ("used", "locked"))
    mode = _of("cors", "no-cors")
    return st.one_of(
        st.builds(Fetched, path=_of(*RESOURCES), mode=mode, spent=spent),
        st.builds(Fetched, path=_of(*plain), mode=mode, elsewhere=st.just(True), spent=spent),
    )


def query_options() -> st.SearchStrategy[Options]:
    """CacheQueryOptions; none three times in four, each switch on or off where there are some."""
    switches = st.lists(
        st.tuples(_of("ignoreSearch", "ignoreMethod", "ignoreVary"), _of(True, True, False)),
        max_size=3,
        unique_by=lambda pair: pair[0],
    ).map(tuple)
    return st.one_of(st.just(()), switches)


@_named
def steps() -> st.SearchStrategy[Step]:
    """One call; puts and queries more often than what sets everything back."""
    return st.one_of(
        puts(), puts(), puts(), queries(), queries(), queries(), deletions(), adds(),
        changes_of_storage(), queries_of_storage(),
    )  # fmt: skip


def programs(*, min_size: int = 1, max_size: int = 40) -> st.SearchStrategy[Program]:
    """Programs of so many calls; see `Program`.

    Args:
        min_size, max_size: calls, those not counted that look at what is left in the end.

    Raises:
        UsageError: there is no such length.
    """
    if not 0 <= min_size <= max_size:
        raise UsageError(
            f"programs(min_size={min_size}, max_size={max_size}): no program is as long as that; "
            "min_size is at least 0, and max_size no less"
        )
    return _programs(min_size, max_size)


@st.composite
def _programs(draw: st.DrawFn, min_size: int, max_size: int) -> Program:
    found = tuple(chain.from_iterable(draw(_parts(min_size, max_size))))
    return Program(found[:max_size])


@cache
def _parts(min_size: int, max_size: int) -> st.SearchStrategy[tuple[list[Step], ...]]:
    """In quarters: Hypothesis draws short lists mostly, and shrinks each of them to nothing."""
    quarter = max(1, max_size // 4)
    first = st.lists(steps(), min_size=min_size, max_size=max(min_size, quarter))
    return st.tuples(first, *(st.lists(steps(), max_size=quarter) for _ in range(3)))


def _possible(made: Made) -> Made:
    """The constructor refuses a body where the status allows none."""
    if made.status in NULL_BODY:
        return Made(made.status, made.headers, None, 1, made.status_text, made.spent)
    return made


def _seldom_fetched() -> st.SearchStrategy[Made | Fetched]:
    return st.one_of(made_responses(), fetched_responses())


def _on_cache(method: str, **parts: st.SearchStrategy[object]) -> st.SearchStrategy[Step]:
    return st.builds(
        Step,
        target=st.just("cache"),
        method=st.just(method),
        cache=cache_names(),
        opening=_often((None,), (0, 1)),
        **parts,
    )


def _one() -> st.SearchStrategy[tuple[Asked, ...]]:
    return requests().map(lambda asked: (asked,))


@_named
def puts() -> st.SearchStrategy[Step]:
    """A ``Cache.put``."""
    return _on_cache("put", requests=_one(), response=responses())


@_named
def queries() -> st.SearchStrategy[Step]:
    """``Cache.match``, ``matchAll`` and ``keys``."""
    maybe = st.one_of(st.just(()), _one())
    return st.one_of(
        _on_cache("match", requests=_one(), options=query_options()),
        _on_cache("matchAll", requests=maybe, options=query_options()),
        _on_cache("keys", requests=maybe, options=query_options()),
    )


@_named
def deletions() -> st.SearchStrategy[Step]:
    """``Cache.delete``."""
    return _on_cache("delete", requests=_one(), options=query_options())


@_named
def adds() -> st.SearchStrategy[Step]:
    """``Cache.add`` and ``addAll``: what can be fetched, and what is refused before.

    Never a name that would have to be looked up.
    """
    paths = _often((*RESOURCES, "/r/plain?x=1", "/r/plain#f", "/nowhere"), REFUSED_URLS)
    asked = st.builds(
        Asked,
        url=paths,
        method=_often(("GET",), ("POST", "HEAD")),
        headers=_mostly(st.just(()), request_headers()),
    )
    several = st.lists(asked, max_size=3).map(tuple)
    return st.one_of(
        _on_cache("add", requests=asked.map(lambda one: (one,))),
        _on_cache("addAll", requests=several),
    )


@_named
def changes_of_storage() -> st.SearchStrategy[Step]:
    """``caches.open`` and ``caches.delete``."""
    return st.builds(Step, st.just("caches"), _of("open", "delete"), cache_names())


@_named
def queries_of_storage() -> st.SearchStrategy[Step]:
    """``caches.match``, ``keys`` and ``has``."""
    name = st.one_of(st.none(), cache_names())
    return st.one_of(
        st.builds(Step, st.just("caches"), st.just("has"), cache_names()),
        st.just(Step("caches", "keys")),
        st.builds(_match, _one(), query_options(), name),
    )


def _match(asked: tuple[Asked, ...], options: Options, name: str | None) -> Step:
    named: Options = () if name is None else (("cacheName", name),)
    return Step("caches", "match", requests=asked, options=(*options, *named))
