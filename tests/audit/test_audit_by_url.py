"""An audit of a server that runs, and has a worker: passed on, and then taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from audit_kit import AuditOf

from pytest_offline.audit.options import Options
from pytest_offline.errors import CannotAudit
from pytest_offline.origin import Origin
from pytest_offline.record.auditing import BuildAudit

# An audit takes three times as long in Firefox.
pytestmark = pytest.mark.any_build(firefox=False)

SCRIPT = {"Content-Type": "text/javascript"}
WORKER = """
oninstall = (event) => event.waitUntil(
  caches.open("v1").then((cache) => cache.addAll(["/", "/kept"])).then(() => skipWaiting()));
onactivate = (event) => event.waitUntil(clients.claim());
onfetch = (event) => event.respondWith(
  caches.match(event.request).then((found) => found || fetch(event.request)));
"""
START = """<!doctype html><title>Start</title><link rel=icon href=data:,><h1>Start</h1>
<p>Where everything begins.<a href="%s/kept">kept</a><a href="%s/left">left</a>%s
<script>navigator.serviceWorker.register("/sw.js")</script>"""
OTHER = "<!doctype html><title>{0}</title><link rel=icon href=data:,><h1>{0}</h1><p>All of {0}."


@pytest.fixture
def site(upstream: Origin) -> Origin:
    upstream.reply("/sw.js", WORKER, headers=SCRIPT)
    for name in ("kept", "left"):
        upstream.reply(f"/{name}", OTHER.format(name))
    return upstream


def remarks_of(audit: BuildAudit) -> list[str]:
    """But for what Firefox does with workers of sites where a page is dead."""
    return [each for each in audit.remarks if not each.startswith("Firefox unregisters")]


def test_what_the_worker_kept_works_and_the_server_is_gone(audit_of: AuditOf, site: Origin) -> None:
    site.reply("/", START % ("", "", ""))
    audit = audit_of(Options(site.url))
    assert {page.path: page.offline for page in audit.pages} == {
        "/": "same", "/kept": "same", "/left": "dead",
    }  # fmt: skip
    assert remarks_of(audit) == []


def test_links_that_call_the_site_by_its_own_address_are_followed(
    audit_of: AuditOf, site: Origin
) -> None:
    style = f"<link rel=stylesheet href={site.url_for('/style.css')}>"
    site.reply("/", START % (site.base, site.base, style))
    site.reply("/style.css", "p { color: red }", headers={"Content-Type": "text/css"})
    audit = audit_of(Options(site.url))
    assert [page.path for page in audit.pages] == ["/", "/kept", "/left"]
    assert remarks_of(audit) == [
        f"pages ask {site.base} itself for {site.url_for('/style.css')}: that server was not taken "
        "away. Let it write addresses without a host (a base URL of /), or audit its folder",
    ]


def members_only(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """A site that sends everybody to a login who has no cookie of it, but for its worker."""
    path, html = environ["PATH_INFO"], ("Content-Type", "text/html")
    if path == "/sw.js":
        start_response("200 OK", [("Content-Type", "text/javascript")])
        return [WORKER.encode()]
    if path != "/login" and "sid=1" not in environ.get("HTTP_COOKIE", ""):
        start_response("302 Found", [("Location", "/login")])
        return [b""]
    start_response("200 OK", [html])
    shown = {
        "/": START % ("", "", "for Ada"),
        "/login": "<title>Log in</title><input type=password>",
    }
    return [shown.get(path, OTHER.format(path)).encode()]


def test_a_site_for_members_is_audited_as_one_and_told_what_it_leaves_behind(
    audit_of: AuditOf, upstream: Origin
) -> None:
    upstream.app(members_only)
    with pytest.raises(CannotAudit, match=r"asks for a login .* --cookie NAME=VALUE"):
        audit_of(Options(upstream.url))
    audit = audit_of(Options(upstream.url, cookies={"sid": "1"}, canaries=("Ada",)))
    assert [(page.path, page.offline) for page in audit.pages[:2]] == [
        ("/", "same"), ("/kept", "same"),
    ]  # fmt: skip
    told = {(each.code, each.url) for each in audit.findings if each.severity == "error"}
    assert told == {("canary", "/"), ("with-cookies", "/"), ("with-cookies", "/kept")}
