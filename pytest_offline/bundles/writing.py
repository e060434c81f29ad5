"""From a scenario and what its witnesses saw to one folder."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final, cast

from pytest_offline.bundles.cleaning import Cleaner
from pytest_offline.bundles.masking import Mask
from pytest_offline.bundles.runner.fields import Json
from pytest_offline.bundles.runner.json_form import FILE, scenario_as_data
from pytest_offline.bundles.runner.words import Answer, Scenario, Serve
from pytest_offline.errors import UsageError
from pytest_offline.record import Exchange, Moment

REQUESTS: Final = "requests.json"
TIMELINE: Final = "timeline.json"

_OURS: Final = (FILE, REQUESTS, TIMELINE, "run.py", "index.html", "runner", "site")
"""What a bundle is made of, and all that is removed of an older one in its place."""

_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST: Final = 100


def write_bundle(
    folder: str | os.PathLike[str],
    scenario: Scenario,
    *,
    exchanges: Iterable[Exchange] = (),
    timeline: Iterable[Moment] = (),
    bases: Mapping[str, str] | None = None,
    mask: Iterable[str] = (),
    whole: bool = True,
) -> Path:
    """Writes one folder that shows a scenario to whoever gets it; returns it.

    In it are ``scenario.json`` and the bodies it serves (``site/``), the requests with what was
    done to them, the timeline, and what runs it: ``run.py`` (needs Playwright and aiohttp, not this
    package) and ``index.html`` for a look by hand.

    Args:
        folder: is made; a bundle that is there already is replaced.
        exchanges: what the origins saw.
        timeline: what every witness saw.
        bases: what the origins were called, and their names in the scenario:
            ``{"http://t7.localhost:4321": "main"}``; replaced wherever they stand.
        whole: whether everything that runs it goes along; where not, ``run.py`` needs this
            package (for bundles that are kept beside tests).
        mask: secrets; those in Authorization, Cookie and Set-Cookie headers are masked anyhow.

    Raises:
        UsageError: the folder has something else in it, or cannot be written.
    """
    target = Path(folder)
    seen, moments = list(exchanges), list(timeline)
    cleaner = Cleaner(_mask_of(scenario, seen, mask), bases or {})
    cleaned = cleaner.scenario(scenario)
    try:
        _make_room(target)
        bodies = _Bodies(target)
        data = scenario_as_data(cleaned, bodies.keep)
        _write(target / FILE, data)
        _ship(target, "run.py")
        if not whole:
            return target
        start = min((each.time for each in (*seen, *moments)), default=0.0)
        requests = [_exchange_as_data(each, start, cleaner) for each in seen]
        lines = [_moment_as_data(each, start, cleaner) for each in moments]
        _write(target / REQUESTS, requests)
        _write(target / TIMELINE, lines)
        main = cleaned.site.hosts[0].name
        shown = {"scenario": data, "requests": requests, "timeline": lines, "main": main}
        _ship(target, "index.html", shown)
        _ship_runner(target)
    except OSError as error:
        raise UsageError(
            f"the bundle {target} cannot be written: {error.strerror or error} "
            f"({error.filename}); name another folder"
        ) from None
    return target


def _mask_of(scenario: Scenario, exchanges: list[Exchange], values: Iterable[str]) -> Mask:
    mask = Mask(values)
    for exchange in exchanges:
        mask.learn(exchange.headers)
        mask.learn(exchange.response_headers)
    for answer in _answers(scenario):
        mask.learn(answer.headers)
    given = cast("Mapping[str, Json]", scenario.context.get("extra_http_headers") or {})
    mask.learn((name, str(value)) for name, value in given.items())
    return mask


def _answers(scenario: Scenario) -> Iterable[Answer]:
    for host in scenario.site.hosts:
        yield from host.answers
    for step in scenario.steps:
        if isinstance(step, Serve):
            yield from step.answers


def _make_room(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file; a bundle is a folder: name another")
    if target.is_dir() and any(target.iterdir()) and not (target / FILE).is_file():
        raise UsageError(
            f"{target} is a folder with something else in it, and is left alone; name one that is "
            f"new or empty, or an older bundle"
        )
    for name in _OURS:
        place = target / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    target.mkdir(parents=True, exist_ok=True)


class _Bodies:
    """Keeps bodies as files, by names that are like their paths."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, bytes] = {}

    def keep(self, host: str, answer: Answer) -> str:
        """The name of the file; the same for the same bytes at the same path."""
        plain = PurePosixPath(_file_name(answer.path))
        number = 1
        while True:
            last = plain.name if number == 1 else f"{plain.stem}-{number}{plain.suffix}"
            name = f"site/{host}/{plain.with_name(last)}"
            if self._kept.get(name.lower(), answer.body) == answer.body:
                break
            number += 1
        self._kept[name.lower()] = answer.body
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(answer.body)
        return name


def _file_name(path: str) -> str:
    """Never a folder's name too: what is below a path stands below ``path.d``."""
    parts = [_PLAIN.sub("-", part).strip(".-")[-_LONGEST:] or "x" for part in path.split("/")[1:-1]]
    last = _PLAIN.sub("-", path.rsplit("/", 1)[-1]).strip(".-")[-_LONGEST:]
    return "/".join((*(f"{part}.d" for part in parts), last or "index.html"))


def _write(path: Path, data: Json) -> None:
    text = json.dumps(data, indent=1, ensure_ascii=False, default=list)
    path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def _exchange_as_data(seen: Exchange, start: float, cleaner: Cleaner) -> Json:
    return {
        "ms": round(seen.time - start, 3),
        "method": seen.method,
        "url": cleaner.text(seen.url),
        "by": seen.initiator,
        "headers": [list(pair) for pair in cleaner.headers(seen.headers)],
        "body": cleaner.body(seen.body).decode("utf-8", "backslashreplace"),
        "condition": cleaner.text(str(seen.condition)),
        "weather": [cleaner.text(note) for note in seen.weather],
        "outcome": "in flight" if seen.in_flight else seen.outcome,
        "stopped_by": seen.stopped_by,
        "status": seen.status,
        "response_headers": [list(pair) for pair in cleaner.headers(seen.response_headers)],
        "bytes_sent": seen.bytes_sent,
        "error": cleaner.text(seen.error) if seen.error else None,
    }


def _moment_as_data(moment: Moment, start: float, cleaner: Cleaner) -> Json:
    return {
        "ms": round(moment.time - start, 3),
        "lane": moment.lane,
        "text": cleaner.text(moment.text),
    }


def _ship(target: Path, name: str, shown: Json = None) -> None:
    package = importlib.resources.files("pytest_offline.bundles")
    text = package.joinpath(f"shipped/{name}").read_text(encoding="utf-8")
    if shown is not None:
        # Inside of a script element nothing but its end tag has a meaning of its own.
        text = text.replace("{BUNDLE}", json.dumps(shown, default=list).replace("<", "\\u003c"))
    (target / name).write_text(text, encoding="utf-8")


def _ship_runner(target: Path) -> None:
    package = importlib.resources.files("pytest_offline.bundles")
    (target / "runner").mkdir()
    for file in package.joinpath("runner").iterdir():
        if file.name.endswith(".py"):
            (target / "runner" / file.name).write_bytes(file.read_bytes())
