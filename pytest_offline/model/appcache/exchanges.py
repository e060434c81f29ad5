"""What passes between the machine and whoever drives it: actions out, answers in.

Nothing here acts. An action says what the text has the user agent do next; whoever has a network
does it and hands in a `Fetched`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import ada_url

from pytest_offline.model.messages import Digest
from pytest_offline.record.appcache import AppCacheEventName

Purpose = Literal["manifest", "file", "second manifest"]


@lru_cache(maxsize=1 << 14)
def origin_of(url: str) -> str:
    """Scheme, host and port of an absolute URL, as ``URL.origin`` gives them."""
    return ada_url.URL(url).origin


def without_fragment(url: str) -> str:
    """Application caches never include fragments (7.9.4, step 8.3)."""
    return url.partition("#")[0]


@dataclass(frozen=True)
class Fetched:
    """What came back for one URL.

    Attributes:
        url: what was asked for, absolute and without a fragment.
        status: of the first answer: redirects are not followed.
        headers: (name, value) pairs.
        body: bytes, where the answer is a manifest's; else a digest does as well. None is a body
            that nobody kept.
        redirected_to: where a redirect points; None where the answer is no redirect.
        failed: why there is no whole answer (``network``, ``cancelled``, …); None where there is.
        declares: the manifest that the answer's root element names, where somebody looked.
        can_be_stored: whether the user agent is able to store it: for want of room, say, it may
            not be (7.9.4, step 18.6), which no server knows.
    """

    url: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | Digest | None = b""
    redirected_to: str | None = None
    failed: str | None = None
    declares: str | None = None
    can_be_stored: bool = True

    @property
    def is_redirect(self) -> bool:
        """Whether the server sent it elsewhere; 304 is no redirect."""
        return self.redirected_to is not None or (300 <= self.status < 400 and self.status != 304)

    @property
    def is_error(self) -> bool:
        """Whether it is a 4xx or 5xx status, or there was none at all."""
        return self.failed is not None or self.status >= 400

    @property
    def is_gone(self) -> bool:
        """Whether the server says 404 or 410."""
        return self.failed is None and not self.is_redirect and self.status in (404, 410)

    @property
    def is_unmodified(self) -> bool:
        """Whether the copy in the newest cache, or the one fetched before, still holds."""
        return self.failed is None and self.status == 304

    @property
    def no_store(self) -> bool:
        """Whether it is labelled with the "no-store" cache directive."""
        values = [value for name, value in self.headers if name.lower() == "cache-control"]
        directives = ",".join(values).lower().split(",")
        return "no-store" in [directive.strip() for directive in directives]


@dataclass(frozen=True)
class Fetch:
    """Fetch a URL, and hand in what came back with ``ApplicationCacheGroup.fetched``.

    Attributes:
        stored: the copy that counts as an HTTP cache's (7.9.4, steps 18.4 and 26). Who honours it
            answers with status 304, or not at all from the network: both are allowed.
    """

    url: str
    purpose: Purpose
    stored: Fetched | None = None


@dataclass(frozen=True)
class Await:
    """Wait for a document's own resource, and hand it in with ``master_fetched``."""

    host: str
    url: str


@dataclass(frozen=True)
class Abort:
    """Break off the fetches of these URLs (7.9.4, step 18.5): nobody waits for them any more."""

    urls: tuple[str, ...]


@dataclass(frozen=True)
class Fire:
    """Fire an event at the ``ApplicationCache`` object of one host.

    Attributes:
        loaded, total: files done and files in all, of ``progress``; None for the others.
    """

    host: str
    name: AppCacheEventName
    loaded: int | None = None
    total: int | None = None

    def __str__(self) -> str:
        return self.name if self.total is None else f"{self.name} {self.loaded}/{self.total}"


@dataclass(frozen=True)
class Rerun:
    """Run the process again after a short delay (7.9.4, step 27), with ``group.rerun``.

    Attributes:
        host: the host the process was started with; None for none.
        master: the URL of its resource; None where it was started with none.
    """

    host: str | None
    master: str | None
    resource: Fetched | None = None


@dataclass(frozen=True)
class Restart:
    """Begin the navigation of a host again (7.9.5): its entry has become foreign."""

    host: str
    url: str


Action = Fetch | Await | Abort | Fire | Rerun | Restart
