"""Origins over https and on names: certificates, what is refused, and cutting below TLS."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from pytest_offline.errors import UsageError
from pytest_offline.origin import Origin, OriginServer
from pytest_offline.record import HANG, OFFLINE, ONLINE, tls_error

Ask = Callable[..., bytes]


@pytest.fixture
def secure(server: OriginServer) -> Iterator[Origin]:
    origin = server.new_origin(host="app.test", https=True)
    origin.reply("/", "hello")
    yield origin
    server.close_origin(origin)


@pytest.fixture
def reach(server: OriginServer) -> Iterator[Callable[[Origin], ssl.SSLSocket]]:
    """Opens a connection that trusts the session's authority, and checks name and dates."""
    sockets: list[ssl.SSLSocket] = []

    def reach(origin: Origin) -> ssl.SSLSocket:
        trusting = ssl.create_default_context(cadata=server.certificates.authority)
        plain = socket.create_connection(("127.0.0.1", origin.port), timeout=20)
        try:
            sockets.append(trusting.wrap_socket(plain, server_hostname=origin.host))
        except BaseException:
            plain.close()
            raise
        return sockets[-1]

    yield reach
    for each in sockets:
        each.close()


def ask(connection: ssl.SSLSocket, origin: Origin, path: str = "/", more: str = "") -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: {origin.host}:{origin.port}\r\n{more}\r\n"
    connection.sendall(head.encode())


def read_all(connection: ssl.SSLSocket) -> bytes:
    parts: list[bytes] = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def raw_end(connection: ssl.SSLSocket) -> tuple[int, str]:
    """How many bytes come below TLS from now, and how the connection ends."""
    received = 0
    connection.setblocking(True)
    while True:
        try:
            part = os.read(connection.fileno(), 65536)
        except ConnectionResetError:
            return received, "reset"
        if not part:
            return received, "closed"
        received += len(part)


def test_an_origin_over_https_proves_its_name(
    secure: Origin, reach: Callable[[Origin], ssl.SSLSocket]
) -> None:
    assert secure.url == f"https://app.test:{secure.port}/"
    assert (secure.scheme, secure.host, secure.name) == ("https", "app.test", "app.test")
    connection = reach(secure)
    ask(connection, secure, more="Connection: close\r\n")
    assert read_all(connection).endswith(b"\r\n\r\nhello")
    assert [(seen.url, seen.outcome) for seen in secure.requests] == [(secure.url, "served")]
    certificate = connection.getpeercert()
    assert certificate is not None
    assert certificate["subjectAltName"] == (("DNS", "app.test"),)


def test_two_hosts_on_one_port_each_get_their_own_certificate(
    server: OriginServer, secure: Origin, reach: Callable[[Origin], ssl.SSLSocket]
) -> None:
    other = server.new_origin(host="cdn.app.test", https=True)
    assert other.port == secure.port
    certificate = reach(other).getpeercert()
    assert certificate is not None
    assert certificate["subjectAltName"] == (("DNS", "cdn.app.test"),)
    server.close_origin(other)


def test_without_a_host_it_is_below_localhost(
    server: OriginServer, reach: Callable[[Origin], ssl.SSLSocket]
) -> None:
    origin = server.new_origin("shop", https=True)
    assert origin.url == f"https://shop.localhost:{origin.port}/"
    reach(origin)
    server.close_origin(origin)


def test_http_and_https_of_one_host_stand_beside_each_other(
    server: OriginServer, secure: Origin, reach: Callable[[Origin], ssl.SSLSocket]
) -> None:
    plain = server.new_origin(host="app.test")
    assert plain.url == f"http://app.test:{plain.port}/"
    assert plain.port != secure.port
    ask(reach(secure), secure)
    assert secure.requests.wait_for(lambda seen: len(seen) == 1)
    assert len(plain.requests) == 0
    server.close_origin(plain)


