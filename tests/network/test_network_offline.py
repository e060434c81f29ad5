"""``network.offline()`` as a test writes it; that nothing leaks is shown in ``test_leaks.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from leak_site import CELLS, PAGE
from playwright.sync_api import Page

from pytest_offline.network import Network
from pytest_offline.origin import Origin
from pytest_offline.record import OFFLINE, ONLINE
from pytest_offline.scene import Scene


@pytest.fixture
def site(page: Page, origin: Origin) -> Iterator[Page]:
    origin.reply("/", PAGE)
    origin.reply("/data", "data")
    page.goto(origin.url)
    yield page


def test_blocks_nest_and_give_back_what_was(site: Page, origin: Origin, network: Network):
    with network.offline():
        with network.online():
            assert site.evaluate(CELLS["fetch"].ask) == "arrived"
        assert network.condition == OFFLINE
        assert site.evaluate(CELLS["fetch"].ask) == "nothing"
    assert network.condition == ONLINE
    with pytest.raises(RuntimeError, match="inside"), network.offline():
        raise RuntimeError("inside")
    assert site.evaluate(CELLS["fetch"].ask) == "arrived"
    assert site.evaluate("heard") == ["offline", "online"] * 3
    assert [str(condition) for _, condition in network.changes] == [
        "offline", "online", "offline", "online", "offline", "online",
    ]  # fmt: skip


def test_a_scene_that_ends_offline_leaves_its_contexts_online(
    page: Page, origin: Origin, scene: Scene
):
    origin.reply("/", PAGE)
    page.goto(origin.url)
    scene.network.offline()
    assert page.evaluate("navigator.onLine") is False
    scene.close()
    assert page.evaluate("navigator.onLine") is True
