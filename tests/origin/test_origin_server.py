"""The server: start, self-check, ports, threads, and what is left behind: nothing."""

from __future__ import annotations

import contextlib
import gc
import re
import signal
import socket
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import aiohttp
import own_loop
import pytest
from origin_client import Client, Connect

from pytest_offline.errors import UsageError
from pytest_offline.origin import Origin, OriginServer, loop_thread
from pytest_offline.origin import server as server_module
from pytest_offline.record import OFFLINE


def threads() -> set[str]:
    """Those of servers: a run has others, which come and go."""
    names = (thread.name for thread in threading.enumerate())
    return {name for name in names if name.startswith(("origin-", "app-"))}


def open_sockets() -> set[str]:
    """Their names. Of an origin that other tests have too, some may be closed at any moment."""
    found: set[str] = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed by another thread
            found.add(str(link.readlink()))
    return {name for name in found if name.startswith("socket:")}


def test_stop_leaves_no_thread_socket_or_warning(tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(b"x" * 2_000_000)
    gc.collect()
    threads_before, sockets_before = threads(), open_sockets()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        server = OriginServer().start()
        origin = server.new_origin()
        origin.mount(tmp_path)
        stream = origin.event_stream("/events")
        clients = [Client(origin) for _ in range(3)]
        clients[0].send("/events")
        stream.wait_for_clients()
        clients[1].send("/big.bin")
        clients[1].read_head()
        assert f"origin-{server.port}" in threads()
        server.stop()
        server.stop()
        for client in clients:
            assert client.drain()[1] == "reset"
            client.close()
        del server, origin, stream, clients, client
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    assert threads() == threads_before
    assert open_sockets() <= sockets_before


def test_both_loopback_addresses_answer(origin: Origin, connect: Connect) -> None:
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    origin.reply("/", "hello")
    assert connect(family=socket.AF_INET6).ask("/").body == b"hello"
    assert connect(family=socket.AF_INET).ask("/").body == b"hello"
    origin.set_condition(OFFLINE)
    client = connect(family=socket.AF_INET6)
    client.send("/")
    assert client.drain() == (b"", "reset")


def test_a_machine_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    from pytest_offline.origin import sockets

    listening = sockets._listening

    def only_ipv4(family: int, host: str, port: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return listening(family, host, port)

    monkeypatch.setattr(sockets, "_listening", only_ipv4)
    with OriginServer() as server:
        origin = server.new_origin()
        client = Client(origin)
        assert client.ask("/").status == 404
        client.close()


def test_a_port_that_is_taken() -> None:
    with OriginServer() as first:
        before = threads()
        message = rf"(?s)Port {first.port} at 127.0.0.1 is taken .* ss -ltnp .*use port=0"
        with pytest.raises(UsageError, match=message.replace(" ss", ".*ss")):
            OriginServer(port=first.port).start()
        assert threads() == before


def test_a_port_that_is_taken_on_ipv6_only() -> None:
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(UsageError, match=f"Port {port} at ::1 is taken"):
            OriginServer(port=port).start()


def test_a_fixed_port_can_be_had_again_at_once() -> None:
    with OriginServer() as first:
        port = first.port
        client = Client(first.new_origin())
        client.ask("/")
    client.close()
    with OriginServer(port=port) as second:
        assert second.port == port


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "example.test", "::1"])
def test_only_loopback(host: str) -> None:
    with pytest.raises(UsageError, match=rf"listen at '{re.escape(host)}'.*loopback only"):
        OriginServer(host=host).start()


def test_a_server_that_does_not_answer_itself_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, sockets_before = threads(), open_sockets()

    def refuse(*_: object) -> bytes:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(server_module, "_ask", refuse)
    with pytest.raises(UsageError, match=r"127.0.0.1 port \d+ does not answer itself: .*refused"):
        OriginServer().start()
    monkeypatch.setattr(server_module, "_ask", lambda *_: b"HTTP/1.1 200 OK")
    with pytest.raises(UsageError, match=r"port \d+ something else answers .*HTTP/1.1 200 OK"):
        OriginServer().start()
    assert threads() == before
    assert open_sockets() <= sockets_before


def test_a_thread_that_cannot_start_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    before = open_sockets()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        server = OriginServer()
        with pytest.raises(RuntimeError, match="can't start new thread"):
            server.start()
    gc.collect()
    assert open_sockets() == before
    server.start().stop()


def test_mistakes_with_start(server: OriginServer) -> None:
    with pytest.raises(UsageError, match=r"\('127.0.0.1', \d+\) was started already"):
        server.start()
    with pytest.raises(UsageError, match=r"\('127.0.0.1', 0\) has no port yet: call start"):
        OriginServer().new_origin()


