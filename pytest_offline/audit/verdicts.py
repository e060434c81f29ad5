"""From two looks at a page to a verdict, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pytest_offline.audit.compare import (
    alike,
    differences,
    failed_subs,
    lost_pictures,
    mistaken_subs,
    shares,
)
from pytest_offline.audit.looks import Look
from pytest_offline.record.auditing import Answered, Difference, Offline
from pytest_offline.record.wording import listed

_BY_ITSELF: Final = frozenset(("title", "nodes", "picture"))
"""What a page may change by itself, as it does its words."""

_LOADING: Final = 4
"""So many words may be an empty shell's own."""


@dataclass(frozen=True)
class Ground:
    """What one visit offline is judged by.

    Attributes:
        online: the page as it is.
        offline: the visit.
        volatile: words of the page that change by themselves.
        strangers: looks that are of no page in particular: what the site showed offline at a URL
            that nothing was ever kept for, and pages found to be alike though they are not online.
        unsteady: kinds of differences that two looks online have too: what is otherwise offline in
            one of these ways only is no more so than by itself.
    """

    online: Look
    offline: Look
    volatile: frozenset[str] = frozenset()
    strangers: tuple[Look, ...] = ()
    unsteady: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Judged:
    """The verdict on one visit."""

    offline: Offline
    differences: tuple[Difference, ...] = ()
    failed: tuple[str, ...] = ()
    why: str = ""
    next: str = ""


def judge(ground: Ground, answered: Sequence[Answered] = ()) -> Judged:
    """The verdict on one visit.

    Args:
        answered: who answered its requests, for the words.
    """
    seen = differences(ground.online, ground.offline, ground.volatile)
    found = tuple(each for each in seen if each.what not in ground.unsteady & _BY_ITSELF)
    verdict = _verdict(ground, found)
    why, then = _words(verdict, ground, found, answered)
    return Judged(verdict, found, _failed(ground), why, then)


def _verdict(ground: Ground, found: Sequence[Difference]) -> Offline:
    online, offline = ground.online, ground.offline
    if not offline.opened or (offline.blank and not online.blank):
        return "dead"
    overlap = shares(online, offline, ground.volatile)
    what = {each.what for each in found}
    if "text" in what or ("title" in what and overlap.foreign):
        return "fallback" if _is_another(ground, what) else "degraded"
    if _is_elsewhere(online, offline):
        return "fallback"
    # A script may complain while nothing is missed; all else that differs is missed.
    lacking = what & {"request", "kind", "picture", "style", "nodes", "script-error", "title"}
    return "degraded" if lacking else "same"


def _is_elsewhere(online: Look, offline: Look) -> bool:
    """Whether it ended at another path and is headed otherwise, however much text both share.

    At the page's own path another heading is none of this: it may hold a clock, or a number. Where
    a page has no heading, all of its text has to be the same.
    """
    if _path(online.url) == _path(offline.url) or _same_headings(online, offline):
        return False
    return bool(online.headings) or online.text != offline.text


def _path(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].rstrip("/")


def _is_another(ground: Ground, what: set[str]) -> bool:
    """Whether the visit shows another page, not this one with something missing."""
    online, offline = ground.online, ground.offline
    overlap = shares(online, offline, ground.volatile)
    # The page that stands in for the others is itself, also where something of it is missing.
    itself = not what & {"url", "title"} and online.headings == offline.headings != ()
    stands_in = any(alike(offline, stranger) for stranger in ground.strangers)
    if stands_in and not (itself and overlap.lost <= 0.5):
        return True
    if "url" in what and not _same_headings(online, offline):
        return True
    if offline.title != online.title:
        return not _same_headings(online, offline) or overlap.lost > 0.5
    if online.headings and not set(online.headings) & set(offline.headings):
        # A shell has nothing of its own to say, but "Loading …"; another page has.
        says = overlap.strange > 0.2 and len(overlap.foreign) > _LOADING
        return says or bool(offline.headings)
    return not online.headings and overlap.lost > 0.5 and overlap.strange > 0.5


def _same_headings(online: Look, offline: Look) -> bool:
    return bool(online.headings) and online.headings[0] in offline.headings


def _failed(ground: Ground) -> tuple[str, ...]:
    if not ground.offline.opened:
        return ()
    urls = [sub.url for sub in failed_subs(ground.online, ground.offline)]
    urls += [sub.url for _, sub in mistaken_subs(ground.online, ground.offline)]
    urls += [url for url, _, now in lost_pictures(ground.online, ground.offline) if "not" in now]
    return tuple(dict.fromkeys(url for url in urls if not url.startswith("data:")))


