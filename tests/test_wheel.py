"""The artifact: what the wheel holds, and what it must not."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PACKAGE = PROJECT / "pytest_offline"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """Built as pip builds it, in an environment of its own where hatchling is not here."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", folder]
    done = subprocess.run([*command, PROJECT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("pytest_playwright_offline-*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_it_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    kept = {name for name in wheel.namelist() if name.startswith("pytest_offline/")}
    there = {
        str(path.relative_to(PROJECT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert kept == there
    assert "pytest_offline/py.typed" in kept
    for probe in ("core", "caches", "page", "worker", "snapshot", "describe", "store"):
        assert f"pytest_offline/probes/{probe}.js" in kept
    for name in ("page.html", "page.css", "main.js", "timeline.js", "detail.js"):
        assert f"pytest_offline/report/{name}" in kept


def test_it_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    others = {name.split("/")[0] for name in wheel.namelist()} - {"pytest_offline"}
    assert all(name.endswith(".dist-info") for name in others), others
    assert not [name for name in wheel.namelist() if "/test_" in name or "sample" in name]


def test_its_entry_points_and_licence(wheel: zipfile.ZipFile) -> None:
    (points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    text = wheel.read(points).decode()
    assert "[pytest11]\npytest_offline = pytest_offline.plugin" in text
    assert "[console_scripts]\npytest-offline = pytest_offline.cli:main" in text
    assert [name for name in wheel.namelist() if name.endswith("LICENSE")]


def test_its_metadata(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    metadata = message_from_bytes(wheel.read(name))
    assert metadata["Name"] == "pytest-playwright-offline"
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "MIT"
    needed = {each.split(">")[0].split(";")[0] for each in metadata.get_all("Requires-Dist", [])}
    assert {"pytest", "playwright", "pytest-playwright", "aiohttp", "trustme"} <= needed
