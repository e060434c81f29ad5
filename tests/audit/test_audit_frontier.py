"""Which pages are audited: links, limits, sitemaps."""

from __future__ import annotations

import pytest

from pytest_offline.audit.frontier import Frontier, Limits, locations, shape

BASE = "http://t1.localhost:1"


def frontier(**limits: object) -> Frontier:
    return Frontier(BASE, Limits(**limits))  # type: ignore[arg-type]


def paths(found: Frontier) -> list[str]:
    return [target.path for target in found.next_level()]


def test_links_become_paths_once_each_without_their_fragments() -> None:
    found = frontier()
    found.add("/", "the start page")
    found.add_links([f"{BASE}/a#part", "/a", f"{BASE}", "/a?x=1"], "/", 0)
    assert paths(found) == ["/", "/a", "/a?x=1"]
    assert found.known["/a"].found_by == "a link on /"


def test_a_fragment_that_is_a_route_is_a_page() -> None:
    found = frontier()
    for link in ("/#/settings", "/#!/old", "/#top"):
        found.add(link, "")
    assert paths(found) == ["/#/settings", "/#!/old", "/"]


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/",
        "mailto:a@b.example",
        "javascript:void 0",
        "https://[your-host]/",
        "http://[bad",
        "http://t1.localhost:1@elsewhere.example/",
        "http://a b/",
        "/file.pdf",
        "/a.ZIP",
    ],
)
def test_what_is_no_page_of_the_site_is_left(link: str) -> None:
    found = frontier()
    found.add(link, "")
    assert paths(found) == []


def test_a_named_page_needs_no_pattern_and_no_room() -> None:
    found = frontier(pages=0, exclude=("*",))
    found.add("/feed.xml", "--page", named=True)
    found.add("/other", "")
    assert paths(found) == ["/feed.xml"]


def test_patterns_choose_pages_with_and_without_their_query() -> None:
    found = frontier(include=("/blog/*",), exclude=("/blog/drafts/*", "*page=*"))
    for link in ("/blog/a", "/blog/a?page=2", "/blog/b?x=1", "/blog/drafts/c", "/about"):
        found.add(link, "")
    assert paths(found) == ["/blog/a", "/blog/b?x=1"]


def test_depth_ends_the_walk() -> None:
    found = frontier(depth=1)
    found.add_links(["/a"], "/", 0)
    found.add_links(["/b"], "/a", 1)
    assert paths(found) == ["/a"]


def test_an_endless_calendar_does_not_keep_other_pages_out() -> None:
    found = frontier(pages=4)
    days = [f"/day/2026/{number}" for number in range(1, 5_001)]
    found.add_links([*days, "/about", "/terms"], "/", 0)
    assert paths(found) == ["/day/2026/1", "/day/2026/2", "/about", "/terms"]
    assert paths(found) == []
    assert found.remarks() == [
        "4998 more pages were found and left out, 4998 of them like /day/#/#: 4 are audited at "
        "most (--max-pages)"
    ]
    assert found.left_out[0].why == "the limit of 4 pages was reached"


def test_one_page_that_was_left_out_is_like_no_other() -> None:
    found = frontier(pages=1)
    found.add_links(["/a", "/b"], "/", 0)
    found.next_level()
    assert found.remarks()[0].startswith("1 more pages were found and left out: 1 are")
    assert frontier().remarks() == []


def test_a_shape_folds_numbers_and_digests() -> None:
    assert shape("/p/12/3f2a1bcd99?page=4") == "/p/#/#?page=#"


def test_a_sitemap_lists_pages_and_an_index_lists_sitemaps() -> None:
    pages = b"<urlset><url><loc> https://a.example/x?a=1&amp;b=2 </loc></url>"
    assert locations(pages) == (["https://a.example/x?a=1&b=2"], [])
    index = b"<sitemapindex><sitemap><loc>https://a.example/s1.xml</loc></sitemap>"
    assert locations(index) == ([], ["https://a.example/s1.xml"])
    assert locations(b"\xff\x00 no sitemap") == ([], [])
