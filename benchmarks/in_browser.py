"""What the probes and the switch cost in a real browser, against the browser's bare calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from benchmarks.measuring import Figure, by_turns
from pytest_offline.browser.launch import launch_options
from pytest_offline.browser.resolve import InstalledBuild, resolve
from pytest_offline.caches import Caches
from pytest_offline.scene import Scene, new_server

PUTS = 1000
ENTRIES = 2000
ENTRY_SIZE = 10_000

_PUT_MANY = """async ([count, round]) => {
  await caches.delete("bench");
  const cache = await caches.open("bench");
  const body = "x".repeat(1000);
  const started = performance.now();
  for (let n = 0; n < count; n += 1) {
    await cache.put(`/put/${round}/${n}`, new Response(body));
  }
  return performance.now() - started;
}"""

_FILL = """async ([count, size]) => {
  await caches.delete("bench");
  const cache = await caches.open("many");
  const bytes = new Uint8Array(size);
  for (let n = 0; n < count; n += 1) {
    bytes[0] = n; bytes[1] = n >> 8;
    await cache.put(`/entry/${n}`, new Response(bytes));
  }
}"""

_READ_ONE = """async (n) => {
  const found = await (await caches.open("many")).match(`/entry/${n}`);
  return (await found.arrayBuffer()).byteLength;
}"""

_READ_ALL = """async (count) => {
  const cache = await caches.open("many");
  let total = 0;
  for (let n = 0; n < count; n += 1) {
    total += (await (await cache.match(`/entry/${n}`)).arrayBuffer()).byteLength;
  }
  return total;
}"""


@dataclass(frozen=True)
class Bench:
    """A page with the probes, and one in a second browser without them, at the same origin."""

    scene: Scene
    page: Page
    caches: Caches
    bare_page: Page
    build: str


@contextmanager
def bench(name: str) -> Iterator[Bench]:
    with sync_playwright() as playwright:
        installed = resolve(name)
        watched, bare = _launch(playwright, installed), _launch(playwright, installed)
        try:
            with (
                new_server() as server,
                _page(watched) as page,
                _page(bare) as bare_page,
                Scene(server, watched, name) as scene,
            ):
                origin = scene.new_origin()
                origin.reply("/", "<!DOCTYPE html><title>bench</title>")
                page.goto(origin.url)
                bare_page.goto(origin.url)
                caches = Caches(scene, origin)
                yield Bench(scene, page, caches, bare_page, f"{name} {installed.version}")
        finally:
            watched.close()
            bare.close()


def _launch(playwright: Playwright, installed: InstalledBuild) -> Browser:
    engine = getattr(playwright, installed.build.engine)
    return engine.launch(**launch_options(installed, {"headless": True}))


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def network_switch(on: Bench, rounds: int) -> Iterator[Figure]:
    bare = on.bare_page.context

    def ours() -> None:
        on.scene.network.offline()
        on.scene.network.online()

    def peer() -> None:
        bare.set_offline(True)
        bare.set_offline(False)

    times = by_turns(rounds * 20, ours=ours, peer=peer)
    yield Figure(
        "`network.offline()` and `.online()`, against two bare `set_offline` calls",
        times["ours"], times["peer"], "ms", 3, build=on.build,
    )  # fmt: skip


def thousand_puts(on: Bench, rounds: int) -> Iterator[Figure]:
    numbers = iter(range(1_000_000))

    def measured(page: Page) -> float:
        return float(page.evaluate(_PUT_MANY, [PUTS, next(numbers)]))

    def ours() -> float:
        return measured(on.page)

    turns = 2 * rounds
    times = by_turns(turns, ours=ours, peer=lambda: measured(on.bare_page))
    recorded = sum(put.outcome == "fulfilled" for put in on.caches.puts)
    if recorded != PUTS * (turns + 1):
        raise AssertionError(f"{recorded} puts recorded, {PUTS * (turns + 1)} made")
    yield Figure(
        f"{PUTS:,} puts in a page with the probe, against without it",
        times["ours"], times["peer"], "ms", 1.15, build=on.build,
    )  # fmt: skip


def snapshots(on: Bench, rounds: int) -> Iterator[Figure]:
    on.page.evaluate(_FILL, [ENTRIES, ENTRY_SIZE])

    def ours() -> None:
        (entries,) = on.caches.snapshot().values()
        if sum(entry.response.size or 0 for entry in entries) != ENTRIES * ENTRY_SIZE:
            raise AssertionError(f"the snapshot has {len(entries)} entries")

    def one_by_one() -> None:
        for number in range(ENTRIES):
            on.page.evaluate(_READ_ONE, number)

    def in_the_page() -> None:
        on.page.evaluate(_READ_ALL, ENTRIES)

    # The slow side takes half a minute a round on a busy machine.
    times = by_turns(max(1, rounds // 2), ours=ours, one_by_one=one_by_one, in_the_page=in_the_page)
    what = f"`snapshot()` of {ENTRIES:,} entries of 10 kB, against"
    yield Figure(
        f"{what} one `evaluate` an entry (times faster)",
        times["ours"], times["one_by_one"], "ms", 3, at_most=False, inverse=True, build=on.build,
    )  # fmt: skip
    yield Figure(
        f"{what} a bare loop of `match` and `arrayBuffer` in the page",
        times["ours"], times["in_the_page"], "ms", 1.3, build=on.build,
    )  # fmt: skip


def figures(part: str, build: str, rounds: int) -> Iterator[Figure]:
    """One of the parts, in browsers of its own: what one leaves behind does not slow the next."""
    with bench(build) as on:
        yield from MEASURES[part](on, rounds)


MEASURES = {
    "network": network_switch,
    "puts": thousand_puts,
    "snapshot": snapshots,
}
