"""Helpers of this folder's tests: made-up machines, made-up packages, a reporter that remembers."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import brotli

from pytest_offline.browser.builds import BUILDS, Build, Engine, Member, NpmPackage
from pytest_offline.browser.folders import Marker, listing, write_marker
from pytest_offline.browser.machine import Machine


def with_system(machine: Machine, found: Mapping[str, Mapping[str, str]]) -> Machine:
    """The machine with browsers of the system: engine to path to version ('' does not run)."""

    def system(engine: Engine) -> Sequence[Path]:
        return [Path(path) for path in found.get(engine, {})]

    def version_of(path: Path, env: Mapping[str, str]) -> str | None:
        for versions in found.values():
            if str(path) in versions:
                return versions[str(path)] or None
        return None

    return replace(machine, system=system, version_of=version_of)


def put_build(cache: Path, name: str, version: str = "1.2.3") -> Path:
    """A made-up build in the cache folder, as an installation leaves it."""
    folder = cache / name
    (folder / "lib").mkdir(parents=True)
    (folder / "chromium").write_text("#!/bin/sh\necho made up\n", "utf-8")
    marker = Marker(
        build=name,
        version=version,
        origin="npm made-up@1.0.0",
        folder=str(folder),
        executable="chromium",
        libraries=("lib",),
        env={"FONTCONFIG_FILE": str(folder / "fonts.conf")},
        files=listing(folder),
    )
    write_marker(folder, marker)
    return folder


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """An uncompressed tar archive of the files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def make_package(folder: Path, inner: Mapping[str, bytes] | None = None) -> tuple[Build, Path]:
    """A small package like the real ones, on disk, and the build that names it."""
    libraries = tar_of(inner or {"lib/libmade.so": b"library" * 1000, "fonts/a.ttf": b"font"})
    members = {
        "package/bin/chromium.br": brotli.compress(b"#!/bin/sh\necho 7.0.1\n" + b"#" * 300_000),
        "package/bin/libs.tar.br": brotli.compress(libraries),
        "package/README.md": b"not wanted",
    }
    tarball = folder / "made-up-7.0.1.tgz"
    # Not "w:gz": gzip writes the time into its header, and two makers must make the same bytes.
    with tarfile.open(tarball, "w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode("ascii")
    package = NpmPackage(
        name="made-up",
        version="7.0.1",
        integrity=f"sha512-{digest}",
        size=tarball.stat().st_size,
        members=(Member("bin/chromium.br", "chromium"), Member("bin/libs.tar.br", "own")),
        libraries=("own/lib",),
        fonts="own/fonts",
    )
    capabilities = BUILDS["chromium-83"].capabilities
    build = Build("chromium-7", "chromium", "npm", capabilities, version="7.0.1", package=package)
    return build, tarball


class Told:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.bytes = 0

    def note(self, text: str) -> None:
        self.lines.append(text)

    @contextmanager
    def step(self, text: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        del total
        self.lines.append(text)
        yield self._advance

    def _advance(self, done: int) -> None:
        self.bytes += done
