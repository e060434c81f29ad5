"""Upstreams that are not there, die, lie, stall; requests that try something."""

from __future__ import annotations

import datetime
import queue
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from origin_client import Client, Connect
from upstreams import ScriptedUpstream, Talk, answering

from pytest_offline.origin import Origin

PATIENCE = 10.0


@pytest.fixture
def serve() -> Iterator[object]:
    made: list[ScriptedUpstream] = []

    def start(script: object) -> ScriptedUpstream:
        made.append(ScriptedUpstream(script))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for upstream in made:
        upstream.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_one_that_is_down_is_named(
    origin: Origin, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    origin.proxy(url)
    answer = client.ask("/x", "POST", b"hello")
    assert answer.status == 502
    said = f"the upstream {url} is not there: Connect call failed"
    assert said in answer.body.decode()
    assert "Was it started, and is that its port?" in answer.body.decode()
    seen = origin.requests[-1]
    assert (seen.outcome, seen.status) == ("failed", 502)
    assert str(seen.error).startswith(said)
    assert said in caplog.text
    assert origin.errors == (), "no application raised"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "closed the connection without an answer"),
        (b"HTTP/1.1 200", "sent an answer that is no HTTP|without an answer"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "sent an answer that is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "no HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "no HTTP",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "status 101"),
    ],
)
def test_answers_that_are_none(
    sent: bytes, said: str, serve: object, origin: Origin, client: Client
) -> None:
    upstream = serve(answering(sent))  # type: ignore[operator]
    origin.proxy(upstream.url)
    answer = client.ask("/x")
    assert answer.status == 502
    assert any(part in answer.body.decode() for part in said.split("|")), answer.body
    assert origin.requests[-1].outcome == "failed"


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n",
    ],
)
def test_one_that_dies_in_mid_answer_breaks_it_off(
    sent: bytes, serve: object, origin: Origin, client: Client
) -> None:
    upstream = serve(answering(sent))  # type: ignore[operator]
    origin.proxy(upstream.url)
    client.send("/x")
    received, how = client.drain()
    assert not received.endswith(b"0\r\n\r\n"), "it must not look complete"
    assert how == "closed"
    seen = origin.requests[-1]
    assert seen.outcome in ("cut", "failed")
    assert "broke off in the middle of its answer" in str(seen.error)


def test_one_that_says_nothing_is_given_up(serve: object, origin: Origin, client: Client) -> None:
    asked: queue.SimpleQueue[Talk] = queue.SimpleQueue()

    def script(talk: Talk) -> None:
        asked.put(talk)
        talk.drain()

    origin.proxy(serve(script).url, timeout=0.3)  # type: ignore[operator]
    answer = client.ask("/x")
    assert answer.status == 504
    assert "has not answered for 0.3 s" in answer.body.decode()
    assert asked.get(timeout=PATIENCE).ended.wait(PATIENCE), "and its connection is closed"


def test_a_quiet_stream_is_not_given_up(serve: object, origin: Origin, client: Client) -> None:
    go_on = threading.Event()

    def script(talk: Talk) -> None:
        talk.read_head()
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
        go_on.wait(PATIENCE)
        talk.send(b"b")

    origin.proxy(serve(script).url, timeout=2)  # type: ignore[operator]
    client.send("/x")
    client.read_until(b"\r\n\r\na")
    quiet = threading.Event()
    quiet.wait(2.5)  # longer than the time-out, which ends with the head
    go_on.set()
    assert client.read_exactly(1) == b"b"


def test_a_client_that_leaves_ends_it_at_the_upstream(
    serve: object, origin: Origin, connect: Connect
) -> None:
    def script(talk: Talk) -> None:
        talk.read_head()
        talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        talk.drain()

    upstream = serve(script)  # type: ignore[operator]
    origin.proxy(upstream.url)
    client = connect()
    client.send("/x")
    client.read_until(b"a\r\n")
    client.close()
    assert upstream.talks[0].ended.wait(PATIENCE)
    assert origin.requests[-1].outcome == "cut"
    assert origin.requests[-1].error is None


def test_a_connection_that_went_stale_is_not_noticed(
    serve: object, origin: Origin, client: Client
) -> None:
    """The upstream closes it just as the next request is on its way."""

    def script(talk: Talk) -> None:
        talk.read_head()
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        talk.received = b""
        talk.read_head()

    upstream = serve(script)  # type: ignore[operator]
    origin.proxy(upstream.url)
    assert client.ask("/1").body == b"ok"
    assert client.ask("/2").body == b"ok"
    assert len(upstream.talks) == 2
    assert b"GET /2 " in upstream.talks[0].received, "it was tried there first"


def test_headers_of_100_kb_pass_from_the_upstream(
    serve: object, origin: Origin, client: Client
) -> None:
    large = b"a" * 100_000
    upstream = serve(  # type: ignore[operator]
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Large: " + large + b"\r\n\r\nx")
    )
    origin.proxy(upstream.url)
    assert client.ask("/x").headers["x-large"] == large.decode()


