"""``sample_sites/appcache_notes``: an application cache, in a Chromium that still has it."""

from __future__ import annotations

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
)
from pytest_offline.errors import BrowserError, ModelMismatch, UsageError
from pytest_offline.record import AppCacheEvent

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from pytest_offline.appcache import AppCache
    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.origin import Origin
    from pytest_offline.scene import Scene

BUILD: Final = "chromium-83"
SITE: Final = Path("sample_sites") / "appcache_notes"

_MANIFEST: Final = "notes.appcache"
# As high as the page: old headless Chromium paints no more than the viewport.
_VIEWPORT: Final[ViewportSize] = {"width": 900, "height": 1400}

_FETCH: Final = """(url) => fetch(url)
  .then((answer) => `status ${answer.status}`, (error) => `${error.name}: ${error.message}`)"""

_STANDS_IN: Final = """() => fetch("pictures/large/valley.svg")
  .then((answer) => answer.text()).then((text) => text.includes("not kept"))"""


@dataclass(frozen=True)
class Stage:
    """Everything the story plays with."""

    story: Story
    scene: Scene
    origin: Origin
    appcache: AppCache
    page: Page
    site: Path
    output: Path


def tell(build: str, site: Path, output: Path, console: Console) -> int:
    """Sets the stage and tells the story; returns the exit code.

    Raises BrowserNotFound where the build is not here, BrowserError where it would not start or
    died, UsageError for a wrong folder.
    """
    if not (site / _MANIFEST).is_file():
        raise UsageError(
            f"{site.absolute()} is not the notes: there is no {_MANIFEST} in it; run this from a "
            f"clone of the project"
        )
    output.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import Error, sync_playwright

    from pytest_offline.browser.starting import start

    with sync_playwright() as playwright:
        installed, browser = start(playwright, build)
        try:
            return _with_browser(browser, installed, site, output, Story(console))
        except Error as error:
            raise BrowserError(f"{installed} did not go on: {error.message}") from error
        finally:
            browser.close()


def _with_browser(
    browser: Browser, installed: InstalledBuild, site: Path, output: Path, story: Story
) -> int:
    from pytest_offline.appcache import AppCache
    from pytest_offline.scene import Scene, new_server

    # The page comes before the scene, which then waits until its probes are in.
    page = browser.new_context(viewport=_VIEWPORT).new_page()
    with (
        new_server() as server,
        Scene(server, browser, installed.build.name) as scene,
    ):
        origin = scene.new_origin("notes")
        origin.mount(site)
        story.begin(
            "Notes with an application cache go too", installed, f"{site}, served at {origin.url}"
        )
        _play(Stage(story, scene, origin, AppCache(scene, origin), page, site, output))
        page.context.close()
    pictures = {
        "online": output / "notes-online.png",
        "offline": output / "notes-offline.png",
        "an update": output / "notes-update.png",
    }
    side_by_side(browser, output / "notes-side-by-side.png", pictures)
    made = f"{output}/notes-online.png and others, all in notes-side-by-side.png"
    return story.close("The application cache works offline", made, installed)


def _play(stage: Stage) -> None:
    _visit(stage)
    with stage.scene.network.offline():
        _what_is_cut(stage)
        _what_still_works(stage)
    _update(stage)
    _verdict(stage)


def _visit(stage: Stage) -> None:
    story, page, appcache = stage.story, stage.page, stage.appcache
    story.chapter("Online: the first visit")
    page.goto(stage.origin.url)
    appcache.wait_for("cached")
    events = appcache.events
    story.rows("event", "status", "files", of=map(_event_row, events))
    story.fact(appcache.status == "IDLE", f"the cache is complete, its status {appcache.status}")
    entries = appcache.entries()
    story.rows(
        "what was cached",
        "because it is",
        "bytes",
        of=(
            (
                entry.url.removeprefix(stage.origin.base),
                ", ".join(sorted(entry.kinds)),
                f"{entry.size or 0:,}",
            )
            for entry in entries
        ),
    )
    kept = {entry.url.removeprefix(stage.origin.base) for entry in entries}
    story.fact(
        {"/", "/app.js", "/help.html"} <= kept,
        "the page that names the manifest is kept with what the manifest lists",
    )
    refused = page.evaluate(_FETCH, "README.md")
    story.fact(
        "Error" in refused, f"README.md is listed nowhere, so refused, online too: {refused}"
    )
    page.screenshot(path=stage.output / "notes-online.png")


