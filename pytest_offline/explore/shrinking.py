"""The smallest program that still fails as one did.

Hypothesis shrinks what it drew itself, one program after the other. A hunt has programs from files
too, and a browser that runs fifty of them in the time of two: so every smaller program that is one
change away is tried in one ``evaluate``, and the boldest that still fails is gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from pytest_offline.explore.program import Asked, Fetched, Made, Program, Step
from pytest_offline.explore.runner import Run

TOGETHER: Final = 32
"""Programs tried in one ``evaluate``."""

Try = Callable[[Sequence[Program]], Run | None]
"""Runs programs, and gives the first that fails as the one that is shrunk."""


def shrink(run: Run, attempt: Try) -> Run:
    """Go on with smaller programs until none that is one change away fails."""
    best = run
    while True:
        size = _size(best.asked)
        found = _first((each for each in smaller(best.asked) if _size(each) < size), attempt)
        if found is None:
            return best
        best = found


def smaller(program: Program) -> Iterator[Program]:
    """Programs that are one change smaller: steps left out, many first; then plainer steps."""
    steps = program.steps
    length = len(steps) // 2
    while length:
        for at in range(len(steps) - length, -1, -length):
            yield Program(steps[:at] + steps[at + length :])
        length //= 2
    for at, step in enumerate(steps):
        for plain in _plainer(step):
            if plain != step:
                yield Program((*steps[:at], plain, *steps[at + 1 :]))
    yield from _renamed(program)


def _first(programs: Iterator[Program], attempt: Try) -> Run | None:
    while tried := list(islice(programs, TOGETHER)):
        found = attempt(tried)
        if found is not None:
            return found
    return None


def _plainer(step: Step) -> Iterator[Step]:
    if step.options:
        yield replace(step, options=())
        for at in range(len(step.options)):
            yield replace(step, options=step.options[:at] + step.options[at + 1 :])
    if step.opening is not None:
        yield replace(step, opening=None)
    for response in _plainer_responses(step.response):
        yield replace(step, response=response)
    if step.method == "addAll":
        for at in range(len(step.requests)):
            yield replace(step, requests=step.requests[:at] + step.requests[at + 1 :])
    for at, asked in enumerate(step.requests):
        for plain in _plainer_requests(asked):
            yield replace(step, requests=(*step.requests[:at], plain, *step.requests[at + 1 :]))


def _plainer_responses(response: Made | Fetched | None) -> Iterator[Made | Fetched]:
    if response is None or response == Made():
        return
    yield Made()
    if isinstance(response, Fetched):
        yield Fetched()
        yield replace(response, spent="fresh")
        yield replace(response, elsewhere=False)
        return
    yield Made(status=response.status, body=None)
    for name in ("headers", "body", "times", "status_text", "spent", "status", "how"):
        yield replace(response, **{name: getattr(Made(), name)})
    for at in range(len(response.headers)):
        yield replace(response, headers=response.headers[:at] + response.headers[at + 1 :])


def _plainer_requests(asked: Asked) -> Iterator[Asked]:
    if asked == Asked("/a"):
        return
    yield Asked("/a")
    yield Asked(asked.url)
    yield replace(asked, url="/a")
    for name in ("headers", "method", "made"):
        yield replace(asked, **{name: getattr(Asked(), name)})
    for at in range(len(asked.headers)):
        yield replace(asked, headers=asked.headers[:at] + asked.headers[at + 1 :])


def _renamed(program: Program) -> Iterator[Program]:
    """Each cache by a plainer name, wherever it is named."""
    names = list(dict.fromkeys(step.cache for step in program.steps if step.cache is not None))
    for name in names:
        for plain in ("one", "two"):
            if name != plain and not (name == "one" and plain == "two"):
                yield Program(tuple(_with_name(step, name, plain) for step in program.steps))


def _with_name(step: Step, name: str, plain: str) -> Step:
    options = tuple(
        (option, plain if (option, value) == ("cacheName", name) else value)
        for option, value in step.options
    )
    return replace(step, cache=plain if step.cache == name else step.cache, options=options)


def _size(program: Program) -> tuple[int, int]:
    """What each change has to make less, so that no two changes undo one another for ever."""
    return len(program), len(str(program.to_json()))
