"""What a page's probe is asked and cannot answer: one sentence each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lifecycle import wait_for_step
from playwright.sync_api import Browser, Page

from pytest_offline import Caches, Network, ServiceWorkers, SiteError, UsageError
from pytest_offline.browser.session import BrowserSession
from pytest_offline.scene import Scene

pytestmark = pytest.mark.any_build


def test_an_update_check_offline_is_the_sites_failure(
    page: Page, origin: Any, network: Network, service_worker: ServiceWorkers
) -> None:
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    origin.reply("/sw.js", "oninstall = () => skipWaiting();")
    page.goto(origin.url)
    page.evaluate(
        "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)"
    )
    service_worker.update()
    registered = "navigator.serviceWorker.register('/sw.js')"
    page.evaluate(f"{registered}.then(() => navigator.serviceWorker.ready)")
    service_worker.update()
    with network.offline(), pytest.raises(SiteError, match=r"update failed at .*an update check"):
        service_worker.update()


def test_an_update_check_whose_script_never_comes_ends(
    page: Page, origin: Any, service_worker: ServiceWorkers
) -> None:
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    origin.reply("/sw.js", "oninstall = () => skipWaiting();")
    page.goto(origin.url)
    page.evaluate(
        "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)"
    )
    origin.reply("/sw.js", "", delay=600)
    with pytest.raises(SiteError, match=r"update failed at .* no answer within 300 ms"):
        service_worker.update(timeout=300)


def test_an_update_check_that_joined_an_older_one_is_followed_by_another(
    page: Page, origin: Any, service_worker: ServiceWorkers
) -> None:
    """As the one which the browser makes after a navigation: its answer is the old version."""
    worker = "oninstall = () => skipWaiting();"
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    origin.reply("/sw.js", worker)
    page.goto(origin.url)
    page.evaluate(
        "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)"
    )
    with origin.reply("/sw.js", worker, delay=1):
        page.evaluate("navigator.serviceWorker.getRegistration().then((it) => { it.update(); })")
        origin.requests.wait_for(
            lambda seen: [each for each in seen if each.path == "/sw.js" and each.in_flight]
        )
    origin.reply("/sw.js", worker + " // 2")
    service_worker.update()
    wait_for_step(service_worker, "install", times=2)
    assert len(origin.requests.to("/sw.js")) == 3


@pytest.mark.each_build
def test_an_update_check_while_a_version_installs_comes_after_it(
    page: Page, origin: Any, service_worker: ServiceWorkers
) -> None:
    """Chromium takes it for part of the one that installs, and would look at nothing."""
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    origin.reply("/sw.js", "oninstall = () => skipWaiting(); // 1")
    page.goto(origin.url)
    page.evaluate(
        "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)"
    )
    origin.reply("/slow", "x", delay=2)
    origin.reply("/sw.js", "oninstall = (event) => event.waitUntil(fetch('/slow')); // 2")
    page.evaluate("() => { navigator.serviceWorker.ready.then((it) => { it.update(); }); }")
    assert origin.requests.wait_for(lambda _: origin.requests.to("/slow"), 60)
    origin.reply("/sw.js", "oninstall = () => skipWaiting(); // 3")
    mark = origin.requests.mark()
    service_worker.update()
    assert origin.requests.since(mark).to("/sw.js")


def test_a_page_that_goes_on_leaving_does_not_matter_to_who_asks(
    page: Page, origin: Any, caches: Caches, service_worker: ServiceWorkers
) -> None:
    leaves = "<script>caches.open('a'); setTimeout(() => location.reload(), 20)</script>"
    origin.reply("/", leaves, headers={"Content-Type": "text/html"})
    page.goto(origin.url)
    origin.requests.wait_for(lambda _: len(origin.requests.to("/")) > 3)
    for _ in range(8):
        assert caches.snapshot() == {"a": ()}
        assert service_worker.registrations() == ()
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})


@pytest.mark.each_build
@pytest.mark.skip_browser("firefox")
def test_an_insecure_page_has_no_caches_to_ask(
    launch_browser: Callable[..., Browser], origin: Any, browser_type_launch_args: dict[str, Any]
) -> None:
    rules = ["--host-resolver-rules=MAP app.test 127.0.0.1"]
    browser = launch_browser(args=[*browser_type_launch_args.get("args", []), *rules])
    session = BrowserSession(browser)
    session.start()
    try:
        page = browser.new_context().new_page()
        page.goto(f"http://app.test:{origin.port}/")
        assert page.evaluate("isSecureContext") is False
        with pytest.raises(SiteError, match=r"no secure context.*serve it over https"):
            session.ask(page.main_frame, "snapshot", bodies=False)
    finally:
        session.stop()
        browser.close()


def test_a_page_that_nobody_watched_says_so(page: Page, origin: Any, scene: Scene) -> None:
    assert scene.session is not None
    unwatched = BrowserSession(scene.session.browser)
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    page.goto(origin.url)
    with pytest.raises(UsageError, match="opened before pytest_offline watched"):
        unwatched.ask(page.main_frame, "snapshot", bodies=False)


def test_without_a_browser_there_is_nothing_to_ask(caches: Caches) -> None:
    with pytest.raises(UsageError, match="ask for the fixture 'page' too"):
        caches.snapshot()
    with pytest.raises(UsageError, match="ask for the fixture 'page' too"):
        caches.verify()


def test_caches_are_asked_without_a_page_of_the_origin(page: Page, caches: Caches) -> None:
    caches.seed({"v1": {"/a": "x"}})
    assert page.url == "about:blank"
    assert [entry.url for entry in caches.snapshot(bodies=True)["v1"]] == [
        caches.origin.url_for("/a")
    ]
    caches.clear()
    assert caches.snapshot() == {}