def _what_is_cut(stage: Stage) -> None:
    story, page, ledger = stage.story, stage.page, stage.origin.requests
    story.chapter("network.offline(): what is cut")
    mark = ledger.mark()
    asked = page.evaluate(_FETCH, "shared.json")
    story.fact("Error" in asked, f"shared.json, which NETWORK lists: {asked}")
    stage.appcache.update()
    error = stage.appcache.wait_for("error")
    story.fact(error.name == "error", f"applicationCache.update(): event {error.name!r}")
    seen = ledger.since(mark)
    story.rows(*LEDGER, of=exchange_rows(seen))
    if any(found.stopped_by == "origin" for found in seen):
        story.say("the browser's own offline switch does not stop the look for an update")
    story.fact(nothing_served(seen), f"bytes that left the origin: {bytes_of(seen)}")


def _what_still_works(stage: Stage) -> None:
    story, page, ledger = stage.story, stage.page, stage.origin.requests
    story.chapter("Offline: what still works")
    mark = ledger.mark()
    page.reload()
    heading = page.get_by_role("heading", level=1).text_content()
    story.fact(heading == "Field notes", f"the page is reloaded and opens: {heading!r}")
    page.get_by_label("A new note").fill("A kingfisher, twice.")
    page.get_by_role("button", name="Keep it").click()
    first = page.locator("#own li").first.text_content()
    story.fact(first == "A kingfisher, twice.", f"a note is written: {first!r}")
    instead = page.evaluate(_STANDS_IN)
    story.fact(instead, "pictures/large/valley.svg: pictures/offline.svg stands in (FALLBACK)")
    page.screenshot(path=stage.output / "notes-offline.png")
    for path, title in {"help.html": "Help", "archive/2010.html": "Not here, not now"}.items():
        page.goto(stage.origin.url_for(path))
        opened = page.get_by_role("heading", level=1).text_content()
        story.fact(opened == title, f"{path} opens: {opened!r}")
    seen = ledger.since(mark)
    story.rows(*LEDGER, of=exchange_rows(seen))
    story.fact(nothing_served(seen), f"bytes that left the origin: {bytes_of(seen)}")


def _update(stage: Stage) -> None:
    story, page, appcache = stage.story, stage.page, stage.appcache
    story.chapter("Online again: version 2 is out")
    versions = {
        name: (stage.site / name).read_text(encoding="utf-8").replace("Version 1", "Version 2")
        for name in (_MANIFEST, "index.html")
    }
    appcache.deploy(versions[_MANIFEST], {"/": versions["index.html"]}, at=f"/{_MANIFEST}")
    page.goto(stage.origin.url)
    # This page's own: the one before it may still hear of what it asked for offline.
    appcache.wait_for("updateready", "noupdate", "error", page=page)
    story.rows("event", "status", "files", of=map(_event_row, appcache.events_of(page)))
    shown = page.locator("#version").text_content()
    story.fact(shown == "Version 1", f"the page was opened from the old cache: {shown}")
    bar = page.locator("#update")
    bar.wait_for()
    story.fact(bar.is_visible(), "its handler of updateready offers the new version")
    page.screenshot(path=stage.output / "notes-update.png")
    with page.expect_navigation():
        page.get_by_role("button", name="Load it").click()
    shown = page.locator("#version").text_content()
    story.fact(shown == "Version 2", f"one click, one reload: {shown}")


def _verdict(stage: Stage) -> None:
    story = stage.story
    story.chapter("Held against the reference model: appcache.verify()")
    count = len(stage.appcache.events)
    try:
        stage.appcache.verify()
    except ModelMismatch as error:
        story.fact(False, str(error))
    else:
        story.fact(True, f"{count} events and every entry are what the model allows")


def _event_row(event: AppCacheEvent) -> tuple[str, ...]:
    files = "" if event.total is None else f"{event.loaded} of {event.total}"
    return event.name, event.status, files
