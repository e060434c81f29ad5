"""A failure of a hunt as data and in words: its program in three ways, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_offline.compare import explain
from pytest_offline.explore.hunting import Failure, Tally, kind_of
from pytest_offline.explore.model_steps import as_model_steps
from pytest_offline.explore.program import Program
from pytest_offline.explore.rendering import as_javascript, as_pytest


def failure_to_json(failure: Failure, version: str) -> dict[str, object]:
    """A failure as plain data, its program in all its forms."""
    return {
        "build": failure.build,
        "version": version,
        "seed": failure.seed,
        "round": failure.round,
        "kind": kind_of(failure.run.compare()) if failure.run is not None else "the browser dies",
        "lines": what_is_wrong(failure),
        "program": failure.program.to_json(),
        "drawn": failure.found.to_json(),
        **in_all_forms(failure.program),
    }


def in_all_forms(program: Program) -> dict[str, str]:
    """A program as JavaScript, as a pytest test and as steps of the model."""
    return {
        "javascript": as_javascript(program),
        "pytest": as_pytest(program),
        "model": as_model_steps(program),
    }


def form_lines(forms: Mapping[str, Any]) -> list[str]:
    """What `in_all_forms` gives, for a terminal."""
    return [
        "as JavaScript:",
        str(forms["javascript"]),
        "as a pytest test:",
        str(forms["pytest"]),
        "as steps of the model:",
        str(forms["model"]),
    ]


def what_is_wrong(failure: Failure) -> list[str]:
    """What the model allows and what the browser did."""
    if failure.run is None:
        return [f"{failure.build} died of this program, or did not answer any more, twice"]
    return explain(failure.run.compare())


def failure_lines(told: Mapping[str, Any]) -> list[str]:
    """A failure as `failure_to_json` gives it, for a terminal."""
    where = "the corpus" if told["round"] is None else f"round {told['round']}"
    return [
        f"{told['build']} {told['version']}, seed {told['seed']}, {where}:",
        *told["lines"],
        "",
        *form_lines(told),
    ]


def tally_to_json(tally: Tally, restarts: int) -> dict[str, object]:
    """How far a hunt is, as plain data."""
    return {
        "programs": tally.programs,
        "operations": tally.operations,
        "rounds": tally.rounds,
        "again": tally.again,
        "failures": len(tally.failures),
        "deviations": dict(tally.deviations),
        "restarts": restarts,
    }
