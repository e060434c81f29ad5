"""What the options say, read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

if TYPE_CHECKING:
    import pytest

    from pytest_offline.record import Condition

TIMELINE: Final = 40
"""Lines of the timeline that a failing test shows where nothing else was asked for."""

OutsideMode = Literal["closed", "fail", "open"]


@dataclass(frozen=True)
class Settings:
    """Every knob that is not a fixture.

    Attributes:
        builds: ``--offline-build``, in the order given, each once: every test runs once in each.
        require_builds: ``--offline-require-builds``: a build that is missing fails its tests
            instead of skipping them.
        require_appcache: ``--offline-require-appcache``: a test of the fixture ``appcache`` in a
            build without AppCache fails instead of being skipped.
        outside: ``--offline-outside``: what becomes of requests for the world outside.
        allowed: ``--offline-allow``: its hosts that are open in every test.
        timeline: ``--offline-timeline``: how many lines of the timeline a failing test shows.
        verify: ``--offline-verify``: every test is held against the model at its end.
        weather: ``--offline-weather``: the condition that tests run under; None for no option.
        report: ``--offline-report``: the file that the run is shown in; None for no option.
        baseline: ``--offline-baseline``: the file that tests are held against; None for no option.
        update: ``--offline-update``: that file is written anew.
        bundles: ``--offline-bundle``: the folder for bundles of failing tests; None for none.
        bundle_all: ``--offline-bundle-all``: of tests that pass too.
        masked: ``--offline-mask``: secrets that stand in no bundle.
    """

    builds: tuple[str, ...] = ()
    require_builds: bool = False
    require_appcache: bool = False
    timeline: int = TIMELINE
    outside: OutsideMode = "closed"
    allowed: tuple[str, ...] = ()
    verify: bool = False
    weather: Condition | None = None
    report: Path | None = None
    baseline: Path | None = None
    update: bool = False
    bundles: Path | None = None
    bundle_all: bool = False
    masked: tuple[str, ...] = ()

    @classmethod
    def read(cls, config: pytest.Config) -> Settings:
        """From pytest's configuration."""
        builds = cast("list[str]", config.getoption("--offline-build"))
        return cls(
            builds=tuple(dict.fromkeys(builds)),
            require_builds=bool(config.getoption("--offline-require-builds")),
            require_appcache=bool(config.getoption("--offline-require-appcache")),
            timeline=cast("int", config.getoption("--offline-timeline")),
            outside=cast("OutsideMode", config.getoption("--offline-outside")),
            allowed=tuple(cast("list[str]", config.getoption("--offline-allow"))),
            verify=bool(config.getoption("--offline-verify")),
            weather=cast("Condition | None", config.getoption("--offline-weather")),
            report=cast("Path | None", config.getoption("--offline-report")),
            baseline=cast("Path | None", config.getoption("--offline-baseline")),
            update=bool(config.getoption("--offline-update")),
            bundles=_path(config.getoption("--offline-bundle")),
            bundle_all=bool(config.getoption("--offline-bundle-all")),
            masked=tuple(cast("list[str]", config.getoption("--offline-mask"))),
        )


def _path(given: object) -> Path | None:
    return Path(str(given)).absolute() if given else None
