"""``sample_sites/gallery``: a service worker keeps pictures, and others stand in for the rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from pytest_offline.demo.telling import (
    LEDGER,
    Story,
    bytes_of,
    exchange_rows,
    nothing_served,
    side_by_side,
    wait_for,
)
from pytest_offline.errors import BrowserError, ModelMismatch, UsageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.caches import Caches
    from pytest_offline.origin import Origin
    from pytest_offline.record import Put
    from pytest_offline.scene import Scene
    from pytest_offline.service_worker import ServiceWorkers

SITE: Final = Path("sample_sites") / "gallery"
NEVER_ASKED_FOR: Final = ("/pictures/lighthouse.svg", "/pictures/volcano.svg")
"""The pictures that the demonstration does not look at before the network is gone."""

_VIEWPORT: Final[ViewportSize] = {"width": 960, "height": 720}
_PUTS: Final = ("cache", "what", "bytes", "put there by")

_PICTURES: Final = """() => Promise.all([...document.querySelectorAll("#pictures img")]
  .map((image) => image.decode().then(() => image.naturalWidth > 0, () => false)))"""

_FETCH: Final = """(url) => fetch(url, {cache: "no-store"})
  .then((answer) => `status ${answer.status}`, (error) => `${error.name}: ${error.message}`)"""

_UPDATE: Final = """() => navigator.serviceWorker.getRegistration()
  .then((registration) => registration.update())
  .then(() => "it went through", (error) => `${error.name}`)"""


@dataclass(frozen=True)
class Stage:
    """Everything the story plays with."""

    story: Story
    scene: Scene
    origin: Origin
    caches: Caches
    workers: ServiceWorkers
    page: Page
    output: Path


def tell(build: str, site: Path, output: Path, headed: bool, console: Console) -> int:
    """Sets the stage and tells the story; returns the exit code.

    Raises OfflineError where the browser cannot be had or started, UsageError for a wrong folder.
    """
    if not (site / "sw.js").is_file():
        raise UsageError(
            f"{site.absolute()} is not the gallery: there is no sw.js in it; run this from a clone "
            f"of the project, or name the folder: --site FOLDER"
        )
    output.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import Error, sync_playwright

    from pytest_offline.browser.starting import start

    with sync_playwright() as playwright:
        installed, browser = start(playwright, build, headless=not headed)
        try:
            return _with_browser(browser, installed, site, output, Story(console))
        except Error as error:
            raise BrowserError(f"{installed} did not go on: {error.message}") from error
        finally:
            browser.close()


def _with_browser(
    browser: Browser, installed: InstalledBuild, site: Path, output: Path, story: Story
) -> int:
    from pytest_offline.caches import Caches
    from pytest_offline.scene import Scene, new_server
    from pytest_offline.service_worker import ServiceWorkers

    # The page comes before the scene, which then waits until its probes are in.
    page = browser.new_context(viewport=_VIEWPORT).new_page()
    with (
        new_server() as server,
        Scene(server, browser, installed.build.name) as scene,
    ):
        origin = scene.new_origin("gallery")
        origin.mount(site)
        story.begin("A gallery goes into the tunnel", installed, f"{site}, served at {origin.url}")
        caches, workers = Caches(scene, origin), ServiceWorkers(scene, origin)
        _play(Stage(story, scene, origin, caches, workers, page, output))
        page.context.close()
    pictures = {name: output / f"{name}.png" for name in ("online", "offline")}
    side_by_side(browser, output / "side-by-side.png", pictures)
    made = f"{output}/online.png, offline.png, and both in side-by-side.png"
    return story.close("The gallery works offline", made, installed)


def _play(stage: Stage) -> None:
    _visit(stage)
    with stage.scene.network.offline():
        _what_is_cut(stage)
        _what_still_works(stage)
    _back_again(stage)
    _verdict(stage)


def _visit(stage: Stage) -> None:
    story, page = stage.story, stage.page
    story.chapter("Online: the first visit")
    page.goto(stage.origin.url)
    stage.workers.wait_until_ready()
    story.fact(
        stage.workers.state == "activated",
        f"the service worker is {stage.workers.state}, and all that the site says it keeps is kept",
    )
    known = len(stage.caches.puts)
    story.rows(*_PUTS, of=map(_put_row, stage.caches.puts))
    page.get_by_role("button").click()
    _pictures(stage, 6)
    wait_for(stage.caches.wait_for_news, lambda: _settled(stage.caches, known + 2))
    story.say("two more pictures are asked for; the worker fetches them and puts a clone:")
    added = stage.caches.puts[known:]
    story.rows(*_PUTS, of=map(_put_row, added))
    story.fact(len(added) == 2, f"{len(added)} more entries; {_summary(stage.caches)}")


def _what_is_cut(stage: Stage) -> None:
    story, page, ledger = stage.story, stage.page, stage.origin.requests
    story.chapter("network.offline(): what is cut")
    mark = ledger.mark()
    online = page.evaluate("navigator.onLine")
    story.fact(online is False, f"the page sees it: navigator.onLine is {str(online).lower()}")
    asked = page.evaluate(_FETCH, "/weather.json")
    story.fact("Error" in asked, f"fetch('/weather.json') by the page: {asked}")
    updated = page.evaluate(_UPDATE)
    story.fact("Error" in updated, f"registration.update(), the worker's update check: {updated}")
    seen = ledger.since(mark)
    story.rows(*LEDGER, of=exchange_rows(seen))
    if any(found.stopped_by == "origin" for found in seen):
        story.say("what the origin stopped had passed the browser's own offline switch")
    story.fact(nothing_served(seen), f"bytes that left the origin: {bytes_of(seen)}")


def _what_still_works(stage: Stage) -> None:
    story, page, ledger = stage.story, stage.page, stage.origin.requests
    story.chapter("Offline: what still works")
    mark, before = ledger.mark(), len(stage.workers.answers)
    page.reload()
    heading = page.get_by_role("heading", level=1).text_content()
    story.fact(
        heading == "Gallery", f"the page is reloaded and opens: its heading reads {heading!r}"
    )
    for shown in (6, 8):
        page.get_by_role("button").click()
        _pictures(stage, shown)
    stage.page.screenshot(path=stage.output / "offline.png", full_page=True)

    def sources_told() -> Counter[str]:
        return Counter(answer.source for answer in stage.workers.answers[before:])

    wait_for(stage.workers.wait_for_news, lambda: not sources_told()["pending"])
    sources = sources_told()
    told = ", ".join(f"{count} from: {source}" for source, count in sources.most_common())
    story.fact(set(sources) == {"cache"}, f"the worker answered {sources.total()} requests, {told}")
    story.chapter("Offline: what was blocked")
    seen = ledger.since(mark)
    story.rows(*LEDGER, of=exchange_rows(seen))
    blocked = {found.path for found in seen if found.outcome == "blocked"}
    story.fact(
        blocked.issuperset(NEVER_ASKED_FOR),
        "the two pictures nobody had asked for were blocked: the fallback picture stands in",
    )
    story.fact(nothing_served(seen), f"bytes that left the origin: {bytes_of(seen)}")


def _back_again(stage: Stage) -> None:
    story, page = stage.story, stage.page
    story.chapter("Online again")
    known = len(stage.caches.puts)
    page.reload()
    for shown in (6, 8):
        page.get_by_role("button").click()
        _pictures(stage, shown)
    wait_for(stage.caches.wait_for_news, lambda: _settled(stage.caches, known + 2))
    page.screenshot(path=stage.output / "online.png", full_page=True)
    came = {put.url.removeprefix(stage.origin.url[:-1]) for put in stage.caches.puts[known:]}
    story.fact(
        came == set(NEVER_ASKED_FOR),
        f"the two pictures come, and are kept from now on; {_summary(stage.caches)}",
    )


def _verdict(stage: Stage) -> None:
    story = stage.story
    story.chapter("Held against the reference model: caches.verify()")
    count = len(stage.caches.operations)
    try:
        stage.caches.verify()
    except ModelMismatch as error:
        story.fact(False, str(error))
    else:
        story.fact(True, f"{count} cache operations and the final state are what the model allows")


def _pictures(stage: Stage, wanted: int) -> None:
    stage.page.locator("#pictures img").nth(wanted - 1).wait_for()
    shown = stage.page.evaluate(_PICTURES)
    stage.story.fact(shown == [True] * wanted, f"{sum(shown)} of {wanted} pictures show something")


def _settled(caches: Caches, puts: int) -> bool:
    done = all(operation.outcome != "pending" for operation in caches.operations)
    return done and len(caches.puts) == puts


def _put_row(put: Put) -> tuple[str, ...]:
    path = "/" + put.url.split("/", 3)[3]
    by = f"{put.source}, {put.api}" if put.outcome == "fulfilled" else f"{put.outcome}: {put.error}"
    return (put.cache, path, "?" if put.size is None else f"{put.size:,}", by)


def _summary(caches: Caches) -> str:
    held = caches.snapshot()
    return ", ".join(
        f"cache {name!r} holds {len(entries)} entries, "
        f"{sum(entry.response.size or 0 for entry in entries):,} bytes"
        for name, entries in held.items()
    )
