"""The fixture ``appcache`` in builds without it: a skip that says how, or a failure where asked."""

from __future__ import annotations

import pytest

TEST = """
    def test_kiosk(page, origin, appcache):
        origin.reply("/", "<h1>x</h1>")
        page.goto(origin.url)
        print("ran", appcache.supported)
"""
REASON = (
    "chromium has no AppCache (it left Chromium with version 95); run the test in a build that "
    "has: --offline-build chromium-83 (or chromium-88, chromium-92)"
)


def test_a_build_without_it_skips_and_says_which_has_it(inner, chromium):
    inner.write(TEST)
    result = inner.run("-rs", "--offline-build", "chromium")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines([f"SKIPPED*{REASON}"])
    assert inner.leftovers() == []


def test_required_it_is_a_failure(inner, chromium):
    inner.write(TEST)
    result = inner.run("--offline-require-appcache")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{REASON}", "*--offline-require-appcache*"])


def test_tests_that_do_not_ask_for_it_run_on(inner, chromium):
    inner.write("def test_other(page, origin, caches): pass")
    inner.run("--offline-require-appcache").assert_outcomes(passed=1)


@pytest.mark.parametrize("name", ["chromium-83"])
def test_a_build_that_has_it_runs(inner, needs_build, name):
    needs_build(name)
    inner.write(
        TEST
        + """
    def test_both(page, origin, appcache, caches, service_worker, network):
        with network.offline():
            assert appcache.events == ()
        assert caches.puts == ()
"""
    )
    result = inner.run("-rP", "--offline-build", name, "--offline-require-appcache")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["ran True"])


def test_the_fixture_tells_what_it_is(inner):
    result = inner.run("--fixtures")
    result.stdout.fnmatch_lines(["appcache*", "*The application caches of ``origin``*"])


def test_without_a_page_it_says_what_to_ask_for(inner, needs_build):
    needs_build("chromium-83")
    inner.write("def test_no_page(origin, appcache): appcache.update()")
    result = inner.run("--offline-build", "chromium-83")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*UsageError: there is no browser*ask for the fixture 'page' too"])
