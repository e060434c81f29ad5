"""Programs made up at random, run in real browsers, held against the model, and shrunk.

`program` says what one is, `runner` runs it, `strategies` makes them up, `hunting` looks for
one whose outcome the model does not allow. Names are fetched at their first use: Hypothesis is an
extra, and running a program that is there needs none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pytest_offline.explore.machines import CacheStateMachine
    from pytest_offline.explore.model_steps import as_model_steps
    from pytest_offline.explore.program import Asked, Fetched, Made, Program, Step
    from pytest_offline.explore.rendering import as_javascript, as_pytest
    from pytest_offline.explore.resources import serve
    from pytest_offline.explore.runner import Run, Runner
    from pytest_offline.explore.strategies import (
        adds,
        cache_names,
        changes_of_storage,
        deletions,
        fetched_responses,
        made_responses,
        programs,
        puts,
        queries,
        queries_of_storage,
        query_options,
        requests,
        responses,
        steps,
        urls,
    )
    from pytest_offline.explore.worker_machine import ServiceWorkerStateMachine

__all__ = [
    "Asked",
    "CacheStateMachine",
    "Fetched",
    "Made",
    "Program",
    "Run",
    "Runner",
    "ServiceWorkerStateMachine",
    "Step",
    "adds",
    "as_javascript",
    "as_model_steps",
    "as_pytest",
    "cache_names",
    "changes_of_storage",
    "deletions",
    "fetched_responses",
    "made_responses",
    "programs",
    "puts",
    "queries",
    "queries_of_storage",
    "query_options",
    "requests",
    "responses",
    "serve",
    "steps",
    "urls",
]

_HOMES: Final = {
    **dict.fromkeys(("Asked", "Fetched", "Made", "Program", "Step"), "program"),
    **dict.fromkeys(("as_javascript", "as_pytest"), "rendering"),
    "as_model_steps": "model_steps",
    "CacheStateMachine": "machines",
    "ServiceWorkerStateMachine": "worker_machine",
    "serve": "resources",
    **dict.fromkeys(("Run", "Runner"), "runner"),
}


def __getattr__(name: str) -> object:
    """A public name, at its first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'strategies')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
