"""The demonstration: ``sample_sites/gallery`` goes offline in a real browser, told as it happens.

    python -m pytest_offline.demo [--build NAME] [--headed] [--site FOLDER] [--output FOLDER]

Every fact it tells is read from the ledger, the probes or the page itself; it ends with exit code 1
where one does not come true. It uses the rooms as the fixtures do, without pytest.
"""

from __future__ import annotations

import argparse
import base64
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pytest_offline.errors import BrowserError, ModelMismatch, OfflineError, UsageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright, ViewportSize

    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.caches import Caches
    from pytest_offline.origin import Origin
    from pytest_offline.record import Exchange, Put
    from pytest_offline.scene import Scene
    from pytest_offline.service_worker import ServiceWorkers

SITE: Final = Path("sample_sites") / "gallery"
OUTPUT: Final = Path("demo-output")
NEVER_ASKED_FOR: Final = ("/pictures/lighthouse.svg", "/pictures/volcano.svg")
"""The pictures that the demonstration does not look at before the network is gone."""

_VIEWPORT: Final[ViewportSize] = {"width": 960, "height": 720}
_WIDTH: Final = 96
_MOST_NEWS: Final = 40
_NEWS_MS: Final = 250
_LEDGER: Final = ("in the ledger", "asked by", "outcome", "stopped by", "times")
_PUTS: Final = ("cache", "what", "bytes", "put there by")

_PICTURES: Final = """() => Promise.all([...document.querySelectorAll("#pictures img")]
  .map((image) => image.decode().then(() => image.naturalWidth > 0, () => false)))"""

_FETCH: Final = """(url) => fetch(url, {cache: "no-store"})
  .then((answer) => `status ${answer.status}`, (error) => `${error.name}: ${error.message}`)"""

_UPDATE: Final = """() => navigator.serviceWorker.getRegistration()
  .then((registration) => registration.update())
  .then(() => "it went through", (error) => `${error.name}`)"""

_BESIDE: Final = """<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; padding: 24px; background: #e9ecef; color: #212529; display: flex;
  align-items: flex-start; font: 20px system-ui, "DejaVu Sans", sans-serif; }
figure { margin: 0 12px; flex: 1; min-width: 0; }
figcaption { padding: 0 0 12px; font-weight: 600; }
img { display: block; width: 100%; border: 1px solid #adb5bd; }
</style>"""


