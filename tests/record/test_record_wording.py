"""Turns of phrase that sentences share."""

from __future__ import annotations

import pytest

from pytest_offline.record.wording import as_path, listed, things_are


@pytest.mark.parametrize(
    ("names", "most", "said"),
    [
        ([], 3, ""),
        (["a"], 3, "a"),
        (["a", "b", "c"], 3, "a, b, c"),
        (["a", "b", "c", "d", "e"], 3, "a, b, c and 2 more"),
        (["a", "b"], 1, "a and 1 more"),
    ],
)
def test_the_first_are_named_and_the_others_counted(names: list[str], most: int, said: str) -> None:
    assert listed(names, most) == said


def test_things_are_counted() -> None:
    assert [f"{things_are(count)} wrong" for count in (1, 2)] == [
        "one thing is wrong",
        "2 things are wrong",
    ]


@pytest.mark.parametrize("base", ["http://t7.localhost:80", "http://t7.localhost:80/"])
@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://t7.localhost:80/", "/"),
        ("http://t7.localhost:80/a?b=1", "/a?b=1"),
        ("http://t7.localhost:8080/a", "http://t7.localhost:8080/a"),
        ("about:blank", "about:blank"),
    ],
)
def test_a_url_of_the_origin_is_a_path(url: str, shown: str, base: str) -> None:
    assert as_path(url, base) == shown