def test_an_origin_over_https_is_not_served_in_the_clear(
    server: OriginServer, secure: Origin
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        host = f"{secure.host}:{secure.port}"
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 421 ")
    assert len(secure.requests) == 0


@pytest.mark.parametrize(
    ("kind", "verdict", "words"),
    [
        ("expired", "certificate has expired", "CERTIFICATE_EXPIRED"),
        ("stranger", "unable to get local issuer", "UNKNOWN_CA"),
    ],
)
def test_a_bad_certificate_is_refused_and_the_origin_says_why(
    server: OriginServer,
    reach: Callable[[Origin], ssl.SSLSocket],
    kind: str,
    verdict: str,
    words: str,
) -> None:
    origin = server.new_origin(host="bad.test", https=True, certificate=kind)
    with pytest.raises(ssl.SSLCertVerificationError, match=verdict):
        reach(origin)
    assert origin.requests.wait_for(lambda _: len(origin.handshakes) > 0)
    (_, text), *others = origin.handshakes
    assert not others
    assert words in text
    assert "the certificate was refused" in text
    assert f"certificate='{kind}'" in text
    server.close_origin(origin)


def test_over_tls_an_open_stream_falls_silent_and_stays_open(
    secure: Origin, reach: Callable[[Origin], ssl.SSLSocket]
) -> None:
    stream = secure.event_stream("/events")
    connection = reach(secure)
    ask(connection, secure, "/events")
    stream.wait_for_clients(1)
    while b": open" not in connection.recv(65536):
        pass
    secure.set_condition(HANG)
    stream.wait_for_clients(0)
    assert select.select([connection], [], [], 0.05)[0] == []
    secure.set_condition(ONLINE)
    assert raw_end(connection) == (0, "reset")


def test_every_handshake_fails_while_the_weather_says_so(
    secure: Origin, reach: Callable[[Origin], ssl.SSLSocket]
) -> None:
    before = reach(secure)
    ask(before, secure)
    assert before.recv(65536).endswith(b"hello")
    secure.set_condition(tls_error())
    assert raw_end(before) == (0, "reset")
    with pytest.raises(ssl.SSLError, match="INTERNAL_ERROR"):
        reach(secure)
    assert secure.requests.wait_for(lambda _: len(secure.handshakes) > 0)
    assert secure.handshakes[0][1] == "the handshake was refused by tls error"
    secure.set_condition(ONLINE)
    ask(reach(secure), secure)
    assert secure.requests.wait_for(lambda seen: [each.outcome for each in seen] == ["served"] * 2)


def test_offline_not_a_byte_of_an_answer_comes_over_tls(
    secure: Origin, reach: Callable[[Origin], ssl.SSLSocket]
) -> None:
    connection = reach(secure)
    ask(connection, secure)
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    secure.set_condition(OFFLINE)
    assert raw_end(connection) == (0, "reset")
    another = reach(secure)
    ask(another, secure, "/again")
    assert secure.requests.wait_for(lambda seen: seen[-1].path == "/again")
    assert secure.requests[-1].outcome == "blocked"
    secure.set_condition(ONLINE)
    third = reach(secure)
    ask(third, secure)
    assert third.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("reply", [{"cut_after": 3_000_000}, {"headers": {"Connection": "close"}}])
def test_what_was_leaving_over_tls_is_taken_back(
    secure: Origin, reach: Callable[[Origin], ssl.SSLSocket], reply: dict[str, object]
) -> None:
    """The kernel holds the rest of an answer whose connection was closed in good order already."""
    secure.reply("/big", "x" * 4_000_000, **reply)  # type: ignore[arg-type]
    connection = reach(secure)
    ask(connection, secure, "/big")
    assert connection.recv(1)
    assert secure.requests.wait_for(lambda seen: seen and not seen[-1].in_flight)
    secure.set_condition(OFFLINE)
    # What had arrived before may still lie in this side's own buffer, and goes with the reset.
    received, end = raw_end(connection)
    assert end == "reset"
    assert received < 3_000_000


@pytest.mark.parametrize(
    "host",
    ["fonts.example", "app.test:8443", "https://app.test", "App.test", "test", "", "a..test",
     "127.0.0.1", "-a.test", f"{'a.' * 130}test", "app.test."],
)  # fmt: skip
def test_a_host_that_could_be_somebodys_is_refused(server: OriginServer, host: str) -> None:
    with pytest.raises(UsageError) as caught:
        server.new_origin(host=host)
    assert f"host={host!r}" in str(caught.value)
    assert 'host="app.test"' in str(caught.value)


def test_mistakes_are_told(server: OriginServer, secure: Origin) -> None:
    with pytest.raises(UsageError, match=r"There is an origin 'app.test' already"):
        server.new_origin(host="app.test", https=True)
    with pytest.raises(UsageError, match=r"by the name 'a' and by the host 'b.test': give one"):
        server.new_origin("a", host="b.test")
    with pytest.raises(UsageError, match=r"certificate='old': .* trusted, expired, stranger"):
        server.new_origin(https=True, certificate="old")
    with pytest.raises(UsageError, match=r"certificate='expired' says nothing without https=True"):
        server.new_origin(certificate="expired")


def test_a_stopped_server_opens_no_port_for_https() -> None:
    server = OriginServer()
    with pytest.raises(UsageError, match=r"has no port yet: call start\(\) first"):
        server.new_origin(https=True)


def test_nothing_is_made_for_sessions_without_https() -> None:
    program = (
        "import sys\n"
        "from pytest_offline.origin import OriginServer\n"
        "with OriginServer() as server:\n"
        "    server.new_origin()\n"
        "print(sorted({'trustme', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("https", [False, True])
def test_what_the_client_has_read_stays_served(server: OriginServer, https: bool) -> None:
    """A connection in use for a while acknowledges late, up to 40 ms: that is no cut."""
    origin = server.new_origin(https=https)
    origin.reply("/", "x" * 500)
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", origin.port), 20))
        if https:
            trusting = ssl.create_default_context(cadata=server.certificates.authority)
            connection = trusting.wrap_socket(connection, server_hostname=origin.host)
            stack.enter_context(connection)
        for _ in range(30):
            host = f"{origin.host}:{origin.port}"
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            answer = b""
            while not answer.endswith(b"x" * 500):
                answer += connection.recv(65536)
        origin.set_condition(OFFLINE)
    assert {seen.outcome for seen in origin.requests} == {"served"}
    assert {seen.bytes_sent for seen in origin.requests} == {500}
    server.close_origin(origin)
