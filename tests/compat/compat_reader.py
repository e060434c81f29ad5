"""Programs of the table run on the model: JavaScript's expressions, as far as they are values.

Literals, ``new Request(…)``, ``new Response(…)``, calls and members of what the model has, and
`await`, which means nothing here. Anything else is `Unreadable`, and such a program states what it
comes to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from compat_cases import Case
from compat_values import (
    UNDEFINED,
    Held,
    Unreadable,
    element,
    fetched,
    made_request,
    made_response,
    member,
    response_made,
    tell,
    text,
    text_of,
)
from compat_world import BASE, network

from pytest_offline.errors import JSError
from pytest_offline.model import Cache, CacheStorage, Headers, Request, Response
from pytest_offline.model.request_matching import SPECIFICATION, Rules

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<string>\"(?:[^\"\\]|\\.)*\")|(?P<number>-?\d+)|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<mark>[()\[\]{}.,:]))"
)
_WORDS: Final = {"true": True, "false": False, "null": None}
_OPTIONS: Final = {
    "ignoreSearch": "ignore_search",
    "ignoreMethod": "ignore_method",
    "ignoreVary": "ignore_vary",
    "cacheName": "cache_name",
}


@dataclass
class World:
    """What a program finds: `caches`, the origin's answers, the names it gave."""

    rules: Rules = SPECIFICATION
    names: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self.caches = CacheStorage(BASE + "/", network(), rules=self.rules)

    def value(self, text: str) -> Any:
        """What an expression comes to.

        Raises:
            JSError: what it throws, or its promise is rejected with.
            Unreadable: it is more than this can read.
        """
        reader = _Reader(text, self)
        value = reader.expression()
        reader.end()
        return value


def outcomes(case: Case, rules: Rules = SPECIFICATION) -> list[str]:
    """What a case's statements come to on the model.

    Raises:
        Unreadable: the model cannot run it.
    """
    if case.on != "secure":
        raise Unreadable(f"{case.id}: the model knows no insecure context")
    world = World(rules)
    if any(re.search(r"\bcache\b", each.text) for each in case.program):
        world.names["cache"] = world.caches.open("v1")
    found: list[str] = []
    for each in case.program:
        try:
            value = world.value(each.text)
        except JSError as error:
            found.append(error.name)
            continue
        if each.name:
            world.names[each.name] = value
        else:
            found.append(tell(value))
    return found


class _Reader:
    """Recursive descent over one expression, which is worked out as it is read."""

    def __init__(self, text: str, world: World) -> None:
        self._text = text
        self._at = 0
        self._world = world

    def expression(self) -> Any:
        value = self._primary()
        while True:
            if self._take("."):
                name = self._name()
                value = self._call(value, name) if self._take("(") else member(value, name)
            elif self._take("["):
                value = element(value, self.expression())
                self._need("]")
            else:
                return value

    def end(self) -> None:
        if self._text[self._at :].strip():
            self._refuse()

    def _primary(self) -> Any:
        kind, token = self._next()
        if kind == "string":
            return json.loads(token)
        if kind == "number":
            return int(token)
        if token == "[":
            return self._several("]")
        if token == "{":
            return self._object()
        if token == "(":
            value = self.expression()
            self._need(")")
            return value
        return self._named(token) if kind == "name" else self._refuse()

    def _named(self, name: str) -> Any:
        if name == "await":
            return self.expression()
        if name == "new":
            return self._new(self._name())
        if name in _WORDS:
            return _WORDS[name]
        if name == "undefined":
            return UNDEFINED
        if name in ("fetch", "at"):
            self._need("(")
            return _GLOBAL[name](self._several(")"))
        if name == "Response":
            self._need(".")
            made = self._name()
            self._need("(")
            return response_made(made, self._several(")"), self._refuse)
        if name == "caches":
            return self._world.caches
        if name in self._world.names:
            return self._world.names[name]
        return self._refuse()

    def _new(self, name: str) -> Any:
        self._need("(")
        arguments = self._several(")")
        if name not in _MADE:
            self._refuse()
        return _MADE[name](*arguments)

    def _call(self, value: Any, name: str) -> Any:
        arguments = self._several(")")
        if isinstance(value, (Cache, CacheStorage)):
            return _cache_call(value, name, arguments, self._refuse)
        if isinstance(value, Held) and name == "text":
            return text(value)
        if isinstance(value, Held) and name == "clone":
            return Held(value.response)
        if isinstance(value, Headers) and name in ("get", "has"):
            found = value.get(str(arguments[0]))
            return found is not None if name == "has" else found
        return self._refuse()

    def _several(self, end: str) -> list[Any]:
        found: list[Any] = []
        while not self._take(end):
            found.append(self.expression())
            if not self._take(","):
                self._need(end)
                break
        return found

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self._take("}"):
            kind, token = self._next()
            key = json.loads(token) if kind == "string" else token
            self._need(":")
            found[key] = self.expression()
            if not self._take(","):
                self._need("}")
                break
        return found

    def _next(self) -> tuple[str, str]:
        found = _TOKEN.match(self._text, self._at)
        if found is None or found.lastgroup is None:
            return self._refuse()
        self._at = found.end()
        return found.lastgroup, found[found.lastgroup]

    def _take(self, mark: str) -> bool:
        found = _TOKEN.match(self._text, self._at)
        if found is not None and found["mark"] == mark:
            self._at = found.end()
            return True
        return False

    def _need(self, mark: str) -> None:
        if not self._take(mark):
            self._refuse()

    def _name(self) -> str:
        kind, token = self._next()
        return token if kind == "name" else self._refuse()

    def _refuse(self) -> Any:
        raise Unreadable(f"{self._text!r}, from {self._text[self._at : self._at + 30]!r} on")


