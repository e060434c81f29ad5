"""A proxy of a server that runs elsewhere: what passes, both ways, and what stops with the cut."""

from __future__ import annotations

import gzip
import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from origin_client import Client, Connect
from upstreams import ScriptedUpstream, Talk

from pytest_offline import OFFLINE, ONLINE
from pytest_offline.errors import UsageError
from pytest_offline.origin import Origin, OriginServer

PATIENCE = 10.0


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[OriginServer]:
    with OriginServer() as server:
        yield server


@pytest.fixture
def upstream(elsewhere: OriginServer) -> Iterator[Origin]:
    upstream = elsewhere.new_origin()
    yield upstream
    elsewhere.close_origin(upstream)


def test_it_passes_what_it_is_asked_and_answered(
    origin: Origin, upstream: Origin, client: Client
) -> None:
    upstream.reply(
        "/a%20b?c=%20", b"made", status=201, method="PUT", headers={"X-A": "1", "ETag": '"t"'}
    )
    origin.proxy(upstream.url)
    answer = client.ask("/a%20b?c=%20", "PUT", b"hello", X_B="2", Cookie="s=1")
    assert (answer.status, answer.body, answer.headers["x-a"]) == (201, b"made", "1")
    assert answer.headers["etag"] == '"t"'
    seen = upstream.requests[-1]
    assert (seen.path, seen.body) == ("/a%20b?c=%20", b"hello")
    assert seen.header("host") == upstream.url[7:-1]
    assert seen.header("x-b") == "2"
    assert seen.header("cookie") == "s=1"
    assert seen.header("x-forwarded-for") == "127.0.0.1"
    assert seen.header("user-agent") is None, "nothing is made up"
    ours = origin.requests[-1]
    assert (ours.outcome, ours.status, ours.body, ours.bytes_sent) == ("served", 201, b"hello", 4)


