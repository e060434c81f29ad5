"""Files of a mounted folder: found safely, read freshly, kept in memory only while small."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO, Final

from multidict import CIMultiDict

from pytest_offline.origin.answers import NO_CACHE, Sending
from pytest_offline.origin.content_types import content_type_of

SMALL: Final = 256 * 1024
"""Files up to this many bytes are read whole, on the loop; larger ones stream, read in a thread."""
_CHUNK: Final = 256 * 1024
_KEPT: Final = 64 * 1024 * 1024
# A file changed less than this ago may change again within the same tick of the file system's
# clock, with the same size and times (git calls such entries racy): it is read anew each time.
_SETTLED_S: Final = 2.0

Signature = tuple[int, int, int, int, int]


def signature_of(found: os.stat_result) -> Signature:
    """What tells one state of one file from another. Nobody can set the change time (ctime)."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


class OutsideError(Exception):
    """The file is there, but a symbolic link leads out of the folder to it."""


@dataclass(frozen=True)
class LoadedFile:
    """One state of one file: its headers, and its bytes or where to read them."""

    signature: Signature
    headers: CIMultiDict[str]
    body: bytes | FileBody


@dataclass(frozen=True)
class FileBody:
    """A part of a file that is too large to be held in memory."""

    path: str
    signature: Signature
    start: int
    stop: int

    @property
    def size(self) -> int:
        """Bytes of this part."""
        return self.stop - self.start

    def part(self, start: int, stop: int) -> FileBody:
        """The bytes from start up to, not including, stop of this part."""
        return FileBody(self.path, self.signature, self.start + start, self.start + stop)

    def whole(self) -> bytes:
        """All of it, in memory."""
        with self._opened() as file:
            return file.read(self.size)

    async def send(self, sending: Sending) -> None:
        """Sends the part in chunks; only one of them is in memory at a time."""
        with self._opened() as file:
            await sending.start(self.size)
            if sending.wants_body:
                await self._pump(file, sending)
            await sending.finish()

    async def _pump(self, file: BinaryIO, sending: Sending) -> None:
        loop = asyncio.get_running_loop()
        left = self.size
        while left:
            chunk = await loop.run_in_executor(None, file.read, min(_CHUNK, left))
            if not chunk:
                raise OSError(f"{self.path} became {left} bytes shorter while it was being sent")
            await sending.write(chunk)
            left -= len(chunk)

    def _opened(self) -> BinaryIO:
        file = Path(self.path).open("rb")  # noqa: SIM115  (the callers close it)
        if signature_of(os.fstat(file.fileno())) != self.signature:
            file.close()
            raise OSError(f"{self.path} changed between being found and being sent")
        file.seek(self.start)
        return file


class Folder:
    """A folder on disk, and the small files of it that were asked for lately."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._kept: dict[str, LoadedFile] = {}
        self._kept_bytes = 0

    def load(self, path: str, found: os.stat_result) -> LoadedFile:
        """The file at a path below the root, as it is now.

        Raises:
            OutsideError: a symbolic link leads out of the folder.
            OSError: it cannot be read.
        """
        # Device, inode and change time being the same, it is the very file that was found to
        # lie inside when it was kept, so the links on the way need not be followed again.
        kept = self._kept.get(path)
        if kept is not None and kept.signature == signature_of(found):
            return kept
        self._check_inside(path)
        loaded = _read(path)
        self._keep(path, loaded)
        return loaded

    def _check_inside(self, path: str) -> None:
        root = os.path.realpath(self.root)
        real = os.path.realpath(path)
        if os.path.commonpath((root, real)) != root:
            raise OutsideError(real)

    def _keep(self, path: str, loaded: LoadedFile) -> None:
        if not isinstance(loaded.body, bytes):
            return
        if time.time() - loaded.signature[4] / 1e9 < _SETTLED_S:
            self._kept.pop(path, None)
            return
        self._kept_bytes += len(loaded.body)
        if self._kept_bytes > _KEPT:
            self._kept.clear()
            self._kept_bytes = len(loaded.body)
        self._kept[path] = loaded


def regular(path: str) -> os.stat_result | None:
    """The state of a regular file; None for what is not there, or is a folder, pipe or device."""
    found = state_of(path)
    return found if found is not None and stat.S_ISREG(found.st_mode) else None


def state_of(path: str) -> os.stat_result | None:
    """The state of whatever is at the path; None if nothing is, or the name cannot be one."""
    try:
        return os.stat(path)  # noqa: PTH116  (a Path a request would cost more than the call)
    except (OSError, ValueError):
        return None


def _read(path: str) -> LoadedFile:
    with Path(path).open("rb") as file:
        found = os.fstat(file.fileno())
        signature = signature_of(found)
        if found.st_size > SMALL:
            body = FileBody(path, signature, 0, found.st_size)
            return LoadedFile(signature, _headers(path, found, _tag_of(signature)), body)
        data = file.read(SMALL + 1)
    return LoadedFile(signature, _headers(path, found, tag_of_content(data)), data)


def tag_of_content(content: bytes) -> str:
    """A strong ETag made of nothing but the content."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _tag_of(signature: Signature) -> str:
    numbers: Iterator[str] = (f"{number:x}" for number in signature)
    return f'"{"-".join(numbers)}"'


def _headers(path: str, found: os.stat_result, tag: str) -> CIMultiDict[str]:
    return CIMultiDict(
        {
            "Content-Type": content_type_of(path),
            "Cache-Control": NO_CACHE,
            "ETag": tag,
            "Last-Modified": formatdate(found.st_mtime, usegmt=True),
            "Accept-Ranges": "bytes",
        }
    )
