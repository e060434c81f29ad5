"""What can be said of one manifest by reading it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final

from pytest_offline.errors import ManifestError
from pytest_offline.manifests.comments import timestamps
from pytest_offline.manifests.covering import fallbacks, itself, network, said_again
from pytest_offline.manifests.findings import Finding, and_more, found
from pytest_offline.manifests.sheet import Sheet
from pytest_offline.manifests.wording import oddities, refusals, unknown_sections
from pytest_offline.model import Manifest

_BOM: Final = b"\xef\xbb\xbf"

MOST_OF_ONE_CODE: Final = 50
"""Findings of one code in one file beyond these are counted, not told."""


def lint(data: bytes, url: str) -> tuple[Sheet | None, list[Finding]]:
    """Parse a manifest as it would be served at a URL, and look for what is wrong with it.

    Returns the manifest laid out, None where its signature is missing, and what was found.

    Raises:
        UsageError: the URL is not an absolute one of http or https.
    """
    try:
        sheet = Sheet.of(Manifest.parse(data, url))
    except ManifestError:
        start = data[:160].decode("utf-8", "replace")[:40]
        return None, [found("missing-signature", 1, 1, start=start)]
    return sheet, capped(chain(_of_bytes(data), _of_lines(sheet)))


def capped(findings: Iterable[Finding]) -> list[Finding]:
    """In the order of lines; of each code no more than a person reads, the rest as one."""
    counts: dict[str, int] = {}
    kept: list[Finding] = []
    over: dict[str, tuple[Finding, int]] = {}
    for each in findings:
        counts[each.code] = counts.get(each.code, 0) + 1
        if counts[each.code] <= MOST_OF_ONE_CODE:
            kept.append(each)
        else:
            first, last = over.get(each.code, (each, 0))
            over[each.code] = (first, max(last, each.line))
    kept += [
        and_more(first, counts[code] - MOST_OF_ONE_CODE, last)
        for code, (first, last) in over.items()
    ]
    return in_order(kept)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By where they point."""
    return sorted(findings, key=lambda each: (each.line, each.column))


def _of_lines(sheet: Sheet) -> Iterator[Finding]:
    for check in _CHECKS:
        yield from check(sheet)


_CHECKS: Final[tuple[Callable[[Sheet], Iterator[Finding]], ...]] = (
    refusals,
    unknown_sections,
    oddities,
    itself,
    said_again,
    network,
    fallbacks,
    timestamps,
)


def _of_bytes(data: bytes) -> Iterator[Finding]:
    if data.startswith(_BOM):
        yield found("byte-order-mark", 1, 1, bytes="EF BB BF")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].removeprefix(_BOM).decode()
        rows = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        count = data.decode("utf-8", "replace").count("\ufffd") - data.count(b"\xef\xbf\xbd")
        byte = f"{data[error.start]:02X}"
        yield found("not-utf-8", len(rows), len(rows[-1]) + 1, byte=byte, count=count)