def test_validators_pass(origin: Origin, upstream: Origin, client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x" * 100)
    upstream.mount(tmp_path)
    origin.proxy(upstream.url)
    tag = client.ask("/a.txt").headers["etag"]
    assert client.ask("/a.txt", If_None_Match=tag).status == 304
    assert client.ask("/a.txt", "HEAD").headers["content-length"] == "100"
    part = client.ask("/a.txt", Range="bytes=0-9")
    assert (part.status, part.body, part.headers["content-range"]) == (
        206,
        b"x" * 10,
        "bytes 0-9/100",
    )


@pytest.mark.parametrize(("name", "packed"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_compression_is_left_alone(
    name: str, packed: object, origin: Origin, upstream: Origin, client: Client
) -> None:
    data = packed(b"x" * 5000)  # type: ignore[operator]
    upstream.reply("/x", data, headers={"Content-Encoding": name, "Content-Type": "text/css"})
    origin.proxy(upstream.url)
    answer = client.ask("/x", Accept_Encoding="gzip, br")
    assert (answer.body, answer.headers["content-encoding"]) == (data, name)
    assert upstream.requests[-1].header("accept-encoding") == "gzip, br"


def test_bodies_are_streamed_both_ways(origin: Origin, client: Client) -> None:
    arrived = threading.Event()

    def script(talk: Talk) -> None:
        talk.read_until(b"first")
        arrived.set()
        talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        talk.read_until(b"second")
        talk.send(b"3\r\ntwo\r\n0\r\n\r\n")
        talk.drain()

    upstream = ScriptedUpstream(script)
    origin.proxy(upstream.url)
    head = f"POST / HTTP/1.1\r\nHost: {origin.url[7:-1]}\r\nContent-Length: 11\r\n\r\nfirst"
    client.socket.sendall(head.encode())
    assert arrived.wait(PATIENCE), "it does not wait for the rest"
    client.read_until(b"one")
    client.socket.sendall(b"second")
    client.read_until(b"two")
    upstream.close()
    assert b"Content-Length: 11" in upstream.talks[0].received


def test_memory_stays_small_whatever_comes(origin: Origin, client: Client) -> None:
    import resource

    size = (2048 if os.environ.get("OFFLINE_LONG") else 256) * 1024 * 1024

    def script(talk: Talk) -> None:
        talk.read_head()
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        piece = bytes(1024 * 1024)
        for _ in range(size // len(piece)):
            talk.send(piece)

    upstream = ScriptedUpstream(script)
    origin.proxy(upstream.url)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    client.send("/")
    client.read_head()
    left = size - len(client.buffer)
    while left:
        left -= len(client.socket.recv(1 << 20))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    upstream.close()
    assert grown < 40 * 1024, f"{grown} KiB"
    assert origin.requests[-1].bytes_sent == size


def test_event_streams_flow_and_are_closed_by_the_cut(
    origin: Origin, upstream: Origin, connect: Connect
) -> None:
    events = upstream.event_stream("/events")
    origin.proxy(upstream.url)
    client = connect()
    client.send("/events")
    client.read_until(b": open\n\n")
    events.send("hello")
    client.read_until(b"data: hello\n\n")
    origin.set_condition(OFFLINE)
    assert client.drain()[1] == "reset"
    events.wait_for_clients(0)
    assert origin.requests[-1].outcome == "cut"
    before = len(upstream.requests)
    away = connect()
    away.send("/events")
    assert away.drain() == (b"", "reset")
    assert len(upstream.requests) == before, "not a byte"
    assert origin.requests[-1].outcome == "blocked"
    origin.set_condition(ONLINE)
    assert connect().ask("/nothing").status == 404


def test_what_is_written_and_not_sent_stays_here_when_cut(origin: Origin, client: Client) -> None:
    asked, full = threading.Event(), threading.Event()

    def script(talk: Talk) -> None:
        talk.read_head()
        asked.set()
        full.wait(PATIENCE)
        talk.drain()

    upstream = ScriptedUpstream(script)
    origin.proxy(upstream.url)
    head = f"POST / HTTP/1.1\r\nHost: {origin.url[7:-1]}\r\nContent-Length: 90000000\r\n\r\n"
    client.socket.sendall(head.encode() + b"x" * 100_000)
    assert asked.wait(PATIENCE)
    client.socket.settimeout(0.5)
    try:
        while True:
            client.socket.sendall(b"x" * 100_000)  # until nobody takes any more
    except TimeoutError:
        pass
    origin.set_condition(OFFLINE)
    full.set()
    assert upstream.talks[0].ended.wait(PATIENCE)
    upstream.close()
    assert origin.requests[-1].outcome == "blocked"


def test_cookies_and_redirects_name_the_origin(
    origin: Origin, upstream: Origin, client: Client
) -> None:
    upstream.reply(
        "/login",
        status=302,
        method="POST",
        headers=[
            ("Location", f"{upstream.url}home"),
            ("Set-Cookie", f"s=1; Domain={upstream.host}; Secure; Path=/"),
        ],
    )
    origin.proxy(upstream.url)
    answer = client.ask("/login", "POST", b"a=1", Origin=origin.url[:-1])
    assert answer.headers["location"] == f"{origin.url}home"
    assert answer.headers["set-cookie"] == "s=1; Path=/"
    assert upstream.requests[-1].header("origin") == upstream.url[:-1]


def test_a_redirect_loop_is_the_clients_to_end(
    origin: Origin, upstream: Origin, client: Client
) -> None:
    upstream.reply("/loop", "", status=302, headers={"Location": f"{upstream.url}loop"})
    origin.proxy(upstream.url)
    for _ in range(3):
        answer = client.ask("/loop")
        assert (answer.status, answer.headers["location"]) == (302, f"{origin.url}loop")
    assert len(upstream.requests) == 3


def test_a_redirect_is_never_followed(origin: Origin, upstream: Origin, client: Client) -> None:
    upstream.reply("/loop", status=302, headers={"Location": "/loop"})
    origin.proxy(upstream.url)
    assert client.ask("/loop").headers["location"] == "/loop"
    assert len(upstream.requests) == 1


def named_app(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [b"app"]


def test_mounts_mix_and_the_longest_wins(
    origin: Origin, upstream: Origin, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("folder")
    upstream.reply("/v1/users", "users")
    upstream.reply("/v1", "root")
    origin.mount(tmp_path)
    origin.proxy(f"{upstream.url}v1/", at="/api/")
    origin.app(named_app, at="/api/app/")
    origin.reply("/api/over", "scripted")
    assert client.ask("/").body == b"folder"
    assert client.ask("/api/users").body == b"users"
    assert client.ask("/api/app/x").body == b"app"
    assert client.ask("/api/over").body == b"scripted"
    assert client.ask("/api?x=1").headers["location"] == "/api/?x=1"
    assert client.ask("/api/%2e%2e/x").status == 404


def test_with_preserve_host_it_is_told_the_origins_name(origin: Origin, client: Client) -> None:
    heads: list[bytes] = []

    def script(talk: Talk) -> None:
        heads.append(talk.read_head())
        talk.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    upstream = ScriptedUpstream(script)
    origin.proxy(upstream.url, preserve_host=True)
    assert client.ask("/", Origin=origin.url[:-1]).status == 204
    upstream.close()
    host = origin.url[7:-1].encode()
    assert b"Host: " + host in heads[0]
    assert b"X-Forwarded-Host: " + host in heads[0]
    assert b"Origin: http://" + host in heads[0]


@pytest.fixture(scope="module")
def probing() -> Iterator[OriginServer]:
    with OriginServer(instrument=lambda script: b"/*probe*/" + script) as server:
        yield server


PACKED = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "br": brotli.compress,
    "deflate": zlib.compress,
}


@pytest.mark.parametrize("encoding", [*PACKED, "gzip, br"])
def test_worker_scripts_get_the_probe_also_when_packed(
    encoding: str, probing: OriginServer, upstream: Origin
) -> None:
    script = b"self.oninstall = 1;" * 50
    data = script
    for name in encoding.split(", "):
        data = PACKED[name](data)
    headers = {"Content-Type": "text/javascript", "ETag": 'W/"u"', "Last-Modified": "x"}
    if encoding:
        headers["Content-Encoding"] = encoding
    upstream.reply("/sw.js", data, headers=headers)
    origin = probing.new_origin()
    origin.proxy(upstream.url)
    client = Client(origin)
    asked = {"Service_Worker": "script", "Accept_Encoding": "gzip, br, zstd"}
    answer = client.ask("/sw.js", **asked)
    assert answer.body == b"/*probe*/" + script
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-length"] == str(len(answer.body))
    assert upstream.requests[-1].header("accept-encoding") == "gzip, deflate, br"
    again = client.ask("/sw.js", If_None_Match=answer.headers["etag"], **asked)
    assert again.status == 304
    assert client.ask("/sw.js").body == data
    assert origin.peek("/sw.js")[2] == script
    client.close()
    probing.close_origin(origin)


def test_a_script_that_cannot_be_unpacked_is_served_as_it_is(
    probing: OriginServer, upstream: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Content-Type": "text/javascript", "Content-Encoding": "zstd"}
    upstream.reply("/sw.js", b"packed", headers=headers)
    origin = probing.new_origin()
    origin.proxy(upstream.url)
    client = Client(origin)
    assert client.ask("/sw.js", Service_Worker="script").body == b"packed"
    client.close()
    probing.close_origin(origin)
    assert "'zstd' could not be undone" in caplog.text


def test_peek_falls_back_to_the_script_that_was_served(
    probing: OriginServer, upstream: Origin
) -> None:
    """As where a login stands before it: a peek has no cookies."""
    upstream.reply("/sw.js", "no", status=401)
    upstream.reply("/sw.js", "self.a", headers={"Content-Type": "text/javascript"}, times=1)
    origin = probing.new_origin()
    origin.proxy(upstream.url)
    client = Client(origin)
    client.ask("/sw.js", Service_Worker="script")
    assert origin.peek("/sw.js")[::2] == (200, b"self.a")
    assert origin.peek("/other")[0] == 404
    origin.set_condition(OFFLINE)
    count = len(upstream.requests)
    assert origin.peek("/sw.js")[::2] == (200, b"self.a")
    assert origin.peek("/other") == (0, (), b"")
    assert len(upstream.requests) == count
    client.close()
    probing.close_origin(origin)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("127.0.0.1:3000", "give the URL of a server, with http:// or https://"),
        ("ftp://x/", "give the URL of a server"),
        ("http://", "give the URL of a server"),
        ("http://x:port/", "that is no URL"),
        ("http://x/?a=1", "without a query, fragment or user"),
        ("http://me:secret@x/", "without a query, fragment or user"),
        (3000, r"origin\.proxy\(3000\): that is no text: give its URL"),
    ],
)
def test_an_upstream_that_cannot_be_is_said(url: object, said: str, origin: Origin) -> None:
    with pytest.raises(UsageError, match=said):
        origin.proxy(url)  # type: ignore[arg-type]


def test_a_live_server_object_is_told_from_its_url(origin: Origin) -> None:
    class LiveServer:
        url = "http://localhost:8081"

    with pytest.raises(UsageError, match=r"write origin\.proxy\('http://localhost:8081'\)"):
        origin.proxy(LiveServer())  # type: ignore[arg-type]


def test_an_origin_is_not_its_own_upstream(origin: Origin) -> None:
    with pytest.raises(UsageError, match="that is this origin itself"):
        origin.proxy(origin.url)


@pytest.mark.parametrize("https", [False, True])
def test_a_ring_of_proxies_is_broken(
    https: bool, server: OriginServer, origin: Origin, client: Client
) -> None:
    other = server.new_origin(https=https)
    origin.proxy(other.url, verify=False)
    other.proxy(origin.url)
    answer = client.ask("/x")
    assert answer.status == 508
    assert b"proxies of one another, in a ring" in answer.body
    server.close_origin(other)
