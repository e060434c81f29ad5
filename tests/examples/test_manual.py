"""The manual builds with warnings as errors, and what it takes from the code stands in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from readme_blocks import ROOT

mkdocs = pytest.importorskip("mkdocs", reason="the manual is built by make setup-dev's mkdocs")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manual") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("reference/command-line.html", "pytest-offline browsers install"),
        ("reference/options.html", "--offline-require-builds"),
        ("reference/fixtures.html", "A build that was named and is not on this machine"),
        ("reference/origin.html", "cut_after"),
        ("reference/models.html", "match_all"),
        ("reference/errors.html", "NotReady"),
        ("compat.html", "rule by rule"),
    ],
)
def test_the_reference_is_the_code(built: Path, page: str, said: str) -> None:
    assert said in (built / page).read_text(encoding="utf-8")


def test_it_asks_nobody_else_for_anything(built: Path) -> None:
    """Scripts, styles and fonts: a manual about working offline works offline."""
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for asked in ('src="http', 'rel="stylesheet" href="http', "fonts.googleapis"):
            assert asked not in text, f"{page.name}: {asked}"
