"""What the options and the ini file say, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class _Config(Protocol):
    def getoption(self, name: str) -> object: ...


@dataclass(frozen=True)
class Settings:
    """Every knob that is not a fixture.

    Attributes:
        builds: ``--offline-build``, in the order given: every test runs once in each.
        require_builds: ``--offline-require-builds``: a build that is missing fails its tests
            instead of skipping them.
        timeline: ``--offline-timeline``: how many lines of the timeline a failing test shows.
    """

    builds: tuple[str, ...] = ()
    require_builds: bool = False
    timeline: int = 40

    @classmethod
    def read(cls, config: _Config) -> Settings:
        """From pytest's configuration."""
        builds = config.getoption("--offline-build")
        timeline = config.getoption("--offline-timeline")
        return cls(
            builds=tuple(builds) if isinstance(builds, list) else (),  # pyright: ignore
            require_builds=bool(config.getoption("--offline-require-builds")),
            timeline=timeline if isinstance(timeline, int) else 40,
        )
