"""``wait_until_ready`` on real sites, in real browsers: what it calls ready opens offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from pytest_offline import Caches, Network, NotReady, ServiceWorkers, expect

SAMPLE_SITES = Path(__file__).parents[2] / "sample_sites"
AT_ONCE = ("gallery", "precache_shell", "never_claims")
REAL = ("workbox_generate", "workbox_inject", "vite_pwa", "angular")


def opens_the_same(page: Page, origin: Any, network: Network) -> None:
    """The start page opens in a new page without a network, with what it says online."""
    heading = page.locator("h1").inner_text()
    with network.offline():
        mark = origin.requests.mark()
        again = page.context.new_page()
        again.goto(origin.url)
        expect(again.locator("h1")).to_have_text(heading)
        assert again.title() == page.title()
        again.close()
        # Not after it: a worker may ask again as soon as the network is back.
        assert [seen for seen in origin.requests.since(mark) if seen.bytes_sent] == []


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_sample_site_that_is_ready_opens_offline(
    page: Page, origin: Any, network: Network, service_worker: ServiceWorkers, name: str
) -> None:
    origin.mount(SAMPLE_SITES / name)
    page.goto(origin.url)
    service_worker.wait_until_ready()
    opens_the_same(page, origin, network)


@pytest.mark.parametrize("name", REAL)
def test_a_site_of_a_real_tool_that_is_ready_opens_offline(
    page: Page,
    origin: Any,
    network: Network,
    service_worker: ServiceWorkers,
    caches: Caches,
    real_site: Callable[[str], Any],
    name: str,
) -> None:
    site = real_site(name)
    origin.mount(site.folder)
    page.goto(origin.url)
    service_worker.wait_until_ready()
    assert sum(map(len, caches.snapshot().values())) >= site.count
    opens_the_same(page, origin, network)


@pytest.mark.any_build
def test_angular_is_not_ready_while_a_file_of_its_list_is_on_its_way(
    page: Page, origin: Any, service_worker: ServiceWorkers, real_site: Callable[[str], Any]
) -> None:
    site = real_site("angular")
    origin.mount(site.folder)
    url = "/manifest.webmanifest"  # on Angular's list, and nothing that the page waits for
    assert url in [listed for listed, _ in site.entries]
    stream = origin.event_stream(url)
    page.goto(origin.url)
    stream.wait_for_clients(1, timeout=60)  # asked for by a worker that is active
    with pytest.raises(NotReady) as caught:
        service_worker.wait_until_ready(timeout=2_000)
    assert origin.url_for(url) in caught.value.missing
    assert caught.value.reason in ("caching", "missing")
    assert url in str(caught.value)
    stream.close()


def test_a_worker_that_keeps_pages_as_they_are_visited_asks_for_a_second_visit(
    page: Page, origin: Any, network: Network, service_worker: ServiceWorkers
) -> None:
    origin.mount(SAMPLE_SITES / "second_visit")
    page.goto(origin.url)
    with pytest.raises(NotReady, match="visit") as caught:
        service_worker.wait_until_ready()
    assert caught.value.reason == "second-visit"
    page.reload()
    service_worker.wait_until_ready()
    opens_the_same(page, origin, network)


def test_an_install_that_fails_is_told_with_its_worker(
    page: Page, origin: Any, service_worker: ServiceWorkers
) -> None:
    origin.mount(SAMPLE_SITES / "broken_install")
    page.goto(origin.url)
    with pytest.raises(NotReady, match=r"sw\.js") as caught:
        service_worker.wait_until_ready()
    assert caught.value.reason == "redundant"


def test_a_page_without_a_worker_is_told_when_time_is_up(
    page: Page, origin: Any, service_worker: ServiceWorkers
) -> None:
    origin.reply("/", "<h1>plain</h1>", headers={"Content-Type": "text/html"})
    page.goto(origin.url)
    with pytest.raises(NotReady, match=r"after 500 ms") as caught:
        service_worker.wait_until_ready(timeout=500)
    assert caught.value.reason == "no-worker"


def test_a_manifest_that_the_browser_does_not_read_is_told(
    page: Page, origin: Any, service_worker: ServiceWorkers, browser_build: Any
) -> None:
    if browser_build.build.capabilities.appcache:
        pytest.skip("this build reads it: tests/appcache shows how")
    origin.mount(SAMPLE_SITES / "appcache_notes")
    page.goto(origin.url)
    with pytest.raises(NotReady, match=r"It names the cache manifest notes\.appcache, but"):
        service_worker.wait_until_ready(timeout=500)


def test_a_list_that_the_test_gives_is_waited_for(
    page: Page, origin: Any, service_worker: ServiceWorkers
) -> None:
    origin.mount(SAMPLE_SITES / "precache_shell")
    page.goto(origin.url)
    service_worker.wait_until_ready(expect=["/about.html"])
    with pytest.raises(NotReady, match=r"news\.html") as caught:
        service_worker.wait_until_ready(expect=["/about.html", "/news.html"], timeout=300)
    assert caught.value.missing == (origin.url_for("/news.html"),)
