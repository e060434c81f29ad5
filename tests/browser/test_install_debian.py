"""Firefox from Debian: what is taken of what apt names, and what is said when apt cannot help."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser_kit import Told

from pytest_offline.browser import debian
from pytest_offline.errors import InstallError

PLAN = """\
NOTE: This is only a simulation!
Inst systemd (252.39-1~deb12u2 Debian:12.15/oldstable [amd64])
Inst libdbus-1-3 (1.14.10-1~deb12u1 Debian:12.15/oldstable [amd64]) []
Inst libc6 [2.36-9] (2.36-10 Debian:12.15/oldstable [amd64])
Inst libssl3 [3.0.1] (3.0.2 Debian:12.15/oldstable [amd64])
Inst fonts-dejavu-core (2.37-6 Debian:12.15/oldstable [all])
Inst firefox-esr (153.7.0esr-1~deb12u1 Debian-Security:12/oldstable [amd64])
Conf libdbus-1-3 (1.14.10-1~deb12u1 Debian:12.15/oldstable [amd64])
"""


def test_only_what_a_browser_loads_is_taken() -> None:
    assert debian.wanted_packages(PLAN) == [
        "libdbus-1-3=1.14.10-1~deb12u1",
        "libssl3=3.0.2",
        "fonts-dejavu-core=2.37-6",
        "firefox-esr=153.7.0esr-1~deb12u1",
    ]


def test_library_folders_include_private_ones(tmp_path: Path) -> None:
    for name in (
        "lib/x86_64-linux-gnu/libz.so.1",
        "usr/lib/x86_64-linux-gnu/libgtk-3.so.0",
        "usr/lib/x86_64-linux-gnu/pulseaudio/libpulsecommon-16.1.so",
        "usr/lib/x86_64-linux-gnu/empty/readme",
        "usr/lib/firefox-esr/libxul.so",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert debian.library_folders(tmp_path) == (
        "lib/x86_64-linux-gnu",
        "usr/lib/x86_64-linux-gnu",
        "usr/lib/x86_64-linux-gnu/pulseaudio",
    )


def test_no_apt_is_told_as_such(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallError) as caught:
        debian.install_firefox(tmp_path / "cache", told)
    assert f"there is no apt-get on PATH ({tmp_path})" in str(caught.value)
    assert "playwright install firefox" in str(caught.value)


@pytest.mark.parametrize("root", [True, False])
def test_an_apt_without_the_package_is_told_as_such(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch, root: bool
) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    script = (
        'case "$*" in *update*) exit 0;; esac\n'
        "echo 'E: Unable to locate package firefox-esr' >&2; exit 100"
    )
    (binaries / "apt-get").write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (binaries / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{binaries}:{os.environ['PATH']}")
    monkeypatch.setattr(debian, "is_root", lambda: root)
    cache = tmp_path / "cache"
    with pytest.raises(InstallError) as caught:
        debian.install_firefox(cache, told)
    text = str(caught.value)
    assert "E: Unable to locate package firefox-esr" in text
    assert "Ubuntu ships Firefox as a snap only" in text
    assert list(cache.glob(".firefox*")) == []
