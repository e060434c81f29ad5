"""What the network does to exchanges: small frozen values that add up.

A condition has two switches, for they are two facts: whether the origin answers (`reachable`), and
what the browser believes (`browser_online`, which is ``navigator.onLine``). A server that is down
is not reachable while the browser believes itself online; hotels and trains are full of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from pytest_offline.errors import UsageError
from pytest_offline.record.effects import Effect, Scope, Stop


class HasUrl(Protocol):
    """An origin, as far as a condition has to know it."""

    @property
    def url(self) -> str:
        """Where it is, with the slash."""
        ...


@dataclass(frozen=True)
class Condition:
    """One state of the network. Made by the constants and functions of ``pytest_offline``.

    They add up, and each can be narrowed to some paths or to one origin of several::

        latency(200) + bandwidth("slow 3G") + flaky(0.1, seed=1)
        status(503).on("/api/*") + HANG.on(cdn)
        latency(400).except_on("/health")

    Where two effects of a kind are for the same exchange (``latency(50) +
    latency(900).on("/api/*")``) the last one counts.

    Two are equal that do the same, whatever they are called.

    Attributes:
        name: how it is called on the timeline and in an exchange.
        reachable: whether the origin answers at all. Where it does not, it still reads what
            arrives, to note it as ``blocked``, and sends not one byte.
        browser_online: what ``navigator.onLine`` says. The two are separate switches: a server
            that is down is not reachable while the browser believes itself online.
        effects: what is done to exchanges.
    """

    name: str = field(compare=False)
    reachable: bool = True
    browser_online: bool = True
    effects: tuple[Effect, ...] = ()

    def __str__(self) -> str:
        return self.name

    def __add__(self, other: Condition) -> Condition:
        """Both at once.

        Raises UsageError where they contradict each other, so that one could not be seen.
        """
        if not isinstance(other, Condition):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(
                f"{self} + {other!r}: only conditions can be added to a condition; make one, such "
                f"as latency(200) (milliseconds) or bandwidth(50_000) (bytes a second)"
            )
        _check_together(self, other)
        effects = (*self.effects, *other.effects)
        online = self.browser_online and other.browser_online
        return Condition(_name_of(effects, online), browser_online=online, effects=effects)

    def on(self, *where: str | HasUrl) -> Condition:
        """The same for some exchanges only.

        Args:
            where: patterns of paths (``"/api/*"``; ``*`` is anything, also slashes; queries are
                left out of account) or of URLs (``cdn.url_for("/fonts/*")``), or origins. One of
                them has to match.

        Raises:
            UsageError: for what is neither, and for conditions that are not about exchanges:
                a browser is offline as a whole.
        """
        return self._within("on", where, excluded=False)

    def except_on(self, *where: str | HasUrl) -> Condition:
        """The same for all exchanges but some; arguments and errors are those of `on`."""
        return self._within("except_on", where, excluded=True)

    def with_browser(self, *, online: bool) -> Condition:
        """The same exchanges, with another view of the browser: what ``navigator.onLine`` says.

        ``SERVER_DOWN.with_browser(online=False)`` is what ``OFFLINE`` is. With
        ``ONLINE.with_browser(online=False)`` the browser's own switch is thrown alone, and leaks.
        """
        if online == self.browser_online:
            return self
        named = bool(self.effects) or self.reachable
        name = _name_of(self.effects, online) if named else f"{self.name}.with_browser({online=})"
        return replace(self, name=name, browser_online=online)

    def at(self, url: str) -> Condition:
        """As one origin sees it: what is for other origins is left out.

        Args:
            url: the origin's, with or without the slash.
        """
        seen = [effect.at(url.rstrip("/")) for effect in self.effects]
        effects = tuple(effect for effect in seen if effect is not None)
        if effects == self.effects:
            return self
        name = _name_of(effects, self.browser_online)
        return Condition(name, not _stops_all(effects), self.browser_online, effects)

    @property
    def is_clear(self) -> bool:
        """Whether it does nothing: the network as it should be."""
        return self.reachable and self.browser_online and not self.effects

    @property
    def is_away(self) -> bool:
        """Whether the network is gone: nothing is answered, or the browser believes it is."""
        return not (self.reachable and self.browser_online)

    def _within(self, method: str, where: tuple[str | HasUrl, ...], *, excluded: bool) -> Condition:
        scope = Scope(tuple(_pattern(each, f"{self}.{method}") for each in where), excluded)
        if not where:
            raise UsageError(
                f'{self}.{method}() was given nothing: name paths ("/api/*"), URLs or origins'
            )
        if not self.browser_online:
            raise UsageError(
                f"{self}{scope}: a browser is offline as a whole, not for some of its requests; "
                f"use SERVER_DOWN{scope}, which leaves navigator.onLine true"
            )
        if not self.effects:
            raise UsageError(
                f"{self}{scope}: {self} does nothing to exchanges that could be kept to some of "
                f"them; narrow what does, such as latency(200){scope}"
            )
        effects = tuple(effect.within(scope) for effect in self.effects)
        return Condition(_name_of(effects, browser_online=True), effects=effects)


ONLINE: Final = Condition("online")
"""The network as it should be."""

OFFLINE: Final = Condition("offline", reachable=False, browser_online=False)
"""No network, and the browser knows it: ``navigator.onLine`` is false."""


def _stops_all(effects: tuple[Effect, ...]) -> bool:
    return any(isinstance(effect, Stop) and not effect.scopes for effect in effects)


def _name_of(effects: tuple[Effect, ...], browser_online: bool) -> str:
    """As a test would write it, so that it can be read again."""
    words = " + ".join(map(str, effects)) or ONLINE.name
    if browser_online:
        return words
    return f"{f'({words})' if len(effects) > 1 else words}.with_browser(online=False)"


def _pattern(where: str | HasUrl, call: str) -> str:
    if isinstance(where, str):
        if re.search(r"\?\w+=", where):
            raise UsageError(
                f"{call}({where!r}) would be for no request: queries are left out of account; "
                f"write {where.partition('?')[0]!r}"
            )
        if where.startswith("/") or "://" in where:
            return where
    else:
        url = getattr(where, "url", None)
        if isinstance(url, str):
            return f"{url}*"
    raise UsageError(
        f"{call}({where!r}): that is neither a path nor a URL nor an origin; a path begins with a "
        f'slash, such as "/api/*"'
    )


def _check_together(one: Condition, other: Condition) -> None:
    both = f"{one} + {other}"
    for down, rest in ((one, other), (other, one)):
        if not down.reachable and not rest.effects:
            raise UsageError(
                f"{both} contradict each other: nothing is answered while one of them is in force; "
                f"leave one of them out"
            )
        if not down.reachable:
            raise UsageError(
                f"{both} contradict each other: while {down} is in force nothing is answered, so "
                f"{rest} could do nothing; leave one of them out, or keep "
                f"{down.effects[0].text if down.effects else 'SERVER_DOWN'} to some paths with "
                f'.on("/api/*")'
            )
        if not down.browser_online and rest.is_clear:
            raise UsageError(
                f"{both} contradict each other: the browser is either online or not; "
                f"leave one of them out"
            )
    for first in one.effects:
        for second in other.effects:
            _check_pair(first, second, both)


def _check_pair(first: Effect, second: Effect, both: str) -> None:
    if first.scopes != second.scopes:
        return
    if first.kind == second.kind:
        raise UsageError(
            f"{both} contradict each other: {first} and {second} are two answers to one question "
            f"({first.kind}) for the same exchanges; leave one of them out, or keep one to some "
            f'paths with .on("/api/*")'
        )
    for stop, rest in ((first, second), (second, first)):
        if isinstance(stop, Stop):
            raise UsageError(
                f"{both} contradict each other: what {stop} is for is never answered, so {rest} "
                f"could do nothing there; leave one of them out, or give them different paths"
            )
