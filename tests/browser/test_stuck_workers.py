"""A new version that never finishes starting is started again, and the update goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from lifecycle import wait_for_step
from playwright.sync_api import Browser, Error, Page

from pytest_offline import expect
from pytest_offline.browser import session, stuck_workers
from pytest_offline.browser.old_chromium import is_old
from pytest_offline.browser.stuck_workers import PATIENCE_S, StuckWorkers
from pytest_offline.errors import SiteError
from pytest_offline.scene import Scene
from pytest_offline.service_worker import ServiceWorkers


class Talker:
    """What a page's session of the protocol is told, and a way to say what it tells."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.gone = False
        self.ahead: str | None = None  # the state that it tells before it answers
        self.tell: Callable[[dict[str, Any]], None]

    def send(self, method: str, params: dict[str, Any] | None = None) -> None:
        if self.gone:
            raise Error("Target page, context or browser has been closed")
        self.sent.append((method, params))
        if self.ahead is not None:
            self.says(self.ahead)

    def on(self, event: str, f: Callable[[dict[str, Any]], None]) -> None:
        assert event == "ServiceWorker.workerVersionUpdated"
        self.tell = f

    def says(self, running: str, status: str = "new", **more: object) -> None:
        version = {"versionId": "7", "runningStatus": running, "status": status}
        self.tell({"versions": [{**version, "scriptResponseTime": 1.5, **more}]})


class Waits:
    """What is to be done later, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, work: Callable[[], None]) -> Callable[[], None]:
        one = (self.now + seconds, work)
        self.due.append(one)

        def call_off() -> None:
            self.due = [each for each in self.due if each is not one]

        return call_off

    def go_on(self, seconds: float) -> None:
        self.now += seconds
        for one in [each for each in self.due if each[0] <= self.now]:
            self.due.remove(one)
            one[1]()


ENABLE = ("ServiceWorker.enable", None)
STOP = ("ServiceWorker.stopWorker", {"versionId": "7"})


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def workers(waits: Waits) -> StuckWorkers:
    return StuckWorkers(waits.later)


@pytest.fixture
def page_one(workers: StuckWorkers) -> Talker:
    talker = Talker()
    workers.watch("context", talker)
    assert talker.sent.pop() == ENABLE
    return talker


def test_a_version_gets_twice_the_time_after_each_start(waits: Waits, page_one: Talker) -> None:
    page_one.says("starting")
    waits.go_on(PATIENCE_S - 0.1)
    assert page_one.sent == []
    waits.go_on(0.1)
    assert page_one.sent == [ENABLE, STOP]
    page_one.says("stopped")
    page_one.says("starting")
    waits.go_on(PATIENCE_S * 2 - 0.1)
    assert page_one.sent == [ENABLE, STOP]
    waits.go_on(0.1)
    assert page_one.sent == [ENABLE, STOP] * 2


@pytest.mark.parametrize(
    ("running", "more"),
    [("running", {}), ("starting", {"status": "activated"}), ("stopped", {})],
)
def test_who_is_no_new_version_on_its_start_is_left_alone(
    waits: Waits, page_one: Talker, running: str, more: dict[str, str]
) -> None:
    page_one.says(running, **more)
    assert waits.due == []


def test_a_version_that_has_started_is_waited_for_no_more(waits: Waits, page_one: Talker) -> None:
    page_one.says("starting")
    page_one.says("running")
    assert waits.due == []


def test_the_script_has_to_be_there(waits: Waits, page_one: Talker) -> None:
    version = {"versionId": "7", "runningStatus": "starting", "status": "new"}
    page_one.tell({"versions": [version]})
    assert waits.due == []


def test_news_that_comes_as_the_time_is_over_counts(waits: Waits, page_one: Talker) -> None:
    page_one.says("starting")
    page_one.ahead = "running"
    waits.go_on(PATIENCE_S)
    assert page_one.sent == [ENABLE]
    assert waits.due == []


def test_a_page_that_tells_late_stops_nobody(
    waits: Waits, workers: StuckWorkers, page_one: Talker
) -> None:
    other = Talker()
    workers.watch("context", other)
    page_one.says("starting")
    page_one.says("running")
    other.says("starting")
    assert waits.due == []


def test_the_same_number_in_another_context_is_another_version(
    waits: Waits, workers: StuckWorkers, page_one: Talker
) -> None:
    other = Talker()
    workers.watch("other context", other)
    page_one.says("running")
    other.says("starting")
    waits.go_on(PATIENCE_S)
    assert other.sent[-1] == STOP
    assert page_one.sent == []


def test_a_page_that_has_gone_leaves_it_to_the_others(
    waits: Waits, workers: StuckWorkers, page_one: Talker
) -> None:
    other = Talker()
    workers.watch("context", other)
    page_one.says("starting")
    other.says("starting")
    other.gone = True
    waits.go_on(PATIENCE_S)
    assert page_one.sent == [ENABLE, STOP]


def test_a_page_that_is_opened_later_can_help(
    waits: Waits, workers: StuckWorkers, page_one: Talker
) -> None:
    page_one.says("starting")
    page_one.gone = True
    waits.go_on(PATIENCE_S)
    other = Talker()
    workers.watch("context", other)
    other.says("starting")
    waits.go_on(PATIENCE_S)
    assert other.sent == [ENABLE, ENABLE, STOP]


def test_a_version_that_waits_for_its_imports_is_not_stuck(
    waits: Waits, workers: StuckWorkers, page_one: Talker
) -> None:
    page_one.says("starting")
    workers.loading = lambda: True
    waits.go_on(PATIENCE_S)
    workers.loading = lambda: False
    assert STOP not in page_one.sent, "its time begins when they have come"
    waits.go_on(PATIENCE_S)
    assert page_one.sent[-1] == STOP


def test_with_the_test_it_ends(waits: Waits, workers: StuckWorkers, page_one: Talker) -> None:
    page_one.says("starting")
    workers.stop()
    assert waits.due == []


@pytest.fixture
def in_a_hurry(
    browser: Browser, scene: Scene, origin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While ``/part.js`` is on its way a version would be stopped at once, were it not for that."""
    if not is_old(browser):
        pytest.skip("no worker of this build was seen to get stuck, so none is started again")
    monkeypatch.setattr(stuck_workers, "PATIENCE_S", 0.2)
    assert scene.session is not None
    stuck = scene.session.stuck
    loads = stuck.loading

    def loading() -> bool:
        on_its_way = any(each.in_flight for each in origin.requests.to("/part.js"))
        return loads() or not on_its_way

    stuck.loading = loading


