"""The browser's own list of an application cache, by the CDP domain ``ApplicationCache``.

Chromium 83, 88 and 92 have the domain, and answer with what ``chrome://appcache-internals`` shows.
It lists the cache that a document is associated with, not the newest of its group: a page that was
opened from the old version goes on to show the old version after ``updateready``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast, get_args

from playwright.sync_api import Error, Frame

from pytest_offline.browser.asking import DocumentGone
from pytest_offline.errors import ProbeError, UsageError
from pytest_offline.record import AppCacheEntry, AppCacheEntryKind, AppCacheSnapshot

_KINDS: Final = frozenset(cast("tuple[str, ...]", get_args(AppCacheEntryKind)))


def appcache_of(frame: Frame) -> AppCacheSnapshot | None:
    """The application cache that the frame's document is associated with; None for none.

    Raises:
        UsageError: the browser has no such list, or (`DocumentGone`) the document went away.
    """
    session, frame_id = _located(frame)
    try:
        session.send("ApplicationCache.enable")
        answer = session.send("ApplicationCache.getApplicationCacheForFrame", {"frameId": frame_id})
    except Error as error:
        if "wasn't found" not in error.message:
            raise DocumentGone(
                f"{frame.url} went away while its application cache was listed: {error.message}"
            ) from error
        raise UsageError(
            f"this browser does not list the application cache of {frame.url}: {error.message}; "
            f"Chromium 83, 88 and 92 do (--offline-build chromium-83)"
        ) from error
    finally:
        with contextlib.suppress(Error):
            session.detach()
    return decode_appcache(answer)


def decode_appcache(answer: Mapping[str, Any]) -> AppCacheSnapshot | None:
    """What ``getApplicationCacheForFrame`` gives: without a cache, an empty one of no manifest."""
    cache = answer["applicationCache"]
    if not cache["manifestURL"]:
        return None
    entries = sorted((_entry(each) for each in cache["resources"]), key=lambda entry: entry.url)
    return AppCacheSnapshot(cache["manifestURL"], tuple(entries))


def _entry(resource: Mapping[str, Any]) -> AppCacheEntry:
    """The type is a list of words: ``Master Explicit ``."""
    kinds = frozenset(str(resource["type"]).lower().split())
    if not kinds <= _KINDS:
        raise ProbeError(
            f"the browser lists {resource['url']} as {resource['type']!r}; known are "
            f"{', '.join(sorted(_KINDS))}"
        )
    return AppCacheEntry(
        resource["url"], cast("frozenset[AppCacheEntryKind]", kinds), int(resource["size"])
    )


def _located(frame: Frame) -> tuple[Any, str]:
    """A session of the frame's process, and the frame's id there.

    A frame of another site may have a process of its own; one of its parents then is the nearest
    that a session can be had for.
    """
    way: list[Frame] = []
    step = frame
    while step.parent_frame is not None:
        with contextlib.suppress(Error):
            return _found(step.page.context.new_cdp_session(step), way, frame)
        way.insert(0, step)
        step = step.parent_frame
    return _found(frame.page.context.new_cdp_session(frame.page), way, frame)


def _found(session: Any, way: Iterable[Frame], frame: Frame) -> tuple[Any, str]:
    tree: Any = session.send("Page.getFrameTree")["frameTree"]
    for step in way:
        here = [each for each in tree.get("childFrames", ()) if _url(each) == step.url]
        position = _twins_before(step)
        if position >= len(here):
            raise DocumentGone(
                f"the frame {frame.url} went away while its application cache was asked for; ask "
                f"again once the page is settled"
            )
        tree = here[position]
    return session, str(tree["frame"]["id"])


def _url(tree: Mapping[str, Any]) -> str:
    return str(tree["frame"]["url"]) + str(tree["frame"].get("urlFragment", ""))


def _twins_before(frame: Frame) -> int:
    """How many of its elder siblings show the same URL."""
    parent = frame.parent_frame
    siblings = parent.child_frames if parent is not None else []
    return sum(each.url == frame.url for each in siblings[: siblings.index(frame)])
