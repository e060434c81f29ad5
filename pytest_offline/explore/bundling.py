"""A failure as a bundle: the resources, the program, and what the model says it has to come to."""

from __future__ import annotations

from collections.abc import Sequence
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
from pytest_offline.explore.allowed import told
from pytest_offline.explore.causes import Where, operations_of
from pytest_offline.explore.hunting import Failure, kind_of
from pytest_offline.explore.model_steps import as_model_steps
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
    run = failure.run
    outcomes = run.outcomes if run is not None else ()
    may = told(failure.program.closed(), failure.build, outcomes)
    scenario = scenario_of(failure.program, title, made_with, str(failure.seed), may)
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
    program: Program,
    title: str,
    made_with: dict[str, str],
    seed: str = "",
    may: Sequence[object] | None = None,
) -> Scenario:
    """What runs a program, and holds what each call comes to against what the model allows.

    Args:
        may: what the calls may come to besides, by what is known of a build: the bundle is there
            for what is new, and agrees once that is gone.
    """
    closed = program.closed()
    right = [told(closed)]
    right += [list(may)] if may is not None and list(may) not in right else []
    site = tuple(Answer(path, body, status, headers) for path, body, status, headers in answers())
    return Scenario(
        title=title,
        site=Site((Host(site), Host(site, "elsewhere"))),
        steps=(
            Goto(PAGE),
            Evaluate(
                as_function(closed),
                expected=tuple(map(Outcome, right)),
                note=as_model_steps(closed),
            ),
        ),
        seed=seed,
        versions=made_with,
    )
