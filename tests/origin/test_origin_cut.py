"""The cut: after set_condition returns, not one byte."""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
import threading

import pytest
from origin_client import Client, Connect

from pytest_offline.errors import UsageError
from pytest_offline.origin import Origin, OriginServer
from pytest_offline.record import OFFLINE, ONLINE, Condition

SERVER_DOWN = Condition("server-down", reachable=False)


def waiting(client: Client) -> int:
    """Bytes that lie in the client's kernel buffer, unread."""
    return struct.unpack("i", fcntl.ioctl(client.socket, termios.FIONREAD, b"\0\0\0\0"))[0]


def assert_nothing_follows(client: Client) -> None:
    at_return = waiting(client) + len(client.buffer)
    received, end = client.drain()
    assert len(received) == at_return
    assert end == "reset"


def test_an_idle_keep_alive_connection_is_reset(origin: Origin, client: Client) -> None:
    origin.reply("/", "hello")
    assert client.ask("/").status == 200
    origin.set_condition(OFFLINE)
    assert client.drain() == (b"", "reset")


def test_a_request_while_cut_is_read_noted_and_reset(origin: Origin, connect: Connect) -> None:
    origin.reply("/api", "never", method="POST")
    origin.set_condition(OFFLINE)
    client = connect()
    client.send("/api?x=1", "POST", b"order", X_Test="1")
    assert client.drain() == (b"", "reset")
    (seen,) = origin.requests
    assert (seen.method, seen.path, seen.body) == ("POST", "/api?x=1", b"order")
    assert (seen.outcome, seen.stopped_by, seen.condition) == ("blocked", "origin", OFFLINE)
    assert (seen.status, seen.bytes_sent, seen.response_headers) == (None, 0, ())
    assert seen.header("x-test") == "1"


def test_a_half_sent_response_is_cut(origin: Origin, client: Client) -> None:
    origin.reply("/slow", chunks=[b"first", b"second"], chunk_delay=3600)
    client.send("/slow")
    client.read_until(b"first")
    assert origin.requests[0].in_flight
    origin.set_condition(OFFLINE)
    assert_nothing_follows(client)
    (seen,) = origin.requests
    assert (seen.outcome, seen.status, seen.bytes_sent) == ("cut", 200, 5)
    assert seen.condition == OFFLINE
    assert not seen.in_flight


def test_an_answer_that_waits_is_blocked(origin: Origin, client: Client) -> None:
    origin.reply("/later", "late", delay=3600)
    client.send("/later")
    origin.requests.wait_for(len)
    origin.set_condition(SERVER_DOWN)
    assert client.drain() == (b"", "reset")
    (seen,) = origin.requests
    assert (seen.outcome, seen.stopped_by) == ("blocked", "origin")


def test_what_is_buffered_for_a_client_that_does_not_read_is_thrown_away(
    origin: Origin, client: Client
) -> None:
    """Megabytes lie in our buffers and the kernel's; none of them may follow."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    origin.reply("/big", b"x" * 8_000_000)
    client.send("/big")
    origin.requests.wait_for(lambda seen: seen and seen[0].status)
    origin.set_condition(OFFLINE)
    at_return = waiting(client)
    received, end = client.drain()
    assert (len(received), end) == (at_return, "reset")
    assert at_return < 8_000_000
    (seen,) = origin.requests
    assert seen.outcome == "cut"
    assert seen.bytes_sent < 8_000_000


def test_what_a_closed_connection_has_still_to_deliver_is_thrown_away(
    origin: Origin, client: Client
) -> None:
    """The server has closed its end in good order; the kernel would go on delivering."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    origin.reply("/big", b"x" * 200_000, cut_after=150_000)
    client.send("/big")
    client.read_head()
    origin.requests.wait_for(lambda seen: not seen[0].in_flight)
    origin.set_condition(OFFLINE)
    assert_nothing_follows(client)
    assert origin.requests[0].outcome == "cut"


