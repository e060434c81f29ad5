"""Lines that are not read as their author meant them: ignored, cut short, mistaken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

import ada_url

from pytest_offline.manifests.findings import Finding, found
from pytest_offline.manifests.sheet import Sheet
from pytest_offline.model import ManifestLine
from pytest_offline.model.appcache.manifest import HEADERS, WILDCARD, first_tokens

_LONGEST_HEADER: Final = 20


def refusals(sheet: Sheet) -> Iterator[Finding]:
    """Each line that the algorithm ignores, those of unknown sections apart."""
    for line in sheet.lines:
        if line.reason is not None and line.reason != "unknown-section":
            code, reason, facts = _refusal(line, sheet)
            yield found(code, line.number, line.column, reason, text=line.text, **facts)


_Facts = Mapping[str, str | int]


def _refusal(line: ManifestLine, sheet: Sheet) -> tuple[str, str, _Facts]:
    header = line.text[:_LONGEST_HEADER].partition(":")[0].upper() + ":"
    if header in HEADERS and ":" in line.text:
        return "text-after-header", "", {"header": header, "scheme": header.lower()}
    reason = line.reason or ""
    if reason == "invalid-url" and line.section == "fallback":
        return "entry-refused", "fallback-url", {}
    code, reason = _TOLD_AS.get(reason, ("entry-refused", reason))
    facts = _FACTS.get(line.reason or "")
    return code, reason, facts(line, sheet) if facts else {}


def _of_namespace_again(line: ManifestLine, sheet: Sheet) -> _Facts:
    namespace = line.urls[0]
    return {"url": namespace, "other_line": sheet.first["fallback"][namespace]}


def _of_other_origin(line: ManifestLine, sheet: Sheet) -> _Facts:
    origin = ada_url.URL(sheet.manifest.url).origin
    url = next(url for url in line.urls if ada_url.URL(url).origin != origin)
    return {"url": url, "origin": origin}


def _of_outside_folder(line: ManifestLine, sheet: Sheet) -> _Facts:
    return {"url": line.urls[0], "folder": ada_url.join_url(sheet.manifest.url, ".")}


def _of_other_scheme(line: ManifestLine, sheet: Sheet) -> _Facts:
    return {"url": line.urls[0], "scheme": sheet.manifest.url.partition(":")[0] + ":"}


_TOLD_AS: Final[Mapping[str, tuple[str, str]]] = {
    "namespace-again": ("duplicate", "namespace"),
    "other-origin": ("fallback-outside", "other-origin"),
    "outside-folder": ("fallback-outside", "outside-folder"),
    "unknown-setting": ("unknown-setting", ""),
}
"""By the parser's reason, the code and reason of the lint; for the rest ``entry-refused``."""

_FACTS: Final[Mapping[str, Callable[[ManifestLine, Sheet], _Facts]]] = {
    "namespace-again": _of_namespace_again,
    "other-origin": _of_other_origin,
    "outside-folder": _of_outside_folder,
    "other-scheme": _of_other_scheme,
}


def unknown_sections(sheet: Sheet) -> Iterator[Finding]:
    """Each header of a section that there is not, with how many lines it costs."""
    header: ManifestLine | None = None
    skipped = 0
    for line in sheet.lines:
        if line.kind == "header":
            if header is not None:
                yield _unknown(header, skipped)
            header, skipped = line if line.section == "unknown" else None, 0
        elif line.reason == "unknown-section":
            skipped += 1
    if header is not None:
        yield _unknown(header, skipped)


def _unknown(header: ManifestLine, count: int) -> Finding:
    at, text = (header.number, header.column), header.text
    likely = "".join(text[:_LONGEST_HEADER].upper().split())
    meant = get_close_matches(likely, HEADERS, n=1, cutoff=0.75)
    if meant and len(text) <= _LONGEST_HEADER:
        return found("unknown-section", *at, "spelling", text=text, count=count, header=meant[0])
    reason = "url" if "/" in text or "." in text else ""
    return found("unknown-section", *at, reason, text=text, count=count)


def oddities(sheet: Sheet) -> Iterator[Finding]:
    """Entries of which a part is not read."""
    for line in sheet.entries("explicit", "network", "fallback"):
        if "#" not in line.text and " " not in line.text and "\t" not in line.text:
            continue
        tokens = first_tokens(line.text)
        used = 2 if line.section == "fallback" else 1
        yield from _trailing(line, tokens, used)
        for token, url in zip(tokens[:used], line.urls, strict=True):
            if "#" in token:
                yield found("fragment", line.number, line.column, text=token, url=url)


def _trailing(line: ManifestLine, tokens: list[str], used: int) -> Iterator[Finding]:
    if len(tokens) <= used:
        return
    rest = tokens[2] if used == 2 else line.text[len(tokens[0]) :].lstrip(" \t")
    column = line.column + len(line.text) - len(rest)
    if line.urls[0] == WILDCARD:
        yield found("wildcard-with-text", line.number, line.column, text=line.text)
    elif used == 2:
        yield found("trailing-text", line.number, column, "fallback", text=line.text, rest=rest)
    else:
        kept = tokens[0]
        yield found("trailing-text", line.number, column, text=line.text, kept=kept, rest=rest)
