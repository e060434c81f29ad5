"""The ledger: what it notes of an exchange, how it is read, how it is waited for."""

from __future__ import annotations

import threading
import time

import pytest
from origin_client import Client, Connect

from pytest_offline.origin import Ledger, Origin, OriginServer
from pytest_offline.origin.flights import Flight
from pytest_offline.origin.initiators import initiator_of
from pytest_offline.record import ONLINE


def flight(target: str = "/", body: bytes = b"") -> Flight:
    made = Flight("GET", target, "http://t.localhost:1", (), ONLINE)
    made.body = body
    made.end("served")
    return made


def test_what_an_exchange_holds(origin: Origin, client: Client) -> None:
    origin.reply("/form", "done", method="POST", status=201, headers={"X-B": "2"})
    before = time.time() * 1000
    client.ask("/form?a=%C3%BC", "POST", b"x=1", X_A="1")
    (seen,) = origin.requests
    assert before <= seen.time <= time.time() * 1000
    assert (seen.seq, seen.method, seen.body) == (0, "POST", b"x=1")
    assert (seen.path, seen.url) == ("/form?a=%C3%BC", origin.url_for("/form?a=%C3%BC"))
    assert seen.header("X-A") == "1"
    assert ("host", origin.url[7:-1]) in seen.headers
    assert (seen.status, seen.bytes_sent, seen.outcome) == (201, 4, "served")
    assert seen.response_header("X-B") == "2"
    assert seen.response_header("Content-Length") == "4"
    assert (seen.condition, seen.stopped_by, seen.in_flight) == (ONLINE, None, False)


def test_reading_to_since_mark_and_clear(origin: Origin, client: Client) -> None:
    for path in ("/a", "/a?b=1", "/c"):
        client.ask(path)
    requests = origin.requests
    assert [seen.path for seen in requests.to("/a")] == ["/a", "/a?b=1"]
    assert [seen.path for seen in requests.to("/a?b=1")] == ["/a?b=1"]
    mark = requests.mark()
    assert len(requests.since(mark)) == 0
    client.ask("/a")
    assert [seen.seq for seen in requests.since(mark).to("/a")] == [3]
    assert (requests[-1].path, [seen.path for seen in requests[:1]]) == ("/a", ["/a"])
    requests.clear()
    assert len(requests) == 0
    client.ask("/d")
    assert [seen.path for seen in requests.since(mark)] == ["/d"]
    assert requests[0].seq == 4


def test_a_reading_is_a_snapshot(origin: Origin, client: Client) -> None:
    client.ask("/a")
    chosen = origin.requests.to("/a")
    client.ask("/a")
    assert (len(chosen), len(origin.requests.to("/a"))) == (1, 2)


def test_two_origins_do_not_see_each_other(
    server: OriginServer, origin: Origin, connect: Connect
) -> None:
    other = server.new_origin()
    origin.reply("/", "mine")
    other.reply("/", "other")
    assert connect().ask("/").body == b"mine"
    assert connect(other).ask("/").body == b"other"
    assert [len(origin.requests), len(other.requests)] == [1, 1]
    assert origin.requests[0].url == origin.url
    server.close_origin(other)


def test_one_connection_may_serve_two_origins(
    server: OriginServer, origin: Origin, client: Client
) -> None:
    """No browser does this, but a proxy may."""
    other = server.new_origin()
    origin.reply("/", "mine")
    other.reply("/", "other")
    assert client.ask("/").body == b"mine"
    assert client.ask("/", host=other.url[7:-1]).body == b"other"
    assert client.ask("/", host=other.url[7:-1].upper()).body == b"other"
    assert [len(origin.requests), len(other.requests)] == [1, 2]
    server.close_origin(other)


def test_an_absolute_target_is_understood(origin: Origin, client: Client) -> None:
    origin.reply("/a", "yes")
    assert client.ask(origin.url_for("a?b=1")).body == b"yes"
    assert origin.requests[0].path == "/a?b=1"


