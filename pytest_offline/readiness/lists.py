"""Where the lists of URLs stand in a worker script, for the tools and the hand-written styles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pytest_offline.readiness.javascript import Script, read_script
from pytest_offline.readiness.literals import (
    Array,
    Literals,
    Name,
    Object,
    Odd,
    Value,
    after_expression,
)
from pytest_offline.readiness.urls import WORKBOX_REVISION

Style = Literal["workbox", "sw-precache", "addAll"]

_PRECACHE_CALLS: Final = frozenset({"precacheAndRoute", "precache", "addToCacheList"})
_ENTRY_KEYS: Final = frozenset({"url", "revision", "integrity"})
_ADDERS: Final = frozenset({"add", "addAll"})
_STORERS: Final = frozenset({"add", "addAll", "put"})
_NOT_METHODS: Final = frozenset({"if", "for", "while", "switch", "catch", "with", "function"})
_EACH: Final = frozenset({"map", "forEach"})


@dataclass(frozen=True)
class Entry:
    """One URL of a list, as written.

    Attributes:
        revision: what tells one version of the file from another; None where the URL does.
    """

    url: str
    revision: str | None
    style: Style


@dataclass(frozen=True)
class ScriptFacts:
    """What one script says of itself.

    Attributes:
        entries: the URLs of its lists, in the order they stand there.
        imports: the arguments of ``importScripts``.
        modules: the specifiers of static imports, and of the loader that workbox-build writes.
        uses_ngsw: whether it reads Angular's ``ngsw.json``.
        revises_keys: whether it is or holds a Workbox that puts revisions into its keys.
        stores_at_runtime: whether it puts into caches outside its install handler.
        hears_fetch: whether it names the ``fetch`` event.
    """

    entries: tuple[Entry, ...]
    imports: tuple[str, ...]
    modules: tuple[str, ...]
    uses_ngsw: bool
    revises_keys: bool
    stores_at_runtime: bool
    hears_fetch: bool


def facts_of(source: str) -> ScriptFacts:
    """What a script says of itself; a script that makes no sense says nothing."""
    script = read_script(source)
    reader = _Reader(script, Literals(script))
    installing = tuple(reader.install_ranges())
    texts = [token.text for token in script.tokens if token.kind == "string"]
    return ScriptFacts(
        entries=tuple(dict.fromkeys((*reader.workbox(), *reader.added(installing)))),
        imports=tuple(reader.arguments("importScripts")),
        modules=(*reader.modules(), *reader.loaded()),
        uses_ngsw=any(text.startswith("ngsw.json") for text in texts),
        revises_keys=WORKBOX_REVISION in texts,
        stores_at_runtime=reader.stores_outside(installing),
        hears_fetch="fetch" in texts or reader.names("onfetch"),
    )


Range = tuple[int, int]
"""The first and last index of a run of tokens."""


@dataclass(frozen=True)
class _Reader:
    script: Script
    literals: Literals

    # Workbox

    def workbox(self) -> Iterator[Entry]:
        """Arrays that look like a manifest wherever they stand, and the arguments of its calls.

        Bundlers rename the calls, so the shape of the elements has to do: ``{url, revision}``.
        """
        for index in range(len(self.script.tokens)):
            if self.script.text(index) == "[" and self.script.text(index + 1) == "{":
                items = self.literals.items(self.literals.read(index)[0])
                if all(_is_manifest_entry(item) for item in items):
                    yield from _entries(items, "workbox")
            elif self.script.text(index) in _PRECACHE_CALLS and self._is_call(index):
                yield from _entries(self._first_argument(index), "workbox")
            elif self.script.text(index) == "precacheConfig":
                yield from self._sw_precache(index)

    def _sw_precache(self, index: int) -> Iterator[Entry]:
        """Pairs of URL and hash, as sw-precache wrote them before there was Workbox."""
        if self.script.text(index + 1) != "=":
            return
        for item in self.literals.items(self.literals.read(index + 2)[0]):
            match item:
                case Array((str(url), str(revision))):
                    yield Entry(url, revision, "sw-precache")
                case _:
                    pass

    # Hand-written lists

    def added(self, installing: Iterable[Range]) -> Iterator[Entry]:
        """What is handed to ``add`` and ``addAll`` within the install handler."""
        for first, last in installing:
            for index in range(first, last + 1):
                if self.script.text(index) in _ADDERS and self._is_call_of_a_cache(index):
                    yield from _entries(self._added_by(index), "addAll")

    def _is_call_of_a_cache(self, index: int) -> bool:
        """No constructor makes a Cache: what ``new`` made, such as a Set, is none."""
        receiver = self.script.text(index - 2)
        return self._is_method_call(index) and not any(
            self.script.text(at) == receiver
            and self.script.text(at + 1) == "="
            and self.script.text(at + 2) == "new"
            for at in range(len(self.script.tokens))
        )

    def _added_by(self, index: int) -> tuple[Value, ...]:
        value, _ = self.literals.read(index + 2)
        if isinstance(value, Name) and self.literals.resolve(value) is Odd.UNKNOWN:
            return self._walked(value)
        return self.literals.items(value)

    def _walked(self, item: Name) -> tuple[Value, ...]:
        """The array whose elements a name goes through: ``LIST.map(url => …)``, ``of LIST)``."""
        for index in range(item.index - 1, -1, -1):
            if self.script.text(index) != item.text:
                continue
            if self.script.text(index + 1) == "of":
                return self.literals.items(self.literals.read(index + 2)[0])
            opened = index - 1
            while self.script.text(opened) in ("(", "async"):
                opened -= 1
            if self.script.text(opened) in _EACH and self.script.text(opened - 1) == ".":
                return self.literals.items(self._before_dot(opened - 1))
        return ()

    def _before_dot(self, dot: int) -> Value:
        """The name or array literal that a method is called on."""
        if self.script.text(dot - 1) == "]":
            return Array(self.literals.list_at(self.script.partner[dot - 1])[0])
        return Name(self.script.text(dot - 1), dot - 1)

    def stores_outside(self, installing: tuple[Range, ...]) -> bool:
        """Whether a cache is written to anywhere but in the install handler."""
        return self.names("caches") and any(
            self.script.text(index) in _STORERS
            and self._is_method_call(index)
            and not any(first <= index <= last for first, last in installing)
            for index in range(len(self.script.tokens))
        )

    # The install handler

    def install_ranges(self) -> Iterator[Range]:
        """The install handlers, and the functions of this script that they name, and so on."""
        functions = dict(self._functions())
        waiting = list(self._handlers())
        seen: set[Range] = set()
        while waiting:
            found = waiting.pop(0)
            if found in seen:
                continue
            seen.add(found)
            yield found
            named = {self.script.text(index) for index in range(found[0], found[1] + 1)}
            waiting.extend(functions[name] for name in sorted(named & functions.keys()))

    def _handlers(self) -> Iterator[Range]:
        for index, token in enumerate(self.script.tokens):
            if token.kind == "string" and token.text == "install":
                if self.script.text(index - 2) == "addEventListener":
                    yield index + 1, self._last(self.script.close(index - 1))
            elif token.text == "oninstall" and self.script.text(index + 1) == "=":
                yield index + 2, self._body_end(index + 2)

    def _functions(self) -> Iterator[tuple[str, Range]]:
        """Functions, methods and arrow functions that have a name, and where their bodies are."""
        for index, token in enumerate(self.script.tokens):
            after = self.script.text(index + 1)
            if token.kind != "name" or token.text in _NOT_METHODS:
                continue
            if after == "(":
                body = self.script.close(index + 1) + 1
                if self.script.text(body) == "{":
                    yield token.text, (body, self._last(self.script.close(body)))
            elif after == "=" and self._is_function(index + 2):
                yield token.text, (index + 2, self._body_end(index + 2))

    def _is_function(self, index: int) -> bool:
        if self.script.text(index) == "async":
            index += 1
        if self.script.text(index) == "(":
            return self.script.text(self.script.close(index) + 1) == "=>"
        return self.script.text(index) == "function" or self.script.text(index + 1) == "=>"

    def _body_end(self, index: int) -> int:
        """The end of a function's block, or of the expression that an arrow leads to."""
        end = self._last(after_expression(self.script, index))
        while index < end:
            if self.script.text(index) == "{":
                return self._last(self.script.close(index))
            index = self.script.close(index) if self.script.text(index) == "(" else index
            index += 1
        return end

    def _last(self, index: int) -> int:
        return min(index, len(self.script.tokens) - 1)

    # Other scripts

    def arguments(self, function: str) -> Iterator[str]:
        """The texts that are handed to a function, wherever it is called."""
        for index in range(len(self.script.tokens)):
            if self.script.text(index) == function and self._is_call(index):
                found, _ = self.literals.list_at(index + 1)
                yield from (text for item in found for text in [self.literals.resolve(item)]
                            if isinstance(text, str))  # fmt: skip

    def modules(self) -> Iterator[str]:
        """The specifiers of ``import … from "x"``, ``import "x"`` and ``export … from "x"``."""
        for index, token in enumerate(self.script.tokens):
            if token.kind == "string" and self.script.text(index - 1) in ("from", "import"):
                yield token.text

    def loaded(self) -> Iterator[str]:
        """``define(["./workbox-1a2b3c4d"], …)``: the loader of workbox-build adds the ``.js``."""
        for index in range(len(self.script.tokens)):
            if self.script.text(index) == "define" and self._is_call(index):
                for item in self._first_argument(index):
                    if isinstance(item, str):
                        yield f"{item}.js"

    # Small questions

    def names(self, name: str) -> bool:
        """Whether a name occurs."""
        return any(token.text == name and token.kind == "name" for token in self.script.tokens)

    def _is_call(self, index: int) -> bool:
        """Whether a name is called there, and not the definition of a function of that name."""
        if self.script.text(index + 1) != "(" or self.script.text(index - 1) == "function":
            return False
        return self.script.text(self.script.close(index + 1) + 1) != "{"

    def _is_method_call(self, index: int) -> bool:
        return self.script.text(index - 1) in (".", "?.") and self.script.text(index + 1) == "("

    def _first_argument(self, index: int) -> tuple[Value, ...]:
        return self.literals.items(self.literals.read(index + 2)[0])


def _is_manifest_entry(item: Value) -> bool:
    return (
        isinstance(item, Object)
        and {"url", "revision"} <= item.members.keys() <= _ENTRY_KEYS
        and isinstance(item.members["url"], str)
        and (isinstance(item.members["revision"], str) or item.members["revision"] is Odd.NULL)
    )


def _entries(items: Iterable[Value], style: Style) -> Iterator[Entry]:
    for item in items:
        match item:
            case str():
                yield Entry(item, None, style)
            case Object({"url": str(url), **rest}):
                revision = rest.get("revision")
                yield Entry(url, revision if isinstance(revision, str) else None, style)
            case _:
                pass
