"""Which hosts are this machine."""

from __future__ import annotations

import pytest

from pytest_offline.record.hosts import is_localhost, is_loopback


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("localhost", True),
        ("t7.localhost", True),
        ("a.b.localhost", True),
        ("mylocalhost", False),
        ("localhost.example", False),
        ("127.0.0.1", False),
        ("", False),
    ],
)
def test_names_of_localhost(name: str, here: bool) -> None:
    assert is_localhost(name) is here


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1", True),
        ("127.200.0.9", True),
        ("::1", True),
        ("[::1]", False),
        ("128.0.0.1", False),
        ("::2", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_addresses_of_loopback(address: str, here: bool) -> None:
    assert is_loopback(address) is here
