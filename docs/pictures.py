"""Takes the pictures of README and of the manual from real runs: ``python docs/pictures.py``.

    docs/pictures/report.png      the report of a run of five tests, of which one fails
    docs/pictures/report-test.png that failing test in the report
    docs/pictures/timeline.svg    that failing test in the terminal
    docs/pictures/audit.svg       an audit in the terminal

The report is a screenshot in Chromium, the terminal is drawn by Rich, in no font of its own: the
pictures ask for nothing.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from pytest_offline.browser.starting import start

ROOT: Final = Path(__file__).parents[1]
PICTURES: Final = Path(__file__).parent / "pictures"
MOST_BYTES: Final = 200_000

SITES: Final = {"dist": "gallery", "trails": "precache_shell", "harbour": "second_visit"}

CONFTEST: Final = """
import pytest


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 900, "height": 620}}
"""

TESTS: Final = """
from pytest_offline import expect


def test_gallery_keeps_its_looks(page, origin, network, service_worker):
    origin.mount("forgetful")
    page.goto(origin.url)
    service_worker.wait_until_ready()
    network.offline()
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("Gallery")
    expect(service_worker).to_have_answered("/style.css", source="cache", timeout=500)


def test_gallery_survives_tunnel(page, origin, network, caches, service_worker):
    origin.mount("dist")
    page.goto(origin.url)
    service_worker.wait_until_ready()
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("Gallery")
    caches.verify()


def test_news_without_a_network(page, origin, network, service_worker):
    origin.mount("trails")
    page.goto(origin.url)
    service_worker.wait_until_ready()
    with network.offline():
        page.goto(origin.url_for("/news.html"))
        expect(page.get_by_role("heading", level=1)).to_have_text("You are offline")


def test_log_after_second_visit(page, origin, network, service_worker):
    origin.mount("harbour")
    page.goto(origin.url)
    service_worker.wait_until_ready(expect=[])
    page.reload()
    service_worker.wait_until_ready()
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Harbour log")


def test_what_is_kept_of_pictures(page, origin, caches, service_worker):
    origin.mount("dist")
    page.goto(origin.url)
    service_worker.wait_until_ready()
    expect(caches).to_contain("/pictures/dunes.svg", cache="v1")
