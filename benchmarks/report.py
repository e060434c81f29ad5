"""The report of a long run: how soon it is written, and how soon a browser shows it."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.measuring import Figure, by_turns
from pytest_offline.browser.launch import launch_options
from pytest_offline.browser.resolve import resolve
from pytest_offline.record import (
    OFFLINE,
    ONLINE,
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Exchange,
    Operation,
    Place,
    moments_of,
)
from pytest_offline.report import Holding, Part, Picture, Run, TestRecord, pack, page

TESTS = 2_000
EXCHANGES = 40
CACHED = 20
PICTURE_BYTES = 18_000
"""Of a page of 1280 × 720 pixels with some text and a drawing."""

WRITTEN_MS = 5_000
OPENED_MS = 2_000


def invented(number: int, lot: random.Random) -> TestRecord:
    """A test as they are: a page, its files, a worker that keeps them, a picture each way."""
    base, start = f"http://t{number}.localhost:4000/", 1_700_000_000_000.0 + number
    place = Place("w", "serviceworker", f"{base}sw.js", start, base.rstrip("/"))
    seen = [
        Exchange(each, start + each * 10, "GET", f"/{each}.js", f"{base}{each}.js", status=200,
                 headers=(("accept", "*/*"), ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)")),
                 response_headers=(("content-type", "text/javascript"),), bytes_sent=900)
        for each in range(EXCHANGES)
    ]  # fmt: skip
    key = [CachedRequest(f"{base}{each}.js") for each in range(CACHED)]
    answer = CachedResponse(200, (("content-type", "text/javascript"),), size=900, sha256="ab" * 32)
    puts = [
        Operation(each, place, "cache", "put", start + each * 10, each, start + each * 10 + 2, each,
                  cache="v1", requests=(key[each],), response=answer, outcome="fulfilled")
        for each in range(CACHED)
    ]  # fmt: skip
    changes = [(start + 300, OFFLINE), (start + 380, ONLINE)]
    holding = Holding(base, 0, {"v1": tuple(CacheEntry(each, answer) for each in key)})
    pictures = tuple(
        Picture(start + 299 + 80 * away, "offline" if away else "online", "the last moment before",
                bool(away), base, lot.randbytes(PICTURE_BYTES))
        for away in (0, 1)
    )  # fmt: skip
    return TestRecord(
        f"tests/test_file_{number // 20}.py::test_{number}[chromium]", "passed", 1.5, "chromium",
        moments=tuple(moments_of(puts, [], seen, changes)), origins=(base,), holdings=(holding,),
        pictures=pictures,
    )  # fmt: skip


def figures(build: str, rounds: int) -> Iterator[Figure]:
    """Against the time that each may take, for there is no peer."""
    lot = random.Random(1)
    lines = [pack(invented(number, lot)).to_line() for number in range(TESTS)]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "report.html"
        parts = Path(name) / "parts.jsonl"
        parts.write_text("\n".join(lines), encoding="ascii")
        del lines

        def write() -> None:
            """As the end of a run does: read what its processes left, put it into one file."""
            read = map(Part.from_line, parts.read_text(encoding="ascii").splitlines())
            with path.open("w", encoding="utf-8") as file:
                file.writelines(page(read, Run()))

        written = by_turns(rounds, ours=write)["ours"]
        size = path.stat().st_size / 1e6
        yield Figure(
            f"a report of {TESTS:,} tests ({size:.0f} MB, pictures included) written when the run "
            f"ends, against what it may take",
            written, WRITTEN_MS, "ms", 1.0,
        )  # fmt: skip
        yield _opened(path, build, rounds)


def _opened(path: Path, build: str, rounds: int) -> Figure:
    """To the last byte of it: the summary is there long before."""
    installed = resolve(build)
    with sync_playwright() as playwright:
        engine = getattr(playwright, installed.build.engine)
        browser = engine.launch(**launch_options(installed, {"headless": True}))
        shown = browser.new_page()

        def opened() -> float:
            started = time.perf_counter()
            shown.goto(path.as_uri())
            shown.wait_for_function(f"document.querySelectorAll('#list a').length === {TESTS}")
            taken = (time.perf_counter() - started) * 1000
            shown.goto("about:blank")
            return taken

        times = by_turns(rounds, ours=opened)["ours"]
        browser.close()
    return Figure(
        "it opened in a browser, to its last byte, against what it may take",
        times, OPENED_MS, "ms", 1.0, build=f"{build} {installed.version}",
    )  # fmt: skip
