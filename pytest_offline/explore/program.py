"""Programs of the Cache API as data: what is called in which order, and nothing of what came of it.

A program is plain values: equal programs do the same, and one survives a file (`to_json`,
`from_json`) with its version. Its words are those of `record.Operation`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast, get_args

from pytest_offline.errors import UsageError
from pytest_offline.record.decoding import Fields, decode_headers
from pytest_offline.record.operations import Method, Target

FORMAT: Final = "pytest-offline program 1"

Pairs = tuple[tuple[str, str], ...]
Options = tuple[tuple[str, bool | str], ...]
Spent = Literal["fresh", "used", "locked"]
How = Literal["constructor", "error", "redirect"]
Mode = Literal["same-origin", "cors", "no-cors"]


@dataclass(frozen=True)
class Asked:
    """What a program hands over where a request is asked for.

    Attributes:
        url: as written; relative ones are resolved by the page.
        method, headers: as written, for ``new Request(url, {method, headers})``.
        made: whether a Request is made of it; one with a method or headers is made always.
    """

    url: str = ""
    method: str = "GET"
    headers: Pairs = ()
    made: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the URL itself is handed over, as a string."""
        return not (self.made or self.headers or self.method != "GET")


@dataclass(frozen=True)
class Made:
    """A response that the program makes.

    Attributes:
        body: its text; None for ``null``.
        times: how often the text is repeated in the body.
        spent: whether the body was read, or is being read, when the response is put.
        how: by the constructor, by ``Response.error()`` or by ``Response.redirect("/", status)``.
    """

    status: int = 200
    headers: Pairs = ()
    body: str | None = ""
    times: int = 1
    status_text: str = ""
    spent: Spent = "fresh"
    how: How = "constructor"


@dataclass(frozen=True)
class Fetched:
    """A response that the program fetches: one of `resources.RESOURCES`, by its path.

    Attributes:
        mode: of the fetch.
        elsewhere: whether the second origin is asked, not the page's own.
        spent: see `Made`.
    """

    path: str = "/r/plain"
    mode: Mode = "cors"
    elsewhere: bool = False
    spent: Spent = "fresh"


@dataclass(frozen=True)
class Step:
    """One call of a method of CacheStorage or Cache.

    Attributes:
        target: ``caches`` for a method of CacheStorage, ``cache`` for one of Cache.
        cache: the name of the cache; None for ``caches.match`` and ``caches.keys``.
        opening: on ``cache``: which ``caches.open`` of that name it is called on, from 0; the
            latest before it where that is None. One that is not there before is opened then.
        options: as `record.Operation` has them.
    """

    target: Target
    method: Method
    cache: str | None = None
    opening: int | None = None
    requests: tuple[Asked, ...] = ()
    response: Made | Fetched | None = None
    options: Options = ()

    @property
    def is_opening(self) -> bool:
        """Whether it is a ``caches.open``."""
        return self.method == "open"