@pytest.fixture
def site(page: Page, origin: Any) -> Page:
    """A page with a worker, whose new version imports a script."""
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    origin.reply("/sw.js", "")
    page.goto(origin.url)
    page.evaluate(
        "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)"
    )
    origin.reply("/sw.js", "importScripts('/part.js'); oninstall = () => skipWaiting();")
    return page


@pytest.mark.usefixtures("in_a_hurry", "site")
def test_a_slow_import_is_waited_for(origin: Any, service_worker: ServiceWorkers) -> None:
    origin.reply("/part.js", "", delay=1)
    service_worker.update()
    expect(service_worker).not_to_be_installing()
    assert len(origin.requests.to("/part.js")) == 1
    wait_for_step(service_worker, "skip-waiting")


@pytest.mark.usefixtures("in_a_hurry", "site")
def test_an_update_that_does_not_end_says_so(origin: Any, service_worker: ServiceWorkers) -> None:
    origin.reply("/part.js", "", delay=600)
    with pytest.raises(SiteError, match=r"update failed at .* no answer within 700 ms"):
        service_worker.update(timeout=700)


@pytest.mark.usefixtures("in_a_hurry", "site")
def test_an_update_that_fails_says_why(origin: Any, service_worker: ServiceWorkers) -> None:
    origin.reply("/sw.js", "", status=404)
    with pytest.raises(SiteError, match=r"update failed at .*404"):
        service_worker.update()


SCOPES = 15
ROUNDS = 60


@pytest.mark.skipif(not os.environ.get("OFFLINE_LONG"), reason="OFFLINE_LONG: it is a rare bug")
def test_many_workers_updated_at_once(
    browser: Browser, page: Page, origin: Any, service_worker: ServiceWorkers
) -> None:
    """About one of 800 new versions gets stuck on a busy machine, Chromium 83's."""
    if not is_old(browser):
        pytest.skip("no worker of this build was seen to get stuck, so none is started again")
    register = f"""for (let i = 0; i < {SCOPES}; i++) {{
      all.push(navigator.serviceWorker.register("/sw.js", {{scope: "/?" + "a".repeat(i)}})); }}"""
    html = f"<!doctype html><script>all = []; {register}</script>"
    origin.reply("/", html, headers={"Content-Type": "text/html"})
    origin.reply("/sw.js", "oninstall = () => skipWaiting(); // 0")
    page.goto(origin.url)
    page.evaluate("Promise.all(all).then(() => 0)")
    for version in range(1, ROUNDS):
        origin.reply("/sw.js", f"oninstall = () => skipWaiting(); // {version:03}")
        updated = page.evaluate(
            """async () => { const found = await navigator.serviceWorker.getRegistrations();
              return (await Promise.all(found.map((each) => each.update()))).length; }"""
        )
        assert updated == SCOPES


def test_a_page_that_closes_as_it_opens_is_let_go(
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scene.session is not None
    monkeypatch.setattr(scene.session, "_old", True)
    talker = Talker()
    monkeypatch.setattr(session, "teach_visibility", lambda page: talker)
    talker.gone = True
    page.context.new_page().close()

    def refused(page: Page) -> Talker:
        raise Error("Protocol error (Page.enable): 'Page.enable' wasn't found")

    monkeypatch.setattr(session, "teach_visibility", refused)
    with pytest.raises(Error, match="wasn't found"):
        page.context.new_page()
