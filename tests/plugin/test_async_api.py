"""Tests on Playwright's asynchronous API: origin and network are the same objects there.

pytest-playwright and pytest-playwright-asyncio refuse to be loaded together, so the fixtures of the
latter are played here, as it has them.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("chromium")

PLAYED = """
import asyncio
from playwright.async_api import async_playwright

@pytest.fixture(scope="session")
def run():
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete
    loop.close()

@pytest.fixture(scope="session")
def playwright(run):
    playwright = run(async_playwright().start())
    yield playwright
    run(playwright.stop())

@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {}

@pytest.fixture(scope="session")
def browser_context_args():
    return {}

@pytest.fixture(scope="session")
def connect_options():
    return None

@pytest.fixture
def output_path(tmp_path):
    return str(tmp_path)

@pytest.fixture(scope="session")
def launch_browser(playwright):
    return playwright.chromium.launch

@pytest.fixture(scope="session")
def browser(run, playwright, browser_build):
    from pytest_offline.browser.launch import launch_options
    browser = run(playwright.chromium.launch(**launch_options(browser_build, {})))
    yield browser
    run(browser.close())

@pytest.fixture
def page(run, browser):
    context = run(browser.new_context())
    yield run(context.new_page())
    run(context.close())
"""

ASK = """
ASK = "(url) => fetch(url, {mode: 'no-cors'}).then(() => 'arrived', () => 'nothing')"
"""


def test_the_network_goes_and_comes_back(inner):
    inner.write(
        ASK
        + """
def test_offline(run, page, site, network):
    async def test():
        await page.goto(site.url)
        assert await page.evaluate(ASK, "/x") == "arrived"
        async with network.offline():
            assert await page.evaluate(ASK, "/x") == "nothing"
            assert await page.evaluate("navigator.onLine") is False
            later = await page.context.browser.new_page()
            assert await later.evaluate("navigator.onLine") is False
            await later.context.close()
        assert await page.evaluate("navigator.onLine") is True
        await network.offline()
        assert await page.evaluate("navigator.onLine") is False
        await network.online()
        assert await page.evaluate(ASK, "/x") == "arrived"
        assert [seen.outcome for seen in site.requests.to("/x")] == ["served", "blocked", "served"]
    run(test())

def test_outside(run, page, origin, network):
    # No worker: through one a fetch fails twice, and the page's own event names no host's refusal.
    origin.reply("/", "<!doctype html><title>t</title><link rel=icon href=data:,>")
    async def test():
        await page.goto(origin.url)
        async with page.expect_event("requestfailed"):
            assert await page.evaluate(ASK, "https://stats.example/") == "nothing"
        assert [seen.url for seen in network.outside] == ["https://stats.example/"]
    run(test())
""",
        conftest=PLAYED,
    )
    result = inner.run("-p", "no:playwright")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["test_inner.py::test_outside*: https://stats.example/"])


def test_what_it_cannot_have_is_told(inner):
    inner.write(
        """
def test_caches(page, caches):
    pass

def test_no_loop(page, origin, network):
    network.offline()
""",
        conftest=PLAYED,
    )
    result = inner.run("-p", "no:playwright")
    result.assert_outcomes(errors=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*the fixture 'caches' asks pages in the middle of a call, which Playwright's*",
            "*was to be set offline where no loop runs*async with network.offline()*",
        ]
    )
