"""Deploys over open tabs: who waits, who takes over, what an old tab still gets."""

from __future__ import annotations

import pytest
from deploy_kit import V1, V2, shown, tell
from lifecycle import wait_for_step
from playwright.sync_api import BrowserContext, Page

from pytest_offline import Caches, expect
from pytest_offline.origin import Origin
from pytest_offline.service_worker import ServiceWorkers

pytestmark = pytest.mark.any_build

LIMIT_MS = 30_000
"""For what takes several pages and workers, one after the other."""


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


KEEP_PAGES_THAT_WERE_LEFT = {"firefox"}
"""Builds in which a page that a tab has left is a client as long as it can be gone back to.

Playwright switches the back/forward cache of Chromium off. Chrome lets go of such a page when a
new worker could be activated; Firefox lets it hold the worker up.
"""


@pytest.mark.each_build
def test_a_new_version_waits_until_the_last_old_tab_is_closed(
    tab: Page, context: BrowserContext, origin: Origin, service_worker: ServiceWorkers
) -> None:
    origin.deploy(V2)
    service_worker.update()
    expect(service_worker).to_be_waiting(version="version-2")
    tab.reload()
    assert heading(tab) == "Tides 1", "the reload of a single tab activates nothing"
    expect(service_worker).to_be_waiting(version="version-2")
    second = context.new_page()
    second.goto(origin.url)
    for each in (tab, second):
        expect(service_worker).to_control(each, version="version-1")
    tab.close()
    expect(service_worker).to_be_waiting(version="version-2")
    assert [each.frame.page for each in service_worker.tabs()] == [second]
    third = context.new_page()
    second.close()
    expect(service_worker).to_be_active(version="version-2", timeout=LIMIT_MS)
    third.goto(origin.url)
    assert heading(third) == "Tides 2"
    expect(service_worker).to_control(third, version="version-2")


@pytest.mark.each_build
def test_a_tab_that_navigates_away_lets_go_but_in_firefox_its_page_is_kept(
    tab: Page, context: BrowserContext, origin: Origin, service_worker: ServiceWorkers, build: str
) -> None:
    origin.deploy(V2)
    service_worker.update()
    expect(service_worker).to_be_waiting(version="version-2")
    tab.goto("about:blank")
    if build in KEEP_PAGES_THAT_WERE_LEFT:
        expect(service_worker).to_be_waiting(version="version-2")
        context.new_page()
        tab.close()
    expect(service_worker).to_be_active(version="version-2", timeout=LIMIT_MS)
    expect(service_worker).not_to_be_waiting(timeout=LIMIT_MS)


def test_skip_waiting_takes_every_tab_over(
    tab: Page, context: BrowserContext, origin: Origin, service_worker: ServiceWorkers
) -> None:
    second = context.new_page()
    second.goto(origin.url)
    origin.deploy(V2)
    service_worker.update()
    expect(service_worker).to_be_waiting(version="version-2")
    tell(tab, "waiting", "skip-waiting")
    for each in (tab, second):
        expect(service_worker).to_control(each, version="version-2")
        expect(each.locator("#changes")).to_have_text("1")
        assert heading(each) == "Tides 1", "what a tab shows stays as it is"
    expect(service_worker).not_to_be_waiting(timeout=LIMIT_MS)
    wait_for_step(service_worker, "skip-waiting")
    # The new worker deleted the old version's cache, and the origin has none of it either.
    assert shown(second, "map") == "failed: TypeError"


def test_a_page_that_was_there_first_is_claimed(
    page: Page, origin: Origin, service_worker: ServiceWorkers
) -> None:
    origin.deploy(V1)
    page.goto(origin.url)
    expect(service_worker).to_be_active(version="version-1")
    expect(service_worker).not_to_control(page)
    tell(page, "active", "claim")
    expect(service_worker).to_control(page, version="version-1")
    expect(page.locator("#changes")).to_have_text("1")


def test_a_chunk_of_the_old_version_in_an_old_tab(
    tab: Page, origin: Origin, service_worker: ServiceWorkers
) -> None:
    with origin.deploy(V2):
        assert shown(tab, "map") == "map 1", "kept by the old worker"
        assert shown(tab, "help") == "failed: TypeError", "not kept, and gone"
        assert origin.requests.to("/help.1a2b.js")[-1].status == 404
    tab.reload()
    origin.deploy(V2, keep="/*.js")
    assert shown(tab, "help") == "help 1", "the host deletes nothing"
    expect(service_worker).to_control(tab, version="version-1")


def test_half_of_a_deploy_cannot_be_installed(
    tab: Page, origin: Origin, service_worker: ServiceWorkers
) -> None:
    deployed = origin.deploy(V2, old="/map.*.js")
    service_worker.update()
    expect(service_worker).not_to_be_installing()
    wait_for_step(service_worker, "install-failed")
    expect(service_worker).to_be_active(version="version-1")
    expect(service_worker).not_to_be_waiting(timeout=LIMIT_MS)
    tab.reload()
    assert heading(tab) == "Tides 1"
    deployed.finish()
    service_worker.update()
    expect(service_worker).to_be_waiting(version="version-2")


