"""What the hooks of ``plugin.py`` decide: builds, the order of fixtures, a failure's section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from pytest_offline.errors import UsageError
from pytest_offline.settings import Settings

if TYPE_CHECKING:
    from pytest_offline.scene import Scene

SCENE: Final[pytest.StashKey[Scene]] = pytest.StashKey()
"""A test's scene, on its item, for the report of its failure."""

_OURS: Final = frozenset({"origin", "make_origin", "network", "caches", "service_worker"})
_BROWSERS: Final = frozenset({"page", "context", "new_context", "browser"})


def configure(config: pytest.Config) -> Settings:
    """Reads the settings; the builds named take their place among pytest-playwright's browsers.

    Raises pytest.UsageError for a build that is none.
    """
    settings = Settings.read(config)
    if settings.builds:
        from pytest_offline.browser.builds import build_named

        for name in settings.builds:
            try:
                build_named(name)
            except UsageError as error:
                raise pytest.UsageError(str(error)) from None
        browsers = cast("list[str]", config.option.browser)
        config.option.browser = list(dict.fromkeys([*browsers, *settings.builds]))
    return settings


def set_the_scene_first(item: pytest.Item) -> None:
    """The probes have to be in a context before its first page: the scene comes before ``page``.

    pytest sets up a test's fixtures in the order of this list; nothing else orders two fixtures of
    which neither asks for the other.
    """
    names = cast("list[str]", getattr(item, "fixturenames", []))
    if _OURS.intersection(names) and _BROWSERS.intersection(names) and "scene" not in names:
        names.insert(0, "scene")


def timeline_of(item: pytest.Item, settings: Settings) -> list[str]:
    """The last of the timeline of a test that set a scene; nothing for any other."""
    scene = item.stash.get(SCENE, None)
    if scene is None or settings.timeline <= 0:
        return []
    from pytest_offline.record import lines_of

    scene.catch_up()
    return lines_of(scene.timeline(), settings.timeline)


def missing_build(name: str, reason: str, settings: Settings) -> None:
    """Skips the tests of a build that was named and is not here, or fails them where asked to."""
    if settings.require_builds or name not in settings.builds:
        pytest.fail(f"{reason}\n(--offline-require-builds makes this a failure)", pytrace=False)
    pytest.skip(reason)


def engine_and_build(request: Any, settings: Settings) -> str:
    """The name that a test's id carries: a build's, or a browser's of pytest-playwright."""
    return str(getattr(request, "param", None) or (settings.builds or ("chromium",))[0])
