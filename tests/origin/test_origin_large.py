"""200 MB go through, both ways, and are never held."""

from __future__ import annotations

import gc
import hashlib
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from origin_client import Client

from pytest_offline.origin import Origin

SIZE = 200 * 1000 * 1000
ALLOWED = 32 * 1024 * 1024
BLOCK = bytes(range(250)) * 4000  # 1 MB


@contextmanager
def assert_little_is_held() -> Iterator[None]:
    gc.collect()
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < ALLOWED


def test_a_download(origin: Origin, client: Client, tmp_path: Path) -> None:
    with (tmp_path / "big.bin").open("wb") as file:
        for _ in range(SIZE // len(BLOCK)):
            file.write(BLOCK)
    origin.mount(tmp_path)
    expected = hashlib.sha256()
    for _ in range(SIZE // len(BLOCK)):
        expected.update(BLOCK)
    with assert_little_is_held():
        client.send("/big.bin")
        head = client.read_head()
        received = hashlib.sha256(client.buffer)
        left = int(head.headers["content-length"]) - len(client.buffer)
        while left:
            data = client.socket.recv(min(left, 1 << 20))
            received.update(data)
            left -= len(data)
    assert received.digest() == expected.digest()
    seen = origin.requests.wait_for(lambda seen: not seen[0].in_flight and seen[0])
    assert seen
    assert (seen.outcome, seen.bytes_sent) == ("served", SIZE)


def test_an_upload(origin: Origin, client: Client) -> None:
    origin.reply("/up", "thanks", method="PUT")
    with assert_little_is_held():
        client.send("/up", "PUT", Content_Length=str(SIZE))
        for _ in range(SIZE // len(BLOCK)):
            client.socket.sendall(BLOCK)
        assert client.read().body == b"thanks"
    (seen,) = origin.requests
    assert len(seen.body) == 1024 * 1024
    assert seen.body == (BLOCK * 2)[: 1024 * 1024]