"""

LIGHT: Final = TerminalTheme(
    (250, 250, 248),
    (44, 48, 54),
    [
        (44, 48, 54), (185, 28, 28), (21, 115, 60), (146, 84, 0),
        (29, 78, 216), (134, 25, 143), (14, 116, 144), (100, 106, 115),
    ],
)  # fmt: skip

SVG: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font: 16px sans-serif }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> int:
    """Takes all of them; returns 1 where one came out too large to be committed."""
    parser = argparse.ArgumentParser(description="Take the pictures of the manual.")
    parser.add_argument("--build", default="chromium")
    build = parser.parse_args().build
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="offline-pictures-") as made:
        folder = Path(made) / "places"
        folder.mkdir()
        lay_out(folder)
        said = printed(folder, "pytest", *PYTEST, f"--offline-build={build}")
        draw("timeline.svg", "pytest", failing_part(said), width=118)
        audited = printed(folder, "pytest_offline", "audit", "trails", "--build", build)
        draw("audit.svg", "pytest-offline audit trails", audited, width=96)
        photograph(folder / "offline.html", build)
    large = [path.name for path in PICTURES.iterdir() if path.stat().st_size > MOST_BYTES]
    for path in sorted(PICTURES.iterdir()):
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")
    return 1 if large else 0


PYTEST: Final = (
    "-p", "no:cacheprovider", "--color=yes", "--no-header", "--offline-report=offline.html",
    "--offline-timeline=14", "--tb=short", "-W", "ignore",
)  # fmt: skip


def lay_out(folder: Path) -> None:
    """The sites, one of them spoilt, and the tests."""
    for name, site in SITES.items():
        shutil.copytree(ROOT / "sample_sites" / site, folder / name)
    spoilt = shutil.copytree(folder / "dist", folder / "forgetful") / "sw.js"
    script = spoilt.read_text(encoding="utf-8")
    spoilt.write_text(script.replace("  'style.css',\n", ""), encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_gallery.py").write_text(TESTS, encoding="utf-8")


def printed(folder: Path, module: str, *words: str) -> str:
    """What a command says in colours; both commands end with 1 here, for one thing is wrong."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": "118", "TERM": "xterm-256color"}
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 1:
        raise SystemExit(f"{module} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def failing_part(said: str) -> str:
    """The failure and what belongs to it, without the run around it."""
    plain = re.compile(r"\x1b\[[\d;]*m")
    lines = said.splitlines()
    (first,) = [at for at, line in enumerate(lines) if " FAILURES " in plain.sub("", line)]
    last = next(at for at in range(first + 1, len(lines)) if "=====" in lines[at])
    return "\n".join(lines[first + 1 : last])


def draw(name: str, title: str, said: str, *, width: int) -> None:
    """Text with colours as a picture of a terminal."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(said.strip("\n")), soft_wrap=False)
    svg = console.export_svg(title=title, theme=LIGHT, code_format=SVG, unique_id=Path(name).stem)
    svg = "\n".join(line.rstrip() for line in svg.splitlines() if line.strip())
    (PICTURES / name).write_text(svg + "\n", encoding="utf-8")


def photograph(report: Path, build: str) -> None:
    """The report as it opens, and then with its failing test open."""
    with sync_playwright() as playwright:
        _, browser = start(playwright, build)
        page = browser.new_page(viewport={"width": 1400, "height": 1160}, color_scheme="light")
        page.goto(report.as_uri())
        (PICTURES / "report.png").write_bytes(packed(page.screenshot()))
        page.get_by_role("link", name="test_gallery_keeps_its_looks").first.click()
        page.get_by_text("Why it failed").wait_for()
        page.set_viewport_size({"width": 1400, "height": 1430})
        (PICTURES / "report-test.png").write_bytes(packed(page.screenshot()))
        browser.close()


def packed(png: bytes) -> bytes:
    """The picture in 256 colours, its data deflated as well as zlib can."""
    size, pixels = pixels_of(png)
    colours = dict(Counter(pixels))
    palette, places = reduced(colours)
    indices = bytes(places[pixel] for pixel in pixels)
    width, height = size
    rows = b"".join(b"\0" + indices[at : at + width] for at in range(0, len(indices), width))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG (PNG, section 5.3)."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def pixels_of(png: bytes) -> tuple[tuple[int, int], list[bytes]]:
    """Width and height, and the pixels row by row, of what Chromium makes: RGB or RGBA, 8 bit."""
    data, at = b"", 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += 12 + size
    width, height, _, colour_type = struct.unpack(">IIBB", png[16:26])
    step = {2: 3, 6: 4}[colour_type]
    raw, stride = zlib.decompress(data), width * step
    pixels: list[bytes] = []
    row = bytearray(stride)
    for start_ in range(0, len(raw), stride + 1):
        row = unfiltered(raw[start_], bytearray(raw[start_ + 1 : start_ + 1 + stride]), row, step)
        pixels += [bytes(row[at : at + 3]) for at in range(0, stride, step)]
    return (width, height), pixels


def unfiltered(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    """A row without its filter (PNG, section 9)."""
    for at in range(len(row)):
        left, corner = (row[at - step], above[at - step]) if at >= step else (0, 0)
        if kind == 1:
            row[at] = row[at] + left & 255
        elif kind == 2:
            row[at] = row[at] + above[at] & 255
        elif kind == 3:
            row[at] = row[at] + (left + above[at]) // 2 & 255
        elif kind == 4:
            guess = left + above[at] - corner
            nearest = min((left, above[at], corner), key=lambda value: abs(guess - value))
            row[at] = row[at] + nearest & 255
    return row


def reduced(colours: dict[bytes, int]) -> tuple[bytes, dict[bytes, int]]:
    """A palette of 256 by median cut, and the place of each colour in it."""
    boxes = [list(colours)]
    while len(boxes) < 256 and any(len(box) > 1 for box in boxes):
        widest, axis = max(
            ((box, axis) for box in boxes if len(box) > 1 for axis in range(3)),
            key=lambda each: spread(*each) * sum(colours[one] for one in each[0]) ** 0.3,
        )
        boxes.remove(widest)
        widest.sort(key=lambda colour: colour[axis])
        boxes += [widest[: len(widest) // 2], widest[len(widest) // 2 :]]
    shown = [max(box, key=lambda colour: colours[colour]) for box in boxes]
    places = {colour: at for at, box in enumerate(boxes) for colour in box}
    return b"".join(shown), places


def spread(box: list[bytes], axis: int) -> int:
    """How far apart the colours of a box are on one axis."""
    values = [colour[axis] for colour in box]
    return max(values) - min(values)


if __name__ == "__main__":
    sys.exit(main())
