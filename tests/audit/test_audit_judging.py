"""All pages together: stand-ins, who answered, hints, and what is looked at again: no browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_offline.audit.answers import answered, index
from pytest_offline.audit.frontier import Target
from pytest_offline.audit.judging import Evidence, doubtful, pages, stand_ins
from pytest_offline.audit.looks import Look, Sub
from pytest_offline.audit.visits import Offline
from pytest_offline.record import CachedRequest, CachedResponse, CacheEntry, FetchAnswer, Place

BASE = "http://t1.localhost:1"
WORKER = Place("w", "serviceworker", f"{BASE}/sw.js", 0.0, BASE)


def look(path: str, text: str, how: Any = "online", **more: Any) -> Look:
    title = more.pop("title", text.partition(" ")[0])
    return Look(path, how, url=path, title=title, text=text, status=200, **more)


def fetched(path: str, time: float, source: Any = "cache", cache: str | None = "v1") -> FetchAnswer:
    return FetchAnswer(time, WORKER, BASE + path, "GET", "cors", "", source, cache)


def evidence(online: list[Look], offline: dict[str, Look], **more: Any) -> Evidence:
    known: dict[str, Any] = {
        "base": BASE,
        "online": {each.asked: each for each in online},
        "offline": {
            path: Offline(found, replace(found, how="warm"), (Sub(path, "document", status=200),))
            for path, found in offline.items()
        },
        "targets": {"/": Target("/", "the start page")},
        "again": {},
        "control": None,
        "answers": {},
        "snapshot": {},
    }
    return Evidence(**{**known, **more})


def stored(*paths: str) -> Any:
    entries = [CacheEntry(CachedRequest(BASE + path), CachedResponse(200)) for path in paths]
    return {"v1": tuple(entries)}


def test_who_answered_is_the_record_nearest_in_time() -> None:
    known = index([fetched("/a", 900.0, "network", None), fetched("/a", 100.0)])
    seen = look("/a", "a", subs=(Sub("/b", "image", started=0.0), Sub("/a", "fetch", started=500)))
    document = Sub("/a#part", "document", status=200, started=120.0)
    found = answered(BASE, seen, [document], known)
    assert [(each.url, each.source, each.cache) for each in found] == [
        ("/a#part", "cache", "v1"),
        ("/b", "browser", None),
        ("/a", "network", None),
    ]  # fmt: skip


def test_a_url_of_another_host_is_looked_up_as_it_is() -> None:
    other = replace(fetched("/", 1.0), url="https://cdn.example/x.js")
    seen = look("/", "a", subs=(Sub("https://cdn.example/x.js", "script", started=0.0),))
    assert answered(BASE, seen, [], index([other]))[0].source == "cache"


ONLINE = [look("/", "Home of boats"), look("/a", "Apples and pears"), look("/b", "Bread, warm")]


def test_what_is_shown_for_pages_that_are_unlike_is_a_stand_in() -> None:
    shown = look("/", "Home of boats", "cold")
    offline = {path: Offline(shown, shown) for path in ("/", "/a", "/b", "/gone")}
    assert set(stand_ins({each.asked: each for each in ONLINE}, offline)) == {"/", "/a", "/b"}
    twins = {"/": ONLINE[0], "/index.html": replace(ONLINE[0], asked="/index.html")}
    assert stand_ins(twins, {path: Offline(shown, shown) for path in twins}) == {}


def test_the_start_page_for_everything_is_same_for_itself_only() -> None:
    shown = look("/", "Home of boats", "cold", title="")
    online = [replace(each, title="") for each in ONLINE]
    found = pages(evidence(online, {each.asked: shown for each in online}))
    assert [(page.path, page.offline) for page in found] == [
        ("/", "same"), ("/a", "fallback"), ("/b", "fallback"),
    ]  # fmt: skip
    assert (found[0].found_by, found[1].found_by) == ("the start page", "")
    assert doubtful(found) == []  # their address differs too: that does not happen by itself


def test_what_is_shown_for_no_page_is_no_page() -> None:
    online = replace(ONLINE[1], headings=("Fruit",))
    seen = look("/a", "Apples but no more", "cold", headings=("Fruit",))
    nothing = replace(seen, asked="/no", url="/no")
    found = pages(evidence([online], {"/a": seen}, control=nothing))
    assert found[0].offline == "fallback"
    found = pages(evidence([online], {"/a": seen}))
    assert found[0].offline == "degraded"
    assert doubtful(found) == ["/a"]


def test_a_second_look_online_takes_out_what_changes_by_itself() -> None:
    online = look("/", "Weather: sunny " + "and calm at sea " * 3)
    seen = replace(online, how="cold", text=online.text.replace("sunny", "rainy"))
    again = replace(online, text=online.text.replace("sunny", "foggy"))
    assert pages(evidence([online], {"/": seen}))[0].offline == "degraded"
    assert pages(evidence([online], {"/": seen}, again={"/": again}))[0].offline == "same"


def test_a_second_look_online_takes_out_nodes_and_titles_that_change_by_themselves() -> None:
    online = look("/", "News of the coast", title="News (5)", nodes={"article": 5})
    seen = replace(online, how="cold", title="News (3)", nodes={"article": 3})
    found = pages(evidence([online], {"/": seen}))
    assert (found[0].offline, doubtful(found)) == ("degraded", ["/"])
    again = replace(online, title="News (4)", nodes={"article": 3})
    assert pages(evidence([online], {"/": seen}, again={"/": again}))[0].offline == "same"
    steady = replace(online, title="News (4)")
    found = pages(evidence([online], {"/": seen}, again={"/": steady}))
    assert (found[0].offline, found[0].why) == ("degraded", "fewer elements (5 × article, now 3)")


def test_a_dead_page_that_is_stored_or_nearly_so_gets_a_hint() -> None:
    dead = look("/a?x=1", "", "cold", error="net::ERR_FAILED")
    online = [look("/a?x=1", "Apples and pears")]
    for snapshot, hint in [
        (stored("/a?x=1"), "; it is in the cache 'v1' all the same"),
        (stored("/a"), "; the cache 'v1' has /a instead (query)"),
        (stored("/else/where"), "(net::ERR_FAILED)"),
        ({}, "(net::ERR_FAILED)"),
    ]:
        found = pages(evidence(online, {"/a?x=1": dead}, snapshot=snapshot))
        assert found[0].why.endswith(hint)


def test_a_page_that_dies_when_it_is_reloaded_says_so() -> None:
    online = ONLINE[0]
    cold, warm = replace(online, how="cold"), replace(online, how="warm", error="ERR_FAILED")
    seen = evidence([online], {})
    found = pages(replace(seen, offline={"/": Offline(cold, warm)}))[0]
    assert (found.offline, found.cold, found.warm) == ("dead", "same", "dead")
    assert found.why.startswith("opened in a new tab it is same, and reloaded: / does not open")


def test_a_reload_that_the_worker_failed_to_answer_is_told_as_that() -> None:
    online = ONLINE[0]
    cold, warm = replace(online, how="cold"), replace(online, how="warm", error="ERR_FAILED")
    first = Sub("/", "document", status=200, started=100.0)
    second = Sub("/", "document", error="ERR_FAILED", started=900.0)
    failed = fetched("/", 901.0, "failed", None)
    seen = evidence([online], {}, answers=index([fetched("/", 101.0), failed]))
    found = pages(replace(seen, offline={"/": Offline(cold, warm, (first,), (second,))}))[0]
    assert found.why == (
        "opened in a new tab it is same, and reloaded: / does not open: the worker has nothing "
        "stored for it and asks the network (ERR_FAILED)"
    )
    assert found.next.startswith("Store the page at install, or as it is visited;")


def test_what_was_only_sent_and_what_came_from_the_network_are_remarks() -> None:
    sent = Sub("/collect", "fetch", "POST", error="net::ERR_FAILED")
    seen = replace(
        ONLINE[0], how="cold", subs=(sent, Sub("https://x.example/a", "image", status=200))
    )
    leak = replace(fetched("/", 1.0, "network", None), url="https://x.example/a")
    found = pages(evidence([ONLINE[0]], {"/": seen}, answers=index([leak])))[0]
    assert found.offline == "same"
    assert found.remarks == (
        "POST /collect was not answered", "https://x.example/a came from the network",
    )  # fmt: skip


def test_a_picture_of_another_host_gets_no_hint() -> None:
    missing = Sub("https://x.example/a.png", "image", error="net::ERR_FAILED")
    seen = replace(ONLINE[0], how="cold", subs=(missing,))
    found = pages(evidence([ONLINE[0]], {"/": seen}, snapshot=stored("/")))[0]
    assert (found.offline, found.failed) == ("degraded", ("https://x.example/a.png",))
