"""Caches so large that Chromium lists them no more: told as such, and no reason to accuse it."""

from __future__ import annotations

import os
from typing import Any

import pytest
from playwright.sync_api import Page

from pytest_offline import Caches, SiteError
from pytest_offline.browser.asking import refused
from pytest_offline.errors import CacheTooLarge

long = pytest.mark.skipif(
    not os.environ.get("OFFLINE_LONG"), reason="OFFLINE_LONG: 24 MB of headers take half a minute"
)

FILL = """async ([requests, responses]) => {
  const long = "x".repeat(60000);
  const cache = await caches.open("v1");
  for (let at = 0; at < 400; at += 1) {
    await cache.put(
      new Request("/" + at, {headers: requests ? {"x-long": long} : {}}),
      new Response("body " + at, {headers: responses ? {"x-long": long} : {}}),
    );
  }
  await cache.delete("/7");
  await cache.keys().catch(() => null);
  await cache.matchAll().catch(() => null);
}"""


MANY = 50_000
FILL_IN_BATCHES = """async (count) => {
  const cache = await caches.open("v1");
  for (let low = 0; low < count; low += 500) {
    const batch = Array.from({length: 500}, (unused, at) => low + at);
    await Promise.all(batch.map((at) => cache.put("/" + at, new Response("body " + at))));
  }
  await cache.matchAll().catch(() => null);
}"""


@pytest.fixture
def opened(page: Page, origin: Any) -> Page:
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    page.goto(origin.url)
    return page


@long
def test_responses_that_are_listed_no_more_are_asked_one_by_one(
    opened: Page, caches: Caches
) -> None:
    opened.evaluate(FILL, [False, True])
    entries = caches.snapshot()["v1"]
    assert len(entries) == 399
    assert [each.size for each in entries[:2]] == [6, 6]
    caches.verify()


@long
def test_keys_that_are_listed_no_more_leave_the_history_to_be_judged(
    opened: Page, caches: Caches
) -> None:
    opened.evaluate(FILL, [True, False])
    if opened.context.browser and opened.context.browser.browser_type.name == "chromium":
        with pytest.raises(CacheTooLarge, match=r"so many entries in its cache 'v1'.*cache.match"):
            caches.snapshot()
        assert issubclass(CacheTooLarge, SiteError)
    else:
        assert len(caches.snapshot()["v1"]) == 399
    caches.verify()
    assert caches.model.keys() == ["v1"]
    assert len(caches.model.open("v1")) == 399


@pytest.mark.skipif(
    not os.environ.get("OFFLINE_LONG"), reason="OFFLINE_LONG: 50,000 puts take a minute or two"
)
def test_fifty_thousand_entries_are_judged(opened: Page, caches: Caches) -> None:
    opened.evaluate(FILL_IN_BATCHES, MANY)
    if opened.context.browser and opened.context.browser.browser_type.name == "chromium":
        with pytest.raises(CacheTooLarge, match="lists them no more"):
            caches.snapshot()
    caches.verify()
    assert len(caches.puts) == MANY


def test_it_is_told_what_to_do() -> None:
    told = refused("http://x.localhost/", "snapshot", {"name": "too-large", "message": "v1"})
    assert isinstance(told, CacheTooLarge)
    assert str(told) == (
        "http://x.localhost/ has so many entries in its cache 'v1' that the browser lists them no "
        "more (it says AbortError), so nobody can say what is in it; ask for single ones with "
        "cache.match(), or keep fewer entries in one cache"
    )
