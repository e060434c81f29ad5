"""What programs of the table have in hand: requests, responses, and what is told of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from compat_world import BASE, network

from pytest_offline.errors import JSError
from pytest_offline.model import Headers, Request, Response

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
    body = "TypeError" if held.used else json.dumps(text(held), ensure_ascii=False)
    return body if response.status == 200 else f"{response.status} {body}"


def text(held: Held) -> str:
    body = held.response.body
    if held.used:
        raise JSError("TypeError", "the body was read before")
    held.used = body is not None
    return body.decode() if isinstance(body, bytes) else ""


def member(value: Any, name: str) -> Any:
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


def element(value: Any, at: Any) -> Any:
    if not isinstance(value, list) or not isinstance(at, int):
        raise Unreadable(f"{value!r}[{at!r}]")
    return value[at] if 0 <= at < len(value) else UNDEFINED


def pairs(headers: Any) -> Sequence[tuple[str, str]]:
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers or ())
    if any(name.lower() in _GUARDED for name, _ in pairs):
        raise Unreadable(f"{pairs}: the model does not apply the guards of Headers objects")
    return [(name, value) for name, value in pairs]


def made_request(url: Any, init: Mapping[str, Any] | None = None) -> Request:
    given = init or {}
    if unknown := set(given) - {"method", "headers"}:
        raise Unreadable(f"new Request(…, {unknown})")
    base = url if isinstance(url, Request) else Request(text_of(url)).against(BASE + "/")
    return Request(base.url, given.get("method", base.method), pairs(given.get("headers")))


def made_response(body: Any = UNDEFINED, init: Mapping[str, Any] | None = None) -> Held:
    given = init or {}
    if unknown := set(given) - {"status", "statusText", "headers"}:
        raise Unreadable(f"new Response(…, {unknown})")
    headers = list(pairs(given.get("headers")))
    content = None if body is UNDEFINED or body is None else text_of(body).encode()
    if content is not None and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    status = given.get("status", 200)
    return Held(Response(status, headers, content, given.get("statusText", "")))


def response_made(name: str, arguments: Sequence[Any], refuse: Callable[[], Any]) -> Held:
    if name == "error" and not arguments:
        return Held(Response(type="error"))
    if name == "redirect" and len(arguments) == 2:
        location = Request(arguments[0]).against(BASE + "/").url
        return Held(Response(arguments[1], (("location", location),), None))
    return refuse()


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Unreadable(f"{value!r} in place of a string")


def fetched(arguments: Sequence[Any]) -> Held:
    if len(arguments) != 1:
        raise Unreadable(f"fetch(…, {arguments[1:]!r})")
    asked = arguments[0]
    request = asked if isinstance(asked, Request) else Request(text_of(asked))
    request = request.against(BASE + "/")
    if not request.url.startswith("http"):
        raise Unreadable(f"fetch({request.url!r}): the model's network is http alone")
    return Held(network()(request))
