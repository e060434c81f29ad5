"""What the tests of this folder share: a page that names a manifest, versions of a site."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

MANIFEST = "/site.appcache"

FIRST = ["checking", "downloading", "progress", "cached"]
"""The events of a first download."""


def html(body: str = "one", manifest: str | None = MANIFEST) -> str:
    """A page; its icon is no request of its own."""
    attribute = f' manifest="{manifest}"' if manifest is not None else ""
    return (
        f"<!doctype html><html{attribute}><title>t</title><link rel='icon' href='data:,'>"
        f"<h1>{body}</h1>"
    )


def version(number: int, *lines: str) -> str:
    """A manifest that differs from every other number's."""
    return "\n".join(["CACHE MANIFEST", f"# version {number}", *lines, ""])


def text_of(page: Page, url: str) -> str:
    """What a page's own request for a URL gives: ``200 text``, or the error's name."""
    return page.evaluate(
        """url => fetch(url).then(
             async answer => answer.status + " " + await answer.text(), error => error.name)""",
        url,
    )


def asked(origin: Any, mark: int = 0) -> list[str]:
    """What the download process asked for since, in order."""
    return [
        seen.path
        for seen in origin.requests.since(mark)
        if seen.initiator in ("manifest", "appcache")
    ]


def kinds(appcache: Any, **page: Any) -> dict[str, set[str]]:
    """The browser's own list: paths to kinds."""
    return {
        entry.url.removeprefix(appcache.origin.base): set(entry.kinds)
        for entry in appcache.entries(**page)
    }
