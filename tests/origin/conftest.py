from __future__ import annotations

from collections.abc import Iterator

import pytest
from origin_client import Client, Connect

from pytest_offline.origin import Origin, OriginServer


@pytest.fixture(scope="session")
def server() -> Iterator[OriginServer]:
    with OriginServer() as server:
        yield server


@pytest.fixture
def origin(server: OriginServer) -> Iterator[Origin]:
    origin = server.new_origin()
    yield origin
    server.close_origin(origin)


@pytest.fixture
def connect(origin: Origin) -> Iterator[Connect]:
    """Opens connections to the test's origin, and closes them with the test."""
    connect = Connect(origin)
    yield connect
    for client in connect.clients:
        client.close()


@pytest.fixture
def client(connect: Connect) -> Client:
    return connect()