@dataclass
class Story:
    """What is told, as it happens, and whether every fact of it came true."""

    console: Console
    failures: list[str] = field(default_factory=list[str])
    _chapters: int = 0

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        self._chapters += 1
        self.console.print()
        self.console.print(Text(f"{self._chapters}. {title}", style="bold"))

    def say(self, text: str) -> None:
        """One plain line."""
        self.console.print(Padding(Text(text), (0, 0, 0, 3), expand=False))

    def fact(self, holds: bool, text: str) -> None:
        """A line that has to be true."""
        mark = Text("✓ ", style="bold green") if holds else Text("✗ ", style="bold red")
        self.console.print(Padding(mark + Text(text), (0, 0, 0, 3), expand=False))
        if not holds:
            self.failures.append(text)

    def rows(self, *columns: str, of: Iterable[tuple[str, ...]]) -> None:
        """A table."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for column in columns:
            number = column in ("bytes", "times")
            table.add_column(column, overflow="fold", justify="right" if number else "left")
        for row in of:
            table.add_row(*(Text(cell) for cell in row))
        self.console.print(Padding(table, (0, 0, 0, 5), expand=False))


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


def main(argv: Sequence[str] | None = None) -> int:
    """Run it. Returns the exit code: 0 where all came true, 1 where not, 2 for wrong use."""
    options = _parser().parse_args(argv)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    try:
        return tell(options.build, options.site, options.output, options.headed, console)
    except OfflineError as error:
        console.print(f"demo: {error}", style="red", markup=False)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        console.print("demo: interrupted", style="red")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pytest_offline.demo",
        description="A real app goes offline in a real browser, and what happens is told.",
    )
    parser.add_argument("--build", default="chromium", metavar="NAME", help="default: chromium")
    parser.add_argument("--headed", action="store_true", help="show the browser's window")
    parser.add_argument(
        "--site", type=Path, default=SITE, metavar="FOLDER", help=f"default: {SITE}"
    )
    parser.add_argument(
        "--output", type=Path, default=OUTPUT, metavar="FOLDER", help=f"default: {OUTPUT}"
    )
    return parser


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

    with sync_playwright() as playwright:
        installed, browser = _launched(playwright, build, headed)
        try:
            return _with_browser(browser, installed, site, output, Story(console))
        except Error as error:
            raise BrowserError(f"{installed} did not go on: {error.message}") from error
        finally:
            browser.close()


def _launched(playwright: Playwright, build: str, headed: bool) -> tuple[InstalledBuild, Browser]:
    from playwright.sync_api import Error

    from pytest_offline.browser.launch import launch_options
    from pytest_offline.browser.launch_errors import launch_error
    from pytest_offline.browser.resolve import resolve

    installed = resolve(
        build, playwright_executable=lambda engine: getattr(playwright, engine).executable_path
    )
    try:
        engine = getattr(playwright, installed.build.engine)
        return installed, engine.launch(**launch_options(installed, {"headless": not headed}))
    except Error as error:
        raise launch_error(installed, error) from error


def _with_browser(
    browser: Browser, installed: InstalledBuild, site: Path, output: Path, story: Story
) -> int:
    from pytest_offline.caches import Caches
    from pytest_offline.origin import OriginServer
    from pytest_offline.probes import instrument, internals
    from pytest_offline.scene import Scene
    from pytest_offline.service_worker import ServiceWorkers

    # The page comes before the scene, which then waits until its probes are in.
    page = browser.new_context(viewport=_VIEWPORT).new_page()
    with (
        OriginServer(instrument=instrument, internal=internals()) as server,
        Scene(server, browser, installed.build.name) as scene,
    ):
        origin = scene.new_origin("gallery")
        origin.mount(site)
        story.console.print(Text("A gallery goes into the tunnel", style="bold underline"))
        story.say(f"browser  {installed.build.name} {installed.version}, {installed.origin}")
        story.say(f"site     {site}, served at {origin.url}")
        caches, workers = Caches(scene, origin), ServiceWorkers(scene, origin)
        _play(Stage(story, scene, origin, caches, workers, page, output))
        page.context.close()
    _side_by_side(browser, output)
    return _close(story, output, installed)


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
    _wait_for(stage, lambda: len(stage.caches.puts) == known + 2 and _all_settled(stage.caches))
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
    story.rows(*_LEDGER, of=_exchange_rows(seen))
    if any(found.stopped_by == "origin" for found in seen):
        story.say("what the origin stopped had passed the browser's own offline switch")
    story.fact(_nothing_served(seen), f"bytes that left the origin: {_bytes(seen)}")


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
    answers = stage.workers.answers[before:]
    sources = Counter(answer.source for answer in answers)
    told = ", ".join(f"{count} from: {source}" for source, count in sources.most_common())
    story.fact(set(sources) == {"cache"}, f"the worker answered {len(answers)} requests, {told}")
    story.chapter("Offline: what was blocked")
    seen = ledger.since(mark)
    story.rows(*_LEDGER, of=_exchange_rows(seen))
    blocked = {found.path for found in seen if found.outcome == "blocked"}
    story.fact(
        blocked.issuperset(NEVER_ASKED_FOR),
        "the two pictures nobody had asked for were blocked: the fallback picture stands in",
    )
    story.fact(_nothing_served(seen), f"bytes that left the origin: {_bytes(seen)}")


def _back_again(stage: Stage) -> None:
    story, page = stage.story, stage.page
    story.chapter("Online again")
    known = len(stage.caches.puts)
    page.reload()
    for shown in (6, 8):
        page.get_by_role("button").click()
        _pictures(stage, shown)
    _wait_for(stage, lambda: len(stage.caches.puts) == known + 2 and _all_settled(stage.caches))
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


def _wait_for(stage: Stage, holds: Callable[[], bool]) -> None:
    """Until it holds; where it does not after much news, the fact that follows says what is."""
    for _ in range(_MOST_NEWS):
        if holds():
            return
        stage.caches.wait_for_news(_NEWS_MS)


def _all_settled(caches: Caches) -> bool:
    return all(operation.outcome != "pending" for operation in caches.operations)


def _put_row(put: Put) -> tuple[str, ...]:
    path = "/" + put.url.split("/", 3)[3]
    by = f"{put.source}, {put.api}" if put.outcome == "fulfilled" else f"{put.outcome}: {put.error}"
    return (put.cache, path, "?" if put.size is None else f"{put.size:,}", by)


def _exchange_rows(seen: Iterable[Exchange]) -> Iterable[tuple[str, ...]]:
    """One row a request; a browser that knocks again and again (Firefox does) gets a count."""
    rows = Counter(
        (f"{one.method} {one.path}", one.initiator, one.outcome, one.stopped_by or "–")
        for one in seen
    )
    return ((*row, f"{count} ×") for row, count in rows.items())


def _nothing_served(seen: Sequence[Exchange]) -> bool:
    return _bytes(seen) == 0 and all(found.outcome == "blocked" for found in seen)


def _bytes(seen: Iterable[Exchange]) -> int:
    return sum(found.bytes_sent for found in seen)


def _summary(caches: Caches) -> str:
    held = caches.snapshot()
    return ", ".join(
        f"cache {name!r} holds {len(entries)} entries, "
        f"{sum(entry.response.size or 0 for entry in entries):,} bytes"
        for name, entries in held.items()
    )


def _side_by_side(browser: Browser, output: Path) -> None:
    """Both screenshots in one picture, composed by the browser itself."""
    figures = ""
    for name in ("online", "offline"):
        data = base64.b64encode((output / f"{name}.png").read_bytes()).decode()
        figures += (
            f'<figure><figcaption>{name}</figcaption><img alt="{name}" '
            f'src="data:image/png;base64,{data}"></figure>'
        )
    context = browser.new_context(viewport={"width": 1280, "height": 400})
    page = context.new_page()
    page.set_content(_BESIDE + figures)
    page.evaluate("() => Promise.all([...document.images].map((image) => image.decode()))")
    page.screenshot(path=output / "side-by-side.png", full_page=True)
    context.close()


def _close(story: Story, output: Path, installed: InstalledBuild) -> int:
    story.console.print()
    story.say(f"screenshots  {output}/online.png, offline.png, and both in side-by-side.png")
    good = not story.failures
    name = f"{installed.build.name} {installed.version}"
    text = f"The gallery works offline in {name}: every fact above came true."
    if not good:
        text = f"Not so in {name}:\n" + "\n".join(f"✗ {failure}" for failure in story.failures)
    story.console.print(Panel(Text(text), border_style="green" if good else "red", expand=False))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
