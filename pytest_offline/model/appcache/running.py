"""A whole update against answers that are known beforehand, for tests and for trying things out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pytest_offline.errors import UsageError
from pytest_offline.model.appcache.exchanges import Action, Await, Fetch, Fetched
from pytest_offline.model.appcache.group import ApplicationCacheGroup

Answers = Mapping[str, Fetched | bytes | int | Sequence[Fetched | bytes | int]]
"""By URL: a `Fetched`, the bytes of a 200, or a status; several are given one after the other, the
last one again and again."""


class Network:
    """Answers by URL; each URL's list is used up but for its last."""

    def __init__(self, answers: Answers) -> None:
        self._answers = {url: deque(_listed(given)) for url, given in answers.items()}

    def answer(self, url: str) -> Fetched:
        """The next answer for a URL.

        Raises:
            UsageError: none was given.
        """
        given = self._answers.get(url)
        if not given:
            known = ", ".join(self._answers) or "nothing"
            raise UsageError(f"no answer was given for {url}; there are answers for {known}")
        found = given.popleft() if len(given) > 1 else given[0]
        if isinstance(found, Fetched):
            return replace(found, url=url)
        if isinstance(found, int):
            return Fetched(url, status=found)
        return Fetched(url, body=found)


def _listed(
    given: Fetched | bytes | int | Sequence[Fetched | bytes | int],
) -> Sequence[Fetched | bytes | int]:
    return [given] if isinstance(given, (Fetched, bytes, int)) else given


def run(group: ApplicationCacheGroup, actions: Sequence[Action], answers: Answers) -> list[Action]:
    """Drive a process to its end: what is awaited first is answered first.

    Args:
        actions: what began it (``group.start(...)``, ``group.update(...)``).

    Returns:
        All actions, those given first. A `Rerun` is among them and is not followed.
    """
    network = Network(answers)
    done = list(actions)
    while group.awaited:
        waited = group.awaited[0]
        answer = network.answer(waited.url)
        done += step(group, waited, answer)
    return done


def step(group: ApplicationCacheGroup, waited: Fetch | Await, answer: Fetched) -> list[Action]:
    """Hand one answer to where it is waited for."""
    if isinstance(waited, Await):
        return group.master_fetched(waited.host, answer)
    return group.fetched(answer)
