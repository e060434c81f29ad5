"""What is worse, better, other; and the sentences that say why."""

from __future__ import annotations

import pytest

from pytest_offline.baseline import (
    Cached,
    Change,
    PageState,
    Section,
    compare,
    read,
    section_of_audit,
    told,
    updated,
    write,
)
from pytest_offline.record.auditing import (
    BuildAudit,
    CachedFile,
    Difference,
    Finding,
    PageAudit,
    Readiness,
)

INSTALL, RUNTIME = Cached("install", 1, 1_000), Cached("runtime", 1, 1_000)


def change(before: Section, now: Section) -> Change:
    found, *_ = compare({"chromium": before}, {"chromium": now})
    assert found.section == "chromium"
    return found


def page(state: PageState | None, **cached: Cached) -> Section:
    held = {f"/{name}": each for name, each in cached.items()}
    return Section({} if state is None else {"/about": state}, held)


SAME, DEAD = PageState("same"), PageState("dead", why="/about shows the browser's error page.")
WITHOUT = PageState("degraded", ("/api",))

CASES = {
    "a request that was cached at run time": (
        page(SAME, api=RUNTIME), page(WITHOUT), "worse",
        "/about works no more: it opens offline with something missing, and until now it was the "
        "same page offline: its request for /api was blocked; cached until now at run time, as it "
        "was asked for.",
    ),
    "a request that never was cached": (
        page(SAME), page(WITHOUT), "worse", "its request for /api was blocked, and that never was",
    ),
    "a request whose answer lies in a cache": (
        page(SAME, api=INSTALL), page(WITHOUT, api=INSTALL), "worse",
        "though /api is cached: the worker does not answer with it.",
    ),
    "a request that was answered, but wrongly": (
        page(SAME, api=RUNTIME),
        page(PageState("degraded", ("/api",), how={"/api": "was answered with status 404"})),
        "worse",
        "its request for /api was answered with status 404; cached until now at run time, as it",
    ),
    "a page that does not open": (
        page(SAME), page(DEAD), "worse",
        "/about works no more: it does not open offline, and until now it was the same page "
        "offline: /about shows the browser's error page.",
    ),
    "one more thing missing": (
        page(WITHOUT), page(PageState("degraded", ("/api", "/logo"))), "worse",
        "/about works less well: its request for /logo was blocked, and that never was cached.",
    ),
    "a page that opens now": (
        page(DEAD), page(SAME), "better",
        "/about is the same page offline now; until now it did not open offline.",
    ),
    "a page that opens now, with something missing": (
        page(DEAD), page(WITHOUT), "better",
        "/about opens offline with something missing now; until now it did not open offline.",
    ),
    "one thing less missing": (
        page(PageState("degraded", ("/api", "/logo"))), page(WITHOUT), "better",
        "/about has /logo offline now.",
    ),
    "a page that is gone": (
        page(SAME), page(None), "worse", "/about was not found any more: no link leads to it",
    ),
    "a new page that works": (
        page(None), page(SAME), "better", "/about is new, and is the same page offline.",
    ),
    "a new page that does not": (
        page(None), page(WITHOUT), "worse",
        "/about is new, and opens offline with something missing: its request for /api was",
    ),
    "a URL that is cached no more": (
        page(None, app=INSTALL), page(None), "worse",
        "/app is not cached any more; until now it was, by the install of the worker.",
    ),
    "a URL that is cached now": (
        page(None), page(None, app=Cached("other")), "other",
        "/app is cached now, by somebody who was not seen.",
    ),
    "a file that grew": (
        page(None, app=INSTALL), page(None, app=Cached("install", 1, 9_000)), "worse",
        "/app changed: its size was up to 1 kB and is up to 10 kB.",
    ),
    "a file that shrank": (
        page(None, app=Cached("install", 1, 10_000)), page(None, app=Cached("install", 1, 900)),
        "better", "its size was up to 10 kB and is up to 1 kB",
    ),
    "more files": (
        page(None, app=INSTALL), page(None, app=Cached("install", 5, 900)), "worse",
        "it was 1 file and is up to 8 files",
    ),
    "kept by another": (
        page(None, app=INSTALL), page(None, app=RUNTIME), "other",
        "it is cached at run time, as it was asked for, until now by the install of the worker",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "now", "kind", "said"), CASES.values(), ids=CASES)
def test_what_is_said(before: Section, now: Section, kind: str, said: str) -> None:
    found = change(before, now)
    assert found.kind == kind
    assert said in found.sentence


def test_a_page_that_a_test_opens_no_more() -> None:
    name = "test_a.py::test_it"
    (found,) = compare({name: page(SAME)}, {name: page(None)})
    assert found.sentence == (
        "/about was opened offline by this test no more. Until now it was the same page offline."
    )


def test_nothing_changed() -> None:
    section = page(WITHOUT, app=INSTALL)
    assert compare({"chromium": section}, {"chromium": section}) == []
    assert list(told([], "offline.txt")) == ["All is as offline.txt says."]


def test_a_value_that_swings_around_a_border_is_no_change() -> None:
    before = page(None, app=Cached("install", 8, 30_000))
    assert compare({"a": before}, {"a": page(None, app=Cached("install", 9, 33_000))}) == []


def test_sections_that_were_not_run_say_nothing() -> None:
    assert compare({"firefox": page(SAME)}, {"chromium": Section()}) == []


def test_what_is_worse_comes_first() -> None:
    before = Section({"/a": SAME, "/b": DEAD})
    now = Section({"/a": DEAD, "/b": SAME})
    assert [found.what for found in compare({"x": before}, {"x": now})] == ["page /a", "page /b"]


