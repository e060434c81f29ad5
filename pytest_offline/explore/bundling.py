"""A failure as a bundle: the resources, the program, and what the model says it has to come to."""

from __future__ import annotations

from pathlib import Path

from pytest_offline.bundles import (
    Answer,
    Evaluate,
    Goto,
    Host,
    Outcome,
    Scenario,
    Site,
    versions,
    write_bundle,
)
from pytest_offline.explore.hunting import Failure, kind_of
from pytest_offline.explore.model_steps import as_model_steps, told
from pytest_offline.explore.program import Program
from pytest_offline.explore.rendering import as_function
from pytest_offline.explore.resources import PAGE, answers


def keep_bundle(folder: Path, failure: Failure, version: str) -> Path:
    """Write a failure's bundle below a folder; returns its own.

    Raises:
        UsageError: there is something else in its place, or it cannot be written.
    """
    kind = "the browser dies" if failure.run is None else kind_of(failure.run.compare())
    title = f"{kind}, in {failure.build} {version}, seed {failure.seed}"
    scenario = scenario_of(failure.program, title, versions(failure.build, version))
    return write_bundle(folder / failure.program.id, scenario)


def scenario_of(program: Program, title: str, made_with: dict[str, str]) -> Scenario:
    """What runs a program, and holds what each call comes to against what the model allows."""
    closed = program.closed()
    site = tuple(Answer(path, body, status, headers) for path, body, status, headers in answers())
    return Scenario(
        title=title,
        site=Site((Host(site), Host(site, "elsewhere"))),
        steps=(
            Goto(PAGE),
            Evaluate(
                as_function(closed),
                expected=(Outcome(told(closed)),),
                note=as_model_steps(closed),
            ),
        ),
        versions=made_with,
    )
