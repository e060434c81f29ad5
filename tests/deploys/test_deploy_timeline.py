"""The timeline says when which version went out; a test of it needs no browser."""

from __future__ import annotations

from deploy_kit import V1, V2

from pytest_offline.origin import Origin
from pytest_offline.record import lines_of
from pytest_offline.scene import Scene


def test_the_timeline_says_when_which_version_went_out(scene: Scene, origin: Origin) -> None:
    origin.mount(V1)
    with origin.deploy(V2, old="/map.*"):
        origin.kill_switch("/sw.js")
    assert [line.split("origin   ")[1] for line in lines_of(scene.timeline())] == [
        "deploy, /: 'version-2' in place of 'version-1' (/map.* still old)",
        "deploy, /: 'version-2' in place of 'version-2' (a kill switch at /sw.js)",
        "deploy, /: 'version-1' in place of 'version-2' (rolled back)",
    ]
