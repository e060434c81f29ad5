"""Whatever order fixtures are asked for in, nothing goes unseen."""

from __future__ import annotations

ORDERS = """
import pytest

SEEN = ["/", "/sw.js", "/"]

def check(page, site, caches, service_worker):
    if page.url == "about:blank":
        page.goto(site.url)
    service_worker.wait_until_ready()
    assert [put.url for put in caches.puts] == [site.url]
    assert [seen.path for seen in site.requests] == SEEN
    caches.verify()

def test_page_first(page, site, caches, service_worker):
    check(page, site, caches, service_worker)

def test_page_last(service_worker, caches, site, page):
    check(page, site, caches, service_worker)

@pytest.fixture
def opened(page, site):
    page.goto(site.url)
    return page

def test_an_opened_page_first(opened, caches, site, service_worker):
    check(opened, site, caches, service_worker)

class TestOverridden:
    @pytest.fixture
    def page(self, context, site):
        page = context.new_page()
        page.goto(site.url)
        return page

    def test_own_page(self, page, caches, site, service_worker):
        check(page, site, caches, service_worker)

class TestWithoutOrigin:
    @pytest.fixture
    def page(self, context):
        page = context.new_page()
        page.goto("about:blank")
        return page

    @pytest.mark.parametrize("number", [1, 2])
    def test_own_page(self, page, number, caches, site, service_worker):
        check(page, site, caches, service_worker)

def test_own_context(browser, site, caches, service_worker):
    context = browser.new_context()
    check(context.new_page(), site, caches, service_worker)
    context.close()

@pytest.fixture(autouse=True, scope="session")
def set_before_all():
    global SET
    SET = True

def test_higher_scopes_come_first(browser_type_launch_args_saw):
    assert browser_type_launch_args_saw

@pytest.fixture
def browser_type_launch_args_saw(scene):
    return SET
"""


def test_every_order_sees_everything(inner, chromium):
    inner.write(ORDERS)
    inner.run().assert_outcomes(passed=8)
    assert inner.leftovers() == []


def test_no_browser_is_started_for_the_origin_alone(inner):
    inner.write(
        """
        def test_origin(origin, network, make_origin, request):
            with network.offline():
                assert make_origin("cdn").url.startswith("http://cdn.localhost:")
            assert "playwright" not in request.fixturenames
        """.replace("\n        ", "\n"),
        conftest="""
import pytest
@pytest.fixture(scope="session")
def playwright():
    raise AssertionError("nobody asked for it")
""",
    )
    inner.run().assert_outcomes(passed=1)
