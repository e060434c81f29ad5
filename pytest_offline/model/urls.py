"""URLs as the model needs them: parsed by a WHATWG library, compared as strings.

Request Matches Cached Item compares URLs with the "exclude fragment" flag and may set both queries
to the empty string first. On serialised URLs both are a matter of cutting at the first ``#`` and
the first ``?``, so each URL is parsed once and kept as the three strings that comparing needs.

Parsing is ada-url's (https://github.com/ada-url/ada-python), the parser of Node.js, which passes
the URL tests of web-platform-tests: relative URLs, dot segments, percent-encoding, IDNA and default
ports are its business, not ours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import ada_url

from pytest_offline.errors import JSError

DEFAULT_BASE: Final = "https://origin.test/"


class ParsedURL(NamedTuple):
    """One URL, serialised.

    Attributes:
        href: all of it, fragment included.
        key: without fragment: what two requests have to share to match.
        path: without query and fragment: what they have to share with ``ignoreSearch``.
        is_http: whether the scheme is ``http`` or ``https``, the only ones a cache keeps.
    """

    href: str
    key: str
    path: str
    is_http: bool


def scalar_value_string(text: str) -> str:
    """Lone surrogates replaced, as Web IDL's USVString conversion does it (Infra: "convert")."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@lru_cache(maxsize=1 << 17)
def parse_url(url: str, base: str = DEFAULT_BASE) -> ParsedURL:
    """Parse a URL as the Request constructor does (Fetch, ``new Request(input)``, steps 5.1-5.3).

    Raises:
        JSError: ``TypeError`` where parsing fails, or where the URL includes credentials.
    """
    try:
        parsed = ada_url.URL(scalar_value_string(url), base)
    except ValueError:
        raise JSError("TypeError", f"{url!r} is no valid URL (base {base!r})") from None
    if parsed.username or parsed.password:
        raise JSError("TypeError", f"{url!r} includes credentials; a request's URL must not")
    return split_url(parsed.href)


def split_url(href: str) -> ParsedURL:
    """The parts of a URL that is serialised already, with no parsing."""
    key = href.partition("#")[0]
    return ParsedURL(
        href=href,
        key=key,
        path=key.partition("?")[0],
        is_http=href.startswith(("https:", "http:")),
    )


def is_absolute(url: str) -> bool:
    """Whether a URL string means the same against every base.

    ``https:x`` does not: it is relative to a base of its own scheme, and absolute to others.
    """
    return parse_url(url).href == parse_url(url, "http://another.test/").href
