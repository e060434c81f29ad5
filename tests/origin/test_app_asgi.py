"""ASGI applications behind an origin: HTTP, streams, lifespan, errors, leaving clients."""

from __future__ import annotations

import asyncio
import gzip
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from origin_client import Client, Connect

from pytest_offline import OFFLINE, ONLINE
from pytest_offline.errors import SiteError
from pytest_offline.origin import Origin, OriginServer

PATIENCE = 10.0


def head(status: int = 200, **headers: str) -> dict[str, Any]:
    pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def body(data: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def without_lifespan(scope: Any) -> None:
    assert scope["type"] == "http"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what was asked."""
    await without_lifespan(scope)
    data = b""
    while True:
        event = await receive()
        data += event["body"]
        if not event["more_body"]:
            break
    shown = {k: scope[k] for k in ("method", "path", "raw_path", "query_string", "root_path")}
    await send(head(content_type="text/plain"))
    await send(body(repr((shown, data, dict(scope["headers"]).get(b"x-a"))).encode()))


def test_it_is_asked_and_answers(origin: Origin, client: Client) -> None:
    origin.app(echo)
    answer = client.ask("/%C3%BC%2Fx?a=%20", "POST", b"hello", X_A="caf\u00e9")
    shown, data, header = eval(answer.body)
    assert shown == {
        "method": "POST",
        "path": "/ü/x",
        "raw_path": b"/%C3%BC%2Fx",
        "query_string": b"a=%20",
        "root_path": "",
    }
    assert (data, header) == (b"hello", "café".encode())
    assert answer.headers["content-length"] == str(len(answer.body))
    seen = origin.requests[-1]
    assert (seen.outcome, seen.status, seen.body) == ("served", 200, b"hello")
    assert seen.bytes_sent == len(answer.body)


@pytest.mark.parametrize(("path", "shown"), [("/api/x", "/api/x"), ("/api", "/api")])
def test_below_a_path_it_knows_where_it_stands(
    path: str, shown: str, origin: Origin, client: Client
) -> None:
    origin.app(echo, at="/api")
    scope, *_ = eval(client.ask(path).body)
    assert (scope["root_path"], scope["path"]) == ("/api", shown)
    assert client.ask("/apix").status == 404


@pytest.mark.parametrize("path", ["/a//b", "/a%2Fb", "/%zz", "/%", "/a%00b", "/a?b=%"])
def test_odd_paths_are_the_applications_business(path: str, origin: Origin, client: Client) -> None:
    origin.app(echo)
    scope, *_ = eval(client.ask(path).body)
    assert scope["raw_path"] == path.partition("?")[0].encode()


@pytest.mark.parametrize("path", ["/../x", "/a/%2e%2E/b", "/./x"])
def test_dots_lead_nowhere(path: str, origin: Origin, client: Client) -> None:
    origin.app(echo)
    assert client.ask(path).status == 404


def test_a_large_body_is_streamed_to_it_and_back(origin: Origin, client: Client) -> None:
    pieces: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        await send(head())
        more = True
        while more:
            event = await receive()
            more = event["more_body"]
            pieces.append(len(event["body"]))
            await send(body(event["body"], more=more))

    origin.app(app)
    data = bytes(range(256)) * 4096 * 3
    sending = threading.Thread(target=client.send, args=("/", "PUT", data))
    sending.start()
    answer = client.read()
    sending.join()
    assert answer.body == data
    assert answer.headers["transfer-encoding"] == "chunked"
    assert max(pieces) < len(data)
    assert len(origin.requests[-1].body) == 1024 * 1024
    assert origin.requests[-1].bytes_sent == len(data)


def test_a_client_that_waits_for_leave_gets_it(origin: Origin, client: Client) -> None:
    origin.app(echo)
    lines = f"POST / HTTP/1.1\r\nHost: {origin.url[7:-1]}\r\nContent-Length: 2\r\n"
    client.socket.sendall((lines + "Expect: 100-continue\r\n\r\n").encode())
    assert client.read_head().status == 100
    client.socket.sendall(b"ok")
    assert b"b'ok'" in client.read().body


def test_an_event_stream_flows_and_ends_when_the_network_goes(
    origin: Origin, connect: Connect
) -> None:
    ended = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        await receive()
        await send(head(content_type="text/event-stream"))
        await send(body(b"data: 1\n\n", more=True))
        assert (await receive())["type"] == "http.disconnect"
        ended.set()

    origin.app(app)
    client = connect()
    client.send("/")
    assert client.read_head().headers["transfer-encoding"] == "chunked"
    assert client.read_until(b"data: 1\n\n")
    origin.set_condition(OFFLINE)
    assert client.drain()[1] == "reset"
    assert ended.wait(PATIENCE)
    assert origin.requests[-1].outcome == "cut"
    assert origin.errors == ()
    origin.set_condition(ONLINE)


def test_sending_to_a_client_that_left_is_an_os_error(origin: Origin, client: Client) -> None:
    raised: list[BaseException] = []
    ended = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        await send(head())
        try:
            while True:
                await send(body(b"x" * 1000, more=True))
        except OSError as error:
            raised.append(error)
            ended.set()
            raise

    origin.app(app)
    client.send("/")
    client.read_until(b"xxx")
    client.close()
    assert ended.wait(PATIENCE)
    assert isinstance(raised[0], OSError)
    assert origin.errors == (), "a client that leaves is no error of the application"


def test_an_app_that_raises_is_told_of(
    origin: Origin, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        raise ValueError("no such user")

    origin.app(app)
    answer = client.ask("/x")
    text = b"GET /x could not be answered: the application raised ValueError: no such user\n"
    assert (answer.status, answer.body) == (500, text)
    seen = origin.requests[-1]
    assert (seen.outcome, seen.status, seen.error) == ("failed", 500, "ValueError: no such user")
    assert [str(error) for error in origin.errors] == ["no such user"]
    assert origin.errors[0].__traceback__ is not None
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.exc_info is not None and record.exc_info[1] is origin.errors[0]
    assert 'raise ValueError("no such user")' in caplog.text


def test_after_the_head_the_answer_breaks_off(origin: Origin, client: Client) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        await send(head())
        await send(body(b"begun", more=True))
        raise SystemExit(3)

    origin.app(app)
    client.send("/x")
    received, how = client.drain()
    assert b"begun" in received and not received.endswith(b"0\r\n\r\n")
    assert how == "closed"
    seen = origin.requests[-1]
    assert (seen.outcome, seen.status, seen.error) == ("cut", 200, "SystemExit: 3")
    assert isinstance(origin.errors[0], SystemExit)


def test_a_start_alone_can_still_become_a_500(origin: Origin, client: Client) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        await send(head(200))
        raise KeyError("late")

    origin.app(app)
    assert client.ask("/").status == 500


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([], "the application ended before it answered"),
        ([body()], "unexpected ASGI message 'http.response.body': http.response.start is expected"),
        ([head(), head()], "unexpected ASGI message 'http.response.start': http.response.body"),
        ([{"type": "nonsense"}], "unexpected ASGI message 'nonsense'"),
        ([head(99)], "answered with status 99: use one from 200 to 599"),
        ([head(x="a\r\nb: c")], "a line break or another control character"),
    ],
)
def test_a_protocol_that_is_not_kept_is_named(
    messages: list[Any], said: str, origin: Origin, client: Client
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        for message in messages:
            await send(message)

    origin.app(app)
    answer = client.ask("/")
    assert answer.status == 500
    assert said in answer.body.decode()
    assert origin.requests[-1].outcome == "failed"


def test_a_length_that_is_not_kept_does_not_hang(origin: Origin, client: Client) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        await send(head(content_length="10"))
        await send(body(b"12345"))

    origin.app(app)
    client.send("/")
    assert client.drain()[1] == "closed"
    assert "announced Content-Length: 10 and sent 5 bytes" in str(origin.requests[-1].error)


def test_what_it_does_after_its_answer_is_done(
    origin: Origin, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    go_on, done = threading.Event(), threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        await send(head())
        await send(body(b"ok"))
        try:
            await asyncio.to_thread(go_on.wait, PATIENCE)
            raise OSError("the mail server is down")
        finally:
            done.set()

    origin.app(app)
    assert client.ask("/").body == b"ok", "the answer does not wait for it"
    go_on.set()
    assert done.wait(PATIENCE)
    origin.close()
    assert [str(error) for error in origin.errors] == ["the mail server is down"]
    assert origin.requests[0].outcome == "served"
    assert "raised OSError: the mail server is down, after it had answered" in caplog.text


def test_head_and_no_content(origin: Origin, client: Client) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        empty = scope["path"] == "/empty"
        await send(head(204 if empty else 200, content_length="0" if empty else "5"))
        await send(body(b"" if empty or scope["method"] == "HEAD" else b"12345"))

    origin.app(app)
    assert client.ask("/", "HEAD").headers["content-length"] == "5"
    assert client.ask("/empty").status == 204
    assert client.ask("/").body == b"12345", "the connection is still good"


def test_several_cookies_and_odd_header_bytes_arrive(origin: Origin, client: Client) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        pairs = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-name", b"caf\xe9")]
        await send({"type": "http.response.start", "status": 200, "headers": pairs})
        await send(body(b"x", more=scope["path"] == "/streamed"))
        if scope["path"] == "/streamed":
            await send(body())

    origin.app(app)
    for path in ("/whole", "/streamed"):
        client.send(path)
        raw = client.read_until(b"\r\n\r\n")
        assert b"set-cookie: a=1\r\nset-cookie: b=2\r\nx-name: caf\xe9\r\n" in raw
        assert b"ontent-" not in raw.replace(b"Content-Length", b""), "no type was made up"
        if path == "/whole":
            client.read_exactly(1)


class Life:
    """An application with a lifespan, which notes what happens to it."""

    def __init__(self, fails: str = "") -> None:
        self.seen: list[str] = []
        self.fails = fails

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send(head())
            await send(body(f"{scope['state']} {scope['state'] is self}".encode()))
            return
        self.task = asyncio.current_task()
        while True:
            kind = (await receive())["type"]
            self.seen.append(kind)
            assert asyncio.current_task() is self.task
            if kind == self.fails:
                await send({"type": f"{kind}.failed", "message": "no database"})
                return
            scope["state"]["ready"] = 1
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return


def test_it_is_started_and_shut_down(server: OriginServer) -> None:
    origin = server.new_origin()
    life = Life()
    origin.app(life)
    assert life.seen == ["lifespan.startup"]
    client = Client(origin)
    assert client.ask("/").body == b"{'ready': 1} False"
    client.close()
    server.close_origin(origin)
    assert life.seen == ["lifespan.startup", "lifespan.shutdown"]
    assert not [each for each in threading.enumerate() if each.name == "app-Life"]


def test_mounting_another_in_its_place_shuts_it_down(origin: Origin, client: Client) -> None:
    first, second = Life(), Life()
    origin.app(first)
    origin.app(second)
    assert (first.seen[-1], second.seen[-1]) == ("lifespan.shutdown", "lifespan.startup")
    assert client.ask("/").status == 200


def test_a_start_that_fails_is_raised(origin: Origin) -> None:
    life = Life("lifespan.startup")
    with pytest.raises(SiteError, match=r"origin\.app\(<.*Life.*did not start: no database"):
        origin.app(life)
    assert not [each for each in threading.enumerate() if each.name == "app-Life"]


def test_a_start_that_raises_shows_the_error(origin: Origin) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        try:
            raise ConnectionRefusedError("database at 5432")
        except OSError:
            await send({"type": "lifespan.startup.failed", "message": "a\nlong\ntraceback"})
            raise

    with pytest.raises(SiteError, match="ConnectionRefusedError: database at 5432") as caught:
        origin.app(app)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_a_start_without_end_is_given_up(origin: Origin) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.Event().wait()

    with pytest.raises(SiteError, match=r"have not ended for 0\.2 s.*timeout="):
        origin.app(app, timeout=0.2)


def test_a_shut_down_that_fails_is_logged_and_kept(
    server: OriginServer, caplog: pytest.LogCaptureFixture
) -> None:
    origin = server.new_origin()
    origin.app(Life("lifespan.shutdown"))
    server.close_origin(origin)
    assert "shutting down failed: no database" in caplog.text
    assert len(origin.errors) == 1


def test_an_app_that_blocks_blocks_nobody_else(server: OriginServer, origin: Origin) -> None:
    blocked, release = threading.Event(), threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        blocked.set()
        release.wait(PATIENCE)
        await send(head())
        await send(body(b"at last"))

    origin.app(app, at="/slow/")
    origin.reply("/fast", "fast")
    slow, fast = Client(origin), Client(origin)
    slow.send("/slow/")
    assert blocked.wait(PATIENCE)
    assert fast.ask("/fast").body == b"fast"
    origin.set_condition(OFFLINE)
    origin.set_condition(ONLINE)
    release.set()
    assert slow.drain() == (b"", "reset")
    slow.close()
    fast.close()


def test_what_still_runs_when_the_origin_closes_is_cancelled(server: OriginServer) -> None:
    running, cancelled = threading.Event(), threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        running.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    origin = server.new_origin()
    origin.app(app)
    client = Client(origin)
    client.send("/")
    assert running.wait(PATIENCE)
    server.close_origin(origin)
    assert cancelled.is_set()
    assert client.drain() == (b"", "reset")
    client.close()


def test_replies_lie_over_it_and_folders_beside_it(
    origin: Origin, client: Client, tmp_path: Any
) -> None:
    (tmp_path / "page.html").write_text("folder")
    origin.app(echo)
    origin.mount(tmp_path, at="/static/")
    origin.app(echo, at="/static/deep/")
    origin.reply("/x", "scripted")
    assert client.ask("/x").body == b"scripted"
    assert client.ask("/static/page.html").body == b"folder"
    assert b"'root_path': '/static/deep'" in client.ask("/static/deep/y").body
    assert b"'root_path': ''" in client.ask("/other").body


PROBE = b"/*probe*/"


@pytest.fixture(scope="module")
def probing() -> Iterator[OriginServer]:
    with OriginServer(instrument=lambda script: PROBE + script) as server:
        yield server


@pytest.mark.parametrize("encoding", ["", "gzip"])
@pytest.mark.parametrize("pieces", [1, 2])
def test_its_worker_scripts_get_the_probe(
    encoding: str, pieces: int, probing: OriginServer
) -> None:
    script = b"self.a" * 9
    sent = gzip.compress(script) if encoding else script
    asked: list[dict[bytes, bytes]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await without_lifespan(scope)
        asked.append(dict(scope["headers"]))
        headers = {"content_type": "text/javascript", "etag": '"upstream"', "vary": "Cookie"}
        if encoding:
            headers["content_encoding"] = encoding
        await send(head(**headers, content_length=str(len(sent))))
        half = len(sent) // pieces
        await send(body(sent[:half], more=pieces > 1))
        if pieces > 1:
            await send(body(sent[half:]))

    origin = probing.new_origin()
    origin.app(app)
    client = Client(origin)
    answer = client.ask("/sw.js", Service_Worker="script", If_None_Match='"upstream"')
    assert answer.body == PROBE + script
    assert answer.headers["content-length"] == str(len(answer.body))
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Cookie"
    tag = answer.headers["etag"]
    assert tag != '"upstream"'
    assert b"if-none-match" not in asked[0], "the application has to give all of it"
    unchanged = client.ask("/sw.js", Service_Worker="script", If_None_Match=tag)
    assert (unchanged.status, unchanged.body) == (304, b"")
    plain = client.ask("/sw.js")
    assert plain.body == sent
    assert origin.peek("/sw.js")[2] == script
    client.close()
    probing.close_origin(origin)


def test_peek_asks_it_and_sends_nothing(origin: Origin) -> None:
    origin.app(echo)
    status, headers, data = origin.peek("/a?b=1")
    assert (status, headers[0]) == (200, ("content-type", "text/plain"))
    assert b"'/a'" in data
    assert len(origin.requests) == 0


def test_peek_of_what_raises_or_is_cut_is_unknown(origin: Origin) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("no")

    origin.app(app)
    assert origin.peek("/") == (0, (), b"")
    origin.app(echo)
    origin.set_condition(OFFLINE)
    assert origin.peek("/") == (0, (), b"")
