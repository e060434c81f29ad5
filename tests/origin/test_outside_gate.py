"""The way out, asked by a plain SOCKS client: what is refused, opened, handed over, and cut."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest

from pytest_offline.errors import UsageError
from pytest_offline.origin import Origin, OriginServer, Outside
from pytest_offline.record import OFFLINE, ONLINE, SERVER_DOWN

Dial = Callable[[str, int], tuple[int, socket.socket]]

DONE, NOT_ALLOWED, UNREACHABLE, REFUSED, NO_COMMAND = 0, 2, 4, 5, 7


@pytest.fixture
def outside(server: OriginServer) -> Iterator[Outside]:
    outside = Outside()
    server.guard(outside)
    yield outside
    server.unguard(outside)


@pytest.fixture
def dial(server: OriginServer, outside: Outside) -> Iterator[Dial]:
    """Asks the test's way out for a host and port; gives its answer and the connection."""
    port = int(server.guard(outside).rpartition(":")[2])
    opened: list[socket.socket] = []

    def dial(host: str, wanted: int, command: int = 1) -> tuple[int, socket.socket]:
        connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        opened.append(connection)
        connection.sendall(b"\5\1\0")
        assert connection.recv(2) == b"\5\0"
        name = host.encode()
        request = bytes((5, command, 0, 3, len(name))) + name + wanted.to_bytes(2, "big")
        connection.sendall(request)
        return connection.recv(10)[1], connection

    yield dial
    for each in opened:
        each.close()


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server elsewhere on this machine, which gives back what it gets."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_host_beyond_this_machine_is_refused_and_noted(outside: Outside, dial: Dial) -> None:
    code, connection = dial("Fonts.Example", 443)
    assert code == NOT_ALLOWED
    assert connection.recv(1) == b""
    (seen,) = outside.requests
    assert (seen.host, seen.port, seen.refused, seen.url) == ("fonts.example", 443, True, None)
    assert str(seen) == "refused: fonts.example:443"


def test_the_browser_says_what_the_refused_request_was(outside: Outside, dial: Dial) -> None:
    dial("fonts.example", 443)
    outside.note_request("https://fonts.example/a.woff2", "fonts.example", 443, "font")
    outside.note_request("https://fonts.example/b.woff2", "fonts.example", 443, "font")
    assert [str(seen) for seen in outside.requests] == [
        "refused: https://fonts.example/a.woff2 (font)",
        "refused: https://fonts.example/b.woff2 (font)",
    ]


def test_a_host_that_was_opened_is_reached_until_it_is_shut(
    outside: Outside, dial: Dial, echo: int
) -> None:
    patterns = outside.open(["LOCALHOST"])
    code, connection = dial("localhost", echo)
    assert code == DONE
    connection.sendall(b"hello")
    assert connection.recv(5) == b"hello"
    assert [(seen.host, seen.refused) for seen in outside.requests] == [("localhost", False)]
    outside.shut(patterns)
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert dial("localhost", echo)[0] == NOT_ALLOWED


def test_offline_an_open_host_is_gone_and_comes_back(
    outside: Outside, dial: Dial, echo: int
) -> None:
    outside.open(["*"])
    _, connection = dial("localhost", echo)
    outside.set_away(True)
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert dial("localhost", echo)[0] == NOT_ALLOWED
    outside.set_away(False, ["localhost"])
    assert dial("localhost", echo)[0] == NOT_ALLOWED
    outside.set_away(False)
    assert dial("localhost", echo)[0] == DONE


def test_an_origin_that_is_down_is_refused_by_its_name(
    server: OriginServer, outside: Outside, dial: Dial
) -> None:
    down, up = server.new_origin(host="down.test"), server.new_origin(host="up.test")
    down.set_condition(SERVER_DOWN)
    code, connection = dial(down.host, down.port)
    assert (code, connection.recv(1)) == (REFUSED, b"")
    assert dial(up.host, up.port)[0] == DONE
    down.set_condition(ONLINE)
    assert dial(down.host, down.port)[0] == DONE
    assert outside.requests == ()
    for origin in (down, up):
        server.close_origin(origin)


