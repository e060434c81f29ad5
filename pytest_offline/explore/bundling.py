"""A failure as a bundle: the resources, the program, and what the model says it has to come to."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

from pytest_offline.bundles import (
    MAIN,
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
from pytest_offline.explore.causes import Where, operations_of
from pytest_offline.explore.hunting import Failure, kind_of
from pytest_offline.explore.model_steps import as_model_steps, told
from pytest_offline.explore.program import Program
from pytest_offline.explore.rendering import as_function
from pytest_offline.explore.resources import PAGE, answers
from pytest_offline.explore.runner import Run
from pytest_offline.record import Moment, moments_of


def keep_bundle(folder: Path, failure: Failure, version: str) -> Path:
    """Write a failure's bundle below a folder; returns its own.

    Raises:
        UsageError: there is something else in its place, or it cannot be written.
    """
    kind = "the browser dies" if failure.run is None else kind_of(failure.run.compare())
    title = f"{kind}, in {failure.build} {version}, seed {failure.seed}"
    made_with = versions(failure.build, version)
    scenario = scenario_of(failure.program, title, made_with, seed=str(failure.seed))
    run = failure.run
    return write_bundle(
        folder / failure.program.id,
        scenario,
        timeline=_moments(run) if run is not None else (),
        bases=_bases(run.where) if run is not None else {},
    )


def _moments(run: Run) -> list[Moment]:
    """The calls and what came of each: their times are their places in the program."""
    return moments_of(operations_of(run.program, run.outcomes, run.where), (), (), ())


def _bases(where: Where) -> dict[str, str]:
    return {urljoin(where.page, "/")[:-1]: MAIN, urljoin(where.elsewhere, "/")[:-1]: "elsewhere"}


def scenario_of(
    program: Program, title: str, made_with: dict[str, str], seed: str = ""
) -> Scenario:
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
        seed=seed,
        versions=made_with,
    )
