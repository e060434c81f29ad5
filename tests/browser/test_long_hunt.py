"""Long hunts, for ``make test-long``: random programs on real caches, held against the model.

What a seed does is the same every time, so a failure is run again by its seed alone.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from playwright.sync_api import Page

from pytest_offline import Caches

SEEDS = range(40) if os.environ.get("OFFLINE_LONG") else range(2)

# Steps of several lines run side by side, so that histories overlap.
STEPS = """async (steps) => {
  const opened = {};
  const cache = async (name) => opened[name] || (opened[name] = await caches.open(name));
  const run = {
    put: async (s) => (await cache(s.cache)).put(s.url, new Response(s.body, {headers: s.headers})),
    match: async (s) => (await cache(s.cache)).match(s.url, s.options),
    matchAll: async (s) => (await cache(s.cache)).matchAll(s.url, s.options),
    keys: async (s) => (await cache(s.cache)).keys(),
    remove: async (s) => (await cache(s.cache)).delete(s.url, s.options),
    any: async (s) => caches.match(s.url, s.options),
    drop: async (s) => { delete opened[s.cache]; return caches.delete(s.cache); },
    has: async (s) => caches.has(s.cache),
    names: async () => caches.keys(),
  };
  for (const together of steps) {
    await Promise.all(together.map((step) => run[step.kind](step).catch(() => null)));
  }
}"""


def program(seed: int) -> list[list[dict[str, Any]]]:
    luck = random.Random(seed)
    kinds = ["put"] * 6 + ["match", "matchAll", "keys", "remove", "any", "drop", "has", "names"]

    def step() -> dict[str, Any]:
        path = luck.choice(["/a", "/a?x=1", "/a?x=2", "/b", "/b/", "/c#part"])
        return {
            "kind": luck.choice(kinds),
            "cache": luck.choice(["one", "two"]),
            "url": path,
            "body": luck.choice(["", "text", "t" * 2_000]),
            "headers": luck.choice([{}, {}, {"vary": "accept"}, {"x-a": "1"}]),
            "options": luck.choice([{}, {}, {"ignoreSearch": True}, {"ignoreVary": True}]),
        }

    return [[step() for _ in range(luck.choice([1, 1, 1, 2, 3]))] for _ in range(25)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_program_is_what_the_model_allows(
    page: Page, origin: Any, caches: Caches, seed: int
) -> None:
    origin.reply("/", "<h1>x</h1>", headers={"Content-Type": "text/html"})
    page.goto(origin.url)
    page.evaluate(STEPS, program(seed))
    page.reload()
    page.evaluate(STEPS, program(seed + 1_000))
    assert len(caches.operations) > 50
    caches.verify()