def test_using_an_origin_after_its_session() -> None:
    with OriginServer() as server:
        origin = server.new_origin()
        name = f"origin-{server.port}"
    with pytest.raises(UsageError, match=f"The server's thread '{name}' is not running"):
        origin.set_condition(OFFLINE)
    with pytest.raises(UsageError, match="is not running: its session is over"):
        origin.websocket("/ws").send("x")


def test_an_unknown_host(server: OriginServer, origin: Origin, client: Client) -> None:
    answer = client.ask("/", host="nobody.localhost")
    assert answer.status == 421
    assert b"No origin is called 'nobody.localhost' here" in answer.body
    assert origin.url[7:-1].encode() in answer.body
    assert len(origin.requests) == 0
    client.socket.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert client.read().status == 421


def test_names(server: OriginServer) -> None:
    first, second = server.new_origin(), server.new_origin()
    assert int(second.name[1:]) == int(first.name[1:]) + 1
    assert first.url == f"http://{first.name}.localhost:{server.port}/"
    assert first.url_for("/a?b") == first.url_for("a?b") == first.url + "a?b"
    named = server.new_origin("shop")
    assert named.host == "shop.localhost"
    with pytest.raises(UsageError, match="There is an origin 'shop' already"):
        server.new_origin("shop")
    with pytest.raises(UsageError, match=r"'My_Shop' cannot be an origin's name"):
        server.new_origin("My_Shop")
    for origin in (first, second, named):
        server.close_origin(origin)


def test_many_threads_make_origins(server: OriginServer) -> None:
    made: list[Origin] = []
    makers = [
        threading.Thread(target=lambda: made.extend(server.new_origin() for _ in range(20)))
        for _ in range(8)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len({origin.host for origin in made}) == 160
    for origin in made:
        server.close_origin(origin)


def test_a_closed_origin_is_gone(server: OriginServer, connect: Connect) -> None:
    origin = server.new_origin()
    origin.reply("/", "x")
    client = connect(origin)
    client.ask("/")
    server.close_origin(origin)
    assert client.drain() == (b"", "reset")
    assert connect(origin).ask("/").status == 421
    assert [seen.path for seen in origin.requests] == ["/"]


def test_a_failing_callback_is_a_failed_exchange(
    origin: Origin, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise ValueError("broken callback")

    origin.websocket("/ws", broken)
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
    assert origin.requests.wait_for(lambda seen: seen[0].outcome == "cut")
    assert "GET /ws could not be answered" in caplog.text


def test_a_callback_that_blocks_the_server_is_said(
    origin: Origin, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, release = threading.Event(), threading.Event()

    def block(_: object) -> None:
        entered.set()
        release.wait(20)

    origin.websocket("/ws", block)
    client.send(
        "/ws",
        Upgrade="websocket",
        Connection="Upgrade",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        Sec_WebSocket_Version="13",
    )
    client.read_head()
    client.socket.sendall(b"\x81\x82\0\0\0\0hi")
    assert entered.wait(20)
    monkeypatch.setattr(loop_thread, "_PATIENCE_S", 0.01)
    with pytest.raises(UsageError, match=r"'origin-\d+' has not answered .* on_message wait"):
        origin.set_condition(OFFLINE)
    release.set()
    assert client.drain() == (b"", "reset")


def test_aiohttp_gets_along_with_it(origin: Origin) -> None:
    """A client of somebody else's, over a web socket and an upload in chunks."""
    origin.websocket("/ws", lambda message: message)
    origin.reply("/up", "ok", method="POST")

    async def talk() -> tuple[str, str]:
        async with aiohttp.ClientSession(headers={"Host": origin.url[7:-1]}) as session:
            base = f"http://127.0.0.1:{origin.port}"
            async with session.ws_connect(f"{base}/ws") as socket:
                await socket.send_str("echo")
                echoed = await socket.receive_str()

            async def parts():
                for _ in range(3):
                    yield b"part"

            async with session.post(f"{base}/up", data=parts()) as answer:
                return echoed, await answer.text()

    assert own_loop.run(talk) == ("echo", "ok")
    assert origin.requests.to("/up")[0].body == b"part" * 3


# Who runs the tests in the background may have had SIGINT ignored for all its children.
SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pytest_offline.origin import OriginServer
server = OriginServer().start()
origin = server.new_origin()
stream = origin.event_stream("/events")
import socket
client = socket.create_connection(("127.0.0.1", server.port))
client.sendall(f"GET /events HTTP/1.1\\r\\nHost: {origin.host}:{server.port}\\r\\n\\r\\n".encode())
stream.wait_for_clients()
print("ready", flush=True)
if sys.argv[1] == "wait":
    origin.requests.wait_for(lambda seen: False, 3600)
"""


@pytest.mark.parametrize("how", ["exit", "wait"])
def test_an_interpreter_that_ends_or_is_interrupted_does_not_hang(how: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, how], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    if how == "wait":
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (b"KeyboardInterrupt" in errors) == (how == "wait")
    assert process.returncode != 0 if how == "wait" else process.returncode == 0
