"""The world outside, as a run tells of it: a line at the end, a failure where asked for."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.usefixtures("chromium")

ASKS = """
    def ask(page, url):
        return page.evaluate(
            "(url) => fetch(url, {mode: 'no-cors'}).then(() => 'arrived', () => 'nothing')", url)

    def test_asks(page, site):
        page.goto(site.url)
        assert ask(page, "https://fonts.example/a.css") == "nothing"
        assert ask(page, "https://fonts.example/a.css") == "nothing"

    def test_asks_nobody(page, site):
        page.goto(site.url)
"""


def test_who_asked_is_told_at_the_end_and_nobody_fails(inner):
    inner.write(ASKS)
    result = inner.run()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*offline: the world outside*",
            "test_inner.py::test_asks[[]chromium]: https://fonts.example/a.css (2 times)",
            '*network.allow("HOST") opens one in a test, --offline-allow HOST in all.',
        ]
    )
    result.stdout.no_fnmatch_line("*test_asks_nobody*https*")


def test_with_xdist_it_is_told_as_well(inner):
    inner.write(ASKS)
    result = inner.run("-n", "1", "-k", "test_asks and not nobody")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["test_inner.py::test_asks[[]chromium]: https://fonts.example/*"])


def test_where_asked_for_it_is_a_failure(inner):
    inner.write(ASKS)
    result = inner.run("--offline-outside=fail")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "the test asked for the world outside, which is closed:",
            "  https://fonts.example/a.css",
            "  (--offline-outside=fail; network.allow('fonts.example') opens a host)",
        ]
    )


def test_a_host_that_is_none_is_an_error_that_names_it(inner):
    inner.write(ASKS)
    result = inner.run("--offline-allow", "https://fonts.example")
    result.stdout.fnmatch_lines(["*network.allow('https://fonts.example'): that is no host*"])


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def world() -> Iterator[str]:
    """A URL that only a proxy of the user's own leads to: the host has no address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


OWN_PROXY = """
@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {{**browser_type_launch_args, "proxy": {{"server": "{proxy}"}}}}
"""


def test_a_proxy_of_the_users_own_stays(inner, world):
    inner.write(
        """
        def test_asks(page, site, make_origin):
            page.goto("http://fonts.example/")
            assert page.evaluate("location.host") == "fonts.example"

        def test_a_name(page, make_origin):
            make_origin(host="app.test")
        """,
        conftest=OWN_PROXY.format(proxy=world),
    )
    result = inner.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*host='app.test': the build chromium cannot find this name*"])
    result.stdout.no_fnmatch_line("*offline: the world outside*")


def test_tests_beside_ours_keep_their_network(inner):
    """Same browser, same run: who uses none of our fixtures is given no way out of ours."""
    inner.write(
        """
        import pytest

        @pytest.fixture
        def given(browser, monkeypatch):
            seen = []
            real = type(browser._impl_obj).new_context
            async def new_context(self, **options):
                seen.append(options.get("proxy"))
                return await real(self, **options)
            monkeypatch.setattr(type(browser._impl_obj), "new_context", new_context)
            return seen

        def test_ours(given, page, site):
            page.goto(site.url)
            assert given[0]["server"].startswith("socks5://127.0.0.1:")

        def test_plain(given, page):
            assert given == [None]

        def test_ours_again(given, page, site):
            assert given[0]
        """
    )
    inner.run().assert_outcomes(passed=3)
