"""Names without content hashes; counts and sizes in bands."""

from __future__ import annotations

import pytest

from pytest_offline.baseline.bands import count_band, count_words, kept, size_band, size_words
from pytest_offline.baseline.folding import folded

HASHED = {
    "/app.3f2a1b.js": "/app.*.js",
    "/app.3f2a1b9c4d.min.js": "/app.*.min.js",
    "/assets/index-BxYz12_a.js": "/assets/index-*.js",
    "/assets/index-DiwrgTda.css": "/assets/index-*.css",
    "/assets/about-us-DiwrgTda.css": "/assets/about-us-*.css",
    "/main-LZK4Q2XB.js": "/main-*.js",
    "/chunk-2f9e8d7c.js.map": "/chunk-*.js.map",
    "/_next/static/Vb3kQ9zLw0aXyT5r/page.js": "/_next/static/*/page.js",
    "/4f53cda18c2baa0c0354bb5f9a3ecbe5.png": "/*.png",
    "/style.css?v=8a7b6c5d": "/style.css?v=*",
    "/a.js?__WB_REVISION__=0123456789abcdef0123456789abcdef": "/a.js?__WB_REVISION__=*",
    "https://cdn.example/lib.0a1b2c3d4e.js": "https://cdn.example/lib.*.js",
}

PLAIN = [
    "/", "/index.html", "/app.js", "/about-us.html", "/blog/2026-11-22.html", "/jquery.min.js",
    "/jquery-3.7.1.min.js", "/icons/icon-192x192.png", "/documentation/getting-started/index.html",
    "/manifest.webmanifest", "/api/items?page=2", "/search?q=weather", "/workbox-window.prod.js",
    "/bootstrap.bundle.js", "/apple-touch-icon.png", "/a.deface.js", "/x-facade.js",
    "/api/places/1234567890", "/Characteristics.html", "/favicon-32x32.png",
    "/fonts/Inter-SemiBold.woff2", "/icon-1024x1024.png",
]  # fmt: skip


@pytest.mark.parametrize(("url", "name"), HASHED.items())
def test_a_content_hash_becomes_a_star(url: str, name: str) -> None:
    assert folded(url) == name


@pytest.mark.parametrize("url", PLAIN)
def test_words_numbers_and_dates_stay(url: str) -> None:
    assert folded(url) == url


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "size unknown"), (1, "up to 1 kB"), (1_000, "up to 1 kB"), (1_001, "up to 3 kB"),
        (9_000, "up to 10 kB"), (250_000, "up to 300 kB"), (999_999, "up to 1 MB"),
        (2_000_000_000, "up to 3 GB"),
    ],
)  # fmt: skip
def test_sizes(size: int, words: str) -> None:
    assert size_words(size_band(size)) == words


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 file"), (2, "up to 2 files"), (5, "up to 8 files")]
)
def test_counts(count: int, words: str) -> None:
    assert count_words(count_band(count)) == words
    assert count_band(0) == 1


def test_a_value_at_the_border_stays_in_its_band() -> None:
    assert kept(30_000, 34_000, size_band(34_000)) == 30_000, "a little over the border"
    assert kept(30_000, 60_000, size_band(60_000)) == 100_000
    assert kept(30_000, 9_500, size_band(9_500)) == 30_000, "a little below its lower border"
    assert kept(30_000, 5_000, size_band(5_000)) == 10_000
    assert kept(8, 9, count_band(9)) == 8
    assert kept(8, 4, count_band(4)) == 8
    assert kept(8, 2, count_band(2)) == 2
    assert kept(0, 4_000, size_band(4_000)) == 10_000
    assert kept(30_000, 25_000, size_band(25_000)) == 30_000
