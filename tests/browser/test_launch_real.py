"""Builds that are really here: they start, can do what the table says, and old ones stay home."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from pytest_offline.browser.launch_errors import death, is_death, launch_error
from pytest_offline.browser.loopback import context_script
from pytest_offline.browser.resolve import InstalledBuild

Find = Callable[[str], InstalledBuild]
Start = Callable[..., Browser]

CAN = """async () => {
  const worker = new Promise((resolve) => {
    const made = new Worker("/worker.js", { type: "module" });
    made.onmessage = () => resolve(true);
    made.onerror = () => resolve(false);
  });
  const register = navigator.serviceWorker.register("/sw.js", { type: "module" });
  return {
    appcache: !!window.applicationCache,
    service_workers: "serviceWorker" in navigator && "caches" in window,
    module_workers: await worker,
    module_service_workers: await register.then(() => true, () => false),
  };
}"""

REACH = "url => fetch(url, { mode: 'no-cors' }).then(() => 'reached', () => 'stopped')"
SOCKET = """url => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.onopen = () => resolve("reached");
  socket.onerror = () => resolve("stopped");
})"""


class Site:
    """A server on one loopback address, and what reached it."""

    def __init__(self, host: str) -> None:
        self.reached: list[str] = []
        reached = self.reached

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                reached.append(self.path)
                script = self.path.endswith(".js")
                body = b"self.postMessage?.(1);" if self.path == "/worker.js" else b"/* hi */"
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if script else "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer((host, 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site("127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    """Stands for any other machine: an address that old builds may not reach.

    Nobody answers on its port of 127.0.0.1, where they do get, with the names below .test.
    """
    made = Site("127.0.0.2")
    with socket.socket() as deaf:
        while deaf.getsockname()[1] != made.port:
            try:
                deaf.bind(("127.0.0.1", made.port))
            except OSError:  # somebody else listens there
                made.close()
                made = Site("127.0.0.2")
        yield made
    made.close()


BUILDS_TO_TRY = ["chromium", "firefox", "chromium-83", "chromium-88", "chromium-92", "chromium-153"]
OLD_BUILDS = ["chromium-83", "chromium-88", "chromium-92"]


@pytest.mark.parametrize("name", BUILDS_TO_TRY)
def test_a_build_starts_and_can_do_what_the_table_says(
    find_build: Find, start: Start, site: Site, name: str
) -> None:
    installed = find_build(name)
    page = start(installed).new_page()
    page.goto("data:text/html,<h1>here</h1>")
    assert page.inner_text("h1") == "here"
    page.goto(f"http://t1.localhost:{site.port}/")
    major = installed.version.split(".")[0]
    assert re.search(rf"(Chrome|Firefox)/{major}\.", page.evaluate("navigator.userAgent"))
    can = page.evaluate(CAN)
    assert can == {each: getattr(installed.capabilities, each) for each in can}


@pytest.mark.parametrize("name", ["chromium", "chromium-83", "chromium-88", "chromium-92"])
def test_the_network_state_override_is_there_where_the_table_says(
    find_build: Find, start: Start, name: str
) -> None:
    installed = find_build(name)
    page = start(installed).new_page()
    session = page.context.new_cdp_session(page)
    conditions = {
        "offline": False,
        "latency": 0,
        "downloadThroughput": -1,
        "uploadThroughput": -1,
    }
    try:
        session.send("Network.overrideNetworkState", conditions)
        there = True
    except PlaywrightError:
        there = False
    assert there is installed.capabilities.network_state_override


def test_a_window_of_chromium_has_no_pages_of_its_own(find_build: Find, start: Start) -> None:
    browser = start(find_build("chromium"))
    page = browser.new_page()
    page.goto("data:text/html,<h1>here</h1>")
    session = browser.new_browser_cdp_session()
    targets = session.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
    assert {each["type"] for each in targets} <= {"page", "tab", "browser"}, targets


def test_appcache_works_with_switches_of_the_test_too(
    find_build: Find, start: Start, site: Site
) -> None:
    given = {"args": ["--enable-features=A", "--disable-features=B"]}
    page = start(find_build("chromium-88"), given).new_page()
    page.goto(f"http://localhost:{site.port}/")
    assert page.evaluate("!!window.applicationCache")


@pytest.mark.parametrize("name", OLD_BUILDS)
def test_an_old_build_reaches_loopback_only(
    find_build: Find,
    start: Start,
    site: Site,
    elsewhere: Site,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{site.port}")
    page = start(find_build(name)).new_page()
    page.goto(f"http://127.0.0.1:{site.port}/")
    for host in ("127.0.0.1", "localhost", "t1.localhost"):
        assert page.evaluate(REACH, f"http://{host}:{site.port}/{host}") == "reached"
    # Every spelling of an address that is not let through, and a name.
    for host in ("127.0.0.2", "[::ffff:127.0.0.2]", "2130706434", "0x7f.2", "example.test"):
        assert page.evaluate(REACH, f"http://{host}:{elsewhere.port}/") == "stopped"
    assert page.evaluate(SOCKET, f"ws://127.0.0.2:{elsewhere.port}/") == "stopped"
    with pytest.raises(PlaywrightError, match="ERR_NAME_NOT_RESOLVED"):
        page.goto(f"http://127.0.0.2:{elsewhere.port}/")
    assert elsewhere.reached == []
    assert all("example.test" not in path for path in site.reached)


def test_a_rule_of_the_test_opens_a_name_to_loopback(
    find_build: Find, start: Start, site: Site
) -> None:
    given = {"args": ["--host-resolver-rules=MAP *.test 127.0.0.1"]}
    page = start(find_build("chromium-83"), given).new_page()
    answer = page.goto(f"http://app.test:{site.port}/")
    assert answer is not None
    assert answer.status == 200


def _gather(page: Page, port: int) -> None:
    """Ask a STUN server at 127.0.0.2, until a datagram would have left."""
    page.evaluate(
        """async (url) => {
          const connection = new RTCPeerConnection({ iceServers: [{ urls: url }] });
          connection.createDataChannel("x");
          await connection.setLocalDescription(await connection.createOffer());
        }""",
        f"stun:127.0.0.2:{port}",
    )


def test_webrtc_would_leave_an_old_build_and_the_context_script_takes_it_away(
    find_build: Find, start: Start, site: Site
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stun:
        stun.bind(("127.0.0.2", 0))
        stun.settimeout(30)
        browser = start(find_build("chromium-83"))
        open_page = browser.new_page()
        open_page.goto(f"http://127.0.0.1:{site.port}/")
        _gather(open_page, stun.getsockname()[1])
        assert stun.recvfrom(2000)[0]
    context = browser.new_context()
    context.add_init_script(context_script())
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{site.port}/")
    page.evaluate("document.body.append(document.createElement('iframe'))")
    assert page.evaluate(
        "[self, frames[0]].map((each) => [typeof each.RTCPeerConnection, "
        "typeof each.webkitRTCPeerConnection])"
    ) == [["undefined", "undefined"], ["undefined", "undefined"]]


def test_an_executable_that_ends_at_once_is_one_clear_error(
    find_build: Find, start: Start, tmp_path: Path
) -> None:
    broken = tmp_path / "chromium"
    line = "error while loading shared libraries: libnspr4.so: cannot open shared object file"
    broken.write_text(f"#!/bin/sh\necho '{line}' >&2\nexit 127\n", "utf-8")
    broken.chmod(0o755)
    installed = replace(find_build("chromium"), executable=broken, channel=None, path=broken)
    with pytest.raises(PlaywrightError) as caught:
        start(installed)
    text = str(launch_error(installed, caught.value))
    assert f"({broken}) would not start." in text
    assert f"it said  {line}" in text
    assert "apt-get install libnspr4" in text


def test_a_browser_that_dies_in_the_middle_is_told_as_such(find_build: Find, start: Start) -> None:
    installed = find_build("chromium")
    browser = start(installed)
    page = browser.new_page()
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    pid = next(each["id"] for each in processes["processInfo"] if each["type"] == "browser")
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(PlaywrightError) as caught:
        page.evaluate("1")
    assert is_death(caught.value)
    assert "died during page.evaluate" in str(death(installed, caught.value, "page.evaluate('1')"))
