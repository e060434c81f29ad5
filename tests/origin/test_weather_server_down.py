"""SERVER_DOWN: refused where nothing else listens at the port, reset where something has to."""

from __future__ import annotations

import errno
import socket
import ssl
import threading

import pytest
from origin_client import Client, Connect

from pytest_offline.errors import UsageError
from pytest_offline.origin import Origin, OriginServer
from pytest_offline.record import HANG, OFFLINE, ONLINE, SERVER_DOWN


@pytest.fixture
def server():
    """One of its own: the other tests' origins would keep its port open."""
    with OriginServer() as server:
        yield server


def refused(origin: Origin, family: int = socket.AF_INET) -> bool:
    address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.socket(family) as client:
        return client.connect_ex((address, origin.port)) == errno.ECONNREFUSED


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_connections_are_refused_until_it_is_over(
    family: socket.AddressFamily, origin: Origin, connect: Connect
) -> None:
    origin.reply("/", "up")
    before = connect(family=family)
    assert before.ask("/").body == b"up"
    for _ in range(20):
        origin.set_condition(SERVER_DOWN)
        assert refused(origin, family)
        origin.set_condition(ONLINE)
        after = connect(family=family)
        assert after.ask("/").body == b"up"
        after.close()
    assert before.drain() == (b"", "reset")


def test_who_connects_at_once_is_answered_and_who_turns_it_off_at_once_is_obeyed(
    origin: Origin, connect: Connect
) -> None:
    """The loop does not get to serve the new sockets in between."""
    origin.reply("/", "up")
    for _ in range(20):
        for condition in (SERVER_DOWN, ONLINE, SERVER_DOWN):
            origin._thread.loop.call_soon_threadsafe(origin._put_in_force, condition)
        origin.set_condition(SERVER_DOWN)
        assert refused(origin)
    origin.set_condition(ONLINE)
    assert connect().ask("/").body == b"up"


def test_the_port_is_given_to_nobody(origin: Origin) -> None:
    for condition in (ONLINE, SERVER_DOWN, ONLINE):
        origin.set_condition(condition)
        with pytest.raises(UsageError, match="is taken by another process"):
            OriginServer(port=origin.port).start()
        with socket.socket() as thief:
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            with pytest.raises(OSError, match="in use"):
                thief.bind(("127.0.0.1", origin.port))


def test_where_another_origin_is_up_it_is_reset_and_noted(
    server: OriginServer, origin: Origin, connect: Connect
) -> None:
    other = server.new_origin("other")
    other.reply("/", "other")
    origin.set_condition(SERVER_DOWN)
    down, up = connect(), Client(other)
    down.send("/x")
    assert down.drain() == (b"", "reset")
    assert up.ask("/").body == b"other"
    (seen,) = origin.requests
    assert (seen.outcome, seen.stopped_by) == ("blocked", "origin")
    assert seen.weather == ("refused by SERVER_DOWN",)
    other.set_condition(SERVER_DOWN)
    assert refused(origin)
    server.close_origin(other)
    assert refused(origin)
    up.close()


def test_each_port_is_shut_and_opened_by_itself(server: OriginServer, origin: Origin) -> None:
    secure = server.new_origin(host="app.test", https=True)
    for _ in range(3):
        secure.set_condition(SERVER_DOWN)
        assert (refused(origin), refused(secure)) == (False, True)
        origin.set_condition(SERVER_DOWN)
        secure.set_condition(ONLINE)
        assert (refused(origin), refused(secure)) == (True, False)
        origin.set_condition(ONLINE)
    reached = ssl.create_default_context(cadata=server.certificates.authority)
    with socket.create_connection(("127.0.0.1", secure.port), timeout=20) as plain:
        reached.wrap_socket(plain, server_hostname="app.test").close()


def test_who_is_accepted_as_the_port_shuts_is_let_go(server: OriginServer, origin: Origin) -> None:
    """asyncio accepts in one turn of the loop, and in the next, behind us, makes the transport."""
    loop, told = origin._thread.loop, []
    connected, done = threading.Event(), threading.Event()

    def shut() -> None:
        origin._put_in_force(SERVER_DOWN)
        loop.call_later(0, loop.call_soon, done.set)

    def before_the_accepting() -> None:
        loop.call_soon(shut)

    def meanwhile() -> None:
        connected.wait(20)
        loop.call_soon(before_the_accepting)

    loop.call_soon_threadsafe(loop.set_exception_handler, lambda _, context: told.append(context))
    loop.call_soon_threadsafe(meanwhile)
    with socket.create_connection(("127.0.0.1", origin.port), timeout=20):
        connected.set()
        assert done.wait(20)
        assert told == []
        assert refused(origin)


def test_an_origin_that_comes_opens_the_port(
    server: OriginServer, origin: Origin, connect: Connect
) -> None:
    origin.set_condition(SERVER_DOWN)
    late = server.new_origin()
    late.reply("/", "late")
    assert connect(late).ask("/").body == b"late"
    server.close_origin(late)
    assert refused(origin)
    server.close_origin(origin)
    socket.create_connection(("127.0.0.1", server.port)).close()


@pytest.mark.parametrize("condition", [OFFLINE, HANG])
def test_other_conditions_keep_the_port_open(condition, origin: Origin, connect: Connect) -> None:
    origin.set_condition(SERVER_DOWN)
    origin.set_condition(condition)
    connect()


def test_a_server_that_stops_while_it_is_down() -> None:
    with OriginServer() as server:
        server.new_origin().set_condition(SERVER_DOWN)
        port = server.port
    with OriginServer(port=port) as server:
        assert server.port == port
