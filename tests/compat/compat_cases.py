"""The cases of the compatibility table, read from docs/compat/*.js."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
FOLDER: Final = ROOT / "docs" / "compat"
SECTIONS: Final = "https://w3c.github.io/ServiceWorker/#"
OTHER_SPECIFICATIONS: Final = {
    "fetch": "https://fetch.spec.whatwg.org/#",
    "url": "https://url.spec.whatwg.org/#",
    "storage": "https://storage.spec.whatwg.org/#",
    "wpt": "https://github.com/web-platform-tests/wpt/blob/master/service-workers/cache-storage/",
    "webidl": "https://webidl.spec.whatwg.org/#",
}

_HEAD = re.compile(r"// # (?P<id>[a-z0-9-]+)$")
_FIELD = re.compile(r"// (spec|known|on): (.+)$")
_ASSIGNED = re.compile(r"(?P<name>[a-z]\w*) = (?P<text>.+)", re.DOTALL)
_STATED = "// => "
_OF_PAGES = re.compile(
    r"\bin\w*Worker\b|\b(?:controlled|frame|document|window|performance|navigator|createObjectURL)\b"
)


class BadCase(ValueError):
    """A case that cannot be read: file, line, and what is wrong with it."""


@dataclass(frozen=True)
class Statement:
    """One statement. One with a name keeps its value for later ones, and tells nothing."""

    text: str
    name: str = ""

    @property
    def line(self) -> str:
        """As it stands in its file."""
        return f"{self.name} = {self.text}" if self.name else self.text


@dataclass
class Case:
    """One rule, the program that shows it, and what its statements come to by the specification.

    Attributes:
        group: the file's heading.
        rule: a sentence.
        spec: the section, as ``cache-put`` or ``fetch: concept-body``.
        known: deviations of `pytest_offline.compare.deviations` that it shows.
        on: ``secure``, or ``insecure`` for a page on http:// and a name that is not this machine's.
        stated: outcomes that the file states; None where the model has to say them.
    """

    id: str
    group: str
    file: Path
    line: int
    rule: str = ""
    spec: str = ""
    known: tuple[str, ...] = ()
    on: str = "secure"
    program: list[Statement] = field(default_factory=list[Statement])
    stated: list[str] | None = None

    @property
    def told(self) -> list[Statement]:
        """The statements that have an outcome."""
        return [each for each in self.program if not each.name]

    @property
    def needs_a_page(self) -> bool:
        """Whether its program asks for what a worker has not."""
        return any(_OF_PAGES.search(each.text) for each in self.program)

    @property
    def section(self) -> str:
        """The URL of the section."""
        other, colon, anchor = self.spec.partition(": ")
        return OTHER_SPECIFICATIONS[other] + anchor if colon else SECTIONS + self.spec


@dataclass(frozen=True)
class Group:
    """A file: its heading, and what stands below it."""

    name: str
    text: str
    cases: tuple[Case, ...]


@lru_cache(maxsize=1)
def groups() -> tuple[Group, ...]:
    """All groups, in the order of their files' names."""
    return tuple(read(file) for file in sorted(FOLDER.glob("*.js")))


def cases() -> tuple[Case, ...]:
    """All cases, in the order of the page."""
    return tuple(case for group in groups() for case in group.cases)


def read(file: Path) -> Group:
    """One file.

    Raises:
        BadCase: something is missing or stands where it cannot.
    """
    lines = file.read_text("utf-8").splitlines()
    starts = [at for at, line in enumerate(lines) if _HEAD.match(line)]
    if not starts or not lines[0].startswith("// ## "):
        raise BadCase(f"{file.name}: a file begins with '// ## HEADING' and has cases ('// # id')")
    name = lines[0].removeprefix("// ## ")
    text = " ".join(line.removeprefix("//").strip() for line in lines[1 : starts[0]])
    ends = [*starts[1:], len(lines)]
    found = [_case(file, name, at, lines[at:end]) for at, end in zip(starts, ends, strict=True)]
    return Group(name, text.strip(), tuple(found))


def _case(file: Path, group: str, at: int, lines: Sequence[str]) -> Case:
    case = Case(lines[0].removeprefix("// # "), group, file, at + 1)
    said: list[str] = []
    program: list[str] = []
    for line in lines[1:]:
        if (found := _FIELD.match(line)) and not program:
            _set(case, found[1], found[2])
        elif line.startswith("// ") and not program:
            said.append(line[3:])
        elif line.strip():
            program.append(line)
    case.rule = " ".join(said)
    _fill(case, list(_statements(program)))
    if not (case.rule and case.spec and case.told):
        raise BadCase(f"{file.name}:{case.line}: {case.id} needs a rule, a spec and a program")
    return case


def _set(case: Case, name: str, value: str) -> None:
    case.known = tuple(value.split(", ")) if name == "known" else case.known
    case.spec = value if name == "spec" else case.spec
    case.on = value if name == "on" else case.on


def _statements(lines: Sequence[str]) -> Iterator[str]:
    """Each with the lines that go on with it, and outcomes as statements of their own."""
    together: list[str] = []
    for line in lines:
        goes_on = line[0] in " })]" and not line.startswith(_STATED)
        if together and not goes_on:
            yield "\n".join(together)
            together = []
        together.append(line)
    if together:
        yield "\n".join(together)


def _fill(case: Case, texts: Sequence[str]) -> None:
    outcomes: list[str] = []
    for text in texts:
        if text.startswith(_STATED):
            outcomes.append(text.removeprefix(_STATED))
        elif found := _ASSIGNED.fullmatch(text):
            case.program.append(Statement(found["text"], found["name"]))
        else:
            case.program.append(Statement(text))
    if not outcomes:
        return
    if len(outcomes) != len(case.told):
        raise BadCase(
            f"{case.file.name}:{case.line}: {case.id} states {len(outcomes)} outcomes of "
            f"{len(case.told)}: state all of them ('// => …' below each), or none"
        )
    case.stated = outcomes
