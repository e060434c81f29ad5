"""The cases of the compatibility table on the model alone."""

from __future__ import annotations

import pytest
from compat_cases import Case, cases
from compat_reader import Unreadable, outcomes

CASES = cases()


@pytest.mark.parametrize(
    "case", [pytest.param(each, id=each.id) for each in CASES if each.stated is None]
)
def test_the_model_runs_what_nobody_states(case: Case) -> None:
    assert len(outcomes(case)) == len(case.told)


def test_what_the_model_can_say_is_not_stated_by_hand() -> None:
    stated = [each for each in CASES if each.stated is not None]
    assert [each.id for each in stated if readable(each)] == []


def readable(case: Case) -> bool:
    try:
        outcomes(case)
    except Unreadable:
        return False
    return True
