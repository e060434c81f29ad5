"""What the lint can say of a manifest: every code with its severity and its sentence.

A sentence says what is wrong, shows the value, says why it matters and what to do. Checks hand in
the facts; how they are put stands here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Severity = Literal["error", "warning", "note"]
"""An error is something that does not work, a warning is something that is hardly meant; both are
faults. A note is none."""

_LONGEST: Final = 80

_OUR_WORDS: Final = ("what", "byte", "bytes")
"""Facts that are no values out of a file, so a sentence has them without quotes."""


@dataclass(frozen=True)
class Finding:
    """One thing the lint found.

    Attributes:
        code: what kind of thing, such as ``entry-refused``.
        reason: which of the ways that kind has; empty where it has one.
        line, column: from 1.
        facts: the values the sentence shows, whole.
    """

    code: str
    reason: str
    severity: Severity
    line: int
    column: int
    sentence: str
    facts: Mapping[str, str | int] = field(default_factory=dict[str, "str | int"])

    @property
    def is_fault(self) -> bool:
        """Whether it makes the command fail."""
        return self.severity != "note"


def shown(value: str | int) -> str:
    """A value as a sentence shows it: quoted, and not at any length."""
    if isinstance(value, int):
        return f"{value:,}"
    if len(value) <= _LONGEST:
        return repr(value)
    return f"{value[:_LONGEST]!r}… ({len(value):,} characters)"


def found(code: str, line: int, column: int, reason: str = "", **facts: str | int) -> Finding:
    """A finding of a code, its sentence put together from the facts."""
    severity, template = SENTENCES[code, reason]
    values = {name: _as_told(name, value) for name, value in facts.items()}
    sentence = template.format_map(values)
    return Finding(code, reason, severity, line, column, sentence, facts)


def _as_told(name: str, value: str | int) -> str:
    return str(value) if name in _OUR_WORDS else shown(value)


def and_more(last: Finding, count: int, line: int) -> Finding:
    """What stands for the findings of one code that are too many to be told one by one."""
    more = "time" if count == 1 else "times"
    sentence = f"and {count:,} {more} more, up to line {line:,}: mend the ones above, run it again"
    facts: dict[str, str | int] = {"more": count, "last_line": line}
    return Finding(last.code, "more", last.severity, last.line, last.column, sentence, facts)


SENTENCES: Final[Mapping[tuple[str, str], tuple[Severity, str]]] = {
    ("missing-signature", ""): (
        "error",
        "browsers refuse this file whole: it begins with {start}, and has to begin with "
        "'CACHE MANIFEST' and a line break, a space or a tab right behind; write that as the "
        "first line, with nothing before it",
    ),
    ("byte-order-mark", ""): (
        "note",
        "the file begins with a byte order mark ({bytes}): browsers skip it, tools that look for "
        "CACHE MANIFEST in the first bytes do not; save the file as UTF-8 without it",
    ),
    ("not-utf-8", ""): (
        "error",
        "the byte {byte} is no UTF-8 (places like this: {count}): manifests are always read as "
        "UTF-8, so the browser asks for a URL with U+FFFD in it; save the file as UTF-8",
    ),
    ("entry-refused", "invalid-url"): (
        "error",
        "{text} is ignored: it cannot be parsed as a URL, so the browser keeps nothing for it; "
        "correct it, or take the line out",
    ),
    ("entry-refused", "other-scheme"): (
        "error",
        "{text} is ignored: it is {url}, and only URLs of the manifest's own scheme ({scheme}) "
        "count; serve it over {scheme}, or take the line out",
    ),
    ("entry-refused", "no-fallback"): (
        "error",
        "{text} is ignored: a line under FALLBACK has two URLs, and the second, the page to show "
        "instead, is missing; write it behind the first on the same line, after a space",
    ),
    ("entry-refused", "fallback-url"): (
        "error",
        "{text} is ignored: one of its two URLs cannot be parsed; a line under FALLBACK is the "
        "beginning of URLs, a space, and the page to show instead: correct it",
    ),
    ("text-after-header", ""): (
        "error",
        "{text} is not taken for the header {header}, as there is text behind the colon, but for "
        "an entry with the scheme {scheme}, which is ignored; give {header} a line of its own and "
        "put what follows on the next",
    ),
    ("fallback-outside", "other-origin"): (
        "error",
        "{text} is ignored: {url} is not of the manifest's origin, {origin}, and both URLs of a "
        "line under FALLBACK have to be; name a page of {origin}, or take the line out",
    ),
    ("fallback-outside", "outside-folder"): (
        "error",
        "{text} is ignored: {url} is outside of the manifest's folder, {folder}, and a manifest "
        "answers only for what is below its own; move it up, or name something below {folder}",
    ),
    ("unknown-section", ""): (
        "error",
        "{text} is no section, so the lines below it up to the next header are skipped (lines: "
        "{count}); the sections are CACHE:, NETWORK:, FALLBACK: and SETTINGS:, in capitals",
    ),
    ("unknown-section", "spelling"): (
        "error",
        "{text} is no section, so the lines below it up to the next header are skipped (lines: "
        "{count}); it has to be written {header}",
    ),
    ("unknown-section", "url"): (
        "error",
        "{text} ends with a colon, so it is taken for the header of an unknown section, and the "
        "lines below it up to the next header are skipped (lines: {count}); if it is a URL, write "
        "its last colon as %3A",
    ),
    ("unknown-setting", ""): (
        "error",
        "{text} is no setting, so it is ignored; 'prefer-online', alone on its line, is the only "
        "one there is: write that, or take the line out",
    ),
    ("trailing-text", ""): (
        "error",
        "of {text} only {kept} is read, and {rest} is ignored: a line has one URL, without spaces, "
        "and comments have lines of their own; write a space in a URL as %20",
    ),
    ("trailing-text", "fallback"): (
        "error",
        "of {text} the third part, {rest}, is ignored: a line under FALLBACK has two URLs, without "
        "spaces, and comments have lines of their own; write a space in a URL as %20",
    ),
    ("wildcard-with-text", ""): (
        "error",
        "{text} opens the network by the letter of HTML 5.1, but in Chromium only a line that is "
        "'*' alone does, and there everything that is not listed stays blocked; write '*' alone",
    ),
    ("fragment", ""): (
        "warning",
        "the fragment of {text} is dropped: {url} is what is meant; application caches know no "
        "fragments, so write it without",
    ),
    ("lists-itself", ""): (
        "error",
        "{text} is the manifest itself ({url}): the browser fetches and keeps that anyway, HTML "
        "5.1 forbids to list it, and a browser that answers its check for updates from the cache "
        "never sees a new version; take the line out",
    ),
    ("fallback-to-itself", ""): (
        "warning",
        "{text} names {url} as the fallback of itself: a fallback page is kept and always comes "
        "from the cache, so it is the same as listing it under CACHE; do that, or name another",
    ),
    ("fallback-overlap", ""): (
        "note",
        "{text} begins with {other} of line {other_line}, which has a fallback of its own: of "
        "several the longest counts; if that is meant, nothing is to be done",
    ),
    ("fallback-under-network", ""): (
        "error",
        "{text} never falls back: {other} under NETWORK (line {other_line}) covers it, and NETWORK "
        "goes before FALLBACK; take one of the two out",
    ),
    ("also-under-network", "same"): (
        "error",
        "{text} is also under NETWORK (line {other_line}), which does nothing: what is kept always "
        "comes from the cache, even online; take it out here if it has to be fresh, there if not",
    ),
    ("also-under-network", "covered"): (
        "note",
        "{text} is kept though {other} under NETWORK (line {other_line}) covers it: what is kept "
        "always comes from the cache, even online; if that is meant, nothing is to be done",
    ),
    ("duplicate", "entry"): (
        "warning",
        "{text} was said before, in line {other_line} ({url}): the second changes nothing; take "
        "one of them out",
    ),
    ("duplicate", "namespace"): (
        "error",
        "{text} is ignored: {url} has a fallback already, in line {other_line}; by HTML 5.1 the "
        "first counts, and in Chromium the whole update fails; take one of them out",
    ),
    ("no-network-wildcard", "blocked"): (
        "warning",
        "there is no '*' under NETWORK, nor anything else: pages of this cache reach no URL but "
        "those under CACHE and FALLBACK ({listed}), not even online; add the lines 'NETWORK:' and "
        "'*', or the URLs they need",
    ),
    ("no-network-wildcard", "listed"): (
        "note",
        "there is no '*' under NETWORK: pages of this cache reach no URL but those that are listed "
        "({listed}), not even online; if more is needed, add a line '*' there",
    ),
    ("missing-file", ""): (
        "error",
        "{text} does not exist: there is no file {path}, and one file that cannot be fetched makes "
        "the whole update fail; add the file, or take the line out",
    ),
    ("missing-file", "no-index"): (
        "error",
        "{text} does not exist: {path} is a folder without index.html, and one file that cannot be "
        "fetched makes the whole update fail; add the file, or take the line out",
    ),
    ("missing-file", "folder"): (
        "error",
        "{text} is a folder, {path}: servers answer with a redirect to the same URL with '/' at "
        "its end, and a redirect makes the whole update fail; write it with the '/'",
    ),
    ("missing-file", "outside"): (
        "error",
        "{text} cannot be a file below {path}: it leaves that folder or has characters in it that "
        "no file name has; correct the URL, or take the line out",
    ),
    ("version-unchanged", "line"): (
        "error",
        "the version line {text} is the same as in {old}, and so is all of the manifest, though "
        "{changed} changed (files: {count}): browsers that have the old version never see the new "
        "one; change this line",
    ),
    ("version-unchanged", "none"): (
        "error",
        "the manifest is the same, byte by byte, as {old}, though {changed} changed (files: "
        "{count}): browsers that have the old version never see the new one; add a comment with a "
        "version, such as '# v2', and change it with every release",
    ),
    ("changing-timestamp", "looks"): (
        "warning",
        "the comment {text} looks like one that is new each time the file is made ({what}): then "
        "every user fetches every file again though nothing changed, and if the server writes it, "
        "each update fails, as the manifest is fetched twice and has to be the same; write a "
        "version there that changes only with the files",
    ),
    ("changing-timestamp", "no-change"): (
        "error",
        "only comments differ from {old}, here {text}, and none of the files changed (compared: "
        "{count}): every user fetches every file again for nothing; change the line only when a "
        "file changed",
    ),
    ("changing-timestamp", "same-entries"): (
        "warning",
        "only comments differ from {old}, here {text}, which looks like a time or a random string "
        "({what}): if no file changed, every user fetches every file again for nothing; change the "
        "line only when a file changed",
    ),
}
"""Severity and sentence, by code and reason."""

CODES: Final = tuple(dict.fromkeys(code for code, _ in SENTENCES))
