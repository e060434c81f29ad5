"""What a baseline holds: for each build of an audit, or each test, its pages and cached URLs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Verdict = Literal["same", "opens", "degraded", "fallback", "dead"]
"""As an audit says it. Of a test it is known that a page ``opens``, not that it is the same."""

RANK: Final[Mapping[str, int]] = {"same": 0, "opens": 0, "degraded": 1, "fallback": 2, "dead": 3}

StoredBy = Literal["install", "runtime", "other"]
"""Who put a URL into a cache: the install of a worker, a worker or page later on, the test."""


@dataclass(frozen=True)
class PageState:
    """How a page fares offline.

    Attributes:
        without: URLs, folded, that it asked for in vain, sorted.
        why: a sentence of who found it; not kept in the file.
        how: what became of the requests for those URLs, where they were not blocked (``was answered
            with status 404``); not kept in the file.
    """

    verdict: Verdict
    without: tuple[str, ...] = ()
    why: str = ""
    how: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)

    @property
    def rank(self) -> int:
        """The higher the worse; a page that misses something is never as good as one that does
        not.
        """
        return max(RANK[self.verdict], 1 if self.without else 0)


@dataclass(frozen=True)
class Cached:
    """All cached URLs that have one name once their content hashes are folded.

    Attributes:
        files: how many there are; in a file, at most: a power of two.
        size: bytes of the largest; in a file, at most: 1, 3, 10, 30, … kB. 0 where it cannot be
            known.
    """

    stored_by: StoredBy
    files: int = 1
    size: int = 0


@dataclass(frozen=True)
class Section:
    """A build of an audit (``chromium``) or a test (its id).

    Attributes:
        pages: by path. cached: by folded URL.
        faults: findings of an audit that are errors, by folded URL and code
            (``/api/me with-authorization``), and ``/ not-ready``; a sentence each, which is not
            kept in the file.
    """

    pages: Mapping[str, PageState] = field(default_factory=dict[str, PageState])
    cached: Mapping[str, Cached] = field(default_factory=dict[str, Cached])
    faults: Mapping[str, str] = field(default_factory=dict[str, str])


Baseline = Mapping[str, Section]
"""Sections by name."""
