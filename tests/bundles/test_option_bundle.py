"""``--offline-bundle``: a failing test leaves what shows its failure again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inner_pytest import run_pytest
from playwright.sync_api import Browser

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.bundles import Expect, Goto, Outcome, Reload, Serve, read_bundle
from pytest_offline.bundles.replaying import run_in
from pytest_offline.bundles.runner.words import Evaluate, Scenario, SetNetwork

TESTS = '''
from pytest_offline import expect

SITE = """<!DOCTYPE html><title>t</title><link rel=icon href=data:,><h1>Galery</h1>
<button onclick="document.title = 'clicked'">x</button>"""

def test_locator(page, origin):
    origin.reply("/", SITE)
    page.goto(origin.url)
    page.get_by_role("button").click()
    expect(page).to_have_title("clicked")
    expect(page.get_by_role("heading")).to_have_text("Gallery", timeout=200)

def test_assertion(page, origin):
    origin.reply("/", "<title>one</title>")
    page.goto(origin.url)
    origin.reply("/", "<title>two</title>", headers={"Set-Cookie": "sid=very-secret"})
    page.reload()
    assert page.evaluate("(n) => document.title + n.a", {"a": 1}) == "three"

def test_offline(page, origin, network):
    origin.reply("/", SITE)
    page.goto(origin.url)
    with network.offline():
        page.reload()

def test_caches(page, origin, caches):
    origin.reply("/", SITE)
    page.goto(origin.url)
    page.evaluate("caches.open('v1').then((cache) => cache.put('/a', new Response('a')))")
    expect(caches).to_have_put("/b", timeout=200)

def test_passes(page, origin):
    origin.reply("/", SITE)
    page.goto(origin.url)
'''


@pytest.mark.any_build
def test_failing_tests_leave_bundles_that_still_fail(
    tmp_path: Path, browser: Browser, browser_build: InstalledBuild
) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    build = browser_build.build.name
    options = ["--offline-build", build, "--offline-bundle", "out", "--offline-timeline", "0"]
    done = run_pytest(tmp_path, "-q", *options)
    assert "4 failed, 1 passed" in done.stdout, done.stdout
    assert "offline bundle" in done.stdout
    assert f"pytest-offline replay {tmp_path}/out/" in done.stdout
    folders = {path.name.split("-")[1]: path for path in (tmp_path / "out").iterdir()}
    assert set(folders) == {"test_locator", "test_assertion", "test_offline", "test_caches"}
    found = {name: read_bundle(path) for name, path in folders.items()}
    check_steps(found)
    assert b"very-secret" not in b"".join(
        file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file()
    )
    requests = json.loads((folders["test_offline"] / "requests.json").read_text())
    # Some browsers load the page again by themselves when the network is back.
    assert [(each["outcome"], each["condition"]) for each in requests][:2] == [
        ("served", "online"),
        ("blocked", "offline"),
    ]
    for scenario in found.values():
        result = run_in(scenario, browser)
        told = "\n".join(map(str, result.findings))
        assert [each.number for each in result.differences] == [len(scenario.steps)], told


def check_steps(found: dict[str, Scenario]) -> None:
    kinds = [type(step) for step in found["test_locator"].steps]
    assert kinds[1:2] + kinds[-2:] == [Goto, Expect, Expect]
    _open, one, changed, reload, asked = found["test_assertion"].steps
    assert (one, reload) == (Goto("http://main.localhost:0/", "loads"), Reload("loads"))
    assert isinstance(changed, Serve)
    assert changed.answers[0].body == b"<title>two</title>"
    assert isinstance(asked, Evaluate)
    assert (asked.argument, asked.wrong) == ({"a": 1}, (Outcome("two1"),))
    network, last = found["test_offline"].steps[-2:]
    assert isinstance(network, SetNetwork)
    assert (network.reachable, network.browser_online) == (False, False)
    assert last == Reload("loads")
    held = found["test_caches"].steps[-1]
    assert isinstance(held, Evaluate)
    assert held.wrong == (Outcome({"v1": ["GET http://main.localhost:0/a"]}),)
