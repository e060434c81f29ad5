"""The demonstration comes true in every build, and says so; where it does not, it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.demo import gallery, notes
from pytest_offline.errors import UsageError

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


@pytest.mark.any_build(firefox=False)
def test_it_comes_true(told: Callable[[Path], tuple[int, str]], tmp_path: Path) -> None:
    code, text = told(GALLERY)
    assert code == 0, text
    assert "✗" not in text
    gallery_story, _, story = text.partition("Notes with an application cache go too")
    assert "bytes that left the origin: 0" in gallery_story
    assert "every fact above came true" in gallery_story
    pictures(tmp_path / "out", ["offline.png", "online.png", "side-by-side.png"])
    if "is left out" in text:
        pytest.skip(f"{notes.BUILD} is not on this machine")
    for said in (
        "README.md is listed nowhere, so refused, online too",
        "GET /notes.appcache  manifest  blocked  origin",
        "bytes that left the origin: 0",
        "archive/2010.html opens: 'Not here, not now'",
        "updateready  UPDATEREADY",
        "one click, one reload: Version 2",
        "every entry are what the model allows",
        "every fact above came true",
    ):
        assert said in story
    names = [f"notes-{name}.png" for name in ("offline", "online", "side-by-side", "update")]
    pictures(tmp_path / "out", names)


def test_without_its_build_the_application_cache_is_left_out(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from rich.console import Console; "
        "from pytest_offline.demo.__main__ import tell_notes; "
        "sys.exit(tell_notes(Path(sys.argv[1]), Console(width=200)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "out")],
        cwd=ROOT,
        env={**os.environ, "PYTEST_OFFLINE_BROWSERS": str(tmp_path / "no-browsers")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "is left out, for chromium-83 is not on this machine" in done.stdout
    assert "pytest-offline browsers install chromium-83" in done.stdout


def pictures(folder: Path, names: list[str]) -> None:
    """They are there, they are pictures, and no two are the same."""
    read = [(folder / name).read_bytes() for name in names]
    assert len(set(read)) == len(names)
    assert all(picture.startswith(b"\x89PNG") for picture in read)


@pytest.mark.any_build
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
    with pytest.raises(UsageError) as caught:
        gallery.tell("chromium", tmp_path / "nowhere", tmp_path / "out", False, console)
    assert str(tmp_path / "nowhere") in str(caught.value)
    assert "--site FOLDER" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_the_notes_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        notes.tell("chromium-83", tmp_path / "nowhere", tmp_path / "out", Console(quiet=True))
    assert f"{tmp_path / 'nowhere'} is not the notes" in str(caught.value)
    assert "notes.appcache" in str(caught.value)
