"""The table of a worker's life: complete, reachable, and clear about what cannot be."""

from __future__ import annotations

import itertools

import pytest

from pytest_offline.errors import ModelError
from pytest_offline.model import WorkerEvent, WorkerState, advance
from pytest_offline.model.service_worker import IMPOSSIBLE, WORKER_TRANSITIONS, legal_events

PAIRS = list(itertools.product(WorkerState, WorkerEvent))


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_each_pair_is_listed_or_declared_impossible(state: WorkerState, event: WorkerEvent) -> None:
    listed = event in WORKER_TRANSITIONS[state]
    assert listed is not (state in IMPOSSIBLE[event])
    if listed:
        assert advance(state, event) is WORKER_TRANSITIONS[state][event]
    else:
        with pytest.raises(ModelError) as caught:
            advance(state, event)
        assert (caught.value.state, caught.value.event) == (state.value, event.value)
        assert caught.value.legal == tuple(sorted(each.value for each in legal_events(state)))


def test_every_state_can_be_reached() -> None:
    reached = {WorkerState.PARSED}
    for _ in WorkerState:
        reached |= {after for state in reached for after in WORKER_TRANSITIONS[state].values()}
    assert reached == set(WorkerState)


def test_no_worker_ever_comes_back() -> None:
    order = list(WorkerState)
    assert all(
        order.index(after) > order.index(state)
        for state in WorkerState
        for after in WORKER_TRANSITIONS[state].values()
    )


def test_the_message_names_state_event_and_what_is_legal() -> None:
    with pytest.raises(ModelError) as caught:
        advance(WorkerState.ACTIVATING, WorkerEvent.REPLACED)
    assert str(caught.value) == (
        "'replaced' cannot happen to a worker that is 'activating': Try Activate returns while the "
        "active worker is activating. Legal there: activate done, cleared."
    )
    with pytest.raises(ModelError, match="Legal there: nothing, ever again"):
        advance(WorkerState.REDUNDANT, WorkerEvent.CLEARED)


def test_a_whole_life() -> None:
    state = WorkerState.PARSED
    for event in (
        WorkerEvent.INSTALL_BEGINS,
        WorkerEvent.INSTALL_DONE,
        WorkerEvent.ACTIVATE_BEGINS,
        WorkerEvent.ACTIVATE_DONE,
        WorkerEvent.REPLACED,
    ):
        state = advance(state, event)
    assert state is WorkerState.REDUNDANT
