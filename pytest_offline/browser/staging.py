"""Installing so that nothing half-done ever counts, and nothing of ours is left lying about.

One installation of a build at a time holds the build's lock. It works in a folder beside the
target, and moves what is finished into place with one rename. Whoever holds the lock may remove
the work folders of that build: their owner is dead, or the lock would not be free.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from pytest_offline.browser.folders import VARIABLE, read_marker
from pytest_offline.errors import InstallError

_OURS: Final = "made-by-pytest-offline"
_SUFFIX: Final = ".installing"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def locked(cache: Path, name: str, waiting: Callable[[], None]) -> Generator[None]:
    """Hold the build's lock; ``waiting`` is called once if somebody else holds it.

    Raises:
        InstallError: the cache folder cannot be written to.
    """
    with explained(cache, name):
        (cache / ".locks").mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / ".locks" / f"{name}.lock")
        try:
            lock.acquire(timeout=0)  # pyright: ignore[reportUnknownMemberType]
        except Timeout:
            waiting()
            lock.acquire()  # pyright: ignore[reportUnknownMemberType]
    try:
        yield
    finally:
        lock.release()


@contextmanager
def work_folder(cache: Path, name: str) -> Generator[Path]:
    """A folder to work in, beside the target, removed in the end. Call it with the lock held."""
    remove_leftovers(cache, name)
    folder = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=_SUFFIX, dir=cache))
    try:
        (folder / _OURS).touch()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(cache: Path, name: str) -> int:
    """Remove what killed installations of this build left. Call it with the lock held.

    Returns:
        How many folders there were. A folder with that name which does not carry our mark and
        holds anything is not ours, and stays.
    """
    removed = 0
    for folder in cache.glob(f".{name}.*{_SUFFIX}"):
        if (folder / _OURS).exists() or not any(folder.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def move_into_place(made: Path, target: Path, work: Path) -> None:
    """Rename ``made`` to ``target``; what stood there, if it was ours, goes into ``work``.

    Raises:
        InstallError: what stands there is not ours.
    """
    if target.exists():
        if read_marker(target) is None and any(target.iterdir()):
            raise InstallError(
                f"{target} is in the way and was not made by pytest_offline; it was left alone.\n"
                f"  next   move it away, or set {VARIABLE} to another folder"
            )
        target.rename(work / "replaced")
    made.rename(target)
    _sync(target.parent)


@contextmanager
def explained(cache: Path, name: str) -> Generator[None]:
    """Turn what the disk says into one sentence for a person.

    Raises:
        InstallError: from any OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise InstallError(_disk_full(cache, name, error)) from error
        raise InstallError(
            f"{name} could not be installed into {cache}: {error}.\n"
            f"  next   make the folder writable, or set {VARIABLE} to one that is"
        ) from error


def _disk_full(cache: Path, name: str, error: OSError) -> str:
    try:
        free = f"{shutil.disk_usage(cache).free / 1e6:.0f} MB free"
    except OSError:
        free = "free space unknown"
    return (
        f"The disk is full: {name} could not be installed into {cache} "
        f"({free}; {error.strerror}).\n"
        f"  why    a build takes up to 400 MB while it is unpacked; nothing half-done was left\n"
        f"  next   make room, or set {VARIABLE} to a folder on another disk"
    )


def _sync(folder: Path) -> None:
    """Make the rename last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
