"""From a package's tarball to a folder: brotli and tar, streamed, nothing outside the folder."""

from __future__ import annotations

import importlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, cast

from pytest_offline.browser.builds import Member, NpmPackage
from pytest_offline.errors import InstallError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK: Final = 1 << 18

# brotli ships no types: what is used of it is written down here.
_brotli: Any = importlib.import_module("brotli")
_BrotliError: type[Exception] = _brotli.error


class _Decoder(Protocol):
    def process(self, data: bytes) -> bytes: ...

    def is_finished(self) -> bool: ...


class _Unbrotli(io.RawIOBase):
    """A reader of what a brotli stream holds."""

    def __init__(self, source: IO[bytes], advance: Callable[[int], None]) -> None:
        self._source = source
        self._advance = advance
        self._decoder: _Decoder = _brotli.Decompressor()
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        while not self._left:
            chunk = self._source.read(_CHUNK)
            if not chunk:
                if not self._decoder.is_finished():
                    raise EOFError("the brotli stream ends in the middle")
                return 0
            self._advance(len(chunk))
            self._left = self._decoder.process(chunk)
        size = min(len(view), len(self._left))
        view[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def unpack(tarball: Path, package: NpmPackage, into: Path, advance: Callable[[int], None]) -> None:
    """Unpack the members that are wanted into a folder.

    Args:
        advance: called with the compressed bytes read since the last call.

    Raises:
        InstallError: a member is missing, or is not what it should be.
        OSError: the disk said no.
    """
    wanted = {f"package/{member.path}": member for member in package.members}
    try:
        with tarfile.open(tarball) as archive:
            for info in archive:
                member = wanted.pop(info.name, None)
                source = archive.extractfile(info) if member else None
                if member is not None and source is not None:
                    _unpack_member(member, source, into, advance)
    except (tarfile.TarError, _BrotliError, EOFError) as error:
        raise InstallError(f"{package.spec} cannot be unpacked from {tarball}: {error}.") from error
    if wanted:
        raise InstallError(
            f"{package.spec} lacks {', '.join(sorted(wanted))}; the table in builds.py expects it."
        )


def _unpack_member(
    member: Member, source: IO[bytes], into: Path, advance: Callable[[int], None]
) -> None:
    reader = cast("IO[bytes]", io.BufferedReader(_Unbrotli(source, advance), _CHUNK))
    target = into / member.to
    if not member.path.endswith(".tar.br"):
        _write(reader, target, executable=True)
        return
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=reader, mode="r|") as archive:
        for info in archive:
            _unpack_entry(archive, info, target)


def _unpack_entry(archive: tarfile.TarFile, info: tarfile.TarInfo, target: Path) -> None:
    # Not extractall(filter="data"): Debian 12's Python has no filters yet (3.11.2).
    path = PurePosixPath(info.name)
    if path.is_absolute() or ".." in path.parts:
        raise InstallError(f"An archive names {info.name!r}, outside the folder {target}.")
    if info.isdir():
        (target / path).mkdir(parents=True, exist_ok=True)
        return
    source = archive.extractfile(info) if info.isfile() else None
    if source is None:
        raise InstallError(
            f"An archive holds {info.name!r}, neither a file nor a folder: {target}."
        )
    (target / path).parent.mkdir(parents=True, exist_ok=True)
    _write(source, target / path, executable=bool(info.mode & 0o100))


def _write(source: IO[bytes], target: Path, *, executable: bool) -> None:
    with target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)
    target.chmod(0o755 if executable else 0o644)
