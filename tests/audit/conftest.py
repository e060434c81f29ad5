"""Audits of this folder's tests: one a site and build, however many tests look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from audit_kit import TRAPS, AuditOf
from playwright.sync_api import Browser, Playwright

from pytest_offline.audit.options import Options, Silent
from pytest_offline.audit.run import PREFERENCES, audit_build
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.browser.starting import start
from pytest_offline.origin import Origin, OriginServer
from pytest_offline.record.auditing import BuildAudit, PageAudit


@pytest.fixture(scope="session")
def audit_browser(
    playwright: Playwright, browser: Browser, browser_build: InstalledBuild
) -> Iterator[Browser]:
    """The test's browser; Firefox is started as for an audit, with what keeps workers alive."""
    if browser_build.build.engine != "firefox":
        yield browser
        return
    _, started = start(playwright, browser_build.build.name, firefox_user_prefs=PREFERENCES)
    yield started
    started.close()


@pytest.fixture(scope="session")
def audit_of(
    audit_browser: Browser, browser_build: InstalledBuild, origin_server: OriginServer
) -> AuditOf:
    """The audit of a site, in the test's browser; each is made once."""
    known: list[tuple[Options, BuildAudit]] = []

    def audit(options: Options) -> BuildAudit:
        for made, found in known:
            if made == options:
                return found
        found = audit_build(origin_server, audit_browser, browser_build, options, Silent())
        known.append((options, found))
        return found

    return audit


@pytest.fixture
def upstream(origin_server: OriginServer) -> Iterator[Origin]:
    """The server that is audited by its URL."""
    made = origin_server.new_origin()
    yield made
    origin_server.close_origin(made)


@pytest.fixture(scope="session")
def traps(audit_of: AuditOf) -> dict[str, PageAudit]:
    """The pages of ``sites/traps``, by path."""
    found = audit_of(Options(str(TRAPS)))
    return {page.path: page for page in found.pages}
