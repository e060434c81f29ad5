"""The file: read and written. An entry is a few lines and a blank one.

The blank line matters: git joins changes of two branches where at least one line between them is
the same, so branches that touch different pages meet without a conflict. Nothing in the file is a
sum over other lines, which every change would have to change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

from pytest_offline.baseline.bands import count_words, size_words
from pytest_offline.baseline.words import (
    RANK,
    Baseline,
    Cached,
    PageState,
    Section,
    StoredBy,
    Verdict,
)
from pytest_offline.errors import UsageError

VERSION: Final = 1

_HEAD: Final = f"""\
# pytest-offline baseline {VERSION}
# What works offline, and what is cached. --offline-update writes it anew; review it like code.
"""

_Held = TypeVar("_Held", PageState, Cached)

_UNITS: Final = {"bytes": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_CONFLICT: Final = re.compile(r"(<{7}|={7}|>{7}|\|{7})( |$)")
_CACHED: Final = re.compile(
    r"(install|runtime|other), (?:up to )?(\d+) files?, "
    r"(?:size unknown|up to (\d+) (bytes|kB|MB|GB))"
)


class BaselineError(UsageError):
    """A baseline that cannot be read: the message names file, line and the way out."""


def write(baseline: Baseline) -> str:
    """The text of the file."""
    parts = [_HEAD]
    for name in sorted(baseline):
        section = baseline[name]
        parts.append(f"[{name}]\n")
        parts += [_page(path, section.pages[path]) for path in sorted(section.pages)]
        parts += [_cached(url, section.cached[url]) for url in sorted(section.cached)]
    return "\n".join(parts)


def _page(path: str, state: PageState) -> str:
    without = "".join(f"  without {url}\n" for url in state.without)
    return f"page {path}\n  {state.verdict}\n{without}"


def _cached(url: str, held: Cached) -> str:
    words = f"{held.stored_by}, {count_words(held.files)}, {size_words(held.size)}"
    return f"cached {url}\n  {words}\n"


def opened(path: Path, shown: str, update: bool) -> Baseline:
    """The baseline of a file.

    Args:
        shown: the file's name, for messages.
        update: whether it is about to be written: then it need not be there, nor be right.

    Raises:
        BaselineError: it is not there, or cannot be read.
    """
    try:
        return read(path.read_text("utf-8"), shown)
    except FileNotFoundError:
        if update:
            return {}
        raise BaselineError(
            f"{shown} is not there: write it with --offline-update, and commit it"
        ) from None
    except BaselineError:
        if update:
            return {}
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise BaselineError(f"{shown} cannot be read ({error}): give another file") from None


def read(text: str, name: str = "the baseline") -> Baseline:
    """What a file says.

    Args:
        name: of the file, for messages.

    Raises:
        BaselineError: it is none, is damaged, from a newer version, or has marks of a conflict.
    """
    lines = text.splitlines()
    _check_head(lines, name)
    found: dict[str, tuple[dict[str, PageState], dict[str, Cached]]] = {}
    pages, cached = None, None
    for entry in _entries(lines, name):
        if entry.kind == "section":
            pages, cached = found.setdefault(entry.what, ({}, {}))
        elif pages is None or cached is None:
            raise entry.wrong("stands before the first [section]")
        elif entry.kind == "page":
            _add(pages, entry, _page_of(entry))
        else:
            _add(cached, entry, _cached_of(entry))
    return {each: Section(*both) for each, both in found.items()}


def _check_head(lines: Sequence[str], name: str) -> None:
    first = lines[0] if lines else ""
    version = re.fullmatch(r"# pytest-offline baseline (\d+)", first)
    if version is None:
        _refuse_conflict(first, name, 1)
        raise BaselineError(
            f"{name}:1: {first!r} is not how a baseline begins ({_HEAD.splitlines()[0]!r}); give "
            f"another file, or write this one anew with --offline-update"
        )
    if int(version[1]) > VERSION:
        raise BaselineError(
            f"{name}:1: it is of version {version[1]}, and this release reads {VERSION}: update "
            f"pytest-playwright-offline, or write the file anew with --offline-update"
        )


@dataclass
class _Entry:
    kind: str
    what: str
    facts: list[str]
    file: str
    line: int

    def wrong(self, why: str) -> BaselineError:
        shown = f"[{self.what}]" if self.kind == "section" else f"{self.kind} {self.what}"
        return BaselineError(
            f"{self.file}:{self.line}: {shown} {why}; mend the line, or write the file anew with "
            f"--offline-update"
        )


def _entries(lines: Sequence[str], name: str) -> Iterator[_Entry]:
    entry: _Entry | None = None
    for number, line in enumerate(lines, 1):
        _refuse_conflict(line, name, number)
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("  ") and entry is not None:
            entry.facts.append(line.strip())
            continue
        if entry is not None:
            yield entry
        entry = _begin(line, name, number)
    if entry is not None:
        yield entry


def _begin(line: str, name: str, number: int) -> _Entry:
    section = re.fullmatch(r"\[(.+)\]", line)
    if section is not None:
        return _Entry("section", section[1], [], name, number)
    kind, _, what = line.partition(" ")
    if kind not in ("page", "cached") or not what:
        raise BaselineError(
            f"{name}:{number}: {line!r} is neither [section] nor page nor cached; mend the line, "
            f"or write the file anew with --offline-update"
        )
    return _Entry(kind, what, [], name, number)


def _refuse_conflict(line: str, name: str, number: int) -> None:
    if _CONFLICT.match(line):
        raise BaselineError(
            f"{name}:{number}: {line!r} is a mark of a conflict that git left: choose between the "
            f"two sides and take the marks out, or write the file anew with --offline-update"
        )


def _page_of(entry: _Entry) -> PageState:
    verdict, *others = entry.facts or [""]
    if verdict not in RANK:
        raise entry.wrong(f"has the verdict {verdict!r}, which is none of {', '.join(RANK)}")
    without = [each.removeprefix("without ") for each in others]
    if any(each == whole for each, whole in zip(without, others, strict=True)):
        raise entry.wrong(f"says {others!r}, and only 'without URL' may follow the verdict")
    return PageState(cast(Verdict, verdict), tuple(sorted(without)))


def _cached_of(entry: _Entry) -> Cached:
    fact = entry.facts[0] if len(entry.facts) == 1 else "; ".join(entry.facts)
    found = _CACHED.fullmatch(fact)
    if found is None:
        raise entry.wrong(f"says {fact!r}, not something like 'install, 1 file, up to 30 kB'")
    size = int(found[3]) * _UNITS[found[4]] if found[3] else 0
    return Cached(cast(StoredBy, found[1]), int(found[2]), size)


def _add(held: dict[str, _Held], entry: _Entry, value: _Held) -> None:
    if held.setdefault(entry.what, value) != value:
        raise entry.wrong("stands here a second time and says another thing, as two branches may")
