"""Apps and generators from npm and PyPI, built in the test's set-up, with a worker made by hand.

Their output is not committed. Tools are pinned by a lock file and kept between runs, as those of
tests/sites are.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

HERE = Path(__file__).parent
MORE = HERE / "sites" / "more"
REGISTERS = '<script>navigator.serviceWorker.register("sw.js")</script>'


def builder() -> Any:
    """tests/sites/build.py as a module."""
    name = "real_sites_builder"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE.parent / "sites" / "build.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def tools() -> Path:
    """The folder ``node_modules`` with the apps, as the lock file pins them."""
    build = builder()
    lock = (MORE / "package-lock.json").read_bytes()
    place = build.default_cache() / f"more-{hashlib.sha256(lock).hexdigest()[:16]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=build.PATIENCE):
        if not (place / "done").exists():
            place.mkdir(exist_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(MORE / name, place / name)
            command = [*build._npm(), "ci", *build.OPTIONS]
            build._run("Installing the apps with npm ci", command, cwd=place)
            (place / "done").touch()
    return place / "node_modules"


def docsify(site: Path) -> None:
    """Documentation that is drawn in the browser from Markdown: routes behind ``#``."""
    made = tools() / "docsify"
    shutil.copy(made / "lib" / "docsify.min.js", site / "docsify.js")
    shutil.copy(made / "lib" / "themes" / "vue.css", site / "vue.css")
    (site / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>Docs</title><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="vue.css"><div id="app"></div>'
        "<script>window.$docsify = {executeScript: false}</script>"
        f'<script src="docsify.js"></script>{REGISTERS}',
        "utf-8",
    )
    text = "# Hills\n\nWhere the paths are. [A guide](guide.md), [the rules](rules.md)\n"
    (site / "README.md").write_text(text, "utf-8")
    (site / "guide.md").write_text("# A guide\n\nBring boots, water and a map.\n", "utf-8")
    (site / "rules.md").write_text("# The rules\n\nClose every gate behind you.\n", "utf-8")
    kept = ["./", "docsify.js", "vue.css", "README.md", "guide.md"]
    worker(site, kept)


def reveal(site: Path) -> None:
    """A presentation in one page."""
    made = tools() / "reveal.js"
    for folder in ("dist", "plugin"):
        shutil.copytree(made / folder, site / folder)
    text = (made / "index.html").read_text("utf-8").replace("</body>", f"{REGISTERS}</body>")
    (site / "index.html").write_text(text, "utf-8")
    worker(site, ["./", *files(site, "dist/**/*.css", "dist/*.js", "plugin/**/*.js")])


def tiddlywiki(site: Path) -> None:
    """A notebook that is one file, made by its own build."""
    build, made = builder(), tools() / "tiddlywiki"
    command = [
        build._node(), made / "tiddlywiki.js", made / "editions" / "empty",
        "--output", site, "--render", "$:/core/save/all", "index.html", "text/plain",
    ]  # fmt: skip
    build._run("Building the notebook", command, cwd=site)
    page = site / "index.html"
    page.write_text(page.read_text("utf-8").replace("</body>", f"{REGISTERS}</body>"), "utf-8")
    worker(site, ["./"])


def mkdocs(site: Path) -> None:
    """Documentation made by MkDocs (PyPI); one of its pages is not kept."""
    pytest.importorskip("mkdocs")
    source = site.parent / "mkdocs-source"
    (source / "docs").mkdir(parents=True)
    config = "site_name: Hills\ntheme: {name: mkdocs, highlightjs: false}\nplugins: []\n"
    (source / "mkdocs.yml").write_text(config, "utf-8")
    for name, text in {"index": "# Hills", "paths": "# Paths", "faq": "# Questions"}.items():
        body = f"{text}\n\nWhat {name} says, in a sentence of its own about {name}.\n"
        (source / "docs" / f"{name}.md").write_text(body, "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "-d", site]
    builder()._run("Building the documentation", command, cwd=source)
    for page in site.rglob("*.html"):
        script = REGISTERS.replace("sw.js", "/sw.js")
        page.write_text(page.read_text("utf-8").replace("</body>", f"{script}</body>"), "utf-8")
    kept = files(site, "css/**/*", "js/**/*", "img/*", "webfonts/*")
    worker(site, ["./", "paths/", *kept], fallback="./")


SITES: Mapping[str, Callable[[Path], None]] = {
    "docsify": docsify, "reveal": reveal, "tiddlywiki": tiddlywiki, "mkdocs": mkdocs,
}  # fmt: skip
"""Name to what builds it into an empty folder."""


def files(site: Path, *patterns: str) -> list[str]:
    """What is there, as URLs below the site."""
    found = {each for pattern in patterns for each in site.glob(pattern) if each.is_file()}
    return sorted(each.relative_to(site).as_posix() for each in found)


def worker(site: Path, kept: list[str], fallback: str | None = None) -> None:
    """The worker of ``sites/more``, with its list."""
    text = (MORE / "worker.js").read_text("utf-8")
    text = text.replace("FILES = []", f"FILES = {json.dumps(kept)}")
    text = text.replace("FALLBACK = null", f"FALLBACK = {json.dumps(fallback)}")
    (site / "sw.js").write_text(text, "utf-8")