def test_a_closed_connection_delivers_everything_while_online(
    origin: Origin, connect: Connect
) -> None:
    origin.reply("/big", b"x" * 200_000)
    client = connect()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    client.send("/big", Connection="close")
    assert client.read_head().headers["connection"] == "close"
    origin.requests.wait_for(lambda seen: not seen[0].in_flight)
    received, end = client.drain()
    assert (len(received), end) == (200_000, "closed")
    connect().ask("/big")
    assert origin.requests[0].outcome == "served"


def test_a_client_that_resets_in_the_middle_leaves_nothing_behind(
    origin: Origin, connect: Connect
) -> None:
    origin.reply("/big", b"x" * 8_000_000)
    client = connect()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.send("/big")
    client.read_head()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    seen = origin.requests.wait_for(lambda seen: seen[0].outcome == "cut" and seen[0])
    assert seen
    assert seen.bytes_sent < 8_000_000
    assert connect().ask("/big").status == 200


def test_an_open_event_stream_falls_silent(origin: Origin, client: Client) -> None:
    stream = origin.event_stream("/events")
    client.send("/events", Accept="text/event-stream")
    stream.wait_for_clients()
    assert stream.send("one", "tick") == 1
    assert client.read_until(b"data: one").endswith(b"event: tick\ndata: one")
    (seen,) = origin.requests
    assert (seen.in_flight, seen.status, seen.initiator) == (True, 200, "eventsource")
    origin.set_condition(OFFLINE)
    assert stream.send("two") == 0
    assert_nothing_follows(client)
    assert origin.requests[0].outcome == "cut"


def test_an_open_web_socket_falls_silent(origin: Origin, client: Client) -> None:
    route = origin.websocket("/ws", lambda message: message)
    client.send(
        "/ws",
        Upgrade="websocket",
        Connection="Upgrade",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        Sec_WebSocket_Version="13",
    )
    assert client.read_head().status == 101
    route.wait_for_clients()
    assert route.send("push") == 1
    assert client.read_exactly(6) == b"\x81\x04push"
    client.socket.sendall(b"\x81\x82\0\0\0\0hi")
    assert client.read_exactly(4) == b"\x81\x02hi"
    assert route.messages == ["hi"]
    origin.set_condition(OFFLINE)
    assert route.send("more") == 0
    assert_nothing_follows(client)
    (seen,) = origin.requests
    assert (seen.outcome, seen.status, seen.initiator) == ("cut", 101, "websocket")


def test_an_upload_in_the_middle_is_blocked(origin: Origin, client: Client) -> None:
    origin.reply("/upload", method="PUT")
    client.socket.sendall(
        f"PUT /upload HTTP/1.1\r\nHost: {origin.url[7:-1]}\r\nContent-Length: 100\r\n"
        "Expect: 100-continue\r\n\r\n".encode()
    )
    # The invitation to send shows that the request is being read.
    assert client.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.socket.sendall(b"half")
    origin.set_condition(OFFLINE)
    assert client.drain() == (b"", "reset")
    (seen,) = origin.requests
    assert (seen.outcome, seen.stopped_by) == ("blocked", "origin")


def test_no_100_continue_goes_out_while_cut(origin: Origin, client: Client) -> None:
    origin.set_condition(OFFLINE)
    client.send("/upload", "PUT", b"body", Expect="100-continue")
    assert client.drain() == (b"", "reset")
    assert origin.requests[0].outcome == "blocked"


def test_a_connection_opened_before_and_used_after_is_reset(origin: Origin, client: Client) -> None:
    """Browsers open connections ahead of need: whose they are shows only with a request."""
    origin.set_condition(OFFLINE)
    client.send("/")
    assert client.drain() == (b"", "reset")


def test_a_request_that_cannot_be_read_gets_no_answer_while_cut(
    origin: Origin, connect: Connect
) -> None:
    broken = f"GET / HTTP/1.1\r\nHost: {origin.url[7:-1]}\r\nbad header\r\n\r\n".encode()
    online = connect()
    online.socket.sendall(broken)
    assert online.read().status == 400
    origin.set_condition(OFFLINE)
    offline = connect()
    offline.socket.sendall(broken)
    assert offline.drain() == (b"", "reset")


