"""What a test did through our fixtures its bundle does again, at its place among the steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from inner_pytest import run_pytest
from playwright.sync_api import Browser

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.bundles import (
    Evaluate,
    Expect,
    Goto,
    Reload,
    Serve,
    SetNetwork,
    Step,
    Untold,
    WaitFor,
    WaitUntilReady,
    read_bundle,
)
from pytest_offline.bundles.recorded_steps import steps_of as recorded_steps
from pytest_offline.bundles.recording import Watched
from pytest_offline.bundles.replaying import run_in
from pytest_offline.bundles.runner.words import Scenario
from pytest_offline.bundles.traces import Call, Trace

TESTS = '''
from pytest_offline import expect

PAGE = """<!DOCTYPE html><title>t</title><link rel=icon href=data:,><h1>Galery</h1>
<script>navigator.serviceWorker.register("/sw.js")</script>"""
WORKER = """
addEventListener("install", (event) => event.waitUntil(
    caches.open("v1").then((cache) => cache.addAll(["/", "/slow.css"]))));
addEventListener("fetch", (event) => event.respondWith(
    caches.match(event.request).then((found) => found || fetch(event.request))));
"""

def test_ready(page, origin, network, caches, service_worker):
    origin.reply("/", PAGE)
    origin.reply("/sw.js", WORKER, headers={"Content-Type": "text/javascript"})
    origin.reply("/slow.css", "h1 {}", headers={"Content-Type": "text/css"}, delay=1)
    page.goto(origin.url)
    service_worker.wait_until_ready()
    expect(caches).to_contain("/slow.css")
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("Gallery", timeout=200)

def test_staged(page, origin, caches, service_worker):
    origin.reply("/", PAGE)
    origin.reply("/sw.js", WORKER, headers={"Content-Type": "text/javascript"})
    origin.reply("/slow.css", "h1 {}", headers={"Content-Type": "text/css"})
    caches.clear()
    caches.seed({"kept": {"/a": "über", "/b": b"\\xff\\x00"}})
    page.goto(origin.url)
    service_worker.wait_until_ready()
    origin.reply("/sw.js", WORKER + "//2", headers={"Content-Type": "text/javascript"})
    found = page.evaluate("""async () => {
        const kept = await caches.open("kept");
        const bytes = await (await kept.match("/b")).arrayBuffer();
        return [await (await kept.match("/a")).text(), ...new Uint8Array(bytes)];
    }""")
    service_worker.update()
    service_worker.unregister()
    assert found == []
'''


def test_what_is_done_to_a_context_is_a_remark() -> None:
    done = (
        "addCookies",
        "addInitScript",
        "setNetworkInterceptionPatterns",
        "cookies",
        "setOffline",
    )
    calls = tuple(Call(float(at), f"BrowserContext.{name}") for at, name in enumerate(done))
    steps = recorded_steps(Watched("context", Trace({}, calls)), lambda call: False, None)
    assert [step for _, step in steps] == [Untold(f"BrowserContext.{name}") for name in done[:3]]


def steps_of(scenario: Scenario, *kinds: type[Step]) -> list[Step]:
    return [step for step in scenario.steps if isinstance(step, kinds)]


def check_replay(scenario: Scenario, browser: Browser, wrong: type[Step]) -> None:
    result = run_in(scenario, browser)
    told = "\n".join(map(str, result.findings))
    (found,) = result.differences
    assert isinstance(scenario.steps[found.number - 1], wrong), told


@pytest.mark.any_build
def test_what_was_waited_for_is_waited_for_again(
    tmp_path: Path, browser: Browser, browser_build: InstalledBuild
) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    options = ["--offline-build", browser_build.build.name, "--offline-bundle", "out"]
    done = run_pytest(tmp_path, "-q", *options)
    assert "2 failed" in done.stdout, done.stdout
    ready, staged = (read_bundle(path) for path in sorted((tmp_path / "out").iterdir()))
    kinds = (Goto, WaitUntilReady, SetNetwork, Reload, Expect)
    assert [type(step) for step in steps_of(ready, *kinds)] == list(kinds)
    (wait,) = steps_of(ready, WaitUntilReady)
    main = "http://main.localhost:0"
    assert wait == WaitUntilReady(cached=(f"{main}/", f"{main}/slow.css"))
    (remark,) = steps_of(ready, Untold)
    assert isinstance(remark, Untold)
    assert remark.what.startswith("expect <Caches of http://main.localhost:0/> to contain")
    assert ready.steps.index(wait) < ready.steps.index(remark)
    check_replay(ready, browser, Expect)
    check_staged(staged)
    check_replay(staged, browser, Evaluate)


def check_staged(staged: Scenario) -> None:
    done = [step.note or type(step).__name__ for step in steps_of(
        staged, Evaluate, WaitUntilReady, Serve
    )]  # fmt: skip
    assert done == [
        "caches.clear()",
        "caches.seed()",
        "WaitUntilReady",
        "Evaluate",
        "Serve",
        "service_worker.update()",
        "service_worker.unregister()",
    ]
    (asked,) = [step for step in steps_of(staged, Evaluate) if not step.note]
    assert isinstance(asked, Evaluate)
    assert [each.value for each in asked.wrong] == [["über", 255, 0]]


KIOSK = """
from pytest_offline import expect

def test_kiosk(page, origin, network, service_worker):
    head = "<!doctype html><html manifest=/k.appcache><link rel=icon href=data:,><h1>"
    origin.reply("/", head + "Galery")
    origin.reply("/k.appcache", "CACHE MANIFEST")
    page.goto(origin.url)
    service_worker.wait_until_ready()
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("Gallery", timeout=200)
"""


@pytest.fixture
def browser_with_appcache(browser: Browser) -> Browser:
    return browser


def test_an_application_cache_is_waited_for_again(
    tmp_path: Path, browser_with_appcache: Browser, browser_build: InstalledBuild
) -> None:
    (tmp_path / "test_it.py").write_text(KIOSK)
    options = ["--offline-build", browser_build.build.name, "--offline-bundle", "out"]
    done = run_pytest(tmp_path, "-q", *options)
    assert "1 failed" in done.stdout, done.stdout
    scenario = read_bundle(next((tmp_path / "out").iterdir()))
    kinds = (Goto, WaitFor, SetNetwork, Reload, Expect)
    assert [type(step) for step in steps_of(scenario, *kinds)] == list(kinds)
    assert not steps_of(scenario, WaitUntilReady)
    check_replay(scenario, browser_with_appcache, Expect)
