"""Application caches that a real browser has no room for: what it says is no mismatch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Error, Page

from pytest_offline.compare import explain

QUOTA = "Failed to commit new cache to storage, would exceed quota"
LATE = "chromium-runs-out-of-storage-late"
HTML = """<!doctype html><html manifest="/site.appcache"><link rel=icon href="data:,"><p>"""
FRAME = """(url) => new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.onload = done;
  frame.src = url;
  document.body.append(frame);
})"""
FILL = """async () => {
  const cache = await caches.open("fill");
  const put = (size) => cache.put(`/fill-${Math.random()}`, new Response(new Uint8Array(size)));
  for (let size = 16e6; size > 100;) {
    try { await put(size); } catch (error) { size = Math.floor(size / 4); }
  }
}"""
"""Stores what there is room for: by the Cache API, whose quota is the same."""


@pytest.fixture
def site(origin: Any, page: Page, appcache: Any) -> Any:
    """A page that is cached."""
    appcache.deploy(manifest(1), {"/": HTML, "/two": HTML + "two" * 10_000, "/a": "a"})
    page.goto(origin.url)
    appcache.wait_for("cached")
    return origin


@pytest.fixture
def leave_no_room(site: Any, page: Page) -> Callable[[], None]:
    """Takes the rest of the origin's quota away; Chromium 83 cannot be given another one."""

    def leave() -> None:
        session = page.context.new_cdp_session(page)
        origin = site.url.rstrip("/")
        try:
            session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 5000})
        except Error as unknown:
            assert "wasn't found" in str(unknown)
            page.evaluate(FILL)

    return leave


def manifest(number: int, *lines: str) -> str:
    return "\n".join(["CACHE MANIFEST", f"# {number}", "/a", *lines, "NETWORK:", "*", ""])


def known(appcache: Any) -> set[str]:
    (found,) = appcache.compare()
    assert found.agrees, "\n".join(explain(found))
    assert not found.overdue, found.to_json()
    return {each.id for each in found.deviations}


def paths(appcache: Any) -> set[str]:
    return {each.url.removeprefix(appcache.origin.base) for each in appcache.entries()}


def test_a_version_that_has_no_room(
    site: Any, appcache: Any, leave_no_room: Callable[[], None]
) -> None:
    leave_no_room()
    appcache.deploy(manifest(2, "/b"), {"/b": "b" * 10_000})
    appcache.update()
    event = appcache.wait_for("error")
    assert (event.detail, event.status) == (QUOTA, "IDLE")
    assert paths(appcache) == {"/", "/a", "/site.appcache"}
    assert LATE in known(appcache)


def test_a_page_that_has_no_room(
    site: Any, page: Page, appcache: Any, leave_no_room: Callable[[], None]
) -> None:
    leave_no_room()
    page.evaluate(FRAME, site.url_for("/two"))
    frame = page.frames[1]
    for place in (page, frame):
        assert appcache.wait_for("error", page=place).detail == QUOTA
    assert frame.evaluate("applicationCache.status") == 1
    frame.evaluate("applicationCache.update()")
    for place in (page, frame):
        appcache.wait_for("noupdate", page=place)
    assert paths(appcache) == {"/", "/a", "/site.appcache"}
    assert {LATE, "chromium-keeps-pages-not-stored"} <= known(appcache)


@pytest.mark.parametrize("path", ["/a", "/big"])
def test_what_is_too_large_for_the_storage(
    origin: Any, page: Page, appcache: Any, path: str
) -> None:
    large = HTML + "<!--" + "x" * 11_000_000 + "-->"
    appcache.deploy(manifest(1), {"/a": "a", "/big": HTML, path: large})
    page.goto(origin.url_for("/big"))
    told = appcache.wait_for("error", timeout=20_000).detail
    assert told.endswith(f" fetch failed (2) {origin.url_for(path)}")
    assert appcache.status == "UNCACHED"
    known(appcache)
