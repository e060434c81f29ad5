"""Scripted answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from origin_client import Client, Connect

from pytest_offline.errors import UsageError
from pytest_offline.origin import Origin


def test_a_reply_lies_over_a_mount(origin: Origin, client: Client, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text("{}")
    origin.mount(tmp_path)
    origin.reply("/data.json", '{"a": 1}', status=201, headers={"X-A": "ü"})
    answer = client.ask("/data.json?x=1")
    assert (answer.status, answer.body) == (201, b'{"a": 1}')
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-length"] == "8"


@pytest.mark.parametrize(
    ("path", "body", "content_type"),
    [
        ("/", "x", "text/html; charset=utf-8"),
        ("/page", " <p>", "text/html; charset=utf-8"),
        ("/page", "text", "text/plain; charset=utf-8"),
        ("/page", b"<p>", "application/octet-stream"),
        ("/sw.js?v=1.2", "x", "text/javascript; charset=utf-8"),
    ],
)
def test_content_types(
    path: str, body: str | bytes, content_type: str, origin: Origin, client: Client
) -> None:
    origin.reply(path, body)
    assert client.ask(path).headers["content-type"] == content_type


def test_headers_replace_the_defaults_and_repeat(origin: Origin, client: Client) -> None:
    pairs = [("Content-Type", "a/b"), ("Cache-Control", "max-age=9"), ("Set-Cookie", "a=1")]
    origin.reply("/x.js", "x", headers=[*pairs, ("Set-Cookie", "b=2")])
    client.ask("/x.js")
    seen = origin.requests[0]
    assert seen.response_header("content-type") == "a/b"
    assert seen.response_header("cache-control") == "max-age=9"
    assert seen.response_header("set-cookie") == "a=1, b=2"


def test_a_query_is_exact_and_wins(origin: Origin, client: Client) -> None:
    origin.reply("/a", "any")
    origin.reply("/a?b=1", "exact")
    assert [client.ask(path).body for path in ("/a", "/a?b=1", "/a?b=2")] == [
        b"any",
        b"exact",
        b"any",
    ]


def test_paths_are_compared_decoded(origin: Origin, client: Client) -> None:
    origin.reply("/ü", "yes")
    assert client.ask("/%C3%BC").body == b"yes"


def test_methods_are_apart_but_head_follows_get(origin: Origin, client: Client) -> None:
    origin.reply("/a", "got")
    origin.reply("/a", "posted", method="post")
    assert client.ask("/a", "POST", b"x").body == b"posted"
    assert client.ask("/a", "HEAD").headers["content-length"] == "3"
    assert client.ask("/a", "DELETE").status == 404


def test_times_falls_back_to_what_was_there(origin: Origin, client: Client, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("file")
    origin.mount(tmp_path)
    origin.reply("/a", "twice", times=2)
    origin.reply("/a", "once", times=1)
    bodies = [client.ask("/a").body for _ in range(4)]
    assert bodies == [b"once", b"twice", b"twice", b"file"]
    origin.reply("/a", "unused", times=3)
    origin.reply("/a", "for good")
    assert client.ask("/a").body == b"for good"


def test_chunks_come_one_by_one(origin: Origin, client: Client) -> None:
    origin.reply("/a", chunks=(part for part in (b"one", "zwö", b"")), chunk_delay=0.01)
    answer = client.ask("/a")
    assert (answer.headers["transfer-encoding"], answer.body) == ("chunked", "onezwö".encode())
    assert client.ask("/a").body == "onezwö".encode()
    assert origin.requests[0].bytes_sent == 7


def test_chunks_with_a_length_announced(origin: Origin, client: Client) -> None:
    origin.reply("/a", chunks=[b"one", b"two"], headers={"Content-Length": "6"})
    answer = client.ask("/a")
    assert "transfer-encoding" not in answer.headers
    assert answer.body == b"onetwo"


def test_a_delayed_answer_is_in_flight(origin: Origin, client: Client) -> None:
    origin.reply("/a", "late", delay=3600)
    client.send("/a")
    (seen,) = origin.requests.wait_for(lambda seen: seen)
    assert (seen.in_flight, seen.status) == (True, None)


def test_a_delayed_answer_comes(origin: Origin, client: Client) -> None:
    origin.reply("/a", "late", delay=0.05)
    assert client.ask("/a").body == b"late"
    (seen,) = origin.requests
    assert (seen.outcome, seen.status) == ("served", 200)


@pytest.mark.parametrize("cut_after", [0, 4])
def test_a_body_cut_off(cut_after: int, origin: Origin, client: Client) -> None:
    origin.reply("/a", "0123456789", cut_after=cut_after)
    client.send("/a")
    assert client.read_head().headers["content-length"] == "10"
    assert client.drain() == (b"0123456789"[:cut_after], "closed")
    (seen,) = origin.requests
    assert (seen.outcome, seen.status, seen.bytes_sent) == ("cut", 200, cut_after)


def test_chunks_cut_off_have_no_last_chunk(origin: Origin, client: Client) -> None:
    origin.reply("/a", chunks=[b"abc", b"def"], cut_after=4)
    client.send("/a")
    client.read_head()
    assert client.drain() == (b"3\r\nabc\r\n1\r\nd\r\n", "closed")


def test_statuses_without_a_body(origin: Origin, client: Client) -> None:
    origin.reply("/a", "ignored", status=204)
    answer = client.ask("/a")
    assert (answer.status, answer.headers.get("content-type")) == (204, None)
    assert client.ask("/a").status == 204
    assert origin.requests[0].bytes_sent == 0


def test_a_closed_event_stream_ends_and_keeps_clients_away(
    origin: Origin, client: Client, connect: Connect
) -> None:
    stream = origin.event_stream("/events")
    client.send("/events")
    stream.wait_for_clients()
    stream.send("two\nlines", id="7")
    stream.close()
    assert client.read().body == b": open\n\nid: 7\ndata: two\ndata: lines\n\n"
    stream.wait_for_clients(0)
    assert connect().ask("/events").status == 204
    assert origin.requests[0].outcome == "served"
    assert origin.requests[0].bytes_sent == 37


def test_an_event_stream_says_when_to_come_back(origin: Origin, client: Client) -> None:
    stream = origin.event_stream("/events", retry=50)
    client.send("/events")
    stream.wait_for_clients()
    stream.close()
    assert client.read().body == b"retry: 50\n\n"


@pytest.mark.parametrize("retry", [-1, True])
def test_no_time_to_come_back_after(retry: int, origin: Origin) -> None:
    with pytest.raises(UsageError, match=rf"retry={retry}\): give milliseconds, 0 or more"):
        origin.event_stream("/events", retry=retry)


def test_a_client_that_leaves_an_event_stream_is_noticed(origin: Origin, client: Client) -> None:
    stream = origin.event_stream("/events")
    client.send("/events")
    stream.wait_for_clients()
    client.close()
    stream.wait_for_clients(0)
    seen = origin.requests.wait_for(lambda seen: not seen[0].in_flight and seen[0])
    assert seen
    assert seen.outcome == "cut"


def test_waiting_for_clients_that_do_not_come(origin: Origin) -> None:
    stream = origin.event_stream("/events")
    with pytest.raises(UsageError, match=r"event_stream\('/events'\) has 0 clients, not 1"):
        stream.wait_for_clients(timeout=0)
    with pytest.raises(UsageError, match=r"websocket\('/ws'\) has 0 clients, not 2"):
        origin.websocket("/ws").wait_for_clients(2, timeout=0)


def test_a_web_socket_asked_for_as_a_page(origin: Origin, client: Client) -> None:
    origin.websocket("/ws")
    answer = client.ask("/ws")
    assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
    assert answer.body == "/ws is a web socket: open it with new WebSocket(…).\n".encode()


def test_a_web_socket_is_closed_with_a_handshake(origin: Origin, client: Client) -> None:
    route = origin.websocket("/ws")
    client.send(
        "/ws",
        Upgrade="websocket",
        Connection="Upgrade",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        Sec_WebSocket_Version="13",
    )
    client.read_head()
    route.wait_for_clients()
    route.send(b"bin")
    assert client.read_exactly(5) == b"\x82\x03bin"
    client.socket.sendall(b"\x88\x82\0\0\0\0\x03\xe8")
    assert client.read_exactly(4) == b"\x88\x02\x03\xe8"
    route.wait_for_clients(0)
    seen = origin.requests.wait_for(lambda seen: not seen[0].in_flight and seen[0])
    assert seen
    assert (seen.outcome, seen.bytes_sent) == ("served", 3)


def test_the_test_closes_a_web_socket(origin: Origin, client: Client) -> None:
    route = origin.websocket("/ws")
    client.send(
        "/ws",
        Upgrade="websocket",
        Connection="Upgrade",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        Sec_WebSocket_Version="13",
    )
    client.read_head()
    route.wait_for_clients()
    client.socket.sendall(b"\x88\x82\0\0\0\0\x03\xe9")
    route.close(1001)
    assert client.read_exactly(4)[:2] == b"\x88\x02"
    assert route.clients == 0 or route.wait_for_clients(0) is None


def test_head_of_an_event_stream_ends_at_once(origin: Origin, client: Client) -> None:
    stream = origin.event_stream("/events")
    assert client.ask("/events", "HEAD").headers["content-type"] == "text/event-stream"
    assert stream.clients == 0
    assert origin.peek("/events")[2] == b""


def test_peek_reads_without_asking(origin: Origin, tmp_path: Path) -> None:
    (tmp_path / "sw.js").write_text("self.a")
    (tmp_path / "big.bin").write_bytes(b"x" * 300_000)
    origin.mount(tmp_path)
    origin.reply("/once", "1", times=1)
    origin.reply("/parts", chunks=["a", "b"], delay=3600)
    status, headers, body = origin.peek("/sw.js?v=1")
    assert (status, body) == (200, b"self.a")
    assert ("content-type", "text/javascript; charset=utf-8") in headers
    assert [origin.peek("/once")[2] for _ in range(2)] == [b"1", b"1"]
    assert origin.peek("/parts")[2] == b"ab"
    assert len(origin.peek("/big.bin")[2]) == 300_000
    assert origin.peek("/missing")[0] == 404
    assert origin.peek("/../x")[0] == 404
    assert len(origin.requests) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "data"}, r"reply\('data'\): the path has to begin with \"/\""),
        ({"status": 99}, r"status=99\): use a status from 200 to 599"),
        ({"times": 0}, r"times=0\): how often is at least 1"),
        ({"delay": -1}, r"delay=-1\): seconds cannot be negative"),
        ({"chunk_delay": -2}, r"chunk_delay=-2\): seconds cannot be negative"),
        ({"body": "x", "chunks": ["y"]}, r"body='x', chunks=…\): give a body or chunks, not both"),
        ({"body": "abc", "cut_after": 3}, r"cut_after=3\): the body has 3 bytes, so nothing"),
        ({"cut_after": -1}, r"cut_after=-1\): the body has 0 bytes"),
        ({"headers": {"A": "b\nc"}}, r"reply\('/a'\): the value 'b\\nc' of header 'A'"),
    ],
)
def test_mistakes(arguments: dict[str, object], message: str, origin: Origin) -> None:
    path = arguments.pop("path", "/a")
    with pytest.raises(UsageError, match=message):
        origin.reply(path, **arguments)


def test_a_reply_that_is_taken_away_again(origin: Origin, client: Client) -> None:
    origin.reply("/a", "always")
    origin.reply("/a", "once", times=1)
    with origin.reply("/a", status=404):
        assert client.ask("/a").status == 404
    assert client.ask("/a").body == b"once"
    assert client.ask("/a").body == b"always"
    with origin.reply("/a", "covered", times=5):
        origin.reply("/a", "later", times=1)
    assert [client.ask("/a").body for _ in range(2)] == [b"later", b"always"]


def test_what_was_laid_over_for_good_stays(origin: Origin, client: Client) -> None:
    with origin.reply("/a", "first"):
        origin.reply("/a", "second")
    assert client.ask("/a").body == b"second"
    with origin.reply("/b", "b"):
        assert client.ask("/b").status == 200
    assert client.ask("/b").status == 404
