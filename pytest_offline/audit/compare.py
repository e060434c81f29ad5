"""Two looks at one page, online and offline: what is otherwise, as data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pytest_offline.audit.looks import Look, Sub
from pytest_offline.record.auditing import Difference

_MANY: Final = 10
"""So many missing words are missed, however long the page."""

_SHARE: Final = 0.03
"""Of the words of a page, so many may be otherwise: a clock, a greeting."""

_NEUTRAL: Final = frozenset(("online", "offline", "connected", "disconnected"))
"""What honest pages say of the network itself."""

_OWN_FAULT: Final = re.compile(
    r"fetch|network|load failed|ServiceWorker|offline|internet|\bXHR\b|AbortError|timed? ?out", re.I
)
"""Exceptions that only say that the network is away; what is missing for it shows by itself."""


@dataclass(frozen=True)
class Shares:
    """How the words of two texts overlap.

    Attributes:
        missing: which words of the first are not in the second, in their order.
        foreign: which of the second are not in the first.
        of_first, of_second: how many words each has.
    """

    missing: tuple[str, ...]
    foreign: tuple[str, ...]
    of_first: int
    of_second: int

    @property
    def lost(self) -> float:
        """The share of the first that is missing."""
        return len(self.missing) / self.of_first if self.of_first else 0.0

    @property
    def strange(self) -> float:
        """The share of the second that is foreign."""
        return len(self.foreign) / self.of_second if self.of_second else 0.0

    @property
    def much_is_missing(self) -> bool:
        """Whether a reader misses something."""
        return len(self.missing) >= _MANY or self.lost > _SHARE


def shares(first: Look, second: Look, volatile: frozenset[str] = frozenset()) -> Shares:
    """How the texts overlap; words that change by themselves are left out."""
    one, other = (
        [word for word in look.words if _counts(word, volatile)] for look in (first, second)
    )
    return Shares(_without(one, other), _without(other, one), len(one), len(other))


def volatile_words(first: Look, second: Look) -> frozenset[str]:
    """Words in which two visits of a page under the same conditions differ."""
    return frozenset((*_without(first.words, second.words), *_without(second.words, first.words)))


def alike(first: Look, second: Look) -> bool:
    """Whether two looks, of whatever pages, show the same page to a reader."""
    overlap = shares(first, second)
    same_words = not (overlap.missing or overlap.foreign) or (
        overlap.lost <= _SHARE and overlap.strange <= _SHARE
    )
    return first.title == second.title and first.headings == second.headings and same_words


def failed_subs(online: Look, offline: Look) -> tuple[Sub, ...]:
    """Requests that were answered online, or are new, and that nothing useful answered offline."""
    unanswered = {plain(sub.url) for sub in online.subs if not sub.answered}
    answered = {plain(sub.url) for sub in online.subs if sub.answered}
    return tuple(
        sub
        for sub in offline.subs
        if sub.matters
        and not sub.answered
        and (plain(sub.url) in answered or plain(sub.url) not in unanswered)
    )


def mistaken_subs(online: Look, offline: Look) -> tuple[tuple[Sub, Sub], ...]:
    """Requests that were answered with a page offline, and with something else online."""
    before = {plain(sub.url): sub for sub in online.subs if sub.answered and sub.mime}
    found: list[tuple[Sub, Sub]] = []
    for sub in offline.subs:
        online_sub = before.get(plain(sub.url))
        if online_sub is None or not sub.answered:
            continue
        if sub.mime == "text/html" != online_sub.mime and online_sub.kind != "iframe":
            found.append((online_sub, sub))
    return tuple(found)


def lost_pictures(online: Look, offline: Look) -> Iterator[tuple[str, str, str]]:
    """Pictures that are there online, and missing or of another size offline: URL and both."""
    for url, (width, height) in online.images.items():
        if not width or not height:
            continue
        size = offline.images.get(url)
        if size == (0, 0) or (size is None and len(offline.images) < len(online.images)):
            yield url, f"{width} × {height}", "not there"
        elif size is not None and size != (width, height):
            yield url, f"{width} × {height}", f"{size[0]} × {size[1]}"


def lost_nodes(online: Look, offline: Look) -> Iterator[tuple[str, int, int]]:
    """Kinds of elements of which a page has fewer offline: tag and both counts."""
    for name, count in online.nodes.items():
        now = offline.nodes.get(name, 0)
        if now < count and (not now or (count - now) / count > 0.2):
            yield name, count, now


def new_script_errors(online: Look, offline: Look) -> tuple[str, ...]:
    """Exceptions that are new offline and do not merely say that the network is away."""
    return tuple(
        error
        for error in offline.script_errors
        if error not in online.script_errors and not _OWN_FAULT.search(error)
    )


def differences(
    online: Look, offline: Look, volatile: frozenset[str] = frozenset()
) -> tuple[Difference, ...]:
    """Everything that is otherwise, most telling first."""
    if not offline.opened:
        return (Difference("opens", "yes", offline.error or f"the browser's {offline.url}"),)
    return (
        *_of_the_page(online, offline),
        *_of_the_text(online, offline, volatile),
        *_of_the_parts(online, offline),
    )


def _of_the_page(online: Look, offline: Look) -> Iterator[Difference]:
    if online.url != offline.url:
        yield Difference("url", online.url, offline.url)
    statuses = {online.status, offline.status}
    # 304 is the browser asking whether what it has is still right: the same page.
    if len(statuses) == 2 and None not in statuses and statuses != {200, 304}:
        yield Difference("status", str(online.status), str(offline.status))
    if _neutral(online.title) != _neutral(offline.title):
        yield Difference("title", online.title, offline.title)


def _of_the_text(online: Look, offline: Look, volatile: frozenset[str]) -> Iterator[Difference]:
    overlap = shares(online, offline, volatile)
    if overlap.much_is_missing:
        missing = _quoted(overlap.missing)
        shows = _quoted(overlap.foreign) if overlap.foreign else "nothing in its place"
        yield Difference("text", missing, shows)


def _of_the_parts(online: Look, offline: Look) -> Iterator[Difference]:
    for sub in failed_subs(online, offline):
        yield Difference("request", "answered", f"{sub.url}: {_failure(sub)}")
    for before, sub in mistaken_subs(online, offline):
        yield Difference("kind", before.mime, f"{sub.url}: {sub.mime}")
    for url, before_size, now in lost_pictures(online, offline):
        yield Difference("picture", before_size, f"{url}: {now}")
    if offline.styles < online.styles:
        yield Difference("style", f"{online.styles} style sheets", str(offline.styles))
    for name, count, left in lost_nodes(online, offline):
        yield Difference("nodes", f"{count} × {name}", str(left))
    for error in new_script_errors(online, offline):
        yield Difference("script-error", "none", error)


def _failure(sub: Sub) -> str:
    return sub.error or f"status {sub.status}"


def _counts(word: str, volatile: frozenset[str]) -> bool:
    return word.strip(".,:;!?()●•·").lower() not in _NEUTRAL and word not in volatile


def _neutral(title: str) -> str:
    return " ".join(word for word in title.split() if _counts(word, frozenset()))


def _without(words: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    left = Counter(others)
    found: list[str] = []
    for word in words:
        if left[word]:
            left[word] -= 1
        else:
            found.append(word)
    return tuple(found)


def _quoted(words: tuple[str, ...], most: int = 12) -> str:
    text = " ".join(words[:most])
    return f"{text} …" if len(words) > most else text


def plain(url: str) -> str:
    """A URL without its query, which many scripts make anew for every request."""
    return url.partition("?")[0]
