"""What one visit of a page saw, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_offline.record.auditing import How
from pytest_offline.record.wording import as_path

_BROWSERS_OWN: Final = ("chrome-error:", "about:", "chrome:")
_UNHEARD: Final = frozenset(("ping", "beacon", "eventsource", "websocket", "manifest", "other"))
_ABORTED: Final = ("ERR_ABORTED", "NS_BINDING_ABORTED", "NS_ERROR_ABORT")


@dataclass(frozen=True)
class Sub:
    """One request of a page, its document's included.

    Attributes:
        url: written like a page's: a path where it is of the site's own origin.
        kind: Playwright's resource type.
        status: None where nothing answered.
        mime: the answer's media type, without parameters; empty where there is none.
        error: why nothing answered, in the browser's words.
        started: milliseconds since the Unix epoch.
        by_worker: whether a service worker answered.
    """

    url: str
    kind: str
    method: str = "GET"
    status: int | None = None
    mime: str = ""
    error: str = ""
    started: float = 0.0
    by_worker: bool = False

    @property
    def answered(self) -> bool:
        """Whether something useful answered; 0 is what an opaque answer says."""
        return self.status is not None and self.status < 400 and not self.error

    @property
    def matters(self) -> bool:
        """Whether a page may lack something without it.

        Not what brings nothing (beacons, anything but GET), what never ends, and what was called
        off by the page itself.
        """
        aborted = any(word in self.error for word in _ABORTED)
        return self.method == "GET" and self.kind not in _UNHEARD and not aborted


@dataclass(frozen=True)
class Look:
    """What one visit saw.

    Attributes:
        asked: the path that was asked for.
        url: where it ended.
        text: white space folded.
        headings: the texts of h1 and h2.
        nodes: how many there are of the elements that carry a page, by tag.
        images: URL to width and height in pixels of those that are done; 0 × 0 is a broken one.
        styles: how many style sheets have rules.
        links: absolute URLs, in the document's order, without those that only download.
        manifest: the URL of the web app's manifest; None without one.
        password: whether it shows a field for one.
        status: of the document's answer; None where nothing answered.
        error: why it did not open, in the browser's words; empty where it did.
        subs: its requests, the document's own left out.
        script_errors: exceptions nobody caught.
        remarks: dialogs and the like, a sentence each.
        started: when it began, in milliseconds since the Unix epoch.
    """

    asked: str
    how: How
    url: str = ""
    title: str = ""
    text: str = ""
    headings: tuple[str, ...] = ()
    nodes: Mapping[str, int] = field(default_factory=dict[str, int])
    images: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    styles: int = 0
    links: tuple[str, ...] = ()
    manifest: str | None = None
    password: bool = False
    status: int | None = None
    error: str = ""
    subs: tuple[Sub, ...] = ()
    script_errors: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    started: float = 0.0

    @property
    def opened(self) -> bool:
        """Whether the browser shows a document of a site, not a page of its own."""
        return not self.error and bool(self.url) and not self.url.startswith(_BROWSERS_OWN)

    @property
    def blank(self) -> bool:
        """Whether there is nothing to see: no text, no picture, nothing drawn."""
        pictures = any(width and height for width, height in self.images.values())
        drawn = any(self.nodes.get(name) for name in ("canvas", "video", "iframe", "form"))
        return not (self.text or pictures or drawn)

    @property
    def words(self) -> tuple[str, ...]:
        """The text, word by word."""
        return tuple(self.text.split())


def seen(base: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `Look` that ``look.js`` fills, from what it gave.

    Args:
        base: the origin, without a slash at its end: what is of it is written as a path.
    """
    downloads = set(data["downloads"])
    return {
        "url": as_path(data["url"], base),
        "title": str(data["title"]).strip(),
        "text": folded(data["text"]),
        "headings": tuple(folded(each) for each in data["headings"]),
        "nodes": {str(name): int(count) for name, count in data["nodes"].items()},
        "images": {as_path(url, base): (int(w), int(h)) for url, w, h in data["images"]},
        "styles": int(data["styles"]),
        "links": tuple(dict.fromkeys(each for each in data["links"] if each not in downloads)),
        "manifest": data["manifest"],
        "password": bool(data["password"]),
    }


def folded(text: str) -> str:
    """White space folded."""
    return re.sub(r"\s+", " ", text).strip()
