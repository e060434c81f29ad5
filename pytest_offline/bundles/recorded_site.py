"""From what an origin answered to a site that answers the same again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pytest_offline.bundles.recorded_steps import Timed
from pytest_offline.bundles.runner.words import Answer, Serve
from pytest_offline.origin import Origin
from pytest_offline.origin.taping import Taped
from pytest_offline.record import Headers

_MADE: Final = (
    "connection", "content-length", "date", "keep-alive", "server", "transfer-encoding",
)  # fmt: skip
"""Headers that whoever serves it makes anew."""

_UNASKED: Final = 500
"""Files of mounted folders that nobody asked for and that go along all the same: another browser
may ask for more."""


def site_of(
    origin: Origin, name: str, steps: Sequence[Timed], put_back: Callable[[float], bool]
) -> tuple[tuple[Answer, ...], list[Timed]]:
    """What an origin serves from the start, and the steps at which it serves something else.

    Args:
        put_back: whether the steps of a time are left out; so are its answers, but for what was
            asked for at no other time.
    """
    assert origin.tape is not None
    taken = [each for each in list(origin.tape.taken) if each.method != "HEAD"]
    kept = {(each.method, each.target) for each in taken if not put_back(each.time)}
    taken = [
        each for each in taken if not put_back(each.time) or (each.method, each.target) not in kept
    ]
    first: list[Answer] = []
    later: dict[float, list[Answer]] = {}
    for key in dict.fromkeys((each.method, each.target) for each in taken):
        runs = _runs([each for each in taken if (each.method, each.target) == key])
        for number, (time, group) in enumerate(_by_step(runs, steps)):
            answers = _laid(group)
            if number == 0:
                first += answers
            else:
                later.setdefault(time, []).extend(answers)
    asked = {each.target.partition("?")[0] for each in taken}
    first += _unasked(origin, asked)
    serves: list[Timed] = [(time, Serve(tuple(found), name)) for time, found in later.items()]
    return tuple(first), serves


def _runs(taken: Sequence[Taped]) -> list[tuple[Taped, int]]:
    """Answers that are the same one after the other, and how many they are."""
    runs: list[tuple[Taped, int]] = []
    for each in taken:
        if runs and _same(runs[-1][0], each):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((each, 1))
    return runs


def _same(one: Taped, other: Taped) -> bool:
    return (one.status, one.body, one.script, one.live, _kept(one.headers)) == (
        other.status,
        other.body,
        other.script,
        other.live,
        _kept(other.headers),
    )


def _by_step(
    runs: Sequence[tuple[Taped, int]], steps: Sequence[Timed]
) -> list[tuple[float, list[tuple[Taped, int]]]]:
    """The runs by the step during which they began: a change comes with the step before it."""
    groups: list[tuple[float, list[tuple[Taped, int]]]] = []
    for run in runs:
        before = [time for time, _ in steps if time <= run[0].time]
        # Just before that step, among whatever is done at the time.
        at = (max(before) if before else 0.0) - 0.001
        if groups and groups[-1][0] == at:
            groups[-1][1].append(run)
        else:
            groups.append((at, [run]))
    return groups


def _laid(runs: Sequence[tuple[Taped, int]]) -> list[Answer]:
    """Answers, as they are laid over one another: the last that comes lies at the bottom."""
    *before, (last, _) = runs
    return [_answer(last), *(_answer(taped, count) for taped, count in reversed(before))]


def _answer(taped: Taped, times: int | None = None) -> Answer:
    script = taped.script
    pieces = tuple(map(len, script.pieces)) if script is not None and script.streamed else ()
    return Answer(
        path=taped.target,
        body=taped.body,
        status=taped.status,
        headers=_kept(taped.headers),
        method=taped.method,
        delay=script.delay if script else 0,
        pause=script.pause if script else 0,
        pieces=pieces,
        cut_after=script.cut_after if script else None,
        times=times,
        live=taped.live,  # pyright: ignore[reportArgumentType]
    )


def _kept(headers: Headers) -> Headers:
    return tuple(pair for pair in headers if pair[0] not in _MADE)


def _unasked(origin: Origin, asked: set[str]) -> list[Answer]:
    found: list[Answer] = []
    for path in origin.mounted_paths(_UNASKED):
        if path not in asked:
            status, headers, body = origin.peek(path)
            if status == 200:
                found.append(Answer(path, body, headers=_kept(headers)))
    return found
