"""``network.offline()`` as a test writes it; that nothing leaks is shown in ``test_leaks.py``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from leak_site import CELLS, PAGE
from playwright.sync_api import Browser, BrowserContext, Page

from pytest_offline.browser.side_by_side import side_by_side
from pytest_offline.errors import UsageError
from pytest_offline.network import Network
from pytest_offline.origin import Origin
from pytest_offline.record import OFFLINE, ONLINE, dns_failure
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


def test_what_fails_last_is_noted_as_offline(page: Page, origin: Any, network: Network) -> None:
    """The browser tells of a stopped request beside the answer that the test waits for."""
    origin.reply("/", "<h1>x</h1>")
    page.goto(origin.url)
    for _ in range(20):
        with network.offline():
            page.evaluate("fetch('/api').catch(() => 0)")
    asked = origin.requests.to("/api")
    assert [seen.condition.name for seen in asked] == ["offline"] * 20
    spans = network.times_away()
    assert all(begin <= seen.time <= end for seen, (begin, end) in zip(asked, spans, strict=True))


@pytest.mark.network(dns_failure("cdn.app.test"))
def test_weather_of_an_origin_yet_to_be_made_is_put_back(origin: Origin, network: Network) -> None:
    weather = network.condition
    with network.offline():
        assert network.condition == OFFLINE
    assert network.condition == weather
    with pytest.raises(UsageError, match="would do nothing"):
        network.set(weather)


def test_pages_may_close_just_then(
    page: Page, origin: Origin, network: Network, context: BrowserContext, browser: Browser
) -> None:
    """Playwright sets its switch page by page, and breaks off where one of them goes."""
    origin.reply("/", "<title>here</title><link rel=icon href=data:,>")
    page.goto(origin.url)
    seen: list[bool] = []

    def switch() -> None:
        for _ in range(3):
            with network.offline():
                seen.append(page.evaluate("navigator.onLine"))
            seen.append(page.evaluate("navigator.onLine"))

    others = [context.new_page() for _ in range(3)]
    for other in others:
        other.goto(origin.url)
    side_by_side(browser, [*(other.close for other in others), switch])
    assert seen == [False, True] * 3
