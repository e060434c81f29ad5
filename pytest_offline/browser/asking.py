"""One question to the probe of a frame, in one ``evaluate``, and what may come of it."""

from __future__ import annotations

import json
from typing import Any, Final, cast

from playwright.sync_api import Browser, Error, Frame, TimeoutError

from pytest_offline.errors import BrowserError, CacheTooLarge, ProbeError, SiteError, UsageError

# Who else dispatches this event is answered by nobody: the page's probe listens for a name that
# only this process knows. `answered` tells a page without a probe from one that is slow.
_ASK: Final = """([token, asked]) => new Promise((resolve, reject) => {
  const detail = Object.assign({}, asked, {resolve, reject, answered: false});
  window.dispatchEvent(new CustomEvent(token, {detail}));
  if (!detail.answered) { reject(new Error("no probe here")); }
})"""

SAY: Final = "(token) => { window.dispatchEvent(new Event(token)); }"
"""Says something to a frame that has no answer to give."""

SWITCH_TRIES: Final = 3
"""How often the browser's own switch is set while pages close."""

# A document that goes away while it is asked; the next one will be asked in its stead.
_GONE: Final = (
    "Execution context was destroyed",
    "Frame was detached",
    "frame got detached",
    "Cannot find context",
    "has been closed",
    "most likely because of a navigation",
    "DiscardedBrowsingContextError",
    "no such frame",
    "AbortError",
)

_HANGING_MS: Final = 5000
"""How long a page may take to answer while the network hangs."""


class DocumentGone(UsageError):
    """The document that was asked has been replaced."""


class NoProbe(UsageError):
    """The document was there before its context was watched."""


def answer_of(
    browser: Browser, frame: Frame, token: str, asked: dict[str, object], *, hanging: bool
) -> Any:
    """Puts a question, and returns what the probe answers.

    Args:
        token: the name of the event that the probe listens for.
        asked: ``question``, and what belongs to it.
        hanging: whether the network may leave requests without an answer for ever.

    Raises:
        UsageError: the page was opened before the probe was there (`NoProbe`), or has gone, or is
            on its way to one that never answers (`DocumentGone`).
        SiteError: the browser refused what was asked for.
        BrowserError: the browser died.
    """
    question = asked["question"]
    arguments: list[object] = [token, asked]
    try:
        answer = _in_time(frame, arguments) if hanging else frame.evaluate(_ASK, arguments)
    except TimeoutError:
        raise DocumentGone(
            f"{frame.url} cannot be asked for {question!r}: it is on its way to a page that does "
            f"not answer; end the condition that hangs first"
        ) from None
    except Error as error:
        raise _failed(browser, frame, question, error) from error
    answered = json.loads(cast(str, answer))
    if "failure" in answered:
        raise refused(frame.url, question, answered["failure"])
    return answered.get("value")


def _in_time(frame: Frame, arguments: list[object]) -> object:
    """Asks a frame that may be on its way to a page that never answers.

    In Chromium nothing is evaluated in it then, and `evaluate` has no time limit (Playwright
    1.64); `title` never waits, and says so where it can; waiting for a function has a limit.
    """
    if frame.title().startswith("Loading http"):
        raise TimeoutError("on its way")
    limit = _HANGING_MS + float(cast("dict[str, float]", arguments[1]).get("wait", 0))
    handle = frame.wait_for_function(_ASK, arg=arguments, polling=100, timeout=limit)
    return handle.json_value()


def _failed(browser: Browser, frame: Frame, question: object, error: Error) -> Exception:
    text = error.message
    if not browser.is_connected():
        return BrowserError(
            f"the browser died while {frame.url} was asked for {question!r}: {text}"
        )
    if any(gone in text for gone in _GONE):
        return DocumentGone(f"{frame.url} went away while it was asked for {question!r}")
    if "no probe here" in text:
        return NoProbe(
            f"{frame.url} was opened before pytest_offline watched its context, so nothing of it "
            f"was recorded; ask for the fixture before the page is opened, or reload it"
        )
    return ProbeError(f"asking {frame.url} for {question!r} failed: {text}")


def refused(url: str, question: object, failure: Any) -> Exception:
    """What to raise where a page's answer is an error: its ``name`` and ``message``."""
    name, text = failure["name"], f"{failure['name']}: {failure['message']}"
    if question == "drain":
        return ProbeError(f"{url} did not hand over its records: {text}")
    if name == "insecure":
        return SiteError(
            f"{url} has no Cache API, because it is no secure context, so there is nothing to ask "
            f"for ({question!r}); serve it over https, or from a name under localhost"
        )
    if name == "too-large":
        return CacheTooLarge(
            f"{url} has so many entries in its cache {failure['message']!r} that the browser lists "
            f"them no more (it says AbortError), so nobody can say what is in it; ask for single "
            f"ones with cache.match(), or keep fewer entries in one cache"
        )
    return SiteError(
        f"{question} failed at {url}: {text}; this is what the browser said, see origin.requests "
        f"for what it asked for (offline, an update check always fails)"
    )