def _words(
    verdict: Offline,
    ground: Ground,
    found: Sequence[Difference],
    answered: Sequence[Answered],
) -> tuple[str, str]:
    if verdict == "dead":
        return _of_dead(ground.offline, answered)
    if verdict == "fallback":
        return _of_fallback(ground)
    return _of_degraded(found) if verdict == "degraded" else ("", "")


def _of_dead(offline: Look, answered: Sequence[Answered]) -> tuple[str, str]:
    documents = [each for each in answered if each.kind == "document"]
    if offline.opened:
        kept = f"{offline.asked} stays blank: its document comes, and its scripts draw nothing"
        return kept, "Store what the page's scripts need, or show something when they fail."
    if len(documents) > 1 and documents[0].status == 200:
        return (
            f"{offline.asked} is answered ({_from(documents[0])}), then its script leaves for "
            f"{documents[-1].url}, where nothing is ({offline.error or 'an error page'})",
            f"Store {documents[-1].url} too, or do not leave while navigator.onLine is false.",
        )
    if not documents or documents[0].source in ("browser", "passed"):
        return (
            f"{offline.asked} does not open: no worker answers for it ({offline.error})",
            "Answer navigations in the worker's fetch handler, within its scope.",
        )
    return (
        f"{offline.asked} does not open: the worker has nothing stored for it and asks the "
        f"network ({offline.error})",
        "Store the page at install, or as it is visited; or answer with an offline page.",
    )


def _of_fallback(ground: Ground) -> tuple[str, str]:
    online, offline = ground.online, ground.offline
    shown, meant = _names(offline, online)
    led = f" at {offline.url}" if offline.url != online.url else ""
    return (
        f"{offline.asked} opens as another page, {shown!r}{led}, not as {meant!r}",
        "Store the page itself if people need it offline; --exclude it if the stand-in is meant.",
    )


def _names(offline: Look, online: Look) -> tuple[str, str]:
    """What to call two pages: by the first thing that tells them apart."""
    for names in (
        (offline.title, online.title),
        (" ".join(offline.headings[:1]), " ".join(online.headings[:1])),
    ):
        if all(names) and names[0] != names[1]:
            return names
    return f"{offline.text[:40]} …", f"{online.text[:40]} …"


def _of_degraded(found: Sequence[Difference]) -> tuple[str, str]:
    by: dict[str, list[Difference]] = {}
    for each in found:
        by.setdefault(each.what, []).append(each)
    said = [
        text
        for text in (
            _listed("request", by, "its request for {} fails", "its requests for {} fail"),
            _listed("kind", by, "{} instead of data", "{} instead of data"),
            _listed("picture", by, "its picture {}", "its pictures {}"),
            "its text lacks {!r}".format(by["text"][0].online) if "text" in by else "",
            "a style sheet is missing" if "style" in by else "",
            _of_title(by["title"][0]) if by.keys() <= {"title", "url", "status"} else "",
            f"fewer elements ({by['nodes'][0].online}, now {by['nodes'][0].offline})"
            if "nodes" in by and "text" not in by and "picture" not in by
            else "",
            f"its script fails ({by['script-error'][0].offline})" if "script-error" in by else "",
        )
        if text
    ]
    urls = [each.offline.partition(": ")[0] for each in by.get("request", by.get("picture", []))]
    if "kind" in by:
        then = "Let the fallback answer navigations only (request.mode === 'navigate')."
    elif urls:
        then = f"Store {listed(urls, 1)} too."
    else:
        then = "Store what the page asks for when it draws this part."
    return "; ".join(said), then


def _of_title(found: Difference) -> str:
    return f"its title is {found.offline!r}, and {found.online!r} online"


def _listed(what: str, by: dict[str, list[Difference]], one: str, many: str) -> str:
    found = [each.offline for each in by.get(what, [])]
    if not found:
        return ""
    return (one if len(found) == 1 else many).format(listed(found))


def _from(answer: Answered) -> str:
    if answer.source == "cache":
        return f"from the cache {answer.cache!r}" if answer.cache else "from a cache"
    return {"made": "made up by the worker", "network": "from the network"}.get(
        answer.source, f"by the {answer.source}"
    )
