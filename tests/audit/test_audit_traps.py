"""Ten sites that look as if they worked without a network (sites/traps), in real browsers."""

from __future__ import annotations

import pytest
from audit_kit import TRAPS, AuditOf

from pytest_offline.audit.frontier import Limits
from pytest_offline.audit.options import Options
from pytest_offline.record.auditing import PageAudit

# The one audit that most of them look at takes twenty seconds in Firefox.
pytestmark = pytest.mark.any_build(firefox=False)

Pages = dict[str, PageAudit]

WHERE_BUILDS_DIFFER = Options(
    str(TRAPS), start="/leaves/", pages=("/logos/",), limits=Limits(depth=0)
)
"""A page that goes, which each build tells in its own time, and requests that fail in its words."""


@pytest.fixture
def two_traps(audit_of: AuditOf) -> Pages:
    """These alone, so that every build can be shown them."""
    return {page.path: page for page in audit_of(WHERE_BUILDS_DIFFER).pages}


def test_the_page_at_the_top_is_the_same(traps: Pages) -> None:
    page = traps["/"]
    assert (page.offline, page.cold, page.warm) == ("same", "same", "same")
    assert (page.why, page.next, page.failed) == ("", "", ())
    assert page.found_by == "the start page"
    assert page.answered[0].source == "cache"


def test_a_fallback_answered_with_200_for_every_url_is_no_page(traps: Pages) -> None:
    for path in ("/fallback/", "/fallback/one.html", "/fallback/two.html"):
        page = traps[path]
        assert page.offline == "fallback", page
        assert page.answered[0].status == 200
        assert "'Not now'" in page.why
    assert traps["/fallback/one.html"].why == (
        "/fallback/one.html opens as another page, 'Not now', not as 'The lighthouse'"
    )


@pytest.mark.each_build
def test_a_200_whose_script_leaves_for_an_error_page_is_dead(
    two_traps: Pages, browser_name: str
) -> None:
    page = two_traps["/leaves/"]
    if browser_name == "firefox" and page.offline == "degraded":
        # Firefox goes on showing the page while it fails to leave, and tells of it late.
        assert page.failed == ("/leaves/state.json",)
        return
    assert page.offline == "dead", page
    assert page.answered[0].status == 200
    # What a worker said just before its page left may come too late in Firefox.
    assert page.answered[0].source in ("cache", "browser" if browser_name == "firefox" else "cache")
    if page.cold == "dead":  # else it left after the first look, and the second one saw it
        assert "then its script leaves for /leaves/sorry.html, where nothing is" in page.why
        assert page.next.startswith("Store /leaves/sorry.html too")


def test_an_active_worker_with_full_caches_may_answer_nothing(traps: Pages) -> None:
    page = traps["/nothing/"]
    assert page.offline == "dead"
    assert "it is in the cache 'nothing-v1' all the same" in page.why


@pytest.mark.each_build
def test_a_shell_without_its_logos_is_degraded(two_traps: Pages) -> None:
    page = two_traps["/logos/"]
    assert page.offline == "degraded"
    assert sorted(page.failed) == ["/logos/logo.svg", "/logos/seal.svg"]
    assert "/logos/logo.svg" in page.why
    assert page.next == f"Store {page.failed[0]} and 1 more too."


def test_data_answered_with_a_page_is_degraded(traps: Pages) -> None:
    page = traps["/api/"]
    assert page.offline == "degraded", page
    assert page.failed == ("/api/now.json",)
    assert "/api/now.json: text/html instead of data" in page.why
    assert "request.mode === 'navigate'" in page.next


def test_a_page_that_is_kept_with_its_query_does_not_open_without(traps: Pages) -> None:
    assert traps["/query/item.html?id=1"].offline == "same"
    page = traps["/query/item.html"]
    assert page.offline == "dead"
    assert "has /query/item.html?id=1 instead (query)" in page.why


def test_a_page_that_stays_blank_is_dead(traps: Pages) -> None:
    page = traps["/blank/"]
    assert page.offline == "dead"
    assert "stays blank" in page.why


def test_of_two_workers_that_delete_each_others_caches_one_is_dead(
    traps: Pages, audit_of: AuditOf
) -> None:
    dead = {path for path in ("/first/", "/second/") if traps[path].offline == "dead"}
    assert dead
    found = audit_of(Options(str(TRAPS))).findings
    deleted = {each.cache for each in found if each.code == "deleted-by-another"}
    # One may be deleted before anything is in it, and has lost nothing then.
    assert deleted
    assert {f"/{name}/" for name in deleted} <= dead
    assert "all workers of an origin share its caches" in str(
        next(each for each in found if each.code == "deleted-by-another")
    )


def test_a_stored_404_is_found(traps: Pages, audit_of: AuditOf) -> None:
    assert traps["/errors/"].offline == "same"
    found = audit_of(Options(str(TRAPS))).findings
    stored = [each for each in found if each.code == "error-stored"]
    assert [(each.url, each.cache, each.severity) for each in stored] == [
        ("/errors/gone.html", "errors", "error")
    ]
    assert stored[0].next == "Store an answer only if response.ok."
