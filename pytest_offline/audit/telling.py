"""An audit for a person at a terminal: one table, and under it why, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pytest_offline.record.auditing import (
    VERDICTS,
    Answered,
    BuildAudit,
    Finding,
    Offline,
    PageAudit,
    SiteAudit,
)
from pytest_offline.record.wording import listed

_STYLES: Final[dict[str, str]] = {
    "same": "green",
    "degraded": "yellow",
    "fallback": "magenta",
    "dead": "bold red",
    "error": "bold red",
    "warning": "yellow",
    "note": "dim",
}
_MARKS: Final[dict[str, str]] = {"same": "✓", "degraded": "◐", "fallback": "↪", "dead": "✗"}
_MOST_SAME: Final = 15
_MOST_TOLD: Final = 12
_MOST_FINDINGS: Final = 12


def tell(audit: SiteAudit, console: Console) -> None:
    """Prints all of it."""
    for build in audit.builds:
        console.print()
        console.print(_headline(audit, build))
        for part in _parts(build):
            console.print(Padding(part, (1, 0, 0, 2)))
    console.print()


def _headline(audit: SiteAudit, build: BuildAudit) -> Text:
    return Text.assemble(
        (audit.site, "bold"),
        f"  in {build.build} {build.version}".rstrip(),
        (f"  {build.seconds:.1f} s", "dim"),
    )


def _parts(build: BuildAudit) -> Iterator[RenderableType]:
    yield _summary(build)
    if build.pages:
        yield _table(build.pages)
    wrong = [page for page in build.pages if page.offline != "same"]
    if wrong:
        yield Group(*_reasons(wrong))
    if build.findings or build.cached:
        yield Group(*_caches(build))
    notes = [*build.remarks, *_skipped(build), *_page_remarks(build.pages)]
    if notes:
        yield Group(*(Text(f"· {note}", style="dim") for note in notes))


def _summary(build: BuildAudit) -> Text:
    text = Text()
    if build.stopped:
        text.append(f"stopped before its end: {build.stopped}\n", "bold red")
    if build.ready.failed:
        text.append(f"not ready ({build.ready.reason}): ", "bold red")
        text.append(f"{build.ready.sentence}\n")
    counts = [(verdict, build.count(verdict)) for verdict in VERDICTS]
    for verdict, count in counts:
        if count:
            text.append(f"{_MARKS[verdict]} {count} {verdict}   ", _STYLES[verdict])
    if not build.pages:
        text.append("no page was audited", "bold red")
    return text


def _table(pages: Sequence[PageAudit]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("page", overflow="fold", max_width=60)
    table.add_column("offline", no_wrap=True)
    table.add_column("new tab / reload", no_wrap=True)
    table.add_column("comes from", overflow="fold")
    ranked = sorted(pages, key=lambda page: (-VERDICTS.index(page.offline), page.path))
    same = [page for page in ranked if page.offline == "same"]
    for page in [each for each in ranked if each.offline != "same"] + same[:_MOST_SAME]:
        both = "" if page.cold == page.warm else f"{page.cold} / {page.warm}"
        table.add_row(
            Text(page.path), _verdict(page.offline), Text(both), Text(_source(page.answered), "dim")
        )
    if len(same) > _MOST_SAME:
        table.add_row(
            Text(f"… {len(same) - _MOST_SAME} more", "dim"), _verdict("same"), Text(), Text()
        )
    return table


def _verdict(verdict: Offline) -> Text:
    return Text(f"{_MARKS[verdict]} {verdict}", _STYLES[verdict])


def _source(answered: Sequence[Answered]) -> str:
    """Who answered for the document."""
    document = next((each for each in answered if each.kind == "document"), None)
    if document is None or (document.status is None and document.source != "failed"):
        return "nowhere"
    named = f"cache {document.cache}" if document.cache else document.source
    return {"made": "made by the worker", "failed": "nowhere", "browser": "the browser"}.get(
        named, named
    )


def _reasons(pages: Sequence[PageAudit]) -> Iterator[Text]:
    """A sentence a page and what to do; where many say the same, one speaks for them."""
    ranked = sorted(pages, key=lambda page: -VERDICTS.index(page.offline))
    like = Counter(_same_reason(page) for page in ranked)
    told: set[str] = set()
    for page in ranked:
        reason = _same_reason(page)
        if reason in told:
            continue
        if len(told) >= _MOST_TOLD:
            left = len(like) - len(told)
            yield Text(f"… and {left} more reasons; --json FILE has them all", "dim")
            return
        told.add(reason)
        more = f"  (and {like[reason] - 1} more pages like it)" if like[reason] > 1 else ""
        why = page.why if page.path in page.why else f"{page.path}: {page.why}"
        yield Text.assemble((f"{_MARKS[page.offline]} ", _STYLES[page.offline]), why, (more, "dim"))
        if page.next:
            yield Text(f"  → {page.next}", "cyan")


def _same_reason(page: PageAudit) -> str:
    return f"{page.offline} {page.why.replace(page.path, '').replace(repr(page.title), '')}"


def _caches(build: BuildAudit) -> Iterator[Text]:
    names = sorted({each.cache for each in build.cached})
    size = sum(each.size or 0 for each in build.cached)
    if names:
        files = _counted(len(build.cached), "file")
        yield Text.assemble(
            (f"{_counted(len(names), 'cache')}, {files}, {_bytes(size)}", "bold"),
            (f"  {', '.join(names[:6])}{' …' if len(names) > 6 else ''}", "dim"),
        )
    shown = [each for each in build.findings if each.severity != "note"]
    notes = [each for each in build.findings if each.severity == "note"]
    shown += notes[: max(0, _MOST_FINDINGS // 2 - len(shown))]
    for finding in shown[:_MOST_FINDINGS]:
        yield from _finding(finding)
    left = len(build.findings) - min(len(shown), _MOST_FINDINGS)
    if left:
        yield Text(f"… and {left} more findings; --json FILE has them all", "dim")


def _finding(finding: Finding) -> Iterator[Text]:
    style = _STYLES[finding.severity]
    yield Text.assemble((f"{finding.severity} {finding.code}  ", style), finding.text)
    if finding.next and finding.severity != "note":
        yield Text(f"  → {finding.next}", "cyan")


def _skipped(build: BuildAudit) -> Iterator[str]:
    for each in build.skipped[:5]:
        found = f" (found by {each.found_by})" if each.found_by else ""
        yield f"left out: {each.path}, {each.why}{found}"
    if len(build.skipped) > 5:
        yield f"… and {len(build.skipped) - 5} more were left out"


def _page_remarks(pages: Iterable[PageAudit]) -> Iterator[str]:
    """Each remark once, with the first page it is about."""
    about: dict[str, list[str]] = {}
    for page in pages:
        for remark in page.remarks:
            about.setdefault(remark, []).append(page.path)
    for remark, paths in list(about.items())[:8]:
        yield f"{listed(paths, 1)}: {remark}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _bytes(size: int) -> str:
    for unit, scale in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return _counted(size, "byte")
