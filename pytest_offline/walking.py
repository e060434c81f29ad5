"""The same URLs asked for on two sites, in two builds, online and offline: what answers otherwise?

Made for a migration: a site on its cache manifest in a build with AppCache, the same site on a
service worker in a build of today::

    old = walk(page, ["/", "/style.css", "/archive/2010.html"])
    new = walk(other_page, ["/", "/style.css", "/archive/2010.html"])
    assert differences(old, new) == ()
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urljoin, urlsplit

from pytest_offline.errors import UsageError
from pytest_offline.record.wording import as_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

How = Literal["file", "page"]

Compared = Literal["failed", "status", "body", "url"]
"""What may differ: whether it failed at all, the status, the digest of the body, the final URL."""

_FETCH_ALL: Final = """(urls) => Promise.all(urls.map(async (url) => {
  try {
    const answer = await fetch(url);
    const body = await answer.arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return {status: answer.status, sha256, url: answer.url};
  } catch (error) {
    return {error: `${error.name}: ${error.message}`};
  }
}))"""


@dataclass(frozen=True)
class Visit:
    """One URL, asked for in one way.

    Attributes:
        path: as it was asked for; a whole URL where it is of another origin.
        how: ``file``: fetched by a script of the page; ``page``: opened.
        status: None where it failed.
        sha256: of the body; None where it failed.
        url: where it ended after redirects, written like ``path``; None where it failed.
        error: why it failed, in the browser's words; None where it did not.
    """

    path: str
    how: How
    status: int | None = None
    sha256: str | None = None
    url: str | None = None
    error: str | None = None

    def __str__(self) -> str:
        if self.error is not None:
            return f"failed ({self.error})"
        led = f" at {self.url}" if self.url != self.path else ""
        return f"status {self.status}{led}, sha256 {(self.sha256 or '')[:12]}…"


@dataclass(frozen=True)
class Difference:
    """One URL that answers otherwise; ``str()`` says it in a line.

    Attributes:
        what: the first thing that differs.
    """

    what: Compared
    first: Visit
    second: Visit

    def __str__(self) -> str:
        asked = "opened as a page" if self.first.how == "page" else "fetched by a page"
        return f"{self.first.path}, {asked}: {self.first} against {self.second}"


def walk(page: Page, urls: Sequence[str]) -> tuple[Visit, ...]:
    """Asks for every URL twice: fetched by the page (all in one ``evaluate``), and opened.

    They are opened in a page of their own in the same context, which is closed again; the page
    given stays where it is.

    Args:
        page: a page of the site, open, and ready in whatever way its offline support has.
        urls: paths, or URLs relative to the page's; those of other origins are fetched only.

    Raises:
        UsageError: the page is at no http(s) URL.
    """
    parts = urlsplit(page.url)
    if parts.scheme not in ("http", "https"):
        raise UsageError(
            f"walk(page, ...): the page is at {page.url!r}, so {len(urls)} URLs have no site to be "
            f"asked of; open a page of the site first: page.goto(origin.url)"
        )
    origin = f"{parts.scheme}://{parts.netloc}"
    absolute = [urljoin(page.url, url) for url in urls]
    answers: list[dict[str, Any]] = page.evaluate(_FETCH_ALL, absolute)
    fetched = [_fetched(url, answer, origin) for url, answer in zip(absolute, answers, strict=True)]
    return (*fetched, *_opened(page, absolute, origin))


def differences(first: Sequence[Visit], second: Sequence[Visit]) -> tuple[Difference, ...]:
    """What answers otherwise in two walks over the same URLs, in the order of the first.

    Two failures are the same, whatever the browsers call them.

    Raises:
        UsageError: the walks are not over the same URLs.
    """
    if [(each.path, each.how) for each in first] != [(each.path, each.how) for each in second]:
        alone = {each.path for each in first} ^ {each.path for each in second}
        which = f"only one has {sorted(alone)}" if alone else "their order differs"
        raise UsageError(
            f"differences(): the walks are over {len(first)} and {len(second)} URLs that are not "
            f"the same: {which}; give both calls of walk() the same list of paths"
        )
    found: list[Difference] = []
    for one, other in zip(first, second, strict=True):
        what = _difference(one, other)
        if what is not None:
            found.append(Difference(what, one, other))
    return tuple(found)


def _difference(one: Visit, other: Visit) -> Compared | None:
    if (one.error is None) != (other.error is None):
        return "failed"
    if one.status != other.status:
        return "status"
    if one.sha256 != other.sha256:
        return "body"
    return "url" if one.url != other.url else None


def _fetched(url: str, answer: dict[str, Any], origin: str) -> Visit:
    path = as_path(url, origin)
    if "error" in answer:
        return Visit(path, "file", error=answer["error"])
    final = as_path(answer["url"], origin)
    return Visit(path, "file", answer["status"], answer["sha256"], final)


def _opened(page: Page, urls: Sequence[str], origin: str) -> list[Visit]:
    own = page.context.new_page()
    visits: list[Visit] = []
    for url in urls:
        if url.startswith(f"{origin}/"):
            visits.append(_open(own, url, origin))
            if visits[-1].error is not None:
                # In old Chromium the page of one failure gets in the way of what is next.
                own.close()
                own = page.context.new_page()
    own.close()
    return visits


def _open(page: Page, url: str, origin: str) -> Visit:
    from playwright.sync_api import Error

    path = as_path(url, origin)
    try:
        response = page.goto(url)
        if response is None:
            return Visit(path, "page", error="nothing answered")
        if response.status == 304:
            # Old Chromium shows the bare revalidation, which has no body; a fetch has both.
            answer: dict[str, Any] = page.evaluate(_FETCH_ALL, [page.url])[0]
            return replace(_fetched(page.url, answer, origin), path=path, how="page")
        digest = hashlib.sha256(response.body()).hexdigest()
        return Visit(path, "page", response.status, digest, as_path(page.url, origin))
    except Error as error:
        return Visit(path, "page", error=error.message.splitlines()[0])
