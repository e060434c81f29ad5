"""A condition of the network as a step of a scenario."""

from __future__ import annotations

import dataclasses
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

from pytest_offline.bundles.runner.fields import Json
from pytest_offline.bundles.runner.words import Effect, SetNetwork
from pytest_offline.record import Condition
from pytest_offline.record.effects import Effect as Cause
from pytest_offline.record.effects import path_at

_LEFT_OUT: Final = ("text", "scopes", "host")


def as_step(condition: Condition, names: Mapping[str, str]) -> SetNetwork:
    """The step that puts a condition in force.

    Args:
        names: what the bundle calls the test's origins, by their URLs without the slash. What is
            about none of them, such as a host of the world outside, is left out.
    """
    effects = [_effect(cause, names) for cause in condition.effects]
    return SetNetwork(
        reachable=condition.reachable,
        browser_online=condition.browser_online,
        effects=tuple(each for each in effects if all(any_of for _, any_of in each.scopes)),
        name=condition.name,
    )


def _effect(cause: Cause, names: Mapping[str, str]) -> Effect:
    settings: dict[str, Json] = {}
    for field in dataclasses.fields(cause):
        value = getattr(cause, field.name)
        if field.name not in _LEFT_OUT:
            settings[field.name] = b64encode(value).decode() if isinstance(value, bytes) else value
    scopes = [
        (scope.excluded, tuple(at for each in scope.patterns for at in _patterns(each, names)))
        for scope in cause.scopes
    ]
    # One that excludes nothing which is here excludes nothing.
    return Effect(cause.kind, settings, tuple(each for each in scopes if each != (True, ())))


def _patterns(pattern: str, names: Mapping[str, str]) -> list[str]:
    """A pattern of URLs, at the origins' names in place of their URLs: ``cdn/fonts/*``."""
    if pattern.startswith("/"):
        return [pattern]
    return [f"{name}{path}" for base, name in names.items() if (path := path_at(pattern, base))]
