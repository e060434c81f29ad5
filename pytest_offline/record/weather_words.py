"""A condition from text, for the command line: a name, or an expression as a test writes it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from pytest_offline.errors import UsageError
from pytest_offline.record.conditions import OFFLINE, ONLINE, Condition
from pytest_offline.record.weather import (
    HANG,
    PRESETS,
    RESET,
    SERVER_DOWN,
    bandwidth,
    captive_portal,
    corrupt,
    dns_failure,
    flaky,
    flapping,
    jitter,
    latency,
    status,
    tls_error,
    truncate,
)

_NAMED: Final[dict[str, Condition]] = {
    "online": ONLINE,
    "offline": OFFLINE,
    "server down": SERVER_DOWN,
    "reset": RESET,
    "hang": HANG,
    "lie fi": HANG,
    "captive portal": captive_portal(),
    "tls error": tls_error(),
    "corrupt": corrupt(),
    **{name.lower(): latency(name) + bandwidth(name) for name in PRESETS},
}
_MADE: Final[dict[str, Callable[..., Condition]]] = {
    made.__name__: made
    for made in (
        bandwidth, captive_portal, corrupt, dns_failure, flaky, flapping, jitter, latency, status,
        tls_error, truncate,
    )
}  # fmt: skip
_METHODS: Final = ("on", "except_on", "with_browser")


def condition_of(text: str) -> Condition:
    """The condition that a text names or writes out.

    Args:
        text: ``slow 3G`` (its latency and its bandwidth), ``lie-fi``, ``server down`` and their
            kin, in any case; or ``latency(200) + flaky(0.1, seed=1).on("/api/*")``, in which a
            name may stand too.

    Raises:
        UsageError: it is neither; the message names the part that is not known.
    """
    named = _NAMED.get(_normal(text))
    if named is not None:
        return named
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        raise _unknown(text, text) from None
    return _Reader(text).read(tree.body)


class _Reader:
    """Reads an expression; nothing in it is run but the functions of this room."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self, node: ast.expr) -> Condition:
        """The condition that a part stands for."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self.read(node.left) + self.read(node.right)
        if isinstance(node, ast.Name) and _normal(node.id) in _NAMED:
            return _NAMED[_normal(node.id)]
        if isinstance(node, ast.Call):
            return self._called(node)
        raise _unknown(self._text, ast.unparse(node))

    def _called(self, call: ast.Call) -> Condition:
        made = self._function(call.func)
        try:
            positional = [self._value(each) for each in call.args]
            named = {each.arg: self._value(each.value) for each in call.keywords if each.arg}
            return made(*positional, **named)
        except TypeError as error:
            raise UsageError(f"{self._text!r}: {ast.unparse(call)} cannot be: {error}") from None

    def _value(self, node: ast.expr) -> Any:
        try:
            return ast.literal_eval(node)
        except ValueError:
            raise UsageError(
                f"{self._text!r}: {ast.unparse(node)} cannot stand between parentheses here; give "
                f"numbers, texts in quotes, or lists of them, such as latency(200)"
            ) from None

    def _function(self, node: ast.expr) -> Callable[..., Condition]:
        if isinstance(node, ast.Name) and node.id in _MADE:
            return _MADE[node.id]
        if isinstance(node, ast.Attribute) and node.attr in _METHODS:
            made: Callable[..., Condition] = getattr(self.read(node.value), node.attr)
            return made
        raise _unknown(self._text, ast.unparse(node))


def _normal(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").replace("_", " ").split())


def _unknown(text: str, part: str) -> UsageError:
    where = "" if part == text else f": {part} is not known in it"
    return UsageError(
        f"{text!r} is no weather{where}; give a name ({', '.join(_NAMED)}) or an expression of "
        f"{', '.join(_MADE)}, such as latency(200) + flaky(0.1, seed=1)"
    )
