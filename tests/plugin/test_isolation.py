"""Tests see nothing of one another, in any order, also after one that failed."""

from __future__ import annotations

import pytest

TESTS = """
import pytest
from pytest_offline import ONLINE

def begin(page, site, network, caches):
    assert network.condition == ONLINE
    assert len(site.requests) == 0 and caches.puts == ()
    page.goto(site.url)
    assert page.evaluate("navigator.onLine") is True
    assert page.evaluate("caches.keys()") in ([], ["v1"])
    assert page.evaluate("fetch('/x').then(answer => answer.text())") == "x"
    assert len(site.requests.to("/x")) == 1

def test_forgets_to_go_online(page, site, network, caches):
    begin(page, site, network, caches)
    network.offline()

def test_fails_offline(page, site, network, caches):
    begin(page, site, network, caches)
    network.offline()
    assert page.title() == "another"

@pytest.mark.parametrize("number", [1, 2])
def test_leaves_a_cache(page, site, network, caches, number):
    begin(page, site, network, caches)
    page.evaluate("caches.open('mine').then(cache => cache.put('/mine', new Response('x')))")
    assert [put.url for put in caches.puts if put.cache == "mine"] == [site.url_for("/mine")]

def test_own_context_left_open(browser, site, network, caches):
    begin(browser.new_context().new_page(), site, network, caches)
    network.offline()

def test_the_browser_is_as_ever(page):
    assert page.evaluate("navigator.onLine") is True
    assert page.evaluate("window.caches === undefined")  # about:blank is no secure context
"""

REVERSED = """
def pytest_collection_modifyitems(items):
    items.reverse()
"""


@pytest.mark.parametrize("order", ["as written", "reversed"])
def test_no_test_sees_another(inner, chromium, order):
    inner.write(TESTS, conftest=REVERSED if order == "reversed" else "")
    inner.run("-rf").assert_outcomes(passed=5, failed=1)
    assert inner.leftovers() == []


def test_under_xdist(inner, chromium):
    inner.write(TESTS)
    result = inner.run("-n", "2", "--offline-build", "chromium")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["*offline timeline*", "*network  offline from here on*"])
    assert inner.leftovers() == []
