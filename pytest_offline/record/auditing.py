"""The words of an audit: how each page of a site fares offline, and what the caches hold.

``as_data`` of each gives what ``--json`` writes: plain dicts, lists, strings and numbers. Pages and
URLs of the site are paths (``/about?x=1``), those of other origins are whole URLs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

Offline = Literal["same", "degraded", "fallback", "dead"]
"""``same``: the page as it is online. ``degraded``: that page, but something of it is missing.
``fallback``: it opens as another page. ``dead``: it does not open, or stays blank."""

VERDICTS: Final[tuple[Offline, ...]] = ("same", "degraded", "fallback", "dead")
"""From best to worst."""

How = Literal["online", "cold", "warm"]
"""``cold``: opened offline in a new tab. ``warm``: reloaded there."""

Source = Literal["cache", "network", "made", "failed", "passed", "pending", "browser"]
"""Who answered a request: as `AnswerSource` says, or ``browser``: no worker was asked."""

Severity = Literal["error", "warning", "note"]

Code = Literal[
    "canary", "private", "set-cookie", "with-authorization", "with-cookies", "signed-url",
    "error-stored", "opaque-stored", "redirect-stored", "cut-short", "stale", "not-at-origin",
    "declared-missing", "never-asked", "versions", "deleted-by-another",
]  # fmt: skip

PRIVATE: Final[frozenset[Code]] = frozenset(
    ("canary", "private", "set-cookie", "with-authorization", "with-cookies", "signed-url")
)
"""Findings about data that belongs to one person and stays behind on the machine."""


@dataclass(frozen=True)
class Difference:
    """One thing of a page that was otherwise offline than online.

    Attributes:
        what: ``opens``, ``url``, ``status``, ``title``, ``text``, ``nodes``, ``request``,
            ``kind`` (a request answered with another kind of content), ``picture``, ``style``,
            ``script-error``.
        online, offline: the two values, as text.
    """

    what: str
    online: str
    offline: str

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"what": self.what, "online": self.online, "offline": self.offline}


@dataclass(frozen=True)
class Answered:
    """One request of a page offline, and who answered it.

    Attributes:
        kind: Playwright's resource type: ``document``, ``image``, ``fetch``, ….
        cache: the name of the cache it came from, where that is known.
        status: None where it failed.
    """

    url: str
    kind: str
    source: Source
    cache: str | None = None
    status: int | None = None

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "url": self.url,
            "kind": self.kind,
            "source": self.source,
            "cache": self.cache,
            "status": self.status,
        }


@dataclass(frozen=True)
class PageAudit:
    """How one page fares offline.

    Attributes:
        path: as it was asked for, query included.
        offline: the worse of ``cold`` and ``warm``.
        failed: sub-requests that were answered online and not offline, in their order.
        title: online.
        found_by: ``the start page``, ``a link on /``, ``sitemap.xml``, ``--page``, ….
        why: one sentence that says what is wrong; empty for ``same``.
        next: one sentence that says what to do; empty for ``same``.
        differences: most telling first.
        answered: every request of the cold visit.
        remarks: what else there was to say: dialogs, downloads, never stopped loading.
    """

    path: str
    offline: Offline
    cold: Offline
    warm: Offline
    failed: tuple[str, ...] = ()
    title: str = ""
    found_by: str = ""
    why: str = ""
    next: str = ""
    differences: tuple[Difference, ...] = ()
    answered: tuple[Answered, ...] = ()
    remarks: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "path": self.path,
            "offline": self.offline,
            "cold": self.cold,
            "warm": self.warm,
            "failed": list(self.failed),
            "title": self.title,
            "foundBy": self.found_by,
            "why": self.why,
            "next": self.next,
            "differences": [each.as_data() for each in self.differences],
            "answered": [each.as_data() for each in self.answered],
            "remarks": list(self.remarks),
        }


@dataclass(frozen=True)
class Skipped:
    """A URL that was found and not audited, and why (``it answers 404 online``)."""

    path: str
    why: str
    found_by: str = ""

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"path": self.path, "why": self.why, "foundBy": self.found_by}


@dataclass(frozen=True)
class Readiness:
    """Whether the site became ready to be taken offline.

    Attributes:
        reason: ``ready``, or the short code of `NotReady`; empty where nobody came to ask.
        sentence: for a person; empty where ready.
        missing: declared URLs that are in no cache.
        visits: how often the start page had to be opened.
    """

    reason: str
    sentence: str = ""
    missing: tuple[str, ...] = ()
    visits: int = 1

    @property
    def failed(self) -> bool:
        """Whether it did not become ready."""
        return self.reason not in ("ready", "")

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "reason": self.reason,
            "sentence": self.sentence,
            "missing": list(self.missing),
            "visits": self.visits,
        }


@dataclass(frozen=True)
class CachedFile:
    """One entry of a cache, as the audit left it.

    Attributes:
        size: bytes of the body; None where it is opaque.
        sha256: of the body, in hexadecimal; None as for size.
        stored_by: ``install`` or ``runtime``; empty where nobody was seen to put it.
    """

    cache: str
    url: str
    status: int
    size: int | None = None
    sha256: str | None = None
    stored_by: str = ""

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "cache": self.cache,
            "url": self.url,
            "status": self.status,
            "size": self.size,
            "sha256": self.sha256,
            "storedBy": self.stored_by,
        }


@dataclass(frozen=True)
class Finding:
    """Something about what is cached.

    Attributes:
        url: what it is about; empty where it is about a whole cache.
        cache: the name of the cache; empty where it is in none.
        text: one sentence: what, the value, why it matters.
        next: one sentence: what to do.
    """

    code: Code
    severity: Severity
    url: str
    cache: str
    text: str
    next: str = ""

    @property
    def private(self) -> bool:
        """Whether it is about data that belongs to one person."""
        return self.code in PRIVATE

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "url": self.url,
            "cache": self.cache,
            "text": self.text,
            "next": self.next,
        }


@dataclass(frozen=True)
class BuildAudit:
    """The audit of a site in one build.

    Attributes:
        build: its name. version: as the browser states it.
        pages: by path.
        skipped: URLs that were found and not audited, by path.
        cached: by cache and URL.
        findings: errors first.
        remarks: what the reader has to know of the whole: limits that were reached, a second visit.
        stopped: why it ended before its end; empty where it did not. What was known is kept.
        seconds: how long it took.
    """

    build: str
    version: str
    ready: Readiness
    pages: tuple[PageAudit, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    cached: tuple[CachedFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()
    stopped: str = ""
    seconds: float = 0.0

    def count(self, offline: Offline) -> int:
        """How many pages have this verdict."""
        return sum(page.offline == offline for page in self.pages)

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "build": self.build,
            "version": self.version,
            "ready": self.ready.as_data(),
            "pages": [page.as_data() for page in self.pages],
            "skipped": [each.as_data() for each in self.skipped],
            "caches": [each.as_data() for each in self.cached],
            "findings": [each.as_data() for each in self.findings],
            "remarks": list(self.remarks),
            "stopped": self.stopped,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class SiteAudit:
    """The audit of a site, in one build or several.

    Attributes:
        site: the folder or URL, as it was given.
        builds: in the order asked for.
    """

    site: str
    builds: tuple[BuildAudit, ...] = field(default_factory=tuple)

    def as_data(self) -> dict[str, Any]:
        """As ``--json`` writes it: the first build at the top, all of them under ``builds``."""
        builds = [each.as_data() for each in self.builds]
        return {"format": 1, "site": self.site, **(builds[0] if builds else {}), "builds": builds}


def worst(verdicts: tuple[Offline, ...]) -> Offline:
    """The worst of some verdicts; ``same`` of none."""
    for verdict in reversed(VERDICTS):
        if verdict in verdicts:
            return verdict
    return "same"
