"""What the hooks decide about bundles: a failing test writes one; a known bug is expected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

import pytest

from pytest_offline.hooks.deaths import BUILD
from pytest_offline.hooks.selection import SCENE, SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.bundles.known_bugs import KnownBug
    from pytest_offline.bundles.recording import Recorder
    from pytest_offline.scene import Scene

KNOWN_BUG_MARKER: Final = (
    "known_bug(id): the test shows a known bug of a browser: in versions that have it it is "
    "expected to fail, in others it has to pass; what there is: docs/bundles.md "
    "(pytest-playwright-offline)"
)


_RECORDER: Final[pytest.StashKey[Recorder]] = pytest.StashKey()


def begin(item: pytest.Item, scene: Scene) -> None:
    """A test begins, and its scene is set: what it does is written down where it was asked for."""
    settings = item.config.stash[SETTINGS]
    if settings.bundles is None or scene.session is None:
        return
    from pytest_offline.bundles.recording import Recorder

    recorder = Recorder(scene.session)
    item.stash[_RECORDER] = recorder
    item.addfinalizer(recorder.close)


def write(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """A test is over: one that failed leaves a bundle, and its report says where.

    That it could not be written is told, and hides nothing of why the test failed.
    """
    settings = item.config.stash[SETTINGS]
    recorder, scene = item.stash.get(_RECORDER, None), item.stash.get(SCENE, None)
    wanted = report.failed or (settings.bundle_all and report.passed)
    if recorder is None or scene is None or report.when != "call" or not wanted:
        return
    assert settings.bundles is not None
    try:
        told = _written(item, call, recorder, scene, settings.bundles)
    except Exception as error:  # the test's own failure is what counts
        told = f"it could not be written: {type(error).__name__}: {error}"
    report.sections.append(("offline bundle", told))


def _written(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    recorder: Recorder,
    scene: Scene,
    bundles: Path,
) -> str:
    from pytest_offline.bundles import versions, write_bundle
    from pytest_offline.bundles.recorded import scenario_of_test

    scene.catch_up()
    recorder.finish()
    error = call.excinfo.value if call.excinfo is not None else None
    browser = scene.session.browser.version if scene.session is not None else None
    known = versions(scene.build, browser)
    scenario, bases = scenario_of_test(scene, recorder, item.nodeid, error, known)
    folder = write_bundle(
        bundles / re.sub(r"[^A-Za-z0-9._-]+", "-", item.nodeid).strip("-."),
        scenario,
        exchanges=[seen for origin in scene.origins for seen in origin.requests],
        timeline=scene.timeline(),
        bases=bases,
        mask=item.config.stash[SETTINGS].masked,
    )
    build = f" --build {scene.build}" if scene.build else ""
    return f"{folder}\npytest-offline replay {folder}{build}\nor python {folder}/run.py"


def check_known_bugs(items: Sequence[pytest.Item]) -> None:
    """Raises pytest.UsageError for a marker that names no bug of the registry."""
    for item in items:
        for marker in item.iter_markers("known_bug"):
            _bug_of(marker, item)


def judge(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """A test that shows a bug its build is known to have is as expected; one that does not is told.

    A browser that dies, or a test that asks wrongly, shows no bug.
    """
    from pytest_offline.errors import OfflineError, SiteError

    if report.when != "call" or report.skipped:
        return
    found = [_bug_of(marker, item) for marker in item.iter_markers("known_bug")]
    installed = _build_of(item)
    if not found or installed is None:
        return
    version = _version_of(item, installed)
    here = [bug for bug in found if bug.is_in(installed.build.engine, version)]
    if not here:
        return
    if report.passed:
        report.outcome = "failed"
        report.longrepr = _gone(here[0], installed.build.name, version)
        return
    error = call.excinfo.value if call.excinfo is not None else None
    if not isinstance(error, OfflineError) or isinstance(error, SiteError):
        report.outcome = "skipped"
        report.wasxfail = f"known bug {here[0].id} ({here[0].link}): {here[0].effect}"


def _gone(bug: KnownBug, build: str, version: str) -> str:
    return (
        f"the known bug {bug.id} is gone in {build} {version}: the test passed, but was expected "
        f"to fail.\n  {bug.effect[0].upper()}{bug.effect[1:]} ({bug.link}).\n"
        f"  Take @pytest.mark.known_bug({bug.id!r}) off if it is really gone; the registry, which "
        f"says {', '.join(map(str, bug.affected))}, wants to know of it too."
    )


def _bug_of(marker: pytest.Mark, item: pytest.Item) -> KnownBug:
    from pytest_offline.bundles.known_bugs import known_bug
    from pytest_offline.errors import UsageError

    given = cast("tuple[object, ...]", marker.args)
    if len(given) != 1 or not isinstance(given[0], str) or marker.kwargs:
        shown = [*map(repr, given), *(f"{name}={value!r}" for name, value in marker.kwargs.items())]
        raise pytest.UsageError(
            f"{item.nodeid}: @pytest.mark.known_bug({', '.join(shown)}): it takes the id of one "
            f'bug, such as @pytest.mark.known_bug("playwright-2311")'
        )
    try:
        return known_bug(given[0])
    except UsageError as error:
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.known_bug: {error}") from None


def _build_of(item: pytest.Item) -> InstalledBuild | None:
    """The build that a test runs in; None where it uses no browser."""
    if "browser_name" not in getattr(item, "fixturenames", ()):
        return None
    return item.config.stash.get(BUILD, None)


def _version_of(item: pytest.Item, installed: InstalledBuild) -> str:
    """As the browser itself states it, which is right for one that a test names by its path too."""
    given = cast("dict[str, object]", getattr(item, "funcargs", {}))
    for name in ("browser", "context", "page"):
        browser = getattr(given.get(name), "browser", given.get(name))
        browser = getattr(browser, "browser", browser)
        version = getattr(browser, "version", None)
        if isinstance(version, str):
            return version
    return installed.version