def test_it_drops_the_oldest_and_says_so() -> None:
    ledger = Ledger(limit=3)
    for number in range(5):
        ledger.enter(flight(f"/{number}"))
    assert [seen.path for seen in ledger] == ["/2", "/3", "/4"]
    assert ledger.dropped == 2
    note = "3 exchanges (2 older ones were dropped: the ledger keeps the newest 3, and 64 MiB of"
    assert str(ledger).startswith(note)
    assert note in repr(ledger)
    ledger.clear()
    assert (ledger.dropped, str(ledger)) == (0, "0 exchanges")


def test_it_drops_bodies_beyond_64_mib_in_all() -> None:
    ledger = Ledger()
    megabyte = b"x" * (1024 * 1024)
    for number in range(70):
        ledger.enter(flight(f"/{number}", megabyte))
    assert (len(ledger), ledger.dropped) == (64, 6)


def test_it_shows_as_a_table(origin: Origin, client: Client) -> None:
    origin.reply("/a", "x")
    client.ask("/a", Sec_Fetch_Dest="image")
    origin.note_blocked(method="GET", url=origin.url_for("/longer"), initiator="fetch", time=0)
    lines = str(origin.requests).splitlines()
    assert lines[0] == "2 exchanges"
    assert lines[1].split() == [
        "seq",
        "ms",
        "request",
        "by",
        "condition",
        "outcome",
        "status",
        "bytes",
    ]
    assert lines[2].split() == ["0", "+0", "GET", "/a", "image", "online", "served", "200", "1"]
    assert "GET /longer  fetch  online     blocked by the browser  -       0" in lines[3]
    assert repr(origin.requests).startswith("<2 exchanges: GET /a → served 200, GET /longer → ")


def test_a_long_table_shows_its_end() -> None:
    ledger = Ledger()
    for number in range(130):
        ledger.enter(flight(f"/{number}"))
    lines = str(ledger).splitlines()
    assert lines[:2] == ["130 exchanges", "  the last 100, after 30 others:"]
    assert (len(lines), lines[3].split()[0]) == (103, "30")


def test_waiting_wakes_when_an_exchange_arrives(origin: Origin, connect: Connect) -> None:
    client = connect()
    asking = threading.Thread(target=lambda: [client.ask(f"/{number}") for number in range(3)])
    asked: list[int] = []

    def three(seen: tuple[object, ...]) -> bool:
        if not asked:
            asking.start()
        asked.append(len(seen))
        return len(seen) == 3

    assert origin.requests.wait_for(three, timeout=20)
    asking.join(20)
    # Asked once to begin with, then once at most for each arrival, beginning and end.
    assert len(asked) <= 10


def test_waiting_gives_up_with_the_last_value(origin: Origin) -> None:
    assert origin.requests.wait_for(lambda seen: seen, timeout=0) == ()


def test_refresh_is_called_before_each_reading(origin: Origin) -> None:
    """Whoever knows of exchanges that never arrived brings them in then."""
    blocked = iter(["/1", "/2"])

    def refresh() -> None:
        for path in blocked:
            origin.note_blocked(method="GET", url=origin.url_for(path), initiator="fetch", time=0)
            return

    origin.requests.refresh = refresh
    assert len(origin.requests) == 1
    assert origin.requests.mark() == 2
    waited = iter(range(3))

    def later() -> None:
        if next(waited) == 2:
            origin.note_blocked(method="GET", url=origin.url, initiator="fetch", time=0)

    origin.requests.refresh = later
    assert origin.requests.wait_for(lambda seen: len(seen) == 3, timeout=20)


