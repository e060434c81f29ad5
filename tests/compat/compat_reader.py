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
_GUARDED: Final = ("set-cookie", "set-cookie2")


class Unreadable(ValueError):
    """A program that the model cannot run: where, and at what."""


class _Undefined:
    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = _Undefined()


@dataclass
class Held:
    """A response in a script's hands: its body can be read once."""

    response: Response
    used: bool = False

    def take(self) -> Response:
        """As it is handed to a cache: with a note on its body, which is used up from then on."""
        now = self.response
        spent = self.used and now.body is not None
        self.used = self.used or now.body is not None
        return Response(
            now.status,
            now.headers,
            now.body,
            now.status_text,
            now.url,
            now.type,
            now.redirected,
            used=spent,
        )


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


def tell(value: object) -> str:
    """A value in the words of site/runner.js."""
    if value is UNDEFINED:
        return "undefined"
    if value is None or isinstance(value, (bool, int, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(tell(each) for each in value)}]"
    if isinstance(value, Held):
        return _tell_response(value)
    if isinstance(value, Request):
        return json.dumps(value.url.removeprefix(BASE), ensure_ascii=False)
    return type(value).__name__


def _tell_response(held: Held) -> str:
    response = held.response
    if response.type in ("error", "opaque", "opaqueredirect"):
        return response.type
    body = "TypeError" if held.used else json.dumps(_text(held), ensure_ascii=False)
    return body if response.status == 200 else f"{response.status} {body}"


def _text(held: Held) -> str:
    body = held.response.body
    if held.used:
        raise JSError("TypeError", "the body was read before")
    held.used = body is not None
    return body.decode() if isinstance(body, bytes) else ""


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
                value = self._call(value, name) if self._take("(") else _member(value, name)
            elif self._take("["):
                value = _element(value, self.expression())
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
            return _response_made(made, self._several(")"), self._refuse)
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
            return _text(value)
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


def _member(value: Any, name: str) -> Any:
    if isinstance(value, Held) and name in ("status", "ok", "type", "url", "redirected"):
        found = getattr(value.response, name)
        return found.removeprefix(BASE) if name == "url" else found
    if isinstance(value, Held) and name == "statusText":
        return value.response.status_text
    if isinstance(value, Request) and name in ("method", "url"):
        return getattr(value, name)
    if isinstance(value, (Held, Request)) and name == "headers":
        headers = value.response.headers if isinstance(value, Held) else value.headers
        return Headers(headers)
    if isinstance(value, list) and name == "length":
        return len(value)
    if value is UNDEFINED or value is None:
        raise JSError("TypeError", f"{name!r} of nothing")
    raise Unreadable(f"the member {name!r} of {value!r}")


def _element(value: Any, at: Any) -> Any:
    if not isinstance(value, list) or not isinstance(at, int):
        raise Unreadable(f"{value!r}[{at!r}]")
    return value[at] if 0 <= at < len(value) else UNDEFINED


def _pairs(headers: Any) -> Sequence[tuple[str, str]]:
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers or ())
    if any(name.lower() in _GUARDED for name, _ in pairs):
        raise Unreadable(f"{pairs}: the model does not apply the guards of Headers objects")
    return [(name, value) for name, value in pairs]


def _made_request(url: Any, init: Mapping[str, Any] | None = None) -> Request:
    given = init or {}
    if unknown := set(given) - {"method", "headers"}:
        raise Unreadable(f"new Request(…, {unknown})")
    base = url if isinstance(url, Request) else Request(_text_of(url)).against(BASE + "/")
    return Request(base.url, given.get("method", base.method), _pairs(given.get("headers")))


def _made_response(body: Any = UNDEFINED, init: Mapping[str, Any] | None = None) -> Held:
    given = init or {}
    if unknown := set(given) - {"status", "statusText", "headers"}:
        raise Unreadable(f"new Response(…, {unknown})")
    headers = list(_pairs(given.get("headers")))
    content = None if body is UNDEFINED or body is None else _text_of(body).encode()
    if content is not None and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    status = given.get("status", 200)
    return Held(Response(status, headers, content, given.get("statusText", "")))


def _response_made(name: str, arguments: Sequence[Any], refuse: Callable[[], Any]) -> Held:
    if name == "error" and not arguments:
        return Held(Response(type="error"))
    if name == "redirect" and len(arguments) == 2:
        location = Request(arguments[0]).against(BASE + "/").url
        return Held(Response(arguments[1], (("location", location),), None))
    return refuse()


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Unreadable(f"{value!r} in place of a string")


def _fetched(arguments: Sequence[Any]) -> Held:
    if len(arguments) != 1:
        raise Unreadable(f"fetch(…, {arguments[1:]!r})")
    asked = arguments[0]
    request = asked if isinstance(asked, Request) else Request(_text_of(asked))
    request = request.against(BASE + "/")
    if not request.url.startswith("http"):
        raise Unreadable(f"fetch({request.url!r}): the model's network is http alone")
    return Held(network()(request))


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
    "fetch": _fetched,
    "at": lambda arguments: BASE + _text_of(arguments[0]),
}
_MADE: Final[Mapping[str, Callable[..., Any]]] = {
    "Request": _made_request,
    "Response": _made_response,
}
