"""A scenario as it may be sent to strangers: no secrets, and origins by their names in a bundle."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from pytest_offline.bundles.masking import Mask
from pytest_offline.bundles.runner.fields import Headers, Json
from pytest_offline.bundles.runner.words import Answer, Scenario, Serve, Site, Step
from pytest_offline.origin.capturing import decoded


class Cleaner:
    """Takes secrets out of a bundle's parts, and the ports of the day.

    Args:
        bases: what an origin was called, and its name in the bundle: ``http://t7.localhost:4321``
            to ``main``.
    """

    def __init__(self, mask: Mask, bases: Mapping[str, str]) -> None:
        self._mask = mask
        self._names: dict[str, str] = {}
        for base, name in bases.items():
            host = base.partition("://")[2]
            self._names[base] = f"http://{name}.localhost:0"
            self._names[host] = f"{name}.localhost:0"
            self._names[host.replace(":", "%3A")] = f"{name}.localhost%3A0"

    def text(self, text: str) -> str:
        """A text."""
        for before, after in self._names.items():
            text = text.replace(before, after)
        return self._mask.text(text)

    def body(self, body: bytes) -> bytes:
        """Bytes."""
        for before, after in self._names.items():
            body = body.replace(before.encode(), after.encode())
        return self._mask.body(body)

    def headers(self, headers: Iterable[tuple[str, str]]) -> Headers:
        """Headers."""
        return tuple((name, self.text(value)) for name, value in self._mask.headers(headers))

    def json(self, value: Json) -> Json:
        """JSON."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return self._mask.json({name: self.json(each) for name, each in value.items()})  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if isinstance(value, (list, tuple)):
            return [self.json(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        return self._mask.json(value)

    def scenario(self, scenario: Scenario) -> Scenario:
        """A scenario; its options that are headers are masked as headers are."""
        context = dict(scenario.context)
        headers = context.get("extra_http_headers")
        if isinstance(headers, Mapping):
            pairs = ((str(name), str(value)) for name, value in headers.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            context["extra_http_headers"] = dict(self.headers(pairs))
        return dataclasses.replace(
            scenario,
            title=self.text(scenario.title),
            text=self.text(scenario.text),
            link=self.text(scenario.link),
            seed=self.text(scenario.seed),
            versions=self.json(dict(scenario.versions)),
            context=self.json(context),
            steps=tuple(map(self.step, scenario.steps)),
            site=Site(
                tuple(
                    dataclasses.replace(host, answers=tuple(map(self.answer, host.answers)))
                    for host in scenario.site.hosts
                )
            ),
        )

    def step(self, step: Step) -> Step:
        """A step, whatever texts it has."""
        if isinstance(step, Serve):
            step = dataclasses.replace(step, answers=tuple(map(self.answer, step.answers)))
        return dataclasses.replace(
            step,
            **{
                field.name: self._value(getattr(step, field.name))
                for field in dataclasses.fields(step)
                if field.name not in ("answers", "page", "context", "host")
            },
        )

    def answer(self, answer: Answer) -> Answer:
        """An answer; what was compressed around a secret is not compressed any more."""
        answer = self._legible(answer)
        body = self.body(answer.body)
        return dataclasses.replace(
            answer,
            path=self.text(answer.path),
            headers=self.headers(answer.headers),
            body=body,
            pieces=self._pieces(answer, body),
            cut_after=self._cut(answer, body),
        )

    def _value(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._value(each) for each in value)  # pyright: ignore[reportUnknownVariableType]
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            changed = {
                field.name: self._value(getattr(value, field.name))
                for field in dataclasses.fields(value)
            }
            return dataclasses.replace(value, **changed)
        return self.json(value)

    def _legible(self, answer: Answer) -> Answer:
        """Looks inside of what a Content-Encoding hides; what is cut is so in proportion."""
        encoding = next((v for k, v in answer.headers if k.lower() == "content-encoding"), "")
        if not encoding:
            return answer
        plain = decoded(answer.body, encoding)
        if plain is None or self.body(plain) == plain:
            return answer
        kept = tuple(pair for pair in answer.headers if pair[0].lower() != "content-encoding")
        cut = answer.cut_after
        if cut is not None:
            cut = min(cut, len(answer.body)) * len(plain) // len(answer.body)
        return dataclasses.replace(answer, body=plain, headers=kept, pieces=(), cut_after=cut)

    def _pieces(self, answer: Answer, body: bytes) -> tuple[int, ...]:
        """The body goes out in as many pieces as before, as near to where they ended as can be."""
        ends, done = [0], 0
        for size in answer.pieces:
            done += size
            ends.append(min(len(self.body(answer.body[:done])), len(body)))
        if answer.pieces:
            ends[-1] = len(body)
        return tuple(max(0, end - start) for start, end in itertools.pairwise(ends))

    def _cut(self, answer: Answer, body: bytes) -> int | None:
        if answer.cut_after is None or body == answer.body:
            return answer.cut_after
        return min(len(self.body(answer.body[: answer.cut_after])), len(body))
