"""``--offline-verify``: what every test did with the Cache API, held against the model at its end.

No verdict is passed off as agreement: what is too wide to decide fails the test as a mismatch does.
Where the browser cannot be asked any more, a warning of the test says why.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator
from typing import TYPE_CHECKING, Final, NoReturn

import pytest

from pytest_offline.hooks.selection import SCENE, SETTINGS

if TYPE_CHECKING:
    from pytest_offline.errors import ModelMismatch
    from pytest_offline.scene import Scene

SECTION: Final = "offline verify"
"""The section of a test that failed for another reason already."""

_FOUND: Final[pytest.StashKey[str]] = pytest.StashKey()


@contextlib.contextmanager
def noted(item: pytest.Item) -> Generator[None]:
    """Around a test's call: where it fails by itself, a section tells what differs besides."""
    __tracebackhide__ = True
    try:
        yield
    except (Exception, pytest.fail.Exception) as error:
        _note(item, error)
        raise


def fail_if_it_differs(item: pytest.Item) -> None:
    """At the end of a test that passed: a mismatch fails it."""
    __tracebackhide__ = True
    scene = _scene_of(item)
    if scene is not None:
        _verify(scene)


def section_of(item: pytest.Item) -> list[tuple[str, str]]:
    """What was found of a test that failed for another reason."""
    found = item.stash.get(_FOUND, None)
    return [(SECTION, found)] if found else []


def _scene_of(item: pytest.Item) -> Scene | None:
    return item.stash.get(SCENE, None) if item.config.stash[SETTINGS].verify else None


def _note(item: pytest.Item, error: BaseException) -> None:
    """Keeps what differs beside the test's own error, which is the one to be shown."""
    from pytest_offline.errors import ModelMismatch

    scene = _scene_of(item)
    if scene is None or isinstance(error, ModelMismatch):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _verify(scene)
    except Exception as found:
        item.stash[_FOUND] = str(found)


def _verify(scene: Scene) -> None:
    __tracebackhide__ = True
    from playwright.sync_api import Error

    from pytest_offline.caches import Caches
    from pytest_offline.errors import BrowserError, ModelMismatch, UsageError

    if scene.following is not None:
        _tell("a test on Playwright's asynchronous API", "its pages cannot be asked from here")
        return
    wrong: list[ModelMismatch] = []
    for origin in scene.origins:
        try:
            Caches(scene, origin).verify_if_used()
        except ModelMismatch as mismatch:
            wrong.append(mismatch)
        except (UsageError, BrowserError) as error:
            _tell(origin.url, str(error))
        except Error as error:
            # The browser, not the site: a page that crashed, or one that goes just now.
            _tell(origin.url, f"the browser gave no answer ({error})")
    if wrong:
        _fail(wrong)


def _tell(what: str, why: str) -> None:
    warnings.warn(
        pytest.PytestWarning(f"--offline-verify: no verdict on {what}: {why}"), stacklevel=2
    )


def _fail(wrong: list[ModelMismatch]) -> NoReturn:
    __tracebackhide__ = True
    from pytest_offline.errors import ModelMismatch

    differences = next((each.differences for each in wrong if each.differences), ())
    heading = "what the browser did is not what the model allows (--offline-verify)"
    if not differences:
        heading = "nobody knows whether the model allows what the browser did (--offline-verify)"
    raise ModelMismatch("\n".join([heading, "\n\n".join(map(str, wrong))]), differences) from None