@pytest.mark.parametrize(
    ("pattern", "host", "open_"),
    [
        ("fonts.example", "fonts.example", True),
        ("fonts.example", "a.fonts.example", False),
        ("*.example", "a.b.example", True),
        ("*.example", "example", False),
        ("*", "anything.at.all", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("Fonts.Example.", "fonts.example", True),
    ],
)
def test_patterns_of_hosts(pattern: str, host: str, open_: bool) -> None:
    assert Outside([pattern]).allows(host) is open_


@pytest.mark.parametrize(
    "host", ["https://fonts.example", "fonts.example:443", "fonts.example/a", "", "a b", "a*.b", 7]
)
def test_what_is_no_host_is_told(host: object) -> None:
    with pytest.raises(UsageError) as caught:
        Outside().open([host])  # type: ignore[list-item]
    assert f"network.allow({host!r}): that is no host" in str(caught.value)
    assert '"fonts.example"' in str(caught.value)


def test_an_open_host_that_cannot_be_reached(outside: Outside, dial: Dial) -> None:
    outside.open(["*"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        assert dial("localhost", taken.getsockname()[1])[0] == UNREACHABLE


def test_an_origin_on_a_name_is_handed_over(
    server: OriginServer, outside: Outside, dial: Dial
) -> None:
    origin: Origin = server.new_origin(host="app.test")
    origin.reply("/", "hello")
    code, connection = dial("app.test", origin.port)
    assert code == DONE
    connection.sendall(f"GET / HTTP/1.1\r\nHost: app.test:{origin.port}\r\n\r\n".encode())
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    origin.set_condition(OFFLINE)
    with pytest.raises(ConnectionResetError):
        while connection.recv(65536):
            pass
    assert outside.requests == ()
    server.close_origin(origin)
    assert dial("app.test", origin.port)[0] == NOT_ALLOWED


def test_nobody_to_decide_means_an_open_way(server: OriginServer, echo: int) -> None:
    """A context may outlive its test, and the test that uses it next is none of ours."""
    outside = Outside()
    port = int(server.guard(outside).rpartition(":")[2])
    server.unguard(outside)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"\5\1\0\5\1\0\1\x7f\0\0\1" + echo.to_bytes(2, "big"))
        assert connection.recv(2) == b"\5\0"
        assert connection.recv(10)[1] == DONE
    assert outside.requests == ()


def test_two_tests_at_once_have_a_way_each(server: OriginServer) -> None:
    first, second = Outside(), Outside()
    assert server.guard(first) != server.guard(second)
    again = server.guard(first)
    server.unguard(first)
    assert server.guard(Outside()) == again
    server.unguard(second)


def test_what_is_no_connection_is_refused(dial: Dial, server: OriginServer) -> None:
    assert dial("fonts.example", 53, command=3)[0] == NO_COMMAND  # type: ignore[call-arg]


def test_what_is_no_socks_is_dropped(server: OriginServer, outside: Outside) -> None:
    port = int(server.guard(outside).rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionError):
            if not connection.recv(1):
                raise ConnectionError("closed")
    assert outside.requests == ()


class Proxy(socketserver.StreamRequestHandler):
    """Answers a CONNECT with 200 to who knows the word, then gives back what it gets."""

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.rfile.readline()
        self.server.asked.append(head)  # type: ignore[attr-defined]
        if b"Basic bWU6d29yZA==" not in head:
            self.wfile.write(b"HTTP/1.1 407 No\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while data := self.request.recv(65536):
            self.request.sendall(data)


@pytest.mark.parametrize(("word", "code"), [("word", DONE), ("wrong", UNREACHABLE)])
def test_an_open_host_is_reached_by_the_environments_proxy(
    outside: Outside, dial: Dial, monkeypatch: pytest.MonkeyPatch, word: str, code: int
) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as server:
        server.daemon_threads = True
        asked: list[bytes] = []
        server.asked = asked  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://me:{word}@127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("https_proxy", url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        outside.open(["fonts.example"])
        answer, connection = dial("fonts.example", 443)
        assert answer == code
        assert asked[0].startswith(b"CONNECT fonts.example:443 HTTP/1.1\r\n")
        if code == DONE:
            connection.sendall(b"hello")
            assert connection.recv(5) == b"hello"
        server.shutdown()
