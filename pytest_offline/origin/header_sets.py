"""Header sets for ``mount(headers=…)`` and ``reply(headers=…)``, and the rules that apply them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from multidict import CIMultiDict

from pytest_offline.errors import UsageError

Headers = Mapping[str, str]
HeadersByPath = Mapping[str, "str | Mapping[str, str]"]

CROSS_ORIGIN_ISOLATED: Final[Headers] = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
"""COOP and COEP, which make ``crossOriginIsolated`` true and ``SharedArrayBuffer`` usable."""

# RFC 9110, section 5.6.2 (token) and 5.5 (field values: no control characters but the tab).
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def csp(policy: str = "", /, **directives: str | Iterable[str]) -> Headers:
    """A Content-Security-Policy header: ``csp(default_src="'self'", img_src=["'self'", "data:"])``.

    A whole policy may be handed over as text; directives are put behind it.
    """
    parts = [policy.strip().rstrip(";")] if policy.strip() else []
    for name, sources in directives.items():
        listed = sources if isinstance(sources, str) else " ".join(sources)
        parts.append(f"{name.replace('_', '-')} {listed}".strip())
    if not parts:
        raise UsageError("csp() was given no directive: write csp(default_src=\"'self'\").")
    return {"Content-Security-Policy": "; ".join(parts)}


def service_worker_allowed(scope: str = "/") -> Headers:
    """Lets a worker script in a folder control pages up to ``scope`` (Service Workers, Update)."""
    return {"Service-Worker-Allowed": scope}


def checked_headers(headers: Iterable[tuple[str, str]], where: str) -> CIMultiDict[str]:
    """The headers as they will be sent; UsageError for one that HTTP does not allow."""
    checked: CIMultiDict[str] = CIMultiDict()
    for name, value in headers:
        if not _NAME.fullmatch(name):
            raise UsageError(f"{where}: {name!r} is not a header name (letters, digits, hyphens).")
        if _BAD_VALUE.search(value):
            raise UsageError(
                f"{where}: the value {value!r} of header {name!r} holds a line break or another "
                "control character, which HTTP does not allow: take it out."
            )
        checked.add(name, value)
    return checked


@dataclass(frozen=True)
class HeaderRules:
    """Which headers an answer gets, by path; later rules replace what earlier ones set."""

    rules: tuple[tuple[re.Pattern[str] | None, CIMultiDict[str]], ...] = ()

    @classmethod
    def of(cls, headers: HeadersByPath | None, where: str) -> HeaderRules:
        """Reads ``{"X-A": "1"}``, ``{"/api/*": {"X-A": "1"}}``, or both in one mapping."""
        everywhere: list[tuple[str, str]] = []
        rules: list[tuple[re.Pattern[str] | None, CIMultiDict[str]]] = []
        for key, value in (headers or {}).items():
            if isinstance(value, str):
                everywhere.append((key, value))
            else:
                rules.append((_pattern(key, where), checked_headers(value.items(), where)))
        first = [(None, checked_headers(everywhere, where))] if everywhere else []
        return cls((*first, *rules))

    def apply(self, path: str, headers: CIMultiDict[str]) -> None:
        """Sets what the rules say for the path, over what is there."""
        for pattern, values in self.rules:
            if pattern is None or pattern.match(path):
                headers.update(values)


def _pattern(text: str, where: str) -> re.Pattern[str]:
    if not text.startswith("/"):
        raise UsageError(
            f"{where}: the pattern {text!r} has headers but does not begin with '/': "
            'write the path as asked for, such as "/api/*".'
        )
    return re.compile(fnmatch.translate(text))
