"""Values that stand literally in a script: strings, arrays, objects, and the names of them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pytest_offline.readiness.javascript import Script

MAX_DEPTH: Final = 40
"""How deep values may nest and names may lead to names. Lists of URLs are flat; junk is not."""

MAX_SPREADS: Final = 1000
"""How many spreads are followed in one script: ``a = [...b, ...b]`` doubles with every name."""


class Odd(Enum):
    """Values that are no text."""

    NULL = "null"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Name:
    """A name used as a value, and the index of the token where it stands."""

    text: str
    index: int


@dataclass(frozen=True)
class Array:
    """An array literal, spreads in their places as Spread."""

    items: tuple[Value, ...]


@dataclass(frozen=True)
class Spread:
    """``...value`` in an array."""

    value: Value


@dataclass(frozen=True)
class Object:
    """An object literal: the members whose key can be read."""

    members: Mapping[str, Value]


Value = str | Odd | Name | Array | Spread | Object

_CONSTRUCTORS: Final = frozenset({"Request", "URL"})
_GLOBALS: Final = frozenset({"self", "globalThis", "window"})
_KEEPING: Final = frozenset({"sort", "reverse", "flat", "toString"})
"""Methods whose result has the same elements, or is the same text."""
_PREFIXES: Final = frozenset({"await", "async"})


class Literals:
    """The values in one script; what a name stands for is worked out once."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._known: dict[int, Value] = {}
        self._depth = 0
        self._spreads_left = MAX_SPREADS

    def read(self, index: int) -> tuple[Value, int]:
        """The value of the expression that begins there, and the index after what was read."""
        if self._depth >= MAX_DEPTH:
            return Odd.UNKNOWN, after_expression(self.script, index)
        with self._deeper():
            return self._expression(index)

    @contextmanager
    def _deeper(self) -> Generator[None]:
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def resolve(self, value: Value) -> Value:
        """What a name stands for, by the nearest assignment in sight; other values unchanged."""
        if not isinstance(value, Name):
            return value
        found = self._assignment(value)
        if found is None or self._depth >= MAX_DEPTH:
            return Odd.UNKNOWN
        if found not in self._known:
            # In force while the assignment is read, for one that leads back to itself:
            # self.__precacheManifest = (self.__precacheManifest || []).concat([…])
            self._known[found] = Odd.UNKNOWN
            with self._deeper():
                self._known[found] = self.resolve(self.read(found)[0])
        return self._known[found]

    def items(self, value: Value) -> tuple[Value, ...]:
        """The elements of an array, or of the name of one, spreads spread; anything else alone."""
        value = self.resolve(value)
        if not isinstance(value, Array):
            return (value,)
        found: list[Value] = []
        for item in value.items:
            if not isinstance(item, Spread):
                found.append(self.resolve(item))
            elif self._spreads_left > 0 and self._depth < MAX_DEPTH:
                self._spreads_left -= 1
                with self._deeper():
                    found.extend(self.items(item.value))
        return tuple(found)

    def _assignment(self, name: Name) -> int | None:
        """Where the value of a name begins: innermost block first, then the latest before it."""
        ranked: list[tuple[int, bool, int]] = []
        for index in self.script.assigned.get(name.text, ()):
            is_member = self.script.text(index - 1) == "."
            if is_member and self.script.text(index - 2) not in _GLOBALS:
                continue
            if is_member or self.script.is_visible(index, name.index):
                is_before = index < name.index
                rank = index if is_before else -index
                ranked.append((self.script.block[index], is_before, rank))
        return abs(max(ranked)[2]) + 2 if ranked else None

    def _expression(self, index: int) -> tuple[Value, int]:
        value, index = self._primary(index)
        while True:
            text = self.script.text(index)
            if text == "+":
                other, index = self.read(index + 1)
                value = self._joined(value, other)
            elif text in ("||", "??"):
                other, index = self.read(index + 1)
                value = other if isinstance(self.resolve(value), Odd) else value
            elif text in (".", "?."):
                value, index = self._member(value, index + 1)
            elif text in ("(", "[", "?", "=>"):
                return Odd.UNKNOWN, after_expression(self.script, index)
            else:
                return value, index

    def _primary(self, index: int) -> tuple[Value, int]:
        if self.script.kind(index) == "string":
            return self.script.tokens[index].text, index + 1
        if self.script.kind(index) == "name":
            return self._named(index)
        match self.script.text(index):
            case "[":
                found = self._array(index)
            case "{":
                found = self._object(index)
            case "(":
                found = self.read(index + 1)[0], self.script.close(index) + 1
            case "...":
                value, after = self.read(index + 1)
                found = Spread(value), after
            case _:
                found = Odd.UNKNOWN, after_expression(self.script, index)
        return found

    def _named(self, index: int) -> tuple[Value, int]:
        text = self.script.text(index)
        if text == "null":
            return Odd.NULL, index + 1
        if text == "new":
            return self._constructed(index + 1)
        if text in _PREFIXES:
            return self.read(index + 1)
        if text in _GLOBALS and self.script.text(index + 1) == ".":
            return Name(self.script.text(index + 2), index + 2), index + 3
        return Name(text, index), index + 1

    def _constructed(self, index: int) -> tuple[Value, int]:
        """``new Request(url, …)`` and ``new URL(url, …)`` stand for their first argument."""
        if self.script.text(index) not in _CONSTRUCTORS or self.script.text(index + 1) != "(":
            return Odd.UNKNOWN, after_expression(self.script, index)
        value, _ = self.read(index + 2)
        return value, self.script.close(index + 1) + 1

    def list_at(self, index: int) -> tuple[tuple[Value, ...], int]:
        """What stands between commas in the brackets that open there, and the index after them."""
        end = self.script.close(index)
        items: list[Value] = []
        index += 1
        while index < end:
            item, index = self.read(index)
            items.append(item)
            index = after_expression(self.script, index) + 1
        return tuple(items), end + 1

    def _array(self, index: int) -> tuple[Value, int]:
        items, after = self.list_at(index)
        return Array(items), after

    def _object(self, index: int) -> tuple[Value, int]:
        end = self.script.close(index)
        members: dict[str, Value] = {}
        index += 1
        while index < end:
            key = self.script.tokens[index].text
            if self.script.text(index + 1) == ":" and self.script.kind(index) in (
                "name",
                "string",
                "number",
            ):
                members[key], index = self.read(index + 2)
            index = after_expression(self.script, index) + 1
        return Object(members), end + 1

    def _member(self, value: Value, index: int) -> tuple[Value, int]:
        """What follows a dot: a method that keeps the elements, a part of a URL, anything else."""
        method, opened = self.script.text(index), index + 1
        if self.script.text(opened) != "(":
            return (value if method in ("href", "pathname") else Odd.UNKNOWN), index + 1
        after = self.script.close(opened) + 1
        if method == "concat":
            others, _ = self.list_at(opened)
            return Array((Spread(value), *map(Spread, others))), after
        if method == "map":
            made = any(self.script.text(at) in _CONSTRUCTORS for at in range(opened, after))
            return (value if made else Odd.UNKNOWN), after
        return (value if method in _KEEPING else Odd.UNKNOWN), after

    def _joined(self, left: Value, right: Value) -> Value:
        left, right = self.resolve(left), self.resolve(right)
        return left + right if isinstance(left, str) and isinstance(right, str) else Odd.UNKNOWN


def after_expression(script: Script, index: int) -> int:
    """The next comma, semicolon or closing bracket at the same depth."""
    while index < len(script.tokens):
        text = script.text(index)
        if text in (",", ";", ")", "]", "}"):
            return index
        index = script.close(index) + 1 if script.text(index) in ("(", "[", "{") else index + 1
    return index