def test_internal_paths_are_cut_too_and_never_noted() -> None:
    with OriginServer(internal={"/__p__/probe.js": (b"probe", "text/javascript")}) as server:
        origin = server.new_origin()
        client = Client(origin)
        answer = client.ask("/__p__/probe.js?v=1")
        assert (answer.body, answer.headers["content-type"]) == (b"probe", "text/javascript")
        origin.set_condition(OFFLINE)
        assert client.drain() == (b"", "reset")
        client.close()
        client = Client(origin)
        client.send("/__p__/probe.js")
        assert client.drain() == (b"", "reset")
        client.close()
        assert list(origin.requests) == []


def test_going_online_works_at_once_on_the_same_port(origin: Origin, connect: Connect) -> None:
    origin.reply("/", "back")
    port = origin.port
    for _ in range(3):
        origin.set_condition(OFFLINE)
        origin.set_condition(ONLINE)
        assert connect().ask("/").body == b"back"
    assert origin.port == port
    assert origin.condition == ONLINE


def test_another_origin_on_the_same_server_is_left_alone(
    server: OriginServer, origin: Origin, connect: Connect
) -> None:
    other = server.new_origin()
    other.reply("/", "still here")
    client = connect(other)
    assert client.ask("/").status == 200
    origin.set_condition(OFFLINE)
    assert client.ask("/").body == b"still here"
    server.close_origin(other)


def test_requests_that_race_with_the_cut_are_served_or_reset_never_late(
    origin: Origin, connect: Connect
) -> None:
    """Many connections ask in a loop; what has arrived when the call returns is all there is."""
    origin.reply("/", b"x" * 5000)
    clients = [connect() for _ in range(6)]
    errors: list[BaseException] = []

    def keep_asking(client: Client) -> None:
        try:
            while True:
                client.ask("/")
        except ConnectionError:
            pass
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=keep_asking, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    origin.requests.wait_for(lambda seen: len(seen) > 60)
    origin.set_condition(OFFLINE)
    served = sum(seen.bytes_sent for seen in origin.requests)
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert errors == []
    assert sum(seen.bytes_sent for seen in origin.requests) == served
    assert {seen.outcome for seen in origin.requests} <= {"served", "cut", "blocked"}


def test_the_condition_can_be_set_from_the_server_thread(origin: Origin, client: Client) -> None:
    """A web socket callback runs there; waiting for itself would be for ever."""
    route = origin.websocket("/ws", lambda _: origin.set_condition(OFFLINE))
    client.send(
        "/ws",
        Upgrade="websocket",
        Connection="Upgrade",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        Sec_WebSocket_Version="13",
    )
    client.read_head()
    client.socket.sendall(b"\x81\x82\0\0\0\0hi")
    assert client.drain() == (b"", "reset")
    assert route.messages == ["hi"]
    assert origin.condition == OFFLINE


def test_what_the_browser_stopped_is_noted_without_arriving(origin: Origin) -> None:
    origin.set_condition(OFFLINE)
    origin.note_blocked(
        method="GET",
        url=origin.url_for("/a?b#c"),
        initiator="image",
        time=5.0,
        headers=[("Accept", "image/*")],
    )
    (seen,) = origin.requests
    assert (seen.path, seen.url) == ("/a?b", origin.url_for("/a?b"))
    assert (seen.outcome, seen.stopped_by, seen.initiator) == ("blocked", "browser", "image")
    assert (seen.time, seen.headers) == (5.0, (("accept", "image/*"),))


def test_noting_a_url_of_elsewhere_is_refused(origin: Origin) -> None:
    with pytest.raises(UsageError, match=r"note_blocked\(url='http://b.test/'\): that is not a"):
        origin.note_blocked(method="GET", url="http://b.test/", initiator="fetch", time=0.0)
