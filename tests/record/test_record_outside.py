"""A request for the world outside, in words."""

from __future__ import annotations

import pytest

from pytest_offline.record import OutsideRequest


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (OutsideRequest(0, "fonts.example", 443), "refused: fonts.example:443"),
        (OutsideRequest(0, "fonts.example", 443, refused=False), "let out: fonts.example:443"),
        (
            OutsideRequest(0, "fonts.example", 443, True, "https://fonts.example/a", "font"),
            "refused: https://fonts.example/a (font)",
        ),
    ],
)
def test_it_says_what_became_of_it(seen: OutsideRequest, words: str) -> None:
    assert str(seen) == words
