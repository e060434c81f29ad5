"""What an audit is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlsplit

from pytest_offline.audit.frontier import Limits

TABS: Final = 6
"""How many tabs visit pages at the same time: more than cores, as each often waits."""


@dataclass(frozen=True)
class Options:
    """Everything that can be asked of an audit.

    Attributes:
        site: a folder, or the URL of a server that runs.
        start: the path of the first page; None for the URL's own, or ``/``.
        pages: paths that are audited besides those found.
        fallback, clean_urls, headers: as for ``origin.mount``.
        sitemap: whether ``/sitemap.xml`` is read.
        tabs: how many pages are visited at the same time.
        patience: milliseconds that one page may take to load and come to rest.
        ready: milliseconds that the site may take to become ready.
        cookies: name to value, for a site that asks for a login.
        canaries: texts that no cache may hold.
        outside: hosts of the world outside that may be asked while online; ``*`` for all.
        insecure: whether a certificate that nobody vouches for is taken.
    """

    site: str
    start: str | None = None
    pages: tuple[str, ...] = ()
    fallback: str | None = None
    clean_urls: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    limits: Limits = field(default_factory=Limits)
    sitemap: bool = True
    tabs: int = TABS
    patience: float = 10_000
    ready: float = 15_000
    cookies: Mapping[str, str] = field(default_factory=dict[str, str])
    canaries: tuple[str, ...] = ()
    outside: tuple[str, ...] = ("*",)
    insecure: bool = False

    @property
    def is_url(self) -> bool:
        """Whether the site is a server that runs."""
        return self.site.startswith(("http://", "https://"))

    @property
    def upstream(self) -> str:
        """The server's own address without a slash at its end; empty for a folder."""
        if not self.is_url:
            return ""
        parts = urlsplit(self.site)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def first(self) -> str:
        """The path of the start page."""
        if self.start is not None:
            return self.start if self.start.startswith("/") else f"/{self.start}"
        if not self.is_url:
            return "/"
        parts = urlsplit(self.site)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class Progress(Protocol):
    """Who is told how far it is."""

    def stage(self, what: str, total: int) -> None:
        """A stage begins: what it does, and of how many steps."""
        ...

    def step(self, path: str) -> None:
        """One step of it is done."""
        ...


class Silent:
    """Tells nobody."""

    def stage(self, what: str, total: int) -> None:
        """Nothing."""

    def step(self, path: str) -> None:
        """Nothing."""
