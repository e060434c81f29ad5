"""Bad input: one clear error that names the value and the way out, and nothing left behind."""

from __future__ import annotations

import pytest


def test_mounting_a_folder_that_is_not_there(inner, chromium):
    inner.write("def test_it(origin, page): origin.mount('dits')")
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *pytest_offline.errors.UsageError: *dits*"])
    assert inner.leftovers() == []


def test_a_port_that_is_taken(inner):
    inner.write(
        """
        import socket
        from pytest_offline.origin import OriginServer

        def test_it():
            with socket.create_server(("127.0.0.1", 0)) as taken:
                OriginServer(port=taken.getsockname()[1]).start()
        """.replace("\n        ", "\n")
    )
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *UsageError: Port * at 127.0.0.1 is taken by*port=0*"])
    assert inner.leftovers() == []


LAUNCHED = """
@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {{"executable_path": {path!r}, "timeout": 20000}}
"""


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/bin/false", ""),
        ("/nowhere/chromium", "E *why      the executable is not there*"),
        ("/etc/passwd", "E *why      the file may not be executed*"),
        ("/etc", "E *why      *"),
    ],
)
def test_a_browser_that_does_not_start(inner, path, why):
    inner.write(
        "def test_one(page, origin): pass\ndef test_two(origin, page): pass",
        conftest=LAUNCHED.format(path=path),
    )
    result = inner.run()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            f"E *BrowserError: chromium as the launch arguments say ({path}) would not start.",
            "E   *it said  *",
            why or "E   *why *",
            "E   *next     *",
        ]
    )
    assert inner.leftovers() == []


DIES = """
import contextlib, os, signal
from pathlib import Path

def kill(browser):
    '''The browser of this run, found by the mark that it was launched with.'''
    session = browser.new_browser_cdp_session()
    info = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pid = next(each["id"] for each in info if each["type"] == "browser")
    os.kill(pid, signal.SIGKILL)

def test_dies(site, page, browser, network):
    page.goto(site.url)
    network.offline()
    kill(browser)
    page.evaluate("1")

def test_the_next_one(site, page, network, service_worker):
    page.goto(site.url)
    service_worker.wait_until_ready()
    with network.offline():
        page.reload()

def test_dies_unseen(origin, page, browser):
    kill(browser)

def test_dies_and_looks_away(origin, page, browser):
    page.context.close()  # so that closing it does not tell
    kill(browser)
    with contextlib.suppress(Exception):
        browser.new_context()

def test_after_that(page):
    assert page.evaluate("1 + 1") == 2

def test_closes_its_own_page(page, origin):
    page.close()
    page.evaluate("1")
"""


def test_a_browser_that_dies_takes_one_test_with_it(inner, chromium):
    inner.write(DIES)
    result = inner.run("--offline-build", "chromium", "-v")
    result.stdout.fnmatch_lines(
        [
            "*test_dies?chromium? FAILED*",
            "*test_the_next_one?chromium? PASSED*",
            "*test_dies_unseen?chromium? PASSED*",
            "*test_dies_unseen?chromium? ERROR*",
            "*test_dies_and_looks_away?chromium? PASSED*",
            "*test_dies_and_looks_away?chromium? ERROR*",
            "*test_after_that?chromium? PASSED*",
            "*test_closes_its_own_page?chromium? FAILED*",
        ]
    )
    result.assert_outcomes(passed=4, failed=2, errors=2)
    result.stdout.fnmatch_lines(
        [
            "E *BrowserError: chromium * died during Page.evaluate.",
            "E   *why      it crashed, was killed *",
            "E   *next     run this test alone*",
            "*- offline timeline -*",
        ]
    )
    deaths = [line for line in result.outlines if line.startswith("E ") and " died" in line]
    assert len(deaths) == 3, "who closes a page is not told that the browser died"
    # What Chromium itself makes for its one socket, and could not take away when it was killed.
    left = [name for name in inner.leftovers() if "org.chromium.Chromium." not in name]
    assert left == []


def test_asking_for_caches_without_a_browser(inner):
    inner.write("def test_it(caches): caches.snapshot()")
    result = inner.run()
    result.stdout.fnmatch_lines(
        ["E *UsageError: there is no browser*ask for the fixture 'page' too*"]
    )


def test_the_traceback_of_an_expectation_ends_in_the_tests_own_line(inner, chromium):
    inner.write(
        """
        from pytest_offline import expect

        def test_put(site, page, caches):
            page.goto(site.url)
            expect(caches, "my title").to_have_put("/nothing", timeout=1)

        def test_origin(origin):
            expect(origin).to_have_received("/nothing", timeout=1)

        def test_worker(site, page, service_worker):
            page.goto(site.url)
            expect(service_worker).to_have_state("redundant", timeout=1)
        """.replace("\n        ", "\n")
    )
    result = inner.run("--tb=short")
    result.assert_outcomes(failed=3)
    places = [line.split(": in ")[1] for line in result.outlines if ": in " in line]
    assert sorted(places) == ["test_origin", "test_put", "test_worker"]
    result.stdout.fnmatch_lines(["E   AssertionError: my title", "E   expected <Caches of *"])
