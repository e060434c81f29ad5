"""The world outside, told: which tests asked for hosts beyond this machine, and the way to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_offline.hooks.selection import SCENE, SETTINGS

if TYPE_CHECKING:
    from pytest_offline.record import OutsideRequest

SECTION: Final = "offline outside"
"""The name of a report's section; reports carry it home from the processes of pytest-xdist too."""

_SHOWN: Final = 20


def fail_if_asked_to(item: pytest.Item) -> None:
    """With ``--offline-outside=fail``, a test that asked for the world outside fails."""
    __tracebackhide__ = True
    if item.config.stash[SETTINGS].outside != "fail":
        return
    scene = item.stash.get(SCENE, None)
    refused = [] if scene is None else [seen for seen in scene.network.outside if seen.refused]
    if refused:
        lines = "\n".join(f"  {line}" for line in dict.fromkeys(map(_shown, refused)))
        pytest.fail(
            f"the test asked for the world outside, which is closed:\n{lines}\n"
            f"  (--offline-outside=fail; network.allow({refused[0].host!r}) opens a host)",
            pytrace=False,
        )


def section_of(item: pytest.Item) -> list[tuple[str, str]]:
    """The section of a test's report, where it asked for the world outside and was refused."""
    scene = item.stash.get(SCENE, None)
    if scene is None:
        return []
    counts = Counter(_shown(seen) for seen in scene.outside.requests if seen.refused)
    lines = [line if times == 1 else f"{line} ({times} times)" for line, times in counts.items()]
    return [(SECTION, "\n".join(lines))] if lines else []


def summary(stats: Mapping[str, Sequence[Any]]) -> list[str]:
    """What the end of a run says: a line for every test that was refused something."""
    told = [
        (report.nodeid, text)
        for reports in stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, text in report.sections
        if name == SECTION
    ]
    if not told:
        return []
    lines = [f"{nodeid}: {', '.join(text.splitlines())}" for nodeid, text in told[:_SHOWN]]
    if len(told) > _SHOWN:
        lines.append(f"and {len(told) - _SHOWN} more tests")
    return [
        *lines,
        "Refused, because a test that needs hosts beyond this machine fails without them. "
        'network.allow("HOST") opens one in a test, --offline-allow HOST in all.',
    ]


def _shown(seen: OutsideRequest) -> str:
    return seen.url or f"{seen.host}:{seen.port}"
