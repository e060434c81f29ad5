"""Two walks and what differs, without a browser."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_offline import Visit, differences, walk
from pytest_offline.errors import UsageError

SAME = Visit("/a", "file", 200, "00" * 32, "/a")


def test_the_same_is_no_difference() -> None:
    failed = Visit("/b", "page", error="net::ERR_FAILED")
    refused = Visit("/b", "page", error="net::ERR_INTERNET_DISCONNECTED")
    assert differences([SAME, failed], [SAME, refused]) == ()


@pytest.mark.parametrize(
    ("other", "what", "said"),
    [
        (
            Visit("/a", "file", error="TypeError: Failed to fetch"),
            "failed",
            "/a, fetched by a page: status 200, sha256 000000000000… against "
            "failed (TypeError: Failed to fetch)",
        ),
        (Visit("/a", "file", 404, "00" * 32, "/a"), "status", "against status 404, sha256 0000"),
        (Visit("/a", "file", 200, "11" * 32, "/a"), "body", "against status 200, sha256 1111"),
        (Visit("/a", "file", 200, "00" * 32, "/b"), "url", "against status 200 at /b, sha256"),
    ],
)
def test_each_difference_is_told_in_a_line(other: Visit, what: str, said: str) -> None:
    (found,) = differences([SAME], [other])
    assert found.what == what
    assert said in str(found)


def test_a_page_is_said_to_be_opened() -> None:
    one, other = (Visit("/a", "page", status, "00" * 32, "/a") for status in (200, 500))
    (found,) = differences([one], [other])
    assert str(found).startswith("/a, opened as a page: status 200")


def test_walks_over_other_urls_cannot_be_compared() -> None:
    with pytest.raises(UsageError, match=r"only one has \['/a', '/b'\]; give both calls"):
        differences([SAME], [Visit("/b", "file", 200, "", "/b")])
    with pytest.raises(UsageError, match=r"2 and 1 URLs .* their order differs"):
        differences([SAME, SAME], [SAME])


def test_a_page_that_is_nowhere_cannot_walk() -> None:
    page = cast("Any", SimpleNamespace(url="about:blank"))
    with pytest.raises(UsageError) as caught:
        walk(page, ["/a", "/b"])
    assert "the page is at 'about:blank', so 2 URLs have no site" in str(caught.value)
    assert "page.goto(origin.url)" in str(caught.value)
