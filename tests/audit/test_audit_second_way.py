"""The verdicts against a second way that shares nothing with the audit: a plain Playwright script,
and a server in another process that is ended for good.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import more_sites
import pytest
from audit_kit import SAMPLES, TRAPS, AuditOf
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request
from unbuilt import left_out

from pytest_offline.audit.options import Options
from pytest_offline.record.auditing import BuildAudit

SERVER = """
import functools, http.server, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()
    def log_message(self, *said):
        pass
server = http.server.ThreadingHTTPServer(
    ("127.0.0.1", 0), functools.partial(Handler, directory=sys.argv[1]))
print(server.server_port, flush=True)
server.serve_forever()
"""

# What each origin's workers have to have done: nothing is being installed or activated.
AT_REST = """async () => {
  const found = await navigator.serviceWorker.getRegistrations();
  return found.length > 0 && found.every((each) => !each.installing && !each.waiting && each.active
    && each.active.state === "activated");
}"""

BROKEN = """[...document.images].filter((each) => each.complete && !each.naturalWidth)
  .map((each) => each.src.split("/").pop())"""
KINDS = ("stylesheet", "image", "font", "script", "fetch", "xhr")

# Playwright does not see all that a worker answers: the network may be idle, the page not done.
# The small sites that are not only for OFFLINE_LONG build nothing of their pages by script.
STILL = """(quiet) => new Promise((resolve) => {
  let timer = setTimeout(resolve, quiet);
  new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(resolve, quiet); })
    .observe(document, {subtree: true, childList: true, characterData: true});
})"""

LONG = bool(os.environ.get("OFFLINE_LONG"))
long = pytest.mark.skipif(not LONG, reason="OFFLINE_LONG is not set")


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server of its own process: its URL, and the process, to be ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://localhost:{process.stdout.readline().strip()}", process
    finally:
        process.kill()
        process.communicate()


def words(page: Page) -> str:
    text = f"{page.title()} {page.inner_text('body')}"
    return re.sub(r"\s+", " ", re.sub(r"\b(online|offline)\b", "", text, flags=re.I)).strip()


def opened(context: BrowserContext, url: str, until: str = "") -> tuple[str, set[str]]:
    """What a person reads at a URL (empty: nothing opens), and what the page asked for in vain.

    A page that does not read as it should is given the time of a person who waits for it.
    """
    page = context.new_page()
    lacking: set[str] = set()

    def failed(request: Request) -> None:
        if request.method == "GET" and request.resource_type in KINDS:
            lacking.add(request.url.rpartition("/")[2])

    page.on("requestfailed", failed)
    page.on("response", lambda answer: failed(answer.request) if answer.status >= 400 else None)
    try:
        page.goto(url)
        page.wait_for_load_state("networkidle")
        page.evaluate(STILL, 1000 if LONG else 50)
        for _ in range(9 if until else 0):
            if words(page) == until:
                break
            page.evaluate(STILL, 1000 if LONG else 50)
        lacking.update(page.evaluate(BROKEN))
        shown = words(page)
        gone = page.url.startswith(("chrome-error", "about:"))
        return ("", lacking) if gone else (shown, lacking)
    except Error:
        return "", lacking
    finally:
        lead_away(page)
        page.close()


def lead_away(page: Page) -> None:
    """Chromium never closes a tab whose navigation, such as to its error page, is still to come."""
    for _ in range(5):
        with contextlib.suppress(Error):
            page.goto("about:blank")
            return


def second_way(
    browser: Browser, folder: Path, paths: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """By path: ``same``, ``dead`` or ``otherwise``, with the server's process ended; and why."""
    with served(folder) as (base, process):
        context = browser.new_context()
        for path in paths:
            opened(context, base + path)
        home = context.new_page()
        home.goto(base + paths[0])
        home.wait_for_function(f"async () => await ({AT_REST})()")
        online = {path: opened(context, base + path) for path in paths}
        process.kill()
        process.wait()
        found: dict[str, str] = {}
        why: dict[str, str] = {}
        for path in paths:
            text, lacked = online[path]
            shown, lacking = opened(context, base + path, until=text)
            same = shown == text and lacking <= lacked
            why[path] = f"asked in vain for {lacking - lacked}, reads {shown!r}, not {text!r}"
            found[path] = "same" if same else "otherwise" if shown else "dead"
        context.close()
        return found, why


def check(
    audit: BuildAudit, browser: Browser, folder: Path, rivals: Sequence[str] = ()
) -> dict[str, str]:
    """Holds every verdict against the second way; returns the verdicts.

    Args:
        rivals: pages whose workers delete each other's caches. Which of them comes last is left
            open, and whether any does: both may have stored before either deletes.
    """
    verdicts = {page.path: page.offline for page in audit.pages}
    # The start page first: it is where the worker is waited for.
    paths = sorted(verdicts, key=lambda path: (path != "/", path))
    seen, why = second_way(browser, folder, paths)
    expected = {
        path: verdict if verdict in ("same", "dead") else "otherwise"
        for path, verdict in verdicts.items()
    }
    # A title is no reason to call a page open: one that is blank has nothing else.
    blank = {page.path for page in audit.pages if "stays blank" in page.why}
    for verdict in (seen, expected):
        assert not rivals or "dead" in [verdict[path] for path in rivals], verdict
    for path in seen.keys() - {*blank, *rivals}:
        assert (path, seen[path]) == (path, expected[path]), why[path]
    return verdicts


@long
def test_traps(audit_of: AuditOf, browser: Browser) -> None:
    check(audit_of(Options(str(TRAPS))), browser, TRAPS, ["/first/", "/second/"])


# What browsers differ in, the traps show in each.
@pytest.mark.any_build(firefox=False)
@pytest.mark.parametrize("name", ["precache_shell"])
def test_a_sample_site(audit_of: AuditOf, browser: Browser, name: str) -> None:
    verdicts = check(audit_of(Options(str(SAMPLES / name))), browser, SAMPLES / name)
    assert verdicts == {"/": "same", "/about.html": "same", "/news.html": "fallback"}


@long
@pytest.mark.parametrize("name", ["gallery", "never_claims", "second_visit"])
def test_more_sample_sites(audit_of: AuditOf, browser: Browser, name: str) -> None:
    verdicts = check(audit_of(Options(str(SAMPLES / name))), browser, SAMPLES / name)
    assert set(verdicts.values()) == {"same"}


@long
@pytest.mark.parametrize("name", ["workbox_generate", "workbox_inject", "vite_pwa", "angular"])
def test_what_real_tools_build(audit_of: AuditOf, browser: Browser, name: str) -> None:
    build = more_sites.builder()
    try:
        folder = build.load(name, build.default_cache()).folder
    except build.CannotBuildError as error:
        left_out(error)
    audit = audit_of(Options(str(folder)))
    assert audit.ready.reason == "ready"
    assert check(audit, browser, folder)["/"] == "same"


@long
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("docsify", {"/": "same", "/#/guide": "same", "/#/rules": "fallback"}),
        # Its fonts and a style sheet were forgotten.
        ("reveal", {"/": "degraded"}),
        ("tiddlywiki", {"/": "same"}),
        ("mkdocs", {"/": "same", "/paths/": "same", "/faq/": "fallback"}),
    ],
)
def test_apps_and_generators(
    audit_of: AuditOf, browser: Browser, tmp_path: Path, name: str, expected: dict[str, str]
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    try:
        more_sites.SITES[name](site)
    except more_sites.builder().CannotBuildError as error:
        left_out(error)
    verdicts = check(audit_of(Options(str(site))), browser, site)
    assert {path: verdicts.get(path) for path in expected} == expected