def test_headers_of_100_kb_are_refused_of_a_client(
    serve: object, origin: Origin, client: Client
) -> None:
    upstream = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))  # type: ignore[operator]
    origin.proxy(upstream.url)
    assert client.ask("/x", X_Large="a" * 100_000).status == 400
    assert upstream.talks == []


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Transfer-Encoding: chunked, identity"],
        ["Transfer-Encoding: xchunked"],
        ["Content-Length: +5"],
        ["Content-Length : 5"],
        ["X: a\r\n folded", "Content-Length: 5"],
        ["Content-Length: 5, 5"],
        ["Content-Length: 0x5"],
        ["Content-Length: -5"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: \x0bchunked"],
        ["Transfer-Encoding\x00: chunked"],
        ["X: a\nTransfer-Encoding: chunked", "Content-Length: 5"],
        ["Host: elsewhere.test", "Content-Length: 5"],
    ],
    ids=ascii,
)
def test_smuggling_never_reaches_the_upstream(
    lines: list[str], serve: object, origin: Origin, client: Client
) -> None:
    def script(talk: Talk) -> None:
        while True:
            talk.read_head()
            talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            talk.drain()

    upstream = serve(script)  # type: ignore[operator]
    origin.proxy(upstream.url)
    head = "\r\n".join([f"POST / HTTP/1.1\r\nHost: {origin.url[7:-1]}", *lines, "", ""])
    hidden = f"GET /hidden HTTP/1.1\r\nHost: {origin.url[7:-1]}\r\n\r\n"
    client.socket.sendall(f"{head}0\r\n\r\n{hidden}".encode())
    answer = client.read_head()
    assert answer.status == 400
    assert not [talk for talk in upstream.talks if b"hidden" in talk.received]


@pytest.mark.parametrize("chunk", ["+5", "0x5", "5 ", " 5", "5;\nx", "-1", "f" * 20])
def test_chunks_that_two_would_read_differently_are_not_passed_on(
    chunk: str, serve: object, origin: Origin, client: Client
) -> None:
    upstream = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))  # type: ignore[operator]
    origin.proxy(upstream.url)
    host = origin.url[7:-1]
    head = f"POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
    hidden = f"GET /hidden HTTP/1.1\r\nHost: {host}\r\n\r\n"
    client.socket.sendall(f"{head}{chunk}\r\nabcde\r\n0\r\n\r\n{hidden}".encode())
    received, _ = client.drain()
    assert b"200 OK" not in received
    assert not [talk for talk in upstream.talks if b"hidden" in talk.received]


def test_a_change_of_protocol_is_not_passed_on(
    serve: object, origin: Origin, client: Client
) -> None:
    """Only web sockets are: a tunnel of anything else would lead past the origin."""
    upstream = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))  # type: ignore[operator]
    origin.proxy(upstream.url)
    answer = client.ask(
        "/x", Connection="Upgrade, HTTP2-Settings", Upgrade="h2c", HTTP2_Settings="AAMAAABk"
    )
    assert answer.status == 200
    (talk,) = upstream.talks
    for name in (b"upgrade", b"http2-settings", b"connection"):
        assert name not in talk.received.lower()


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1", "localhost:1", "", "[::1]"])
def test_another_host_is_nobody_here(
    host: str, serve: object, origin: Origin, client: Client
) -> None:
    upstream = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))  # type: ignore[operator]
    origin.proxy(upstream.url)
    client.socket.sendall(f"GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert client.read().status in (400, 421)
    assert upstream.talks == []


@pytest.mark.parametrize("method", ["CONNECT", "TRACE"])
def test_tunnels_are_not_opened(method: str, serve: object, origin: Origin, client: Client) -> None:
    upstream = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))  # type: ignore[operator]
    origin.proxy(upstream.url)
    assert client.ask("/x", method).status in (400, 405)
    assert upstream.talks == []


@pytest.mark.parametrize("target", ["http://evil.test/x", "//evil.test/x", "/x@evil.test", "/%zz%"])
def test_whatever_is_asked_for_goes_to_the_upstream(
    target: str, serve: object, origin: Origin, client: Client
) -> None:
    upstream = serve(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))  # type: ignore[operator]
    origin.proxy(upstream.url)
    assert client.ask(target).status == 200
    (talk,) = upstream.talks
    lines = talk.received.decode().split("\r\n")
    path = "/x" if target.startswith("http:") else target
    assert lines[0] == f"GET {path} HTTP/1.1"
    assert f"Host: {upstream.url[7:]}" in lines


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


class TlsUpstream(ScriptedUpstream):
    """A scripted upstream with a certificate."""

    def __init__(self, cert: trustme.LeafCert) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        cert.configure_cert(self._context)
        super().__init__(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
        self.url = self.url.replace("http:", "https:")

    def _run(self, talk: Talk) -> None:
        try:
            talk.connection = self._context.wrap_socket(talk.connection, server_side=True)
        except OSError:
            talk.connection.close()
            return
        super()._run(talk)


def test_a_certificate_that_has_run_out_is_named(
    origin: Origin, client: Client, authority: trustme.CA, tmp_path: Path
) -> None:
    past = datetime.datetime(2020, 1, 1)
    upstream = TlsUpstream(authority.issue_cert("127.0.0.1", not_after=past, not_before=past))
    origin.proxy(upstream.url)
    answer = client.ask("/x")
    assert answer.status == 502
    said = answer.body.decode()
    assert "has a certificate that cannot be trusted" in said
    assert "origin.proxy(…, verify=False)" in said
    origin.proxy(upstream.url, verify=False)
    assert client.ask("/x").body == b"ok"
    upstream.close()


def test_https_where_there_is_none(serve: object, origin: Origin, client: Client) -> None:
    def script(talk: Talk) -> None:
        talk.send(b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")
        talk.drain()

    upstream = serve(script)  # type: ignore[operator]
    origin.proxy(upstream.url.replace("http:", "https:"))
    answer = client.ask("/x")
    assert answer.status == 502
    url = upstream.url.replace("http:", "https:")
    assert f"the upstream {url} does not speak TLS as it should" in answer.body.decode()
    assert "Is it http:// perhaps?" in answer.body.decode()
