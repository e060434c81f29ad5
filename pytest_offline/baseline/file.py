"""The file: read and written. Each line says one thing, all by itself.

So git can join two branches. Where they touch different entries, the blank lines between these are
the same on both sides; where both add entries at one place, ``merge=union`` in .gitattributes keeps
the lines of both, whatever their order. Nothing in the file is a sum over other lines, which every
change would have to change.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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

_UNITS: Final = {"bytes": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_CONFLICT: Final = re.compile(r"(<{7}|={7}|>{7}|\|{7})( |$)")
# Only the name of a section, which stands last, may have " [" in it.
_WHAT: Final = r"((?:(?! \[).)+?)"
_PAGE: Final = re.compile(rf"page {_WHAT} ({'|'.join(RANK)}) \[(.+)\]")
_WITHOUT: Final = re.compile(rf"page {_WHAT} without {_WHAT} \[(.+)\]")
_CACHED: Final = re.compile(
    rf"cached {_WHAT} (install|runtime|other), (?:up to )?(\d+) files?, "
    r"(?:size unknown|up to (\d+) (bytes|kB|MB|GB)) \[(.+)\]"
)
_FAULT: Final = re.compile(rf"fault {_WHAT} \[(.+)\]")
_NOTHING: Final = re.compile(r"nothing \[(.+)\]")

_Value = TypeVar("_Value")


class BaselineError(UsageError):
    """A baseline that cannot be read: the message names file, line and the way out."""


def write(baseline: Baseline) -> str:
    """The text of the file."""
    entries = (entry for name in sorted(baseline) for entry in _section(name, baseline[name]))
    return "\n".join([_HEAD, *entries])


def _section(name: str, section: Section) -> Iterator[str]:
    for path in sorted(section.pages):
        state = section.pages[path]
        facts = (state.verdict, *(f"without {url}" for url in state.without))
        yield "".join(f"page {path} {fact} [{name}]\n" for fact in facts)
    for url in sorted(section.cached):
        held = section.cached[url]
        words = f"{held.stored_by}, {count_words(held.files)}, {size_words(held.size)}"
        yield f"cached {url} {words} [{name}]\n"
    for fault in sorted(section.faults):
        yield f"fault {fault} [{name}]\n"
    if not (section.pages or section.cached or section.faults):
        yield f"nothing [{name}]\n"


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
    found: defaultdict[str, _Said] = defaultdict(_Said)
    for number, line in enumerate(lines, 1):
        _refuse_conflict(line, name, number)
        if line.strip() and not line.startswith("#"):
            _take(line.strip(), found, f"{name}:{number}")
    return {each: said.section(name, each) for each, said in found.items()}


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
class _Said:
    """What the lines of a section have said so far."""

    verdicts: dict[str, Verdict] = field(default_factory=dict[str, Verdict])
    without: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cached: dict[str, Cached] = field(default_factory=dict[str, Cached])
    faults: dict[str, str] = field(default_factory=dict[str, str])

    def section(self, file: str, name: str) -> Section:
        for path in self.without:
            if path not in self.verdicts:
                raise BaselineError(
                    f"{file}: no line says how page {path} of [{name}] fares, only what it is "
                    f"without; add one ({', '.join(RANK)}), or write the file anew with "
                    f"--offline-update"
                )
        pages = {
            path: PageState(verdict, tuple(sorted(self.without.get(path, ()))))
            for path, verdict in self.verdicts.items()
        }
        return Section(pages, self.cached, self.faults)


def _take(line: str, found: defaultdict[str, _Said], where: str) -> None:
    if page := _PAGE.fullmatch(line):
        _say(found[page[3]].verdicts, page[1], cast(Verdict, page[2]), line, where)
    elif without := _WITHOUT.fullmatch(line):
        found[without[3]].without[without[1]].add(without[2])
    elif cached := _CACHED.fullmatch(line):
        size = int(cached[4]) * _UNITS[cached[5]] if cached[4] else 0
        held = Cached(cast(StoredBy, cached[2]), int(cached[3]), size)
        _say(found[cached[6]].cached, cached[1], held, line, where)
    elif fault := _FAULT.fullmatch(line):
        found[fault[2]].faults[fault[1]] = ""
    elif nothing := _NOTHING.fullmatch(line):
        _ = found[nothing[1]]
    else:
        raise BaselineError(
            f"{where}: {line!r} is no line of a baseline, such as 'page /about same [chromium]' "
            f"(or {', '.join(each for each in RANK if each != 'same')}), 'page /about without "
            f"/logo.svg [chromium]', 'cached /app.js install, 1 file, up to 30 kB [chromium]'; "
            f"mend it, or write the file anew with --offline-update"
        )


def _say(held: dict[str, _Value], what: str, value: _Value, line: str, where: str) -> None:
    if held.setdefault(what, value) != value:
        raise BaselineError(
            f"{where}: {line!r}, and a line before it says another thing of the same, as two "
            f"branches may; keep one, or write the file anew with --offline-update"
        )


def _refuse_conflict(line: str, name: str, number: int) -> None:
    if _CONFLICT.match(line):
        raise BaselineError(
            f"{name}:{number}: {line!r} is a mark of a conflict that git left: choose between the "
            f"two sides and take the marks out, or write the file anew with --offline-update"
        )
