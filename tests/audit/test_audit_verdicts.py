"""Two looks at a page, and the verdict on them: no browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_offline.audit.compare import alike, differences, shares, volatile_words
from pytest_offline.audit.looks import Look, Sub, folded, seen
from pytest_offline.audit.verdicts import Ground, Judged, judge
from pytest_offline.record.auditing import Answered
from pytest_offline.record.wording import as_path

STORY = (
    "Notes from the coast Home About The tide is out until four and the boats lie on their sides "
    "while gulls walk about between them looking for what the sea has left behind this time"
)
ONLINE = Look(
    "/notes",
    "online",
    url="/notes",
    title="Notes",
    text=STORY,
    headings=("Notes from the coast",),
    nodes={"img": 2, "nav": 1, "main": 1},
    images={"/a.png": (100, 50), "/b.png": (10, 10)},
    styles=2,
    status=200,
    subs=(
        Sub("/a.png", "image", status=200, mime="image/png"),
        Sub("/api/tide?t=1", "fetch", status=200, mime="application/json"),
        Sub("/stats", "fetch", status=500),
    ),
)
SAME = replace(ONLINE, how="cold")


def verdict(offline: Look, *, online: Look = ONLINE, **more: Any) -> Judged:
    return judge(Ground(online, offline, **more))


def test_the_same_page_is_the_same() -> None:
    assert verdict(SAME) == Judged("same")


@pytest.mark.parametrize(
    "text",
    [
        f"Offline {STORY}",
        STORY + " You are offline. What you see was saved on your last visit.",
        STORY.replace("four", "five"),
    ],
)
def test_words_about_the_network_and_a_changed_one_are_no_loss(text: str) -> None:
    assert verdict(replace(SAME, text=text)).offline == "same"


def test_another_title_over_the_same_text_is_told() -> None:
    found = verdict(replace(SAME, title="Loading"))
    assert (found.offline, found.why) == (
        "degraded", "its title is 'Loading', and 'Notes' online",
    )  # fmt: skip


def test_a_page_without_headings_that_ends_elsewhere_is_the_same_only_word_for_word() -> None:
    bare = replace(ONLINE, headings=())
    moved = replace(bare, how="cold", url="/elsewhere")
    assert verdict(moved, online=bare).offline == "same"
    other = replace(moved, text=STORY.replace("four", "five"))
    assert verdict(other, online=bare).offline == "fallback"


def test_online_becomes_offline_in_text_and_title() -> None:
    online = replace(ONLINE, text="Online Boats", title="Boats (online)")
    offline = replace(SAME, text="Offline Boats", title="Boats (offline)")
    assert verdict(offline, online=online).offline == "same"


def test_a_page_that_lacks_text_is_degraded_and_says_which() -> None:
    found = verdict(replace(SAME, text=" ".join(STORY.split()[:12])))
    assert found.offline == "degraded"
    assert found.why.startswith("its text lacks 'and the boats lie on their sides")
    assert found.next == "Store what the page asks for when it draws this part."


def test_words_that_change_by_themselves_are_not_missed() -> None:
    online = replace(ONLINE, text=f"{STORY} quote: carpe diem et cetera")
    again = replace(ONLINE, text=f"{STORY} quote: memento mori et cetera")
    offline = replace(SAME, text=f"{STORY} quote: tempus fugit et cetera")
    words = volatile_words(online, again)
    assert words == {"carpe", "diem", "memento", "mori"}
    assert verdict(offline, online=online).offline == "degraded"
    assert verdict(offline, online=online, volatile=words).offline == "same"


OTHER = replace(
    SAME,
    title="Offline",
    headings=("No network",),
    text="Notes Home About No network here, try again when you are somewhere else entirely",
    images={},
    nodes={"nav": 1},
)


def test_another_page_is_a_fallback_whatever_its_status() -> None:
    found = verdict(OTHER)
    assert found.offline == "fallback"
    assert found.why == "/notes opens as another page, 'Offline', not as 'Notes'"
    assert "--exclude it if the stand-in is meant" in found.next


def test_an_address_elsewhere_is_a_fallback_and_named() -> None:
    found = verdict(replace(OTHER, url="/offline.html", title="Notes"))
    assert found.offline == "fallback"
    assert "'No network' at /offline.html, not as 'Notes from the coast'" in found.why


@pytest.mark.parametrize(
    ("url", "heading", "expected"),
    [
        ("/p/2", "Red boot", "fallback"),
        ("/p/2", "Blue shoe", "same"),
        ("/p/1", "Red boot", "same"),
        ("/p/1/?from=home#top", "Red boot", "same"),
    ],
)
def test_a_page_elsewhere_with_another_heading_is_a_fallback_though_its_text_is_hardly_other(
    url: str, heading: str, expected: str
) -> None:
    shared = " ".join(f"word{number}" for number in range(500))
    shop = Look("/p/1", "online", url="/p/1", title="Shop", status=200)
    online = replace(shop, text=f"Blue shoe {shared}", headings=("Blue shoe",))
    offline = replace(online, url=url, text=f"{heading} {shared}", headings=(heading,))
    found = verdict(offline, online=online)
    assert found.offline == expected
    if expected == "fallback":
        assert found.why == "/p/1 opens as another page, 'Red boot' at /p/2, not as 'Blue shoe'"


def test_what_stands_in_for_every_page_is_a_fallback_even_with_the_same_title() -> None:
    shell = replace(SAME, text="Home About Loading", headings=(), images={}, nodes={"nav": 1})
    assert verdict(shell).offline == "degraded"
    assert verdict(shell, strangers=(shell,)).offline == "fallback"


def test_a_stranger_of_its_own_content_does_not_make_the_start_page_a_fallback() -> None:
    assert verdict(SAME, strangers=(SAME,)).offline == "same"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "degraded"),
        ({"text": " ".join(STORY.split()[:12])}, "fallback"),
        ({"headings": ("Elsewhere",)}, "fallback"),
        ({"title": "Start"}, "fallback"),
        ({"url": "/other"}, "fallback"),
    ],
)
def test_a_start_page_that_stands_in_for_others_is_itself_where_something_of_it_is_missing(
    changed: dict[str, Any], expected: str
) -> None:
    some: dict[str, Any] = {"text": " ".join(STORY.split()[:24]), **changed}
    offline = replace(SAME, **some)
    assert verdict(offline, strangers=(offline,)).offline == expected


def test_an_empty_shell_with_its_headings_gone_is_degraded_not_another_page() -> None:
    shell = replace(SAME, text="Notes Home About", headings=())
    assert verdict(shell).offline == "degraded"


def test_pages_without_headings_are_told_apart_by_their_words() -> None:
    online = replace(ONLINE, headings=())
    found = verdict(replace(OTHER, title="Notes", headings=()), online=online)
    assert found.offline == "fallback"


def test_a_page_that_does_not_open_is_dead() -> None:
    found = verdict(replace(SAME, error="net::ERR_FAILED", url="/notes"))
    assert (found.offline, found.failed) == ("dead", ())
    assert found.why == "/notes does not open: no worker answers for it (net::ERR_FAILED)"
    assert "within its scope" in found.next
    assert found.differences[0].what == "opens"


def test_the_browsers_own_page_is_dead() -> None:
    assert verdict(replace(SAME, url="chrome-error://chromewebdata/")).offline == "dead"


def test_a_worker_without_an_answer_is_named_as_such() -> None:
    asked = Answered("/notes", "document", "network")
    found = judge(Ground(ONLINE, replace(SAME, error="net::ERR_FAILED")), [asked])
    assert "the worker has nothing stored for it and asks the network" in found.why
    assert found.next.startswith("Store the page at install")


def test_a_script_that_leaves_is_named_with_where_it_goes() -> None:
    asked = [
        Answered("/notes", "document", "made", None, 200),
        Answered("/error", "document", "failed"),
    ]
    found = judge(Ground(ONLINE, replace(SAME, error="net::ERR_FAILED")), asked)
    assert found.why == (
        "/notes is answered (made up by the worker), then its script leaves for /error, where "
        "nothing is (net::ERR_FAILED)"
    )


def test_a_blank_page_is_dead() -> None:
    blank = replace(SAME, text="", images={"/a.png": (0, 0)}, headings=(), nodes={})
    found = verdict(blank)
    assert found.offline == "dead"
    assert "stays blank" in found.why


def test_a_page_that_is_blank_online_too_is_judged_by_the_rest() -> None:
    blank = replace(ONLINE, text="", images={}, headings=(), nodes={})
    assert verdict(replace(blank, how="cold"), online=blank).offline == "same"


def with_subs(*subs: Sub) -> Look:
    return replace(SAME, subs=subs)


def test_failed_requests_degrade_and_are_named() -> None:
    found = verdict(
        with_subs(
            Sub("/a.png", "image", error="net::ERR_FAILED"),
            Sub("/api/tide?t=2", "fetch", status=504),
            Sub("/stats", "fetch", status=504),
        )
    )
    assert found.offline == "degraded"
    assert found.failed == ("/a.png", "/api/tide?t=2")
    assert found.why == ("its requests for /a.png: net::ERR_FAILED, /api/tide?t=2: status 504 fail")
    assert found.next == "Store /a.png and 1 more too."


@pytest.mark.parametrize(
    "sub",
    [
        Sub("/collect", "fetch", method="POST", error="net::ERR_FAILED"),
        Sub("/beat", "ping", error="net::ERR_FAILED"),
        Sub("/live", "eventsource", error="net::ERR_FAILED"),
        Sub("/next", "fetch", error="net::ERR_ABORTED"),
        Sub("/opaque.png", "image", status=0),
    ],
)
def test_what_a_page_does_not_need_is_no_loss(sub: Sub) -> None:
    assert verdict(with_subs(sub)) == Judged("same")


def test_data_answered_with_a_page_is_a_loss() -> None:
    found = verdict(with_subs(Sub("/api/tide?t=9", "fetch", status=200, mime="text/html")))
    assert found.offline == "degraded"
    assert found.failed == ("/api/tide?t=9",)
    assert found.why == "/api/tide?t=9: text/html instead of data"
    assert "navigations only" in found.next


def test_pictures_that_are_broken_or_of_another_size_are_missed() -> None:
    found = verdict(replace(SAME, images={"/a.png": (0, 0), "/b.png": (1, 1)}))
    assert found.offline == "degraded"
    assert found.failed == ("/a.png",)
    assert found.why == "its pictures /a.png: not there, /b.png: 1 × 1"


def test_a_style_sheet_a_node_and_a_script_error_are_missed() -> None:
    found = verdict(
        replace(
            SAME,
            styles=1,
            nodes={"img": 2, "nav": 0, "main": 1},
            script_errors=("app is not defined",),
        )
    )
    assert found.offline == "degraded"
    assert found.why == (
        "a style sheet is missing; fewer elements (1 × nav, now 0); "
        "its script fails (app is not defined)"
    )


def test_an_exception_that_only_says_that_the_network_is_away_is_none() -> None:
    errors = ("Failed to fetch", "Failed to update a ServiceWorker: An unknown error occurred")
    assert verdict(replace(SAME, script_errors=errors)).offline == "same"


def test_a_revalidated_page_has_not_another_status() -> None:
    assert differences(ONLINE, replace(SAME, status=304)) == ()
    assert [each.what for each in differences(ONLINE, replace(SAME, status=503))] == ["status"]


def test_alike_is_about_what_a_reader_sees() -> None:
    assert alike(ONLINE, replace(OTHER, title="Notes", headings=ONLINE.headings, text=STORY))
    assert not alike(ONLINE, OTHER)
    assert not alike(ONLINE, replace(SAME, text="Something else altogether"))


def test_two_empty_texts_share_all_they_have() -> None:
    empty = replace(ONLINE, text="")
    found = shares(empty, empty)
    assert (found.lost, found.strange, found.much_is_missing) == (0.0, 0.0, False)


def test_a_look_is_made_of_what_the_page_said() -> None:
    data: dict[str, Any] = {
        "url": "http://a.test/x#y",
        "title": " Title\n",
        "text": " one \n two\u00a0three ",
        "headings": ["A\nB"],
        "nodes": {"img": 1},
        "images": [["http://a.test/i.png", 3, 4], ["data:image/png;base64,", 1, 1]],
        "styles": 1,
        "links": ["http://a.test/b", "http://a.test/z.bin", "http://a.test/b"],
        "downloads": ["http://a.test/z.bin"],
        "manifest": None,
        "password": 0,
    }
    look = Look("/x", "online", **seen("http://a.test", data))
    assert (look.url, look.title, look.text) == ("/x#y", "Title", "one two three")
    assert look.images == {"/i.png": (3, 4), "data:image/png;base64,": (1, 1)}
    assert look.links == ("http://a.test/b",)
    assert look.headings == ("A B",)
    assert not look.blank


def test_urls_of_others_stay_whole() -> None:
    assert as_path("http://a.test.evil/x", "http://a.test") == "http://a.test.evil/x"
    assert folded("\n") == ""
