"""A manifest against an older copy: whether it changed when, and only when, its files did.

A browser that has an application cache fetches nothing but the manifest; one byte of that decides
whether it fetches the rest.
"""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_offline.manifests.comments import Comment, comments, fleeting, version_line
from pytest_offline.manifests.findings import Finding, found
from pytest_offline.manifests.folder import SiteFolder
from pytest_offline.manifests.sheet import Sheet


@dataclass(frozen=True)
class Changes:
    """What became of the files that a manifest has the browser keep.

    Attributes:
        changed: the URLs whose files differ, in the manifest's order.
        compared: how many there are in either folder.
    """

    changed: tuple[str, ...]
    compared: int


def changes(sheet: Sheet, now: SiteFolder, before: SiteFolder) -> Changes:
    """Compare the files of a manifest in two folders, with the pages that declare it."""
    urls = [url for _, url in sheet.kept() if now.serves(url) and url != sheet.manifest.url]
    pairs = {
        url: (now.content(url), before.content(url))
        for url in dict.fromkeys((*urls, *now.pages_of(sheet.manifest)))
    }
    there = {url: pair for url, pair in pairs.items() if any(pair)}
    changed = tuple(
        url
        for url, (new, old) in there.items()
        if new is None or old is None or not filecmp.cmp(new, old, shallow=False)
    )
    return Changes(changed, len(there))


def against(
    sheet: Sheet, data: bytes, old: Sheet, old_data: bytes, name: str, files: Changes | None
) -> Iterator[Finding]:
    """Hold a manifest against an older copy.

    Args:
        name: of the older copy, as sentences show it.
        files: what became of the files; None where that cannot be known.
    """
    if data == old_data:
        if files is not None and files.changed:
            yield _unchanged(sheet, name, files)
    elif _says(sheet) == _says(old):
        yield from _only_comments(sheet, old, name, files)


def _unchanged(sheet: Sheet, name: str, files: Changes) -> Finding:
    facts: dict[str, str | int] = {"old": name, "changed": files.changed[0]}
    count = len(files.changed)
    line = version_line(sheet)
    if line is None:
        return found("version-unchanged", 1, 1, "none", **facts, count=count)
    at = (line.line, line.column)
    return found("version-unchanged", *at, "line", text=line.text, **facts, count=count)


def _says(sheet: Sheet) -> list[str]:
    return [line.text for line in sheet.lines if line.kind != "comment"]


def _only_comments(sheet: Sheet, old: Sheet, name: str, files: Changes | None) -> Iterator[Finding]:
    line = _first_other(sheet, old)
    what = fleeting(line.text)
    if files is None:
        if what is not None:
            at, facts = (line.line, line.column), {"old": name, "text": line.text}
            yield found("changing-timestamp", *at, "same-entries", **facts, what=what)
    elif not files.changed and files.compared:
        at, facts = (line.line, line.column), {"old": name, "text": line.text}
        yield found("changing-timestamp", *at, "no-change", **facts, count=files.compared)


def _first_other(sheet: Sheet, old: Sheet) -> Comment:
    before = {each.text for each in comments(old)}
    return next((each for each in comments(sheet) if each.text not in before), Comment(1, 1, ""))