@pytest.mark.parametrize(
    ("headers", "initiator"),
    [
        ({"sec-fetch-dest": "document"}, "document"),
        ({"sec-fetch-dest": "iframe"}, "iframe"),
        ({"sec-fetch-dest": "script"}, "script"),
        ({"sec-fetch-dest": "video"}, "media"),
        ({"sec-fetch-dest": "manifest"}, "manifest"),
        ({"sec-fetch-dest": "worker"}, "worker"),
        ({"sec-fetch-dest": "sharedworker"}, "sharedworker"),
        ({"sec-fetch-dest": "serviceworker", "service-worker": "script"}, "serviceworker"),
        ({"service-worker": "script"}, "serviceworker"),
        ({"sec-fetch-dest": "empty"}, "fetch"),
        ({"sec-fetch-dest": "empty", "accept": "text/event-stream"}, "eventsource"),
        ({"sec-fetch-dest": "empty", "upgrade": "WebSocket"}, "websocket"),
        ({"sec-fetch-dest": "report"}, "other"),
        ({"accept": "text/html,*/*"}, "document"),
        ({"accept": "*/*"}, "other"),
        ({}, "other"),
    ],
)
def test_initiators(headers: dict[str, str], initiator: str) -> None:
    assert initiator_of("GET", "/x", headers) == initiator


def test_initiators_by_method_and_path() -> None:
    posted = {"sec-fetch-dest": "empty", "sec-fetch-mode": "no-cors"}
    assert initiator_of("POST", "/x", posted) == "beacon"
    assert initiator_of("GET", "/x", {**posted, "accept": "*/*"}) == "fetch"
    assert initiator_of("GET", "/site.appcache", {**posted, "accept": "*/*"}) == "fetch"


def test_the_download_process_of_an_application_cache_sends_no_accept() -> None:
    headers = {"sec-fetch-dest": "empty", "sec-fetch-mode": "no-cors"}
    assert initiator_of("GET", "/x", headers) == "appcache"
    assert initiator_of("GET", "/site.appcache?v=1", headers) == "manifest"
    assert initiator_of("GET", "/site.manifest", headers) == "manifest"
    assert initiator_of("GET", "/x", headers, manifest=True) == "manifest"


def test_what_manifests_said_is_kept(origin: Origin, connect: Connect) -> None:
    origin.reply("/m.appcache", "CACHE MANIFEST\n")
    origin.reply("/odd", "CACHE MANIFEST\n# any type\n")
    origin.reply("/cut.appcache", "CACHE MANIFEST\n", cut_after=5)
    origin.reply("/page", "page")
    origin.reply("/large", chunks=["a", "b"])
    headers = {"Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "empty"}
    for path in ("/m.appcache", "/page"):
        connect().ask(path, **headers, Accept="*/*")
    for path in ("/odd", "/large"):
        connect().ask(path, **headers)
    assert connect().ask("/m.appcache", If_None_Match="x").status == 200
    connect().send("/cut.appcache")
    origin.requests.wait_for(lambda seen: not seen[-1].in_flight and len(seen) == 6)
    bodies = {seen.path: body for seen, body in origin.requests.with_answer_bodies()}
    assert bodies == {
        "/m.appcache": b"CACHE MANIFEST\n",
        "/page": None,
        "/odd": b"CACHE MANIFEST\n# any type\n",
        "/large": b"ab",
        "/cut.appcache": b"CACHE",
    }


def test_a_manifest_that_comes_as_the_ledger_is_read_comes_with_what_it_said(
    origin: Origin, connect: Connect
) -> None:
    origin.reply("/m.appcache", "CACHE MANIFEST\n")
    headers = {"Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "empty"}

    def meanwhile() -> None:
        assert connect().ask("/m.appcache", **headers).status == 200

    origin.requests.refresh = meanwhile
    found = [(seen.path, body) for seen, body in origin.requests.with_answer_bodies()]
    assert found == [("/m.appcache", b"CACHE MANIFEST\n")]


def test_a_manifest_of_any_name_is_known_once_a_page_names_it(
    origin: Origin, connect: Connect
) -> None:
    headers = {"Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "empty"}
    origin.reply("/odd", "x")
    origin.manifests.add("/odd")
    connect().ask("/odd", **headers)
    connect().ask("/other", **headers)
    assert [seen.initiator for seen in origin.requests] == ["manifest", "appcache"]