def _cache_call(
    target: Cache | CacheStorage, name: str, arguments: list[Any], refuse: Callable[[], Any]
) -> Any:
    for each in arguments:
        if each is UNDEFINED or each is None or isinstance(each, (bool, int)):
            refuse()  # what Web IDL makes of it is not the model's
    options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
    if set(options) - set(_OPTIONS):
        refuse()
    if isinstance(target, Cache):
        options.pop("cacheName", None)  # CacheQueryOptions has no such member
    given = {_OPTIONS[each]: options[each] for each in options}
    if not all(isinstance(each, (bool, str)) for each in given.values()):
        refuse()
    calls = _OF_CACHE if isinstance(target, Cache) else _OF_STORAGE
    if name not in calls:
        refuse()
    method, counts, answer = calls[name]
    if len(arguments) not in counts or not _fits(name, arguments):
        refuse()
    taken = [each.take() if isinstance(each, Held) else each for each in arguments]
    return answer(getattr(target, method)(*taken, **given))


def _fits(name: str, arguments: Sequence[Any]) -> bool:
    """Whether the last argument is of the kind that Web IDL wants."""
    last = arguments[-1] if arguments else ""
    if name == "addAll":
        return isinstance(last, list) and all(isinstance(each, (str, Request)) for each in last)
    return isinstance(last, Held if name == "put" else (str, Request))


def _nothing(value: object) -> Any:
    return UNDEFINED


def _one(value: Response | None) -> Any:
    return UNDEFINED if value is None else Held(value)


def _all(value: Sequence[Response]) -> list[Any]:
    return [Held(each) for each in value]


_Call = tuple[str, tuple[int, ...], Callable[[Any], Any]]

_OF_CACHE: Final[Mapping[str, _Call]] = {
    "match": ("match", (1,), _one),
    "matchAll": ("match_all", (0, 1), _all),
    "add": ("add", (1,), _nothing),
    "addAll": ("add_all", (1,), _nothing),
    "put": ("put", (2,), _nothing),
    "delete": ("delete", (1,), bool),
    "keys": ("keys", (0, 1), list),
}
_OF_STORAGE: Final[Mapping[str, _Call]] = {
    "match": ("match", (1,), _one),
    "has": ("has", (1,), bool),
    "open": ("open", (1,), lambda value: value),
    "delete": ("delete", (1,), bool),
    "keys": ("keys", (0,), list),
}
_GLOBAL: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "fetch": fetched,
    "at": lambda arguments: BASE + text_of(arguments[0]),
}
_MADE: Final[Mapping[str, Callable[..., Any]]] = {
    "Request": made_request,
    "Response": made_response,
}
