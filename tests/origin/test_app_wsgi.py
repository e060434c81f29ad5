"""WSGI applications behind an origin."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from origin_client import Client, Connect

from pytest_offline import OFFLINE
from pytest_offline.origin import Origin, OriginServer

PATIENCE = 10.0


def answering(data: bytes, *headers: tuple[str, str]) -> Callable[..., Any]:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", str(len(data))), *headers])
        return [data]

    return app


def shown(environ: Any, start_response: Any) -> list[bytes]:
    """Answers with its environment, and the lines of the body."""
    lines = list(environ["wsgi.input"])
    values = {key: value for key, value in environ.items() if isinstance(value, (str, bool))}
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr((values, lines)).encode()]


def test_it_sees_the_request(origin: Origin, client: Client) -> None:
    origin.app(shown, at="/app/")
    answer = client.ask("/app/%C3%BC?a=%20", "POST", b"one\ntwo", X_A="caf\u00e9", Cookie="a=1")
    environ, lines = eval(answer.body)
    assert lines == [b"one\n", b"two"]
    expected = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/app",
        "PATH_INFO": "/ü".encode().decode("latin-1"),
        "QUERY_STRING": "a=%20",
        "CONTENT_LENGTH": "7",
        "HTTP_X_A": "café".encode().decode("latin-1"),
        "HTTP_COOKIE": "a=1",
        "HTTP_HOST": origin.url[7:-1],
        "SERVER_NAME": origin.host,
        "SERVER_PORT": str(origin.port),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
    }
    assert {key: environ.get(key) for key in expected} == expected
    assert eval(client.ask("/app").body)[0]["PATH_INFO"] == ""


def test_headers_with_underscores_cannot_pass_for_others(origin: Origin, client: Client) -> None:
    origin.app(shown)
    head = f"GET / HTTP/1.1\r\nHost: {origin.url[7:-1]}\r\nX_Forwarded_For: evil\r\n\r\n"
    client.socket.sendall(head.encode())
    assert "HTTP_X_FORWARDED_FOR" not in eval(client.read().body)[0]


def test_what_is_whole_goes_out_with_its_length(origin: Origin, client: Client) -> None:
    origin.app(answering(b"12345", ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))
    client.send("/")
    head = client.read_until(b"\r\n\r\n")
    assert b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n" in head
    assert b"Content-Length: 5\r\n" in head
    assert client.read_exactly(5) == b"12345"
    assert client.ask("/", "HEAD").headers["content-length"] == "5"


def test_it_runs_in_a_thread_of_its_own(origin: Origin, connect: Connect) -> None:
    both = threading.Barrier(2)
    threads: set[int] = set()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        threads.add(threading.get_ident())
        both.wait(PATIENCE)  # two requests at once, or it would never pass
        start_response("200 OK", [])
        return [b"x"]

    origin.app(app)
    clients = [connect(), connect()]
    for client in clients:
        client.send("/")
    assert [client.read().body for client in clients] == [b"x", b"x"]
    assert len(threads) == 2


def test_a_stream_flows_and_its_end_is_told_when_the_network_goes(
    origin: Origin, client: Client
) -> None:
    go_on, closed = threading.Event(), threading.Event()

    class Stream:
        def __iter__(self) -> Iterator[bytes]:
            yield b"first"
            go_on.wait(PATIENCE)
            while True:
                yield b"more"

        def close(self) -> None:
            closed.set()

    def app(environ: Any, start_response: Any) -> Stream:
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return Stream()

    origin.app(app)
    client.send("/")
    client.read_until(b"first")
    origin.set_condition(OFFLINE)
    assert client.drain()[1] == "reset"
    go_on.set()
    assert closed.wait(PATIENCE)
    assert origin.requests[-1].outcome == "cut"
    origin.close()
    assert origin.errors == ()


def test_the_write_callable(origin: Origin, client: Client) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        write(b"a")
        write(b"b")
        return [b"c"]

    origin.app(app)
    assert client.ask("/").body == b"abc"


def raising(environ: Any, start_response: Any) -> list[bytes]:
    raise LookupError("no table users")


def begun(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield b"begun"
    raise LookupError("no table users")


def replaced(environ: Any, start_response: Any) -> list[bytes]:
    import sys

    start_response("200 OK", [("X-A", "1")])
    try:
        raise LookupError("no table users")
    except LookupError:
        start_response("503 Busy", [("X-B", "2")], sys.exc_info())
    return [b"sorry"]


def headless(environ: Any, start_response: Any) -> list[bytes]:
    return [b"x"]


def text(environ: Any, start_response: Any) -> list[Any]:
    start_response("200 OK", [])
    return ["text"]


def test_an_error_before_the_head(
    origin: Origin, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    origin.app(raising)
    answer = client.ask("/x")
    assert answer.status == 500
    assert b"the application raised LookupError: no table users\n" in answer.body
    assert origin.requests[-1].outcome == "failed"
    assert origin.requests[-1].error == "LookupError: no table users"
    assert [str(error) for error in origin.errors] == ["no table users"]
    assert 'raise LookupError("no table users")' in caplog.text


def test_an_error_after_the_head(origin: Origin, client: Client) -> None:
    origin.app(begun)
    client.send("/x")
    received, how = client.drain()
    assert b"begun" in received and how == "closed"
    assert origin.requests[-1].outcome == "cut"
    assert len(origin.errors) == 1


def test_an_answer_replaced_by_an_error_page(origin: Origin, client: Client) -> None:
    origin.app(replaced)
    answer = client.ask("/")
    assert (answer.status, answer.body, "x-a" in answer.headers) == (503, b"sorry", False)


@pytest.mark.parametrize(
    ("app", "said"),
    [
        (headless, "gave a body before it called start_response()"),
        (text, "TypeError"),
    ],
)
def test_a_protocol_that_is_not_kept_is_named(
    app: Any, said: str, origin: Origin, client: Client
) -> None:
    origin.app(app)
    client.send("/")
    client.drain() if app is text else client.read()
    assert said in str(origin.requests[-1].error)


def test_an_upload_is_read_as_it_comes(origin: Origin, client: Client) -> None:
    sizes: list[int] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        while data := environ["wsgi.input"].read1(65536):
            sizes.append(len(data))
        start_response("200 OK", [])
        return [b"done"]

    origin.app(app)
    assert client.ask("/", "PUT", b"x" * 3_000_000).body == b"done"
    assert sum(sizes) == 3_000_000
    assert max(sizes) <= 65536


def test_a_thread_that_will_not_end_is_named(
    server: OriginServer, caplog: pytest.LogCaptureFixture
) -> None:
    release, running = threading.Event(), threading.Event()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])  # so that it says nothing more when it ends
        running.set()
        release.wait(60)
        return []

    origin = server.new_origin()
    origin.app(app)
    client = Client(origin)
    client.send("/slow")
    assert running.wait(PATIENCE)
    server.close_origin(origin)
    release.set()
    client.close()
    assert "wsgi /slow still runs when its origin closes" in caplog.text


def test_peek(origin: Origin) -> None:
    origin.app(answering(b"script", ("Content-Type", "text/javascript")))
    status, headers, data = origin.peek("/sw.js")
    assert (status, data) == (200, b"script")
    assert ("content-type", "text/javascript") in headers