@dataclass(frozen=True)
class Program:
    """Calls, one after the other, on an origin that has no cache yet."""

    steps: tuple[Step, ...] = ()

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def id(self) -> str:
        """A short name, the same for equal programs: the digest of its JSON."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def complete(self) -> Program:
        """The same calls with every opening in them, and the number of the one they are made on."""
        opened: dict[str, int] = {}
        steps: list[Step] = []
        for step in self.steps:
            name = step.cache or ""
            if step.target == "cache" and name not in opened:
                steps.append(Step("caches", "open", name))
                opened[name] = 1
            if step.is_opening:
                opened[name] = opened.get(name, 0) + 1
            steps.append(_placed(step, opened.get(name, 0) - 1))
        return Program(tuple(steps))

    def closed(self) -> Program:
        """Complete, and at its end all that is left is looked at: names, keys, responses."""
        whole = self.complete()
        last = {step.cache or "": step for step in whole.steps if step.target == "cache"}
        closing = [Step("caches", "keys")]
        for step in last.values():
            closing += [replace(_EVERY[method], cache=step.cache) for method in _EVERY]
        return Program((*whole.steps, *closing)).complete()

    def to_json(self) -> dict[str, object]:
        """Plain data, with the version of the format."""
        return {"format": FORMAT, "steps": [_step_to_json(step) for step in self.steps]}

    @classmethod
    def from_json(cls, data: object) -> Program:
        """A program from plain data.

        Raises:
            UsageError: it is none, or of another version.
        """
        try:
            fields = Fields(data, "a program")
            if fields.text("format") != FORMAT:
                raise ValueError(f"its format is {fields.text('format')!r}")
            return cls(tuple(_step(row) for row in fields.items("steps")))
        except Exception as error:
            raise UsageError(
                f"no program of this version: {str(data)[:120]} ({error}). It has to begin with "
                f"{FORMAT!r}: give a file of a corpus, unchanged."
            ) from error


_EVERY: Final[Mapping[str, Step]] = {
    "keys": Step("cache", "keys"),
    "matchAll": Step("cache", "matchAll"),
}


def _placed(step: Step, latest: int) -> Step:
    if step.target != "cache":
        return step
    given = step.opening
    return replace(step, opening=latest if given is None else min(given, latest))


def _step_to_json(step: Step) -> dict[str, object]:
    row: dict[str, object] = {"target": step.target, "method": step.method}
    if step.cache is not None:
        row["cache"] = step.cache
    if step.opening is not None:
        row["opening"] = step.opening
    if step.requests:
        row["requests"] = [_shortened(vars(asked), Asked()) for asked in step.requests]
    if isinstance(step.response, Made):
        row["made"] = _shortened(vars(step.response), Made())
    if isinstance(step.response, Fetched):
        row["fetched"] = _shortened(vars(step.response), Fetched())
    if step.options:
        row["options"] = [list(pair) for pair in step.options]
    return row


def _shortened(values: Mapping[str, object], plain: object) -> dict[str, object]:
    """Without what is as it is by default; pairs as lists, so that JSON gives the same back."""
    return {
        name: [list(pair) for pair in cast("Pairs", value)] if name == "headers" else value
        for name, value in values.items()
        if value != getattr(plain, name)
    }


def _step(data: object) -> Step:
    fields = Fields(data, "a step")
    return Step(
        target=cast("Target", _one_of(fields, "target", get_args(Target))),
        method=cast("Method", _one_of(fields, "method", get_args(Method))),
        cache=fields.optional_text("cache"),
        opening=fields.optional_integer("opening"),
        requests=tuple(_asked(row) for row in fields.items("requests")),
        response=_response(fields),
        options=tuple(_option(row) for row in fields.items("options")),
    )


def _one_of(fields: Fields, name: str, allowed: Sequence[str]) -> str:
    value = fields.text(name)
    if value not in allowed:
        raise ValueError(f"its {name} is {value!r}, not one of {', '.join(allowed)}")
    return value


def _asked(data: object) -> Asked:
    return Asked(**_row(data, Asked()))


def _response(fields: Fields) -> Made | Fetched | None:
    if "made" in fields.data:
        return Made(**_row(fields.data["made"], Made()))
    if "fetched" in fields.data:
        return Fetched(**_row(fields.data["fetched"], Fetched()))
    return None


def _row(data: object, plain: object) -> Any:
    """The fields of a row by name, each of the type it has by default; none that is unknown."""
    row = dict(Fields(data, f"a row of {type(plain).__name__}").data)
    for name, value in row.items():
        default = getattr(plain, name)
        if name == "headers":
            row[name] = decode_headers(value)
        elif not isinstance(value, type(default)) and (name, value) != ("body", None):
            raise ValueError(f"its {name} is {value!r}")
    return row


def _option(row: object) -> tuple[str, bool | str]:
    match row:
        case [str() as name, bool() | str() as value]:
            return name, value
        case _:
            raise ValueError(f"an option should be a name and a value, not {row!r}")
