"""Takes the pictures of README and of the manual from real runs: ``python docs/pictures.py``.

    docs/pictures/report.png      the report of a run of five tests, of which one fails
    docs/pictures/timeline.svg    that failing test in the terminal
    docs/pictures/audit.svg       an audit in the terminal

The report is a screenshot in Chromium, the terminal is drawn by Rich, in no font of its own: the
pictures ask for nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright
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

TESTS: Final = '''
from pytest_offline import expect


def test_the_gallery_keeps_its_looks(page, origin, network, service_worker):
    origin.mount("forgetful")
    page.goto(origin.url)
    service_worker.wait_until_ready()
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("Gallery")
        expect(service_worker).to_have_answered("/style.css", source="cache", timeout=500)


def test_the_gallery_survives_the_tunnel(page, origin, network, caches, service_worker):
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


def test_the_log_after_a_second_visit(page, origin, network, service_worker):
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
'''

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
        folder = Path(made)
        lay_out(folder)
        said = printed(folder, "pytest", *PYTEST, f"--offline-build={build}")
        draw("timeline.svg", "pytest", failing_part(said), width=112)
        audited = printed(folder, "pytest_offline", "audit", "trails", "--build", build)
        draw("audit.svg", "pytest-offline audit trails", audited, width=96)
        photograph(folder / "offline.html", build)
    large = [path.name for path in PICTURES.iterdir() if path.stat().st_size > MOST_BYTES]
    for path in sorted(PICTURES.iterdir()):
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")
    return 1 if large else 0


PYTEST: Final = (
    "-p", "no:cacheprovider", "--color=yes", "--no-header", "--offline-report=offline.html",
    "--offline-timeline=12", "--tb=short",
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
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": "110", "TERM": "xterm-256color"}
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
    last = next(at for at, line in enumerate(lines) if "short test summary" in line)
    return "\n".join(lines[first + 1 : last])


def draw(name: str, title: str, said: str, *, width: int) -> None:
    """Text with colours as a picture of a terminal."""
    console = Console(record=True, width=width, file=Path(os.devnull).open("w"), force_terminal=True)
    console.print(Text.from_ansi(said.strip("\n")), soft_wrap=False)
    svg = console.export_svg(title=title, theme=LIGHT, code_format=SVG, unique_id=Path(name).stem)
    svg = "\n".join(line.rstrip() for line in svg.splitlines() if line.strip())
    (PICTURES / name).write_text(svg + "\n", encoding="utf-8")


def photograph(report: Path, build: str) -> None:
    """The report with its failing test open."""
    with sync_playwright() as playwright:
        _, browser = start(playwright, build)
        page = browser.new_page(viewport={"width": 1400, "height": 1250}, color_scheme="light")
        page.goto(report.as_uri())
        open_failure(page)
        taken = page.screenshot()
        browser.close()
    (PICTURES / "report.png").write_bytes(packed(taken))


def open_failure(page: Page) -> None:
    """Opens the failing test, and waits until its pictures are there."""
    page.wait_for_timeout(500)


def packed(png: bytes) -> bytes:
    """A PNG whose data are deflated once more, as well as zlib can."""
    head, chunks, data, at = png[:8], [], b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        if kind == b"IDAT":
            data += body
        else:
            chunks.append((kind, body))
        at += 12 + size
    deflated = zlib.compress(zlib.decompress(data), 9)
    chunks.insert(len(chunks) - 1, (b"IDAT", deflated))
    return head + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


if __name__ == "__main__":
    sys.exit(main())
