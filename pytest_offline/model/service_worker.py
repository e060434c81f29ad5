"""The life of a service worker, as a table.

Rule 1: only this file changes a worker's state.
Rule 2: a pair that the table does not have cannot happen. Whoever meets one has found a browser
that does what the specification does not know, or a record of ours that is wrong.

Three machines are at work, and only the first is here:

- the **worker**: one script, from parsed to redundant. It never goes back, and it is never used
  again once it is redundant.
- the **registration**: three places (installing, waiting, active) that workers move through. It
  decides *who* is REPLACED; the worker only learns that it was.
- **client control**: which worker a page's fetches go to. A worker may be activated and control
  nobody: the page that registered it was loaded without it, and stays so until it navigates or
  the worker calls ``clients.claim()``.

Sources: Service Workers, "Install", "Activate", "Try Activate", "Update Worker State", "Clear
Registration" (https://w3c.github.io/ServiceWorker/#algorithms).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from pytest_offline.errors import ModelError


class WorkerState(Enum):
    """``ServiceWorker.state``, by the names a script sees."""

    PARSED = "parsed"
    INSTALLING = "installing"
    INSTALLED = "installed"
    ACTIVATING = "activating"
    ACTIVATED = "activated"
    REDUNDANT = "redundant"


class WorkerEvent(Enum):
    """What can happen to a worker."""

    INSTALL_BEGINS = "install begins"
    INSTALL_DONE = "install done"
    INSTALL_FAILED = "install failed"
    ACTIVATE_BEGINS = "activate begins"
    ACTIVATE_DONE = "activate done"
    REPLACED = "replaced"
    CLEARED = "cleared"


_S = WorkerState
_E = WorkerEvent
Row = Mapping[WorkerEvent, WorkerState]

WORKER_TRANSITIONS: Final[Mapping[WorkerState, Row]] = MappingProxyType(
    {
        # https://w3c.github.io/ServiceWorker/#installation-algorithm
        # "Install", steps 4 and 5: a new worker becomes the registration's installing worker.
        _S.PARSED: {_E.INSTALL_BEGINS: _S.INSTALLING},
        # https://w3c.github.io/ServiceWorker/#installation-algorithm
        # "Install", steps 11 and 12: a rejected waitUntil fails it. Step 19: installed.
        _S.INSTALLING: {
            _E.INSTALL_DONE: _S.INSTALLED,
            _E.INSTALL_FAILED: _S.REDUNDANT,
            _E.CLEARED: _S.REDUNDANT,
        },
        # https://w3c.github.io/ServiceWorker/#installation-algorithm
        # "Install", step 16: a newer waiting worker makes this one redundant.
        _S.INSTALLED: {
            _E.ACTIVATE_BEGINS: _S.ACTIVATING,
            _E.REPLACED: _S.REDUNDANT,
            _E.CLEARED: _S.REDUNDANT,
        },
        # https://w3c.github.io/ServiceWorker/#activation-algorithm
        # "Activate": a script error, or a rejected waitUntil, does not stop activation.
        # "Try Activate", step 2: nobody replaces an activating worker.
        _S.ACTIVATING: {_E.ACTIVATE_DONE: _S.ACTIVATED, _E.CLEARED: _S.REDUNDANT},
        # https://w3c.github.io/ServiceWorker/#clear-registration-algorithm
        # "Activate", step 2: the next worker's activation makes the old active worker redundant.
        # "Clear Registration": so does unregister, once no client uses it any more.
        _S.ACTIVATED: {_E.REPLACED: _S.REDUNDANT, _E.CLEARED: _S.REDUNDANT},
        _S.REDUNDANT: {},
    }
)

IMPOSSIBLE: Final[Mapping[WorkerEvent, Mapping[WorkerState, str]]] = MappingProxyType(
    {
        _E.INSTALL_BEGINS: dict.fromkeys(
            (_S.INSTALLING, _S.INSTALLED, _S.ACTIVATING, _S.ACTIVATED, _S.REDUNDANT),
            "a worker is installed once; an update makes a new worker",
        ),
        _E.INSTALL_DONE: {
            _S.PARSED: "installing has not begun",
            **dict.fromkeys((_S.INSTALLED, _S.ACTIVATING, _S.ACTIVATED), "it is installed already"),
            _S.REDUNDANT: "a redundant worker never comes back",
        },
        _E.INSTALL_FAILED: {
            _S.PARSED: "installing has not begun",
            **dict.fromkeys((_S.INSTALLED, _S.ACTIVATING, _S.ACTIVATED), "its install succeeded"),
            _S.REDUNDANT: "a redundant worker never comes back",
        },
        _E.ACTIVATE_BEGINS: {
            **dict.fromkeys((_S.PARSED, _S.INSTALLING), "it is not installed yet"),
            **dict.fromkeys((_S.ACTIVATING, _S.ACTIVATED), "a worker is activated once"),
            _S.REDUNDANT: "a redundant worker never comes back",
        },
        _E.ACTIVATE_DONE: {
            **dict.fromkeys((_S.PARSED, _S.INSTALLING, _S.INSTALLED), "activating has not begun"),
            _S.ACTIVATED: "it is activated already",
            _S.REDUNDANT: "a redundant worker never comes back",
        },
        _E.REPLACED: {
            **dict.fromkeys(
                (_S.PARSED, _S.INSTALLING),
                "the jobs of a registration run one after the other, so no newer worker exists",
            ),
            _S.ACTIVATING: "Try Activate returns while the active worker is activating",
            _S.REDUNDANT: "it is redundant already",
        },
        _E.CLEARED: {
            _S.PARSED: "no registration has it yet",
            _S.REDUNDANT: "no registration has it any more",
        },
    }
)


def legal_events(state: WorkerState) -> tuple[WorkerEvent, ...]:
    """What can happen in a state, in the order of the table."""
    return tuple(WORKER_TRANSITIONS[state])


def advance(state: WorkerState, event: WorkerEvent) -> WorkerState:
    """The state after an event.

    Raises:
        ModelError: the table does not have the pair; the message says why it cannot be.
    """
    following = WORKER_TRANSITIONS[state].get(event)
    if following is not None:
        return following
    legal = [each.value for each in legal_events(state)]
    raise ModelError(
        f"{event.value!r} cannot happen to a worker that is {state.value!r}: "
        f"{IMPOSSIBLE[event][state]}. Legal there: {', '.join(legal) or 'nothing, ever again'}.",
        state=state.value,
        event=event.value,
        legal=sorted(legal),
    )