def test_it_is_told_as_a_diff() -> None:
    before = {"chromium": page(SAME, api=RUNTIME), "firefox": page(DEAD)}
    now = {"chromium": page(WITHOUT), "firefox": page(SAME)}
    lines = list(told(compare(before, now), "offline.txt"))
    assert lines[0] == "[chromium]"
    assert lines[1] == "  - page /about: same → degraded"
    assert lines[2].startswith("      /about works no more")
    assert "  + page /about: dead → same" in lines
    assert lines[-1] == (
        "2 things are worse than offline.txt says. Mend it, or accept it by writing the file anew: "
        "--offline-update"
    )
    better = list(told(compare({"firefox": page(DEAD)}, {"firefox": page(SAME)}), "offline.txt"))
    assert better[-1] == (
        "Nothing is worse than offline.txt says, and one thing is other: keep that with "
        "--offline-update"
    )


def test_many_gained_urls_are_counted() -> None:
    before = page(PageState("degraded", ("/1", "/2", "/3", "/4", "/5")))
    assert "/about has /1, /2, /3 and 1 more offline now" in (
        change(before, page(PageState("degraded", ("/5",)))).sentence
    )


def test_an_update_keeps_what_was_not_run_and_bands_that_hold() -> None:
    before = {
        "chromium": page(SAME, app=Cached("install", 1, 30_000)),
        "firefox": page(DEAD),
    }
    now = {"chromium": page(SAME, app=Cached("install", 1, 34_000))}
    assert updated(before, now) == before
    assert updated({}, now) == {"chromium": page(SAME, app=Cached("install", 1, 100_000))}


def test_what_became_of_a_request_is_said_as_it_was() -> None:
    seen = (
        Difference("request", "answered", "/api/a?1: status 500"),
        Difference("request", "answered", "/b.png: net::ERR_INTERNET_DISCONNECTED"),
        Difference("kind", "application/json", "/api/c: text/html"),
        Difference("picture", "2 × 2", "/b.png: not there"),
        Difference("picture", "2 × 2", "/d.png: not there"),
        Difference("text", "a", "b: c"),
    )
    page_ = PageAudit("/", "degraded", "degraded", "same", differences=seen)
    audit = BuildAudit("chromium", "156", Readiness("ready"), pages=(page_,))
    assert section_of_audit(audit).pages["/"].how == {
        "/api/a?1": "was answered with status 500",
        "/api/c": "was answered with text/html, not application/json",
        "/d.png": "came to no picture",
    }


def test_an_audit_is_a_section() -> None:
    audit = BuildAudit(
        "chromium",
        "156",
        Readiness("ready"),
        pages=(PageAudit("/?v=3f2a1b", "degraded", "degraded", "same", failed=("/a.3f2a1b.js",)),),
        cached=(
            CachedFile("v1", "/app.0a1b2c.js", 200, 900, None, "install"),
            CachedFile("v2", "/app.0a1b2c.js", 200, 900, None, "install"),
            CachedFile("v2", "/app.3f2a1b.js", 200, 2_000, None, "runtime"),
            CachedFile("v2", "https://cdn.example/x.css", 0, None, None, ""),
        ),
    )
    section = section_of_audit(audit)
    assert section.pages == {"/?v=*": PageState("degraded", ("/a.*.js",))}
    assert section.cached == {
        "/app.*.js": Cached("install", 2, 2_000),
        "https://cdn.example/x.css": Cached("other", 1, 0),
    }


@pytest.mark.parametrize("order", [1, -1])
def test_of_pages_that_share_a_name_the_worst_counts(order: int) -> None:
    pages = (
        PageAudit("/item-3f2a1b", "dead", "dead", "dead", why="no worker answers for it"),
        PageAudit("/item-9c8d7e", "same", "same", "same"),
    )
    section = section_of_audit(
        BuildAudit("chromium", "156", Readiness("ready"), pages=pages[::order])
    )
    assert section.pages == {"/item-*": PageState("dead", (), "no worker answers for it")}


FAULT = "my%20precache-v*-/%20%5Ba%5D deleted-by-another"
"""In every run, whatever the port, and as one word."""


def test_an_error_that_is_new_is_worse_and_one_that_is_known_is_not() -> None:
    private = Finding(
        "with-authorization", "error", "/api/me.3f2a1b", "v1", "it answers a request of one person"
    )
    note = Finding("never-asked", "note", "/b", "v1", "nobody asked for it")
    name = "my precache-v2-http://t1.localhost:4711/ [a]"
    of_a_cache = Finding("deleted-by-another", "error", "", name, "two workers delete it")
    audit = BuildAudit("chromium", "156", Readiness("ready"), findings=(private, note, of_a_cache))
    now = section_of_audit(audit)
    assert set(now.faults) == {"/api/me.* with-authorization", FAULT}
    first, second = compare({}, {"chromium": now})
    assert (first.kind, first.what) == ("worse", "fault /api/me.* with-authorization")
    assert first.sentence == "with-authorization: it answers a request of one person"
    assert second.kind == "worse"
    known = read(write({"chromium": now}))
    assert compare(known, {"chromium": now}) == []
    (gone, _) = compare(known, {"chromium": Section()})
    assert (gone.kind, gone.before, gone.now) == ("better", "found", "-")
    assert gone.sentence == "It is found no more."


def test_a_site_that_gets_ready_no_more_is_worse() -> None:
    late = BuildAudit("chromium", "156", Readiness("redundant", "The install of /sw.js failed."))
    (change,) = compare({"chromium": Section()}, {"chromium": section_of_audit(late)})
    assert (change.kind, change.what) == ("worse", "fault / not-ready")
    assert change.sentence == "not ready (redundant): The install of /sw.js failed."
