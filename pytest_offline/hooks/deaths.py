"""A browser that dies in the middle: one clear error, and a new browser for the next test.

pytest keeps ``browser`` for the whole run, so without this every later test would fail with it.
Only browsers of tests that use this package's fixtures are looked after.
"""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import pytest

from pytest_offline.hooks.selection import SCENE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from pytest_offline.browser.resolve import InstalledBuild


@dataclass(frozen=True)
class _Kept:
    """What pytest keeps as ``browser``, and how to make it let go."""

    fixturedef: pytest.FixtureDef[object]
    request: pytest.FixtureRequest
    browser: Browser
    profiles: frozenset[Path]


BUILD: Final[pytest.StashKey[InstalledBuild]] = pytest.StashKey()
"""The build that runs, on the configuration."""

_KEPT: Final[pytest.StashKey[_Kept]] = pytest.StashKey()
_DEAD: Final[pytest.StashKey[bool]] = pytest.StashKey()
_TOLD: Final[pytest.StashKey[bool]] = pytest.StashKey()


def watch(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest, value: object
) -> None:
    """Remembers the run's browser when its fixture was set up."""
    if fixturedef.argname == "browser" and fixturedef.scope == "session":
        from pytest_offline.browser.profiles import profiles_in_use

        browser = cast("Browser", value)
        request.config.stash[_KEPT] = _Kept(fixturedef, request, browser, profiles_in_use())


def bury(item: pytest.Item) -> None:
    """Lets go of a browser that is dead, so that the test to come starts a new one."""
    kept = item.config.stash.get(_KEPT, None)
    if kept is None or BUILD not in item.config.stash or kept.browser.is_connected():
        return
    del item.config.stash[_KEPT]
    kept.fixturedef.finish(kept.request)  # pyright: ignore[reportArgumentType]


@contextlib.contextmanager
def explained(item: pytest.Item) -> Generator[None]:
    """Turns what Playwright says when a browser is gone into a `BrowserError`, once a test.

    What closing its pages and contexts raises afterwards is no news and is left out.
    """
    __tracebackhide__ = True
    try:
        yield
    except Exception as error:
        if not _died(item, error):
            raise
        if _TOLD in item.stash:
            return
        item.stash[_TOLD] = True
        from pytest_offline.browser.launch_errors import death

        text = str(error).removeprefix(": ")
        call = re.match(r"(\w+\.\w+): ", text)
        told = death(item.config.stash[BUILD], text, call[1] if call else "")
        # Where it happened is worth showing, Playwright's page of browser logs is not.
        raise told.with_traceback(error.__traceback__) from None


def look(fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> None:
    """Notes a browser that is dead when a test has closed all of its own, but not yet the run's."""
    kept = request.config.stash.get(_KEPT, None)
    if fixturedef.argname == "scene" and kept is not None and not kept.browser.is_connected():
        request.node.stash[_DEAD] = True


def tell_if_unseen(item: pytest.Item) -> None:
    """Raises BrowserError where a browser died and no call that failed of it has told so.

    Closing the test's contexts mostly fails of it, but not where the news of the death comes just
    before: Playwright then takes them for closed.
    """
    __tracebackhide__ = True
    if _DEAD in item.stash and _TOLD not in item.stash and BUILD in item.config.stash:
        from pytest_offline.browser.launch_errors import death

        raise death(item.config.stash[BUILD], "")


@contextlib.contextmanager
def closed_quietly(config: pytest.Config) -> Generator[None]:
    """For the end of a run that Ctrl-C broke off: what is closed already cannot be closed.

    A terminal sends it to Playwright's driver too, which then closes its browsers by itself, and
    may be told to stop before it has removed all of their profiles.
    """
    from pytest_offline.browser.profiles import put_away

    __tracebackhide__ = True
    kept = config.stash.get(_KEPT, None)
    try:
        yield
    except Exception as error:
        if BUILD not in config.stash or not _speaks_of_death(error):
            raise
    finally:
        if kept is not None:
            put_away(kept.profiles)


def _died(item: pytest.Item, error: Exception) -> bool:
    """Whether the error comes of a dead browser, and not of a page that the test closed itself."""
    kept = item.config.stash.get(_KEPT, None)
    if kept is None or SCENE not in item.stash or BUILD not in item.config.stash:
        return False
    return _speaks_of_death(error) and not _answers(kept.browser)


def _speaks_of_death(error: Exception) -> bool:
    from pytest_offline.browser.launch_errors import is_death

    parts = cast("tuple[Exception, ...] | None", getattr(error, "exceptions", None))
    if parts is not None:
        return all(map(_speaks_of_death, parts))
    closed = "connection closed" in str(error).lower()
    return is_death(error) or closed or _broke_inside_playwright(error)


def _broke_inside_playwright(error: Exception) -> bool:
    """Whether it is a fault of Playwright's own: an answer to a call that Ctrl-C had broken off."""
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, KeyError) and bool(frames) and "playwright" in frames[-1].filename


def _answers(browser: Browser) -> bool:
    """Asks it for something: the news of its end may come after the error that it caused."""
    from playwright.sync_api import Error

    if not browser.is_connected():
        return False
    try:
        browser.new_context().close()
    except Error:
        return False
    return True
