"""What a condition does to an exchange: small frozen values, each with the exchanges it is for.

An effect only says what is to be done; ``origin/weather.py`` does it.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeVar

StopKind = Literal["refuse", "reset", "hang", "dns", "tls"]
"""How an exchange gets no answer: refused, reset, held in silence, no such name, no handshake."""

Same = TypeVar("Same", bound="Effect")


@dataclass(frozen=True)
class Scope:
    """Some exchanges: those that a pattern matches, or those that none does.

    Attributes:
        patterns: of a path (``/api/*``, at any origin) or of a URL (``http://cdn.localhost:1/*``),
            as in shells: ``*`` is anything, also slashes. Queries are left out of account.
        excluded: whether the exchanges that match are left alone in place of the others.
        implied: whether the effect's own words say so already.
    """

    patterns: tuple[str, ...]
    excluded: bool = False
    implied: bool = False

    def covers(self, base: str, path: str) -> bool:
        """Whether an exchange is one of them; ``base`` is ``http://t1.localhost:80``."""
        path = path.partition("?")[0]
        hit = any(
            fnmatch.fnmatchcase(path if pattern.startswith("/") else base + path, pattern)
            for pattern in self.patterns
        )
        return hit != self.excluded

    def at(self, base: str) -> Scope | bool:
        """As seen by one origin: what is left to ask there; True for all, False for none of it."""
        here = [part for part in (path_at(pattern, base) for pattern in self.patterns) if part]
        if "/*" in here:
            return not self.excluded
        return replace(self, patterns=tuple(here)) if here else self.excluded

    def __str__(self) -> str:
        if self.implied:
            return ""
        method = "except_on" if self.excluded else "on"
        return f".{method}({', '.join(map(repr, self.patterns))})"


def path_at(pattern: str, base: str) -> str:
    """A pattern's path, where it can match at an origin at all; else nothing."""
    if pattern.startswith("/"):
        return pattern
    scheme, _, rest = pattern.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{slash}{path}" if fnmatch.fnmatchcase(base, f"{scheme}://{authority}") else ""


@dataclass(frozen=True)
class Effect:
    """The root of what follows.

    Attributes:
        text: how it is written in a test: ``latency(200)``.
        scopes: it is done to exchanges that all of these cover; without any, to all.
    """

    kind: ClassVar[str] = ""
    """Two of one kind at the same scopes contradict each other."""

    text: str
    scopes: tuple[Scope, ...] = ()

    def covers(self, base: str, path: str) -> bool:
        """Whether it is for an exchange."""
        return all(scope.covers(base, path) for scope in self.scopes)

    def within(self: Same, scope: Scope) -> Same:
        """The same, for fewer exchanges."""
        return replace(self, scopes=(*self.scopes, scope))

    def at(self: Same, base: str) -> Same | None:
        """As seen by one origin; None where it has no part in it."""
        left = [scope.at(base) for scope in self.scopes]
        if False in left:
            return None
        return replace(self, scopes=tuple(each for each in left if isinstance(each, Scope)))

    def __str__(self) -> str:
        return self.text + "".join(map(str, self.scopes))


@dataclass(frozen=True)
class Stop(Effect):
    """No answer, ever.

    Attributes:
        host: whose name is not found, for ``dns``.
    """

    kind: ClassVar[str] = "stop"

    how: StopKind = "reset"
    host: str = ""


@dataclass(frozen=True)
class Delay(Effect):
    """Milliseconds before an answer begins."""

    kind: ClassVar[str] = "latency"

    ms: float = 0


@dataclass(frozen=True)
class Jitter(Effect):
    """From nothing to so many milliseconds more, drawn for each exchange."""

    kind: ClassVar[str] = "jitter"

    ms: float = 0
    seed: int = 0


@dataclass(frozen=True)
class Rate(Effect):
    """Bytes a second, of the answers' bodies and of the requests'."""

    kind: ClassVar[str] = "bandwidth"

    down: float = 0
    up: float = 0


@dataclass(frozen=True)
class Chance(Effect):
    """Some exchanges are reset, drawn for each."""

    kind: ClassVar[str] = "flaky"

    rate: float = 0
    seed: int = 0


@dataclass(frozen=True)
class Flap(Effect):
    """There and away by turns.

    Attributes:
        turns: for each time a URL is asked for, whether it is answered; then from the start again.
        periods: or milliseconds, there and away by turns, from when the condition came into force.
    """

    kind: ClassVar[str] = "flapping"

    turns: tuple[bool, ...] = ()
    periods: tuple[float, ...] = ()


@dataclass(frozen=True)
class Truncate(Effect):
    """The connection is closed after so many bytes of an answer's body."""

    kind: ClassVar[str] = "truncate"

    after: int = 0


@dataclass(frozen=True)
class Instead(Effect):
    """Another answer than the origin's."""

    kind: ClassVar[str] = "answer"

    status: int = 503
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Damage(Effect):
    """One byte in so many of an answer's body is another one."""

    kind: ClassVar[str] = "corrupt"

    every: int = 1000
    seed: int = 0
