"""A condition of the network as a step of a scenario."""

from __future__ import annotations

import dataclasses
from base64 import b64encode
from typing import Final

from pytest_offline.bundles.runner.fields import Json
from pytest_offline.bundles.runner.words import Effect, SetNetwork
from pytest_offline.record import Condition
from pytest_offline.record.effects import Effect as Cause

_LEFT_OUT: Final = ("text", "scopes")


def as_step(condition: Condition) -> SetNetwork:
    """The step that puts a condition in force."""
    return SetNetwork(
        reachable=condition.reachable,
        browser_online=condition.browser_online,
        effects=tuple(map(_effect, condition.effects)),
        name=condition.name,
    )


def _effect(cause: Cause) -> Effect:
    settings: dict[str, Json] = {}
    for field in dataclasses.fields(cause):
        value = getattr(cause, field.name)
        if field.name not in _LEFT_OUT:
            settings[field.name] = b64encode(value).decode() if isinstance(value, bytes) else value
    scopes = tuple((scope.excluded, tuple(map(_path, scope.patterns))) for scope in cause.scopes)
    return Effect(cause.kind, settings, scopes)


def _path(pattern: str) -> str:
    """A pattern of URLs, of its path: a bundle's origins are elsewhere."""
    if pattern.startswith("/"):
        return pattern
    _, slash, path = pattern.partition("://")[2].partition("/")
    return f"{slash}{path}" or "/*"
