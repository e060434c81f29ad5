"""Checking one manifest with all that is known around it: where it is served from, what it was."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import ada_url

from pytest_offline.errors import UsageError
from pytest_offline.manifests.findings import CODES, Finding
from pytest_offline.manifests.folder import SiteFolder, missing
from pytest_offline.manifests.history import against, changes
from pytest_offline.manifests.lint import capped, in_order, lint
from pytest_offline.manifests.report import STDIN_NAME, Report
from pytest_offline.manifests.sheet import Sheet

STDIN: Final = "-"

_ORIGIN: Final = "https://origin.test/"


@dataclass(frozen=True)
class Around:
    """What surrounds a manifest.

    Attributes:
        url: it is served at; None for its name, or its place below ``root``, at an origin of ours.
        root: the folder the site is served from; without it no file is looked for.
        against: an older copy of the manifest, or the folder that an older site is served from.
        against_root: that folder; None for the one that has the older copy where ``root`` has the
            newer one.
        ignore: codes that are not to be told.
    """

    url: str | None = None
    root: Path | None = None
    against: Path | None = None
    against_root: Path | None = None
    ignore: Collection[str] = ()

    def __post_init__(self) -> None:
        for folder in (self.root, self.against_root):
            if folder is not None and not folder.is_dir():
                raise UsageError(
                    f"{str(folder)!r} is no folder: --root and --against-root name the folder that "
                    "the site is served from"
                )
        if self.against_root is not None and (self.against is None or self.root is None):
            raise UsageError(
                f"--against-root {str(self.against_root)!r} is where the older files are, so it "
                "needs --against OLD, the older manifest, and --root FOLDER, the newer files"
            )
        for code in self.ignore:
            if code not in CODES:
                raise UsageError(f"{code!r} is no code of the lint; there are: {', '.join(CODES)}")


def check(file: str, around: Around) -> Report:
    """Read one manifest (``-`` for standard input), and tell all that is wrong with it.

    Raises:
        UsageError: it cannot be read, nor can its older copy, or its URL is none.
    """
    data = _read(file)
    url = around.url or _url(file, around.root)
    sheet, findings = lint(data, url)
    if sheet is not None:
        findings = in_order([*findings, *capped(_around(file, data, sheet, around))])
    told = tuple(each for each in findings if each.code not in around.ignore)
    name = STDIN_NAME if file == STDIN else file
    return Report(name, url, sheet and sheet.manifest, told)


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{file!r} cannot be read: {why}; name the file of a manifest") from None


def _url(file: str, root: Path | None) -> str:
    if file == STDIN:
        return _ORIGIN + "manifest.appcache"
    return _ORIGIN + quote(_place(file, root) or Path(file).name)


def _place(file: str, root: Path | None) -> str | None:
    """Where below the root a file is; None where it is not."""
    if root is None or file == STDIN:
        return None
    try:
        return Path(file).resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return None


def _around(file: str, data: bytes, sheet: Sheet, around: Around) -> list[Finding]:
    site = ada_url.URL(sheet.manifest.url).origin
    now = around.root and SiteFolder(around.root, site)
    findings = list(missing(sheet, now)) if now is not None else []
    if around.against is None:
        return findings
    old_file, old_root = _older(file, around.against, around)
    old_data = _read(str(old_file))
    old, _ = lint(old_data, sheet.manifest.url)
    if old is not None:
        before = old_root and SiteFolder(old_root, site)
        files = changes(sheet, now, before) if now is not None and before is not None else None
        findings += against(sheet, data, old, old_data, str(old_file), files)
    return findings


def _older(file: str, older: Path, around: Around) -> tuple[Path, Path | None]:
    """The older copy, and the folder its site was served from, as far as it is known."""
    place = _place(file, around.root)
    if older.is_dir():
        return older / (place or Path(file).name), around.against_root or older
    root = around.against_root
    if root is None and place is not None:
        above = older.resolve().parents[len(Path(place).parts) - 1]
        same_place = (above / place) == older.resolve()
        # The newer file itself, or a copy of it beside, is not in another folder.
        if same_place and around.root is not None and above != around.root.resolve():
            root = above
    return older, root
