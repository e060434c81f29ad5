"""Pages that replaced what the probes use, bodies that never end: no wrong verdict, and no hang."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from pytest_offline import Caches

REPLACED = """<!doctype html><title>x</title><link rel=icon href=data:,><script>
  const put = Cache.prototype.put;
  /* Twice, the second time with a body of its own: both are puts of the browser's. */
  Cache.prototype.put = async function (request, response) {
    await put.call(this, request, response);
    return put.call(this, request, new Response("mine"));
  };
  Cache.prototype.keys = () => Promise.resolve(["nonsense"]);
  JSON.stringify = () => "nonsense";
  JSON.parse = () => { throw new Error("no parsing"); };
  const real = caches;
  Object.defineProperty(window, "caches", { value: {
    open: (name) => real.open("site-" + name), delete: () => Promise.resolve(true)
  } });
</script>"""


@pytest.fixture
def opened(page: Page, origin: Any) -> Page:
    origin.reply("/", REPLACED, headers={"Content-Type": "text/html"})
    page.goto(origin.url)
    return page


def test_what_the_browser_was_asked_counts(opened: Page, caches: Caches) -> None:
    opened.evaluate(
        """(async () => {
          const cache = await caches.open("v1");
          await cache.put("/a", new Response("theirs"));
          await cache.match("/a");
          await cache.keys();
          await caches.delete("v1");
        })()"""
    )
    assert [seen.method for seen in caches.operations] == ["open", "put", "put", "match"]
    assert list(caches.snapshot()) == ["site-v1"]
    caches.verify()


def test_a_body_that_never_ends_holds_nothing_up(opened: Page, caches: Caches) -> None:
    opened.evaluate(
        """(async () => {
          const cache = await caches.open("v1");
          const stream = new ReadableStream({ pull: () => new Promise(() => undefined) });
          window.pending = cache.put("/endless", new Response(stream));
          await cache.put("/a", new Response("whole"));
          await cache.match("/a");
        })()"""
    )
    pending = [seen for seen in caches.operations if seen.outcome == "pending"]
    assert [seen.requests[0].url for seen in pending] == [caches.origin.url_for("/endless")]
    caches.verify()
