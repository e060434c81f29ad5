"""What a condition does to exchanges, seen by a plain socket, and noted in the ledger."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest
from origin_client import Client, Connect

from pytest_offline.origin import Origin, OriginServer
from pytest_offline.record import (
    HANG,
    OFFLINE,
    ONLINE,
    RESET,
    SERVER_DOWN,
    Condition,
    Exchange,
    bandwidth,
    captive_portal,
    corrupt,
    dns_failure,
    flaky,
    flapping,
    jitter,
    latency,
    status,
    truncate,
)

Fate = Callable[[str], str]


@pytest.fixture
def fate(origin: Origin, connect: Connect) -> Fate:
    """Asks once, on a connection of its own: ``200`` and its kin, or how it ended."""

    def ask(path: str) -> str:
        client = connect()
        client.send(path)
        try:
            return str(client.read().status)
        except ConnectionResetError:
            return "reset"
        except ConnectionError:
            return "closed"
        finally:
            client.close()

    return ask


def held(origin: Origin, count: int = 1) -> list[Exchange]:
    found = origin.requests.wait_for(
        lambda seen: [each for each in seen if each.in_flight][count - 1 :]
    )
    assert found
    return found


def test_latency_holds_back_and_is_noted(origin: Origin, fate: Fate) -> None:
    origin.reply("/a", "a")
    origin.set_condition(latency(20).on("/a"))
    assert fate("/a") == "200"
    assert fate("/b") == "404"
    assert [seen.weather for seen in origin.requests] == [("held back 20 ms",), ()]
    assert str(origin.requests[0].condition) == "latency(20).on('/a')"


def test_an_answer_that_is_held_back_stands_in_the_ledger_and_can_be_cut(
    origin: Origin, client: Client
) -> None:
    origin.reply("/a", "a")
    origin.set_condition(latency(3_600_000))
    client.send("/a")
    held(origin)
    origin.set_condition(OFFLINE)
    assert client.drain() == (b"", "reset")
    assert [(seen.outcome, seen.condition) for seen in origin.requests] == [("blocked", OFFLINE)]


def test_jitter_is_drawn_from_the_seed(origin: Origin) -> None:
    def waits(condition: Condition) -> list[float]:
        origin.set_condition(condition)
        return [origin.weather.fate("GET", path).wait for path in ("/a", "/b", "/a", "/a?x")]

    first = waits(latency(1) + jitter(3000, seed=4))
    assert first == waits(latency(1) + jitter(3000, seed=4))
    assert first != waits(latency(1) + jitter(3000, seed=5))
    assert len(set(first)) == 4
    assert all(1 <= wait <= 3001 for wait in first)


def test_the_same_seed_is_the_same_weather_in_whatever_order(origin: Origin, fate: Fate) -> None:
    paths = [f"/{number}" for number in range(8)]

    def weather(seed: int, order: list[str]) -> dict[str, list[str]]:
        origin.set_condition(flaky(0.4, seed=seed))
        found: dict[str, list[str]] = {}
        for path in order:
            found.setdefault(path, []).append(fate(path))
        return found

    one = weather(1, [*paths, *paths, *paths])
    other = weather(1, [path for path in reversed(paths) for _ in range(3)])
    assert one == other
    assert one != weather(2, [*paths, *paths, *paths])
    # Written down, so that a seed means the same in every version.
    assert [one[path].count("reset") for path in paths] == [1, 2, 1, 1, 0, 2, 2, 2]
    seen = [each for each in origin.requests if each.outcome == "blocked"]
    assert all(each.weather[0].startswith("reset by flaky(0.4, seed=") for each in seen)
    assert all((each.stopped_by, each.status) == ("origin", None) for each in seen)


def test_the_share_of_what_breaks(origin: Origin) -> None:
    origin.set_condition(flaky(0.1, seed=3))
    fates = [origin.weather.fate("GET", f"/{number}").stop for number in range(5_000)]
    assert 430 < fates.count("reset") < 570


def test_threads_that_ask_at_once_meet_the_same_weather(origin: Origin, fate: Fate) -> None:
    def weather() -> dict[str, list[str]]:
        origin.set_condition(flaky(0.5, seed=9))
        found: dict[str, list[str]] = {f"/{number}": [] for number in range(6)}

        def ask(path: str) -> None:
            for _ in range(5):
                found[path].append(fate(path))

        threads = [threading.Thread(target=ask, args=(path,)) for path in found]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    assert weather() == weather()


def test_each_exchange_has_a_connection_of_its_own_where_some_break(
    origin: Origin, client: Client
) -> None:
    origin.reply("/", "x")
    assert client.ask("/").headers.get("connection") is None
    origin.set_condition(flaky(0.01, seed=1))
    assert client.drain() == (b"", "reset")
    other = Client(origin)
    assert other.ask("/").headers["connection"] == "close"
    assert other.drain() == (b"", "closed")
    other.close()


def test_flapping_by_turns(origin: Origin, fate: Fate) -> None:
    origin.reply("/a", "a")
    origin.set_condition(flapping("++-"))
    assert [fate("/a") for _ in range(7)] == ["200", "200", "reset"] * 2 + ["200"]
    assert fate("/b") == "404"


def test_flapping_by_the_clock_cuts_what_is_open(origin: Origin, client: Client) -> None:
    stream = origin.event_stream("/events")
    client.send("/events")
    stream.wait_for_clients(1)
    origin.set_condition(flapping([200, 3_600_000]))
    stream.wait_for_clients(0)
    assert client.drain()[1] == "reset"
    late = Client(origin)
    late.send("/x")
    assert late.drain() == (b"", "reset")
    late.close()
    assert [seen.outcome for seen in origin.requests] == ["cut", "blocked"]
    assert origin.requests[1].weather == ("reset by flapping([200, 3600000])",)


def test_flapping_by_the_clock_comes_back(origin: Origin, fate: Fate) -> None:
    origin.reply("/", "x")
    origin.set_condition(flapping([50, 50]))
    seen = set()
    while seen != {"200", "reset"}:
        seen.add(fate("/"))


@pytest.mark.parametrize("how", ["bytes", "chunks", "file"])
@pytest.mark.parametrize(("after", "arrives"), [(0, 0), (1, 1), (70_000, 70_000)])
def test_truncated_answers(
    how: str, after: int, arrives: int, origin: Origin, client: Client, tmp_path
) -> None:
    body = bytes(range(256)) * 2_000
    if how == "file":
        (tmp_path / "x").write_bytes(body)
        origin.mount(tmp_path)
    elif how == "chunks":
        origin.reply(
            "/x",
            chunks=[body[:100_000], body[100_000:]],
            headers={"Content-Length": str(len(body))},
        )
    else:
        origin.reply("/x", body)
    origin.set_condition(truncate(after))
    client.send("/x")
    assert client.read_head().headers["content-length"] == str(len(body))
    assert client.drain() == (body[:arrives], "closed")
    (seen,) = origin.requests
    assert (seen.outcome, seen.status, seen.bytes_sent) == ("cut", 200, arrives)
    assert seen.weather == (f"broken off after {after} bytes",)


def test_answers_that_are_shorter_are_whole(origin: Origin, client: Client) -> None:
    origin.reply("/x", b"12345")
    origin.set_condition(truncate(5))
    assert client.ask("/x").body == b"12345"
    assert client.ask("/x", "HEAD").headers["content-length"] == "5"
    assert [(seen.outcome, seen.weather) for seen in origin.requests] == [("served", ())] * 2


def test_damage_keeps_lengths_and_is_the_same_for_the_same_seed(
    origin: Origin, client: Client
) -> None:
    body = bytes(10_500)
    origin.reply("/x", body, headers={"ETag": '"1"', "Last-Modified": "x"})
    origin.reply("/short", b"1")
    origin.set_condition(corrupt(every=1000, seed=2))
    first = client.ask("/x", If_None_Match='"1"')
    second = client.ask("/x")
    assert client.ask("/short").body == bytes([ord("1") ^ 0xFF])
    origin.set_condition(corrupt(every=1000, seed=2))
    assert client.ask("/x").body == first.body != second.body
    assert (first.status, len(first.body)) == (200, len(body))
    assert {"etag", "last-modified"}.isdisjoint(first.headers)
    places = [place for place, byte in enumerate(first.body) if byte]
    assert [place // 1000 for place in places] == list(range(11))
    assert [seen.weather for seen in origin.requests][:3] == [
        ("11 bytes damaged",), ("11 bytes damaged",), ("1 byte damaged",),
    ]  # fmt: skip
    origin.set_condition(ONLINE)
    assert client.ask("/x").body == body


def test_damage_of_what_comes_in_pieces(origin: Origin, client: Client) -> None:
    origin.reply("/x", chunks=[bytes(700), bytes(700), bytes(50)])
    origin.set_condition(corrupt(every=500) + bandwidth(1_000_000))
    got = client.ask("/x").body
    assert len(got) == 1450
    assert sum(map(bool, got)) == 3
    assert origin.requests[0].weather == ("slowed by bandwidth(1000000)", "3 bytes damaged")


def test_a_gateway_in_the_origins_place(origin: Origin, client: Client) -> None:
    origin.reply("/x", "x", times=1)
    origin.set_condition(status(503, body="later").on("/x"))
    answer = client.ask("/x")
    assert (answer.status, answer.body) == (503, b"later")
    assert answer.headers["cache-control"] == "no-store"
    assert client.ask("/y").status == 404
    assert origin.requests[0].weather == ("answered by status(503).on('/x')",)
    origin.set_condition(ONLINE)
    assert client.ask("/x").status == 200, "nothing of the origin was used up"


def test_a_login_page_answers_everything(origin: Origin, client: Client) -> None:
    origin.reply("/api", "[]", method="POST")
    origin.set_condition(captive_portal("<h1>pay</h1>"))
    for method, path in (("GET", "/"), ("GET", "/app.js"), ("POST", "/api")):
        answer = client.ask(path, method)
        assert (answer.status, answer.body) == (200, b"<h1>pay</h1>")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_the_last_of_a_kind_counts(origin: Origin, client: Client) -> None:
    origin.set_condition(status(500) + status(502).on("/api/*") + status(504).on("/api/slow"))
    found = [client.ask(path).status for path in ("/", "/api/x", "/api/slow")]
    assert found == [500, 502, 504]


def test_bandwidth_goes_for_uploads_too_and_is_noted(origin: Origin, client: Client) -> None:
    origin.reply("/up", "ok", method="POST")
    origin.set_condition(bandwidth(1_000_000, up=500_000))
    assert client.ask("/up", "POST", bytes(20_000)).body == b"ok"
    (seen,) = origin.requests
    assert len(seen.body) == 20_000
    assert seen.weather == ("slowed by bandwidth(1000000, up=500000)",)


def test_a_host_whose_name_is_not_found(
    server: OriginServer, origin: Origin, connect: Connect
) -> None:
    other = server.new_origin()
    other.reply("/", "up")
    for each in (origin, other):
        each.set_condition(dns_failure(origin.host))
    lost, found = connect(), connect(other)
    lost.send("/")
    assert lost.drain() == (b"", "reset")
    assert found.ask("/").status == 200
    assert origin.requests[0].weather == (f"reset by dns_failure('{origin.host}')",)
    server.close_origin(other)


@pytest.mark.parametrize("condition", [HANG, HANG.on("/x")])
def test_what_hangs_is_held_until_it_is_over(
    condition: Condition, origin: Origin, connect: Connect
) -> None:
    origin.reply("/x", "x")
    origin.set_condition(condition)
    client = connect()
    client.send("/x")
    (seen,) = held(origin)
    assert seen.weather == (f"held by {condition.effects[0]}",)
    client.socket.settimeout(0.05)
    with pytest.raises(TimeoutError):
        client.socket.recv(1)
    client.socket.settimeout(20)
    origin.set_condition(ONLINE)
    assert client.drain() == (b"", "reset")
    (seen,) = origin.requests
    assert (seen.outcome, seen.stopped_by, seen.condition) == ("blocked", "origin", condition)
    assert connect().ask("/x").body == b"x"


def test_what_hangs_ends_when_the_client_gives_up(origin: Origin, connect: Connect) -> None:
    origin.set_condition(HANG.on("/x"))
    client = connect()
    client.send("/x")
    held(origin)
    client.close()
    assert origin.requests.wait_for(lambda seen: not seen[0].in_flight)
    assert origin.requests[0].outcome == "blocked"


@pytest.mark.parametrize("condition", [HANG, HANG.on("/events")])
def test_an_open_stream_falls_silent_and_stays_open(
    condition: Condition, origin: Origin, connect: Connect
) -> None:
    stream = origin.event_stream("/events")
    client = connect()
    client.send("/events")
    client.read_until(b": open\n\n\r\n")
    origin.set_condition(condition)
    assert stream.send("unheard") == 0
    client.socket.settimeout(0.05)
    with pytest.raises(TimeoutError):
        client.socket.recv(1)
    client.socket.settimeout(20)
    assert [(seen.outcome, seen.in_flight) for seen in origin.requests] == [("cut", False)]
    origin.set_condition(OFFLINE)
    assert client.drain() == (b"", "reset")


def test_hanging_ends_with_its_origin_and_with_the_server(connect: Connect) -> None:
    with OriginServer() as server:
        origins = [server.new_origin() for _ in range(2)]
        clients = [connect(origin) for origin in (*origins, *origins)]
        stream = origins[0].event_stream("/events")
        clients[0].send("/events")
        stream.wait_for_clients(1)
        for origin in origins:
            origin.set_condition(HANG)
        for client in clients[1:]:
            client.send("/x")
        held(origins[1], 2)
        server.close_origin(origins[0])
        assert clients[0].drain()[1] == "reset"
    assert clients[1].drain() == (b"", "reset")


@pytest.mark.parametrize("condition", [RESET.on("/events"), SERVER_DOWN.on("/events")])
def test_open_exchanges_of_some_paths_are_cut_and_others_are_not(
    condition: Condition, origin: Origin, connect: Connect
) -> None:
    gone, kept = origin.event_stream("/events"), origin.event_stream("/others")
    one, two = connect(), connect()
    one.send("/events")
    two.send("/others")
    gone.wait_for_clients(1)
    kept.wait_for_clients(1)
    two.read_until(b": open\n\n")
    origin.set_condition(condition)
    assert one.drain()[1] == "reset"
    kept.send("heard")
    two.read_until(b"data: heard")


def test_internal_paths_have_no_weather_but_none_gets_through_while_all_is_away() -> None:
    with OriginServer(internal={"/.ours": (b"ours", "text/plain")}) as server:
        origin = server.new_origin()
        for condition in (status(503), flaky(0.9), latency(3_600_000), HANG.on("/.ours")):
            origin.set_condition(condition)
            client = Client(origin)
            assert client.ask("/.ours").body == b"ours"
            client.close()
        for condition in (HANG, RESET):
            origin.set_condition(condition)
            client = Client(origin)
            client.send("/.ours")
            assert client.drain() == (b"", "reset")
            client.close()
        assert len(origin.requests) == 0


def test_large_uploads_while_it_hangs_do_not_fill_memory(origin: Origin, client: Client) -> None:
    origin.set_condition(HANG)
    client.socket.settimeout(0.5)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    with pytest.raises(TimeoutError):
        client.send("/up", "POST", bytes(64 * 1024 * 1024))
    (seen,) = held(origin)
    assert len(seen.body) <= 1024 * 1024
