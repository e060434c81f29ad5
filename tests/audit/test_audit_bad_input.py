"""Sites that cannot be audited, and sites that will not hold still, in real browsers."""

from __future__ import annotations

from pathlib import Path

import pytest
from audit_kit import AuditOf

from pytest_offline.audit.frontier import Limits
from pytest_offline.audit.options import Options
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.errors import CannotAudit, UsageError
from pytest_offline.origin import Origin

OLDEST = "chromium-83"
LINKS = "".join(f'<a href="/day/{number}">{number}</a>' for number in range(1, 5_001))


def cannot(audit_of: AuditOf, site: object, **more: object) -> CannotAudit:
    with pytest.raises(CannotAudit) as caught:
        audit_of(Options(str(site), **more))  # type: ignore[arg-type]
    return caught.value


def test_a_server_that_is_down(audit_of: AuditOf) -> None:
    error = cannot(audit_of, "http://127.0.0.1:1/")
    assert error.reason == "down"
    assert str(error).startswith("http://127.0.0.1:1/ cannot be audited: the upstream http://127")


def test_a_site_that_asks_for_a_login(audit_of: AuditOf, upstream: Origin) -> None:
    upstream.reply("/", "who are you?", status=401)
    error = cannot(audit_of, upstream.url)
    assert error.reason == "login"
    assert "asks for a login (status 401)" in str(error)
    upstream.reply("/app", status=302, headers={"Location": "/login"})
    upstream.reply("/login", "<title>Log in</title><input type=password>")
    error = cannot(audit_of, upstream.url_for("/app"))
    assert "asks for a login (/app leads to /login)" in str(error)
    assert "--cookie NAME=VALUE" in str(error)


def test_a_field_for_members_that_nobody_sees_is_no_login(
    audit_of: AuditOf, upstream: Origin
) -> None:
    upstream.reply("/", status=302, headers={"Location": "/en/"})
    folded = "<details><summary>Members</summary><input type=password></details>"
    upstream.reply("/en/", f"<title>Start</title><h1>Start</h1>{folded}")
    found = audit_of(Options(upstream.url, patience=1_000, ready=1_000))
    assert [page.path for page in found.pages] == ["/"]


def test_a_folder_without_a_page_at_its_start(audit_of: AuditOf, tmp_path: Path) -> None:
    error = cannot(audit_of, tmp_path)
    assert error.reason == "no-page"
    assert "no HTML file at all: is it the folder that the build makes?" in str(error)
    (tmp_path / "home.html").write_text("<h1>Home</h1>", "utf-8")
    error = cannot(audit_of, tmp_path, start="/start")
    assert "has no page at /start (status 404); it has /home.html: name one with" in str(error)


def test_a_start_page_that_is_late_is_opened_once_more(audit_of: AuditOf, upstream: Origin) -> None:
    """A busy machine is no verdict."""
    upstream.reply("/", "<title>Start</title><h1>Start</h1>")
    upstream.reply("/", "<title>Start</title><h1>Start</h1>", delay=600, times=1)
    found = audit_of(Options(upstream.url, patience=1_000, ready=1_000))
    assert [page.path for page in found.pages] == ["/"]


def test_a_folder_that_is_none(audit_of: AuditOf, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere is not there; give the folder that a build"):
        audit_of(Options(str(tmp_path / "nowhere")))
    with pytest.raises(UsageError, match="is a file"):
        audit_of(Options(__file__))


@pytest.mark.any_build(firefox=False)
def test_a_page_whose_end_never_comes_and_one_that_opens_a_window(
    audit_of: AuditOf, upstream: Origin, browser_build: InstalledBuild
) -> None:
    html = {"Content-Type": "text/html"}
    upstream.reply("/", "<h1>Start</h1><a href=/drip>d</a><a href=/window>w</a>", headers=html)
    upstream.reply("/drip", chunks=[b"<h1>Drip</h1>", b"more"], chunk_delay=600, headers=html)
    upstream.reply("/window", "<h1>W</h1><script>window.open('/', 'w')</script>", headers=html)
    found = audit_of(Options(upstream.url, patience=500, ready=500))
    pages = {page.path: page for page in found.pages}
    assert pages["/drip"].offline == "dead"
    assert pages["/drip"].remarks == (
        "it was still loading after 1500 ms",
        "its request for /drip did not end, so it was not waited for",
    )
    told = ("it opened another window, which was closed",)
    # The oldest build may tell of it when the page was looked at already.
    assert pages["/window"].remarks in (
        (told,) if browser_build.build.name != OLDEST else (told, ())
    )


@pytest.mark.any_build(firefox=False)
def test_sites_that_will_not_hold_still(audit_of: AuditOf, upstream: Origin) -> None:
    upstream.reply(
        "/",
        '<title>Start</title><script>alert("hello")</script><h1>Start</h1>'
        '<a href="/endless">e</a><a href="/file">f</a><a href="/away">w</a><a href="/data">d</a>'
        '<a href="/gone">g</a><a href="/circle">c</a><a href="/days">y</a>',
    )
    upstream.reply("/endless", "<h1>Endless</h1><script>fetch('/never')</script>")
    upstream.reply("/never", "x", delay=600)
    upstream.reply("/file", b"PK", headers={"Content-Disposition": "attachment; filename=a.zip"})
    upstream.reply("/away", status=302, headers={"Location": "http://other.localhost:1/"})
    upstream.reply("/data", "{}", headers={"Content-Type": "application/json"})
    upstream.reply("/circle", '<h1>Circle</h1><script>location.href = "/circle2"</script>')
    upstream.reply("/circle2", '<h1>Circle</h1><script>location.href = "/circle"</script>')
    upstream.reply("/days", f"<h1>Days</h1>{LINKS}")
    # No worker ever comes and one request never ends: neither is worth much patience.
    options = Options(upstream.url, limits=Limits(pages=9), patience=3_000, ready=1_000)
    found = audit_of(options)
    assert found.ready.reason == "no-worker"
    pages = {page.path: page for page in found.pages}
    assert found.stopped == ""
    assert {page.offline for page in found.pages} == {"dead"}
    assert "it opened a dialog (alert): 'hello'" in pages["/"].remarks
    assert "its request for /never did not end, so it was not waited for" in (
        pages["/endless"].remarks
    )
    skipped = {each.path: each.why for each in found.skipped}
    # Chromium 83 calls it off and names no download.
    assert skipped["/file"] == "it is a download" or "ERR_ABORTED" in skipped["/file"]
    assert skipped["/gone"] == "it answers 404 online too"
    assert skipped["/data"] == "it is application/json, no page"
    assert skipped["/away"].startswith("it does not open online either")
    assert skipped["/day/1"] == "it answers 404 online too"
    assert found.remarks[-1].startswith(
        "4998 more pages were found and left out, 4998 of them like /day/#"
    )
    # It may be looked at between two of its leaps, or never.
    assert "/circle" in pages or skipped["/circle"].startswith("it does not open online either")
