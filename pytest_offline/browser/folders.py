"""The cache folder of builds: where it is, and when what stands in it counts as installed.

A build's folder carries ``installed.json``, written last and moved into place together with the
rest by one rename. It lists every file with its size and sha256, and the path it was made for:
configuration files inside hold absolute paths, so a folder that was moved does not count.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

VARIABLE: Final = "PYTEST_OFFLINE_BROWSERS"
MARKER: Final = "installed.json"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Marker:
    """What ``installed.json`` says.

    Attributes:
        build, version, origin: what was installed, and from where (``npm name@version``).
        folder: the absolute path it was made for.
        executable: relative to the folder.
        libraries: folders for ``LD_LIBRARY_PATH``, relative to the folder.
        env: what else has to stand in the environment.
        files: path relative to the folder, to size in bytes and sha256 in hexadecimal.
    """

    build: str
    version: str
    origin: str
    folder: str
    executable: str
    libraries: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])


def cache_folder() -> Path:
    """The folder builds are kept in: ``PYTEST_OFFLINE_BROWSERS``, else the user's cache folder."""
    given = os.environ.get(VARIABLE)
    return (
        Path(given).expanduser().absolute()
        if given
        else user_cache_path("pytest-offline") / "browsers"
    )


def read_marker(folder: Path) -> Marker | None:
    """The marker of a build's folder; None where there is none that can be read."""
    try:
        data = json.loads((folder / MARKER).read_bytes())
        files = {str(path): (int(size), str(sha)) for path, (size, sha) in data["files"].items()}
        return Marker(
            build=str(data["build"]),
            version=str(data["version"]),
            origin=str(data["origin"]),
            folder=str(data["folder"]),
            executable=str(data["executable"]),
            libraries=tuple(str(each) for each in data["libraries"]),
            env={str(name): str(value) for name, value in data["env"].items()},
            files=files,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_marker(at: Path, marker: Marker) -> None:
    """Write the marker into ``at``, through to the disk."""
    text = json.dumps(
        {**vars(marker), "env": dict(marker.env), "files": dict(marker.files)}, indent=1
    )
    with (at / MARKER).open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def installed_marker(folder: Path) -> Marker | None:
    """The marker, if every file it lists is there with its size and the folder was not moved."""
    marker = read_marker(folder)
    if marker is None or marker.folder != str(folder):
        return None
    for path, (size, _) in marker.files.items():
        try:
            if (folder / path).stat().st_size != size:
                return None
        except OSError:
            return None
    return marker


def damaged_file(folder: Path, marker: Marker) -> str | None:
    """The first file whose contents are not what was unpacked; None where all are."""
    for path, (_, sha256) in marker.files.items():
        try:
            if digest(folder / path) != sha256:
                return path
        except OSError:
            return path
    return None


def listing(folder: Path) -> dict[str, tuple[int, str]]:
    """Every regular file below the folder: relative path to size and sha256."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, digest(path))
        for path in _regular_files(folder)
    }


def digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return state.hexdigest()


def _regular_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path
