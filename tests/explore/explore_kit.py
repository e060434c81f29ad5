"""A browser that is the model itself, for tests of what runs and shrinks programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pytest_offline.compare.causes import OPTION_NAMES, response_of
from pytest_offline.errors import JSError
from pytest_offline.explore.causes import Where, answer_to, decode_outcome, headers_of, response_put
from pytest_offline.explore.program import Program, Step
from pytest_offline.explore.runner import Run
from pytest_offline.model import Cache, CacheStorage, Digest, Request, Response

WHERE = Where("http://origin.localhost/explore", "http://elsewhere.localhost/")
NAMES = {"matchAll": "match_all", "addAll": "add_all"}


def shown(value: object) -> Any:
    """A value as run.js tells it."""
    if isinstance(value, Response):
        body = value.body if isinstance(value.body, Digest) else Digest(value.size, None)
        return {
            "status": value.status,
            "statusText": value.status_text,
            "headers": [list(pair) for pair in cast("Any", value.headers).combined()],
            "type": value.type,
            "url": value.url,
            "redirected": value.redirected,
            "size": body.size,
            "sha256": body.sha256,
        }
    if isinstance(value, Request):
        return [value.url, value.method]
    if isinstance(value, list):
        return [shown(each) for each in cast("list[object]", value)]
    return value


@dataclass
class ModelBrowser:
    """Runs programs on the model; with ``blind="ignore_vary"`` as if each asked for that."""

    blind: str = ""
    build: str = "model"
    version: str = "1"
    restarts: int = 0
    deadly: list[Program] = field(default_factory=list[Program])
    ran: int = 0

    def run(self, program: Program) -> Run | None:
        return self.run_all([program])[0]

    def run_all(self, programs: Sequence[Program]) -> list[Run]:
        return self.turn(programs)

    def finish(self) -> list[Run]:
        return []

    def turn(self, batch: Sequence[Program]) -> list[Run]:
        self.ran += len(batch)
        return [self._run(program) for program in batch]

    def _run(self, asked: Program) -> Run:
        program = asked.closed()
        storage = CacheStorage(WHERE.page, fetch=fetch)
        opened: dict[str, list[Cache]] = {}
        rows = [self._row(step, storage, opened) for step in program.steps]
        outcomes = [decode_outcome(*pair) for pair in zip(rows, program.steps, strict=True)]
        return Run(asked, program, tuple(outcomes), WHERE, None)

    def _row(self, step: Step, storage: CacheStorage, opened: dict[str, list[Cache]]) -> Any:
        name = step.cache or ""
        owner = storage if step.target == "caches" else opened[name][step.opening or 0]
        try:
            value = self._call(step, owner)
        except JSError as error:
            return {"error": [error.name, error.message]}
        if step.is_opening:
            opened.setdefault(name, []).append(value)
            value = None
        return {"value": shown(value)}

    def _call(self, step: Step, owner: Cache | CacheStorage) -> Any:
        method = getattr(owner, NAMES.get(step.method, step.method))
        if step.target == "caches" and step.method in ("open", "has", "delete"):
            return method(step.cache or "")
        given: list[Any] = [
            each.url if each.is_text else Request(each.url, each.method, headers_of(each))
            for each in step.requests
        ]
        if step.method == "addAll":
            given = [given]
        if step.response is not None:
            given.append(response_of(response_put(step.response, WHERE)))
        options = {OPTION_NAMES[name]: value for name, value in step.options}
        if self.blind and step.requests and step.method in ("match", "matchAll", "keys", "delete"):
            options[self.blind] = True
        return method(*given, **options)


def fetch(request: Request) -> Response:
    cached = answer_to(request.url, WHERE)
    return response_of(cached) if cached is not None else Response(type="error")