def test_a_roll_back_replaces_the_version_that_waits(
    tab: Page, context: BrowserContext, origin: Origin, service_worker: ServiceWorkers
) -> None:
    with origin.deploy(V2):
        service_worker.update()
        expect(service_worker).to_be_waiting(version="version-2")
    service_worker.update()
    expect(service_worker).to_be_waiting(version="version-1")
    fresh = context.new_page()
    tab.close()
    expect(service_worker).not_to_be_waiting(timeout=LIMIT_MS)
    expect(service_worker).to_be_active(version="version-1")
    fresh.goto(origin.url)
    assert heading(fresh) == "Tides 1"


def test_a_roll_back_of_the_version_in_charge(
    tab: Page, origin: Origin, service_worker: ServiceWorkers
) -> None:
    with origin.deploy(V2):
        service_worker.update()
        expect(service_worker).to_be_waiting(version="version-2")
        tell(tab, "waiting", "skip-waiting")
        expect(service_worker).to_control(tab, version="version-2")
        tab.reload()
        assert heading(tab) == "Tides 2"
    service_worker.update()
    expect(service_worker).to_be_waiting(version="version-1")
    tell(tab, "waiting", "skip-waiting")
    expect(service_worker).to_control(tab, version="version-1")
    tab.reload()
    assert heading(tab) == "Tides 1"


@pytest.mark.each_build
def test_the_kill_switch_frees_every_tab(
    tab: Page,
    context: BrowserContext,
    origin: Origin,
    service_worker: ServiceWorkers,
    caches: Caches,
) -> None:
    second = context.new_page()
    second.goto(origin.url)
    expect(service_worker).to_control(second)
    mark = origin.requests.mark()
    origin.deploy(V2, kill_switch="/sw.js")
    service_worker.update()
    for each in (tab, second):
        expect(each.locator("h1")).to_have_text("Tides 2", timeout=LIMIT_MS)
        expect(service_worker).not_to_control(each)
    # Version 2 asks for its worker again, gets the switch, and is left in peace by it.
    expect(service_worker).to_have_state(None)
    assert caches.snapshot() == {}
    assert len(origin.requests.since(mark).to("/")) == 2, "each tab was loaded again once"


def test_a_page_that_is_back_first_does_not_bring_the_worker_back(
    tab: Page, context: BrowserContext, origin: Origin, service_worker: ServiceWorkers
) -> None:
    """Its ``register()`` comes while the other is still the unregistered worker's client."""
    second = context.new_page()
    second.goto(origin.url_for("/?second"))
    expect(service_worker).to_control(second)
    origin.deploy(V2, kill_switch="/sw.js")
    headers = {"Content-Type": "text/html"}
    with origin.reply("/?second", "<h1>Tides 2</h1>", headers=headers, delay=1):
        service_worker.update()
        for each in (tab, second):
            expect(each.locator("h1")).to_have_text("Tides 2", timeout=LIMIT_MS)
    expect(service_worker).to_have_state(None)
    for each in (tab, second):
        expect(service_worker).not_to_control(each)


def test_a_tab_that_comes_back_late_is_freed_too(
    tab: Page, context: BrowserContext, origin: Origin, service_worker: ServiceWorkers
) -> None:
    """The ``register()`` of the first is done before the other's last request is matched.

    A redirect is matched with registrations anew, so the other's navigation meets what the first
    brought back to life.
    """
    second = context.new_page()
    second.goto(origin.url_for("/?second"))
    expect(service_worker).to_control(second)
    origin.deploy(V2, kill_switch="/sw.js")
    with origin.reply("/?second", status=302, headers={"Location": "/?late"}, delay=1):
        service_worker.update()
        for each in (tab, second):
            expect(each.locator("h1")).to_have_text("Tides 2", timeout=LIMIT_MS)
    for each in (tab, second):
        expect(service_worker).not_to_control(each)
    expect(service_worker).to_have_state(None)


def test_a_form_that_is_sent_meanwhile_arrives_and_its_page_is_free(
    tab: Page, context: BrowserContext, origin: Origin, service_worker: ServiceWorkers
) -> None:
    """What is sent while the first page has the worker back and the other is still its client."""
    second, third = context.new_page(), context.new_page()
    second.goto(origin.url_for("/?second"))
    expect(service_worker).to_control(second)
    origin.deploy(V2, kill_switch="/sw.js")
    headers = {"Content-Type": "text/html"}
    origin.reply("/form", "<h1>Sent</h1>", method="POST", headers=headers)
    with origin.reply("/?second", "<h1>Tides 2</h1>", headers=headers, delay=2):
        service_worker.update()
        expect(tab.locator("h1")).to_have_text("Tides 2", timeout=LIMIT_MS)
        tab.evaluate("navigator.serviceWorker.register('/sw.js').then(() => undefined)")
        action = origin.url_for("/form")
        third.set_content(f"<form method=post action='{action}'><input name=tide value=low></form>")
        third.evaluate("document.forms[0].submit()")
        expect(third.locator("h1")).to_have_text("Sent", timeout=LIMIT_MS)
        expect(second.locator("h1")).to_have_text("Tides 2", timeout=LIMIT_MS)
    assert [each.body for each in origin.requests.to("/form")] == [b"tide=low"]
    for each in (tab, second, third):
        expect(service_worker).not_to_control(each)
    expect(service_worker).to_have_state(None)
