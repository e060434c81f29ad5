"""The demonstration comes true in every build, and says so; where it does not, it fails."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pytest_offline import demo
from pytest_offline.browser.resolve import InstalledBuild

ROOT = Path(__file__).parent.parent.parent
GALLERY = ROOT / "sample_sites" / "gallery"


@pytest.fixture
def told(tmp_path: Path, browser_build: InstalledBuild) -> Callable[[Path], tuple[int, str]]:
    """Tells the story of a site, in a process of its own; gives exit code and text."""

    def tell(site: Path) -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest_offline.demo", "--build", browser_build.build.name]
        options = ["--site", str(site), "--output", str(tmp_path / "out")]
        done = subprocess.run(
            [*command, *options], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return tell


def test_the_gallery_comes_through(told: Callable[[Path], tuple[int, str]], tmp_path: Path) -> None:
    code, text = told(GALLERY)
    assert code == 0, text
    assert "✗" not in text
    assert "bytes that left the origin: 0" in text
    assert "every fact above came true" in text
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == ["offline.png", "online.png", "side-by-side.png"]
    offline, online, beside = ((tmp_path / "out" / name).read_bytes() for name in made)
    assert len({online, offline, beside}) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in (online, offline, beside))


def test_a_gallery_that_keeps_nothing_offline_fails(
    told: Callable[[Path], tuple[int, str]], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    shutil.copytree(GALLERY, site)
    worker = (site / "sw.js").read_text(encoding="utf-8")
    (site / "sw.js").write_text(
        worker.replace("caches.match(FALLBACK)", "Response.error()"), encoding="utf-8"
    )
    code, text = told(site)
    assert code == 1, text
    assert "✗ 6 of 8 pictures show something" in text
    assert "Not so in" in text


def test_a_folder_that_is_not_the_gallery_is_named(tmp_path: Path) -> None:
    written = StringIO()
    console = Console(file=written, width=200)
    with pytest.raises(demo.UsageError) as caught:
        demo.tell("chromium", tmp_path / "nowhere", tmp_path / "out", False, console)
    assert str(tmp_path / "nowhere") in str(caught.value)
    assert "--site FOLDER" in str(caught.value)
    assert not (tmp_path / "out").exists()
