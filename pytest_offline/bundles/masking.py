"""Secrets, taken out of everything that a bundle is made of.

The headers that carry them are masked whole. What they carried (a token, a cookie's value) and the
values that a user names are masked wherever else they stand: in bodies, scripts, URLs, names of
files and the timeline, as they are and as a URL, JSON, HTML or base64 would have them.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast
from urllib.parse import quote, quote_plus

from pytest_offline.bundles.runner.fields import Headers, Json
from pytest_offline.errors import UsageError

MASKED: Final = "masked"

_WHOLE: Final = ("authorization", "proxy-authorization", "cookie", "set-cookie")
_SHORTEST: Final = 6
"""Characters of a header's value from which on it is looked for elsewhere: ``1`` is everywhere."""
_SHORTEST_NAMED: Final = 3


class Mask:
    """What is a secret, and how it looks from elsewhere.

    Args:
        values: named by the user.

    Raises:
        UsageError: a value is so short that it would take half of the bundle with it.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._found: dict[str, None] = {}
        for value in values:
            if len(value) < _SHORTEST_NAMED:
                raise UsageError(
                    f"{value!r} cannot be masked: so short a text stands everywhere in a bundle, "
                    f"and all of it would be gone; name {_SHORTEST_NAMED} characters or more"
                )
            self._add(value)

    def learn(self, headers: Iterable[tuple[str, str]]) -> None:
        """The secrets that these headers carry are looked for elsewhere too."""
        for name, value in headers:
            if name.lower() in _WHOLE:
                for secret in _carried(name.lower(), value):
                    if len(secret) >= _SHORTEST:
                        self._add(secret)

    def headers(self, headers: Iterable[tuple[str, str]]) -> Headers:
        """Headers without their secrets; a cookie keeps its name, and how long and where it is."""
        return tuple(
            (name, _without(name.lower(), value) if name.lower() in _WHOLE else self.text(value))
            for name, value in headers
        )

    def text(self, text: str) -> str:
        """A text without secrets."""
        for secret in self._ordered():
            text = text.replace(secret, MASKED)
        return text

    def body(self, body: bytes) -> bytes:
        """Bytes without secrets."""
        for secret in self._ordered():
            body = body.replace(secret.encode(), MASKED.encode())
        return body

    def json(self, value: Json) -> Json:
        """JSON without secrets, names of fields too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            pairs = cast("Mapping[str, Json]", value).items()
            return {self.text(name): self.json(each) for name, each in pairs}
        if isinstance(value, Sequence):
            return [self.json(each) for each in cast("Sequence[Json]", value)]
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return MASKED if number and str(value) in self._found else value

    def _add(self, value: str) -> None:
        self._found.update(dict.fromkeys(_looks(value)))

    def _ordered(self) -> list[str]:
        """The longest first: one may be a part of another."""
        return sorted(self._found, key=len, reverse=True)


def _carried(name: str, value: str) -> list[str]:
    if name == "cookie":
        return [part.partition("=")[2].strip() for part in value.split(";")]
    if name == "set-cookie":
        return [value.partition(";")[0].partition("=")[2].strip()]
    scheme, _, credentials = value.strip().partition(" ")
    found = [credentials.strip() or scheme]
    if scheme.lower() == "basic":
        try:
            plain = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return found
        found += [plain, plain.partition(":")[2]]
    return found


def _without(name: str, value: str) -> str:
    if name != "set-cookie":
        return MASKED
    pair, semicolon, attributes = value.partition(";")
    return f"{pair.partition('=')[0]}={MASKED}{semicolon}{attributes}"


def _looks(value: str) -> set[str]:
    """A secret as it is, and as others write it."""
    return {
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        html.escape(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        base64.b64encode(value.encode()).decode(),
        base64.b64encode(value.encode()).decode().rstrip("="),
    }
