"""Reading JSON that anybody may have written: every value is looked at before it is used.

A message names the file and the field: ``scenario.json: steps[3].url: should be a text, is 7``.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

Json = Any
"""A value as JSON has it."""

Headers = tuple[tuple[str, str], ...]

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of one file of a bundle that are read."""

_MISSING: Final[Any] = object()
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class BundleError(Exception):
    """A bundle that cannot be read or run; the message names the file and the field."""


def parsed(data: bytes, file: str) -> Json:
    """The JSON of a file; BundleError where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(
            f"{file}: is no JSON ({error}); is the file whole, and really from a bundle?"
        ) from None


class Fields:
    """One JSON object, taken apart field by field.

    Args:
        where: the file, and the place in it: ``scenario.json: steps[3]``.
    """

    def __init__(self, data: Json, where: str) -> None:
        self.where = where
        if not isinstance(data, Mapping):
            raise BundleError(f"{where}: should be an object, is {shown(data)}")
        self._data = cast("Mapping[str, Json]", data)
        self._read: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self._data

    def get(self, name: str, default: Json = _MISSING) -> Json:
        """The value as it is; BundleError where it is missing and has to be there."""
        self._read.add(name)
        value = self._data.get(name, default)
        if value is _MISSING:
            raise BundleError(
                f"{self.where}: has no field {name!r} (it has {', '.join(self._data) or 'none'})"
            )
        return value

    def text(self, name: str, default: Json = _MISSING) -> str:
        """A text."""
        return cast("str", self._kind(name, default, str, "a text"))

    def flag(self, name: str, default: Json = _MISSING) -> bool:
        """True or false."""
        return cast("bool", self._kind(name, default, bool, "true or false"))

    def number(self, name: str, default: Json = _MISSING) -> float:
        """A number that is not negative."""
        value = self.get(name, default)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not value >= 0:
            raise self.wrong(name, "a number that is not negative", value)
        return value

    def whole(self, name: str, default: Json = _MISSING) -> int:
        """A whole number that is not negative."""
        value = self.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(name, "a whole number that is not negative", value)
        return value

    def optional_whole(self, name: str) -> int | None:
        """A whole number, or None where the field is missing or null."""
        return None if self.get(name, None) is None else self.whole(name)

    def items(self, name: str, default: Json = _MISSING) -> Sequence[Json]:
        """A list."""
        return cast("Sequence[Json]", self._kind(name, default, (list, tuple), "a list"))

    def texts(self, name: str, default: Json = _MISSING) -> tuple[str, ...]:
        """A list of texts."""
        found = self.items(name, default)
        for index, each in enumerate(found):
            if not isinstance(each, str):
                raise self.wrong(f"{name}[{index}]", "a text", each)
        return tuple(cast("Sequence[str]", found))

    def wholes(self, name: str, default: Json = _MISSING) -> tuple[int, ...]:
        """A list of whole numbers that are not negative."""
        found = self.items(name, default)
        for index, each in enumerate(found):
            if not isinstance(each, int) or isinstance(each, bool) or each < 0:
                raise self.wrong(f"{name}[{index}]", "a whole number that is not negative", each)
        return tuple(cast("Sequence[int]", found))

    def mapping(self, name: str, default: Json = _MISSING) -> dict[str, Json]:
        """An object, as it is."""
        value = self._kind(name, default, Mapping, "an object")
        return dict(cast("Mapping[str, Json]", value))

    def named_texts(self, name: str, default: Json = _MISSING) -> dict[str, str]:
        """An object of texts."""
        found = self.mapping(name, default)
        for key, each in found.items():
            if not isinstance(each, str):
                raise self.wrong(f"{name}.{key}", "a text", each)
        return found

    def headers(self, name: str) -> Headers:
        """Pairs of a name and a value, which could not end a header before its time."""
        pairs: list[tuple[str, str]] = []
        for index, each in enumerate(self.items(name, ())):
            place = f"{name}[{index}]"
            match each:
                case [str() as header, str() as value]:
                    if not _TOKEN.fullmatch(header) or re.search("[\r\n\0]", value):
                        raise self.wrong(place, "a header's name and value", each)
                    pairs.append((header, value))
                case _:
                    raise self.wrong(place, "a pair of two texts", each)
        return tuple(pairs)

    def one_of(self, name: str, choices: Sequence[str], default: Json = _MISSING) -> str:
        """One of some texts."""
        value = self.text(name, default)
        if value not in choices:
            raise self.wrong(name, f"one of {', '.join(map(repr, choices))}", value)
        return value

    def label(self, name: str, default: Json = _MISSING) -> str:
        """A name that can stand before ``.localhost``: lower case letters, digits, hyphens."""
        value = self.text(name, default)
        if not _NAME.fullmatch(value):
            raise self.wrong(name, "a name of lower-case letters, digits and hyphens", value)
        return value

    def binary(self, name: str) -> bytes:
        """Bytes, written as base64."""
        try:
            return b64decode(self.text(name), validate=True)
        except (NoBase64, ValueError):
            raise self.wrong(name, "base64", self.text(name)) from None

    def finish(self) -> None:
        """Raises BundleError where a field was not asked for: a typing error, maybe."""
        unknown = [name for name in self._data if name not in self._read]
        if unknown:
            raise BundleError(
                f"{self.where}: has a field {unknown[0]!r} that is not known here; known are "
                f"{', '.join(sorted(self._read))}"
            )

    def wrong(self, name: str, wanted: str, value: Json) -> BundleError:
        """The error for a field that is not what it should be."""
        return BundleError(f"{self.where}.{name}: should be {wanted}, is {shown(value)}")

    def _kind(self, name: str, default: Json, kind: Any, wanted: str) -> Json:
        value = self.get(name, default)
        if not isinstance(value, kind):
            raise self.wrong(name, wanted, value)
        return value


def shown(value: Json) -> str:
    """A value, in a sentence."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
