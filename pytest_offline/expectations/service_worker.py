"""``expect(service_worker)``: its state, its readiness, and where its answers came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pytest_offline.expectations.waiting import DEFAULT_TIMEOUT_MS, Expectation, Sight, indented

if TYPE_CHECKING:
    from pytest_offline.service_worker import ServiceWorkers

_MOST_SHOWN = 8


class ServiceWorkerAssertions:
    """What can be expected of ``service_worker``. Every method has a ``not_`` twin."""

    def __init__(
        self,
        workers: ServiceWorkers,
        *,
        timeout: float = DEFAULT_TIMEOUT_MS,
        title: str | None = None,
    ) -> None:
        self._workers = workers
        self._timeout = timeout
        self._title = title

    def to_be_ready(
        self, *, expect: Iterable[str] | None = None, timeout: float | None = None
    ) -> None:
        """The site can be taken offline; see ``service_worker.wait_until_ready()``."""
        __tracebackhide__ = True
        self._ready(expect, timeout, negated=False)

    def not_to_be_ready(
        self, *, expect: Iterable[str] | None = None, timeout: float | None = None
    ) -> None:
        """The opposite of `to_be_ready`."""
        __tracebackhide__ = True
        self._ready(expect, timeout, negated=True)

    def to_have_state(self, state: str | None, *, timeout: float | None = None) -> None:
        """``installing``, ``installed``, ``activating``, ``activated``; None: no registration."""
        __tracebackhide__ = True
        self._state(state, timeout, negated=False)

    def not_to_have_state(self, state: str | None, *, timeout: float | None = None) -> None:
        """The opposite of `to_have_state`."""
        __tracebackhide__ = True
        self._state(state, timeout, negated=True)

    def to_have_answered(
        self, url: str, *, source: str | None = None, timeout: float | None = None
    ) -> None:
        """A ``fetch`` event for a URL that was answered.

        Args:
            source: ``cache``, ``network``, ``made``, ``failed`` or ``passed``.
            timeout: milliseconds.
        """
        __tracebackhide__ = True
        self._answered(url, source, timeout, negated=False)

    def not_to_have_answered(
        self, url: str, *, source: str | None = None, timeout: float | None = None
    ) -> None:
        """The opposite of `to_have_answered`."""
        __tracebackhide__ = True
        self._answered(url, source, timeout, negated=True)

    def _ready(self, expect: Iterable[str] | None, timeout: float | None, negated: bool) -> None:
        __tracebackhide__ = True
        wanted = None if expect is None else tuple(expect)

        def look() -> Sight:
            verdict, text = self._workers.explained(expect=wanted)
            return Sight(verdict.ready, f"  {text}")

        self._wait("to be ready", look, timeout, negated)

    def _state(self, state: str | None, timeout: float | None, negated: bool) -> None:
        __tracebackhide__ = True

        def look() -> Sight:
            now = self._workers.state
            return Sight(now == state, f"  its state is {now!r}")

        self._wait(f"to have state {state!r}", look, timeout, negated)

    def _answered(self, url: str, source: str | None, timeout: float | None, negated: bool) -> None:
        __tracebackhide__ = True
        absolute = url if "://" in url else self._workers.origin.url_for(url)

        def look() -> Sight:
            answers = self._workers.answers
            near = [answer for answer in answers if answer.url == absolute] or list(answers)
            lines = [str(answer) for answer in near[-_MOST_SHOWN:]]
            holds = any(
                answer.url == absolute and source in (None, answer.source) for answer in answers
            )
            return Sight(holds, indented(lines, "it was asked nothing"))

        via = f" from source {source!r}" if source else ""
        self._wait(f"to have answered {absolute}{via}", look, timeout, negated)

    def _wait(
        self, wanted: str, look: Callable[[], Sight], timeout: float | None, negated: bool
    ) -> None:
        __tracebackhide__ = True
        Expectation(
            self._workers,
            wanted,
            look,
            self._workers.wait_for_news,
            self._timeout if timeout is None else timeout,
            negated,
            self._title,
        ).wait()
