"""Comments, for what they say of versions: browsers see no change but the manifest's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from pytest_offline.manifests.findings import Finding, found
from pytest_offline.manifests.sheet import Sheet
from pytest_offline.model.appcache.manifest import SIGNATURE

_READ_OF_ONE: Final = 1_000

_FLEETING: Final[Mapping[str, re.Pattern[str]]] = {
    "a time of day with seconds": re.compile(r"(?<!\d)\d{1,2}:\d\d:\d\d(?!\d)"),
    "a date and time in one number": re.compile(
        r"(?<!\d)20\d\d[01]\d[0-3]\d[T_-]?[0-2]\d{5}(?!\d)"
    ),
    "seconds or milliseconds since 1970": re.compile(r"(?<![\w.])1\d{9}(?:\d{3})?(?![\w.])"),
    "a random UUID": re.compile(r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"),
}
"""What a comment hardly has in it unless a machine writes it anew each time. A hash is none of
them: build tools write the hash of the files, which changes when they do."""

_VERSION: Final = re.compile(r"(?i)version|\bv\.?\s*\d|\brev|build|\d")


class Comment(NamedTuple):
    """A comment, or what else stands in the first line."""

    line: int
    column: int
    text: str


def comments(sheet: Sheet) -> Iterator[Comment]:
    """All text that parsing skips, in order."""
    first = re.split("[\r\n]", sheet.manifest.text, maxsplit=1)[0][len(SIGNATURE) :]
    if first.strip(" \t"):
        text = first.strip(" \t")
        yield Comment(1, len(SIGNATURE) + first.index(text) + 1, text)
    for line in sheet.lines:
        if line.kind == "comment":
            yield Comment(line.number, line.column, line.text)


def fleeting(text: str) -> str | None:
    """What in a comment looks as if it were new each time; None where nothing does."""
    part = text[:_READ_OF_ONE]
    return next((what for what, pattern in _FLEETING.items() if pattern.search(part)), None)


def version_line(sheet: Sheet) -> Comment | None:
    """The comment that most likely tells the version; None where none has a number in it."""
    return next(
        (each for each in comments(sheet) if _VERSION.search(each.text[:_READ_OF_ONE])), None
    )


def timestamps(sheet: Sheet) -> Iterator[Finding]:
    """Comments that look as if they were new each time."""
    for each in comments(sheet):
        what = fleeting(each.text)
        if what is not None:
            at = (each.line, each.column)
            yield found("changing-timestamp", *at, "looks", text=each.text, what=what)
