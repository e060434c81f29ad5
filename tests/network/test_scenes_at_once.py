"""Tests that run at the same time on one server, as threads do: nothing crosses between them."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator

import pytest

from pytest_offline import HANG, OFFLINE, RESET
from pytest_offline.origin import OriginServer
from pytest_offline.record import ONLINE, status
from pytest_offline.scene import Scene

TESTS = 6
TURNS = 12


@pytest.fixture
def server() -> Iterator[OriginServer]:
    with OriginServer() as server:
        yield server


def asked(scene: Scene) -> bytes | None:
    """What the scene's own origin answers; None where the connection breaks."""
    origin = scene.origins[0]
    client = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=20)
    try:
        client.request("GET", "/who", headers={"Host": origin.url[7:-1]})
        return client.getresponse().read()
    except ConnectionError:
        return None
    finally:
        client.close()


def play(server: OriginServer, number: int, failures: list[str]) -> None:
    """One test: its network goes and comes, and nobody else's does."""
    name = f"test {number}".encode()
    with Scene(server) as scene:
        origin = scene.new_origin()
        origin.reply("/who", name)
        for turn in range(TURNS):
            condition = (OFFLINE, RESET, status(503, body=b"down " + name), ONLINE)[
                (turn + number) % 4
            ]
            wanted = {OFFLINE: None, RESET: None, ONLINE: name}.get(condition, b"down " + name)
            with scene.network.set(condition):
                if asked(scene) != wanted:
                    failures.append(f"{number} under {condition}: not {wanted!r}")
            if asked(scene) != name:
                failures.append(f"{number} after {condition}")
        seen = [exchange.url for exchange in origin.requests]
        if seen != [origin.url_for("/who")] * TURNS * 2:
            failures.append(f"{number} saw {seen}")


def test_tests_that_share_a_server_do_not_meet(server: OriginServer) -> None:
    failures: list[str] = []
    threads = [
        threading.Thread(target=play, args=(server, number, failures)) for number in range(TESTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_one_that_hangs_holds_up_nobody(server: OriginServer) -> None:
    with Scene(server) as hanging, Scene(server) as other:
        for scene in (hanging, other):
            scene.new_origin().reply("/who", scene.origins[0].name)
        hanging.network.set(HANG)
        client = http.client.HTTPConnection("127.0.0.1", hanging.origins[0].port, timeout=20)
        client.request("GET", "/who", headers={"Host": hanging.origins[0].url[7:-1]})
        assert hanging.origins[0].requests.wait_for(lambda seen: seen)
        assert asked(other) == other.origins[0].name.encode()
        client.close()
        assert [seen.outcome for seen in other.origins[0].requests] == ["served"]
