"""What programs can fetch: a few answers of an origin, and what a script has to see of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_offline.model.urls import parse_url

if TYPE_CHECKING:
    from pytest_offline.origin import Origin

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Resource:
    """One answer of the origin.

    Attributes:
        to: the path of the resource it redirects to.
    """

    status: int = 200
    headers: Pairs = ()
    body: str = ""
    to: str | None = None


PAGE: Final = "/explore"
"""Where the page is that programs run in."""

RESOURCES: Final[Mapping[str, Resource]] = {
    "/r/plain": Resource(body="plain"),
    "/r/varies": Resource(headers=(("vary", "X-A"),), body="varies"),
    "/r/star": Resource(headers=(("vary", "*"),), body="star"),
    "/r/empty": Resource(status=204),
    "/r/partial": Resource(status=206, headers=(("content-range", "bytes 0-6/9"),), body="partial"),
    "/r/missing": Resource(status=404, body="missing"),
    "/r/broken": Resource(status=500, body="broken"),
    "/r/hop": Resource(status=302, to="/r/plain"),
    "/r/hop-missing": Resource(status=302, to="/r/missing"),
}
"""Path to what is answered there, on both origins."""

SHOWN: Final = ("content-type", "vary", "content-range")
"""The headers of a fetched response that are told: no other is the same at every run."""

_TYPE: Final = "text/plain"

# https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
_SAFELISTED: Final = frozenset({"content-type"})

ALLOWED_ELSEWHERE: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Headers", "*"),
)


def serve(origin: Origin) -> None:
    """The page and the resources, on an origin. Nothing is kept by the browser's own HTTP cache."""
    for path, body, status, headers in answers():
        origin.reply(path, body, status=status, headers=headers)


def answers() -> Iterator[tuple[str, bytes, int, Pairs]]:
    """All that is served: path, body, status, headers."""
    yield PAGE, b"<!doctype html><title>explore</title>", 200, _headers("text/html")
    for path, resource in RESOURCES.items():
        leads: Pairs = () if resource.to is None else (("Location", resource.to),)
        headers = _headers(_TYPE, *resource.headers, *leads)
        yield path, resource.body.encode(), resource.status, headers


def resource_at(path: str) -> Resource:
    """What a path is answered with, redirects followed."""
    found = RESOURCES.get(path, Resource(status=404))
    return found if found.to is None else resource_at(found.to)


def final_path(path: str) -> str:
    """Where a path leads."""
    found = RESOURCES.get(path)
    return path if found is None or found.to is None else final_path(found.to)


def path_of(url: str, base_url: str) -> tuple[str, str]:
    """The path of a URL, without its query, and the query with its question mark."""
    parsed = parse_url(url, base_url)
    path = "/" + parsed.path.split("/", 3)[3]
    return path, parsed.key[len(parsed.path) :]


def shown_headers(resource: Resource, *, elsewhere: bool) -> Pairs:
    """The headers a script sees, of those in `SHOWN`: of another origin only the safelisted."""
    pairs = (("content-type", _TYPE), *resource.headers)
    return tuple(pair for pair in pairs if not elsewhere or pair[0] in _SAFELISTED)


def _headers(content_type: str, *more: tuple[str, str]) -> Pairs:
    kept = ("Cache-Control", "no-store")
    return (("Content-Type", content_type), kept, *ALLOWED_ELSEWHERE, *more)
