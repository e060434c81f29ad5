"""``expect(service_worker)``: its state, who waits, whom it controls, and what it answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from pytest_offline.errors import UsageError
from pytest_offline.expectations.waiting import DEFAULT_TIMEOUT_MS, Expectation, Sight, indented
from pytest_offline.record import LifecycleEvent, Registration

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

    from pytest_offline.service_worker import ServiceWorkers

_MOST_SHOWN = 8

PlaceName = Literal["installing", "waiting", "active"]


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

    def to_be_waiting(self, *, version: str | None = None, timeout: float | None = None) -> None:
        """A new worker is installed and waits: an open tab is still controlled by the old one.

        Args:
            version: of the worker, as `Origin.deploy` names it: the folder's name.
            timeout: milliseconds.
        """
        __tracebackhide__ = True
        self._placed("waiting", version, timeout, negated=False)

    def not_to_be_waiting(
        self, *, version: str | None = None, timeout: float | None = None
    ) -> None:
        """The opposite of `to_be_waiting`."""
        __tracebackhide__ = True
        self._placed("waiting", version, timeout, negated=True)

    def to_be_installing(self, *, version: str | None = None, timeout: float | None = None) -> None:
        """A worker's ``install`` event goes on; arguments as for `to_be_waiting`."""
        __tracebackhide__ = True
        self._placed("installing", version, timeout, negated=False)

    def not_to_be_installing(
        self, *, version: str | None = None, timeout: float | None = None
    ) -> None:
        """The opposite of `to_be_installing`."""
        __tracebackhide__ = True
        self._placed("installing", version, timeout, negated=True)

    def to_be_active(self, *, version: str | None = None, timeout: float | None = None) -> None:
        """A worker is activated, whether or not it controls a page; as for `to_be_waiting`."""
        __tracebackhide__ = True
        self._placed("active", version, timeout, negated=False)

    def not_to_be_active(self, *, version: str | None = None, timeout: float | None = None) -> None:
        """The opposite of `to_be_active`."""
        __tracebackhide__ = True
        self._placed("active", version, timeout, negated=True)

    def to_control(
        self, page: Page | Frame, *, version: str | None = None, timeout: float | None = None
    ) -> None:
        """A worker of the origin controls a page: what the page asks for goes to that worker.

        Args:
            page: an open page of the origin, or a frame.
            version: of the worker, as `Origin.deploy` names it: the folder's name.
            timeout: milliseconds.

        Raises:
            UsageError: the page is closed.
        """
        __tracebackhide__ = True
        self._controls(page, version, timeout, negated=False)

    def not_to_control(
        self, page: Page | Frame, *, version: str | None = None, timeout: float | None = None
    ) -> None:
        """The opposite of `to_control`."""
        __tracebackhide__ = True
        self._controls(page, version, timeout, negated=True)

    def _placed(
        self, place: PlaceName, version: str | None, timeout: float | None, negated: bool
    ) -> None:
        __tracebackhide__ = True

        def look() -> Sight:
            with self._workers.at_once():
                found = self._workers.registrations()
                near = sorted(found, key=lambda each: getattr(each, place) is None)
                lines = [str(each) for each in near] or ["nothing is registered"]
                lines += [str(tab) for tab in self._workers.tabs()]
                return Sight(
                    any(_is_in(each, place, version) for each in found),
                    indented([*lines[:_MOST_SHOWN], *self._lately()], ""),
                )

        self._wait(f"to be {place}{_of(version)}", look, timeout, negated)

    def _controls(
        self, page: Page | Frame, version: str | None, timeout: float | None, negated: bool
    ) -> None:
        __tracebackhide__ = True
        frame: Frame = getattr(page, "main_frame", page)  # pyright: ignore[reportAssignmentType]

        def look() -> Sight:
            if frame.is_detached() or frame.page.is_closed():
                raise UsageError(
                    f"expect({self._workers!r}).to_control({frame.url}): that page is closed, and "
                    f"nobody controls what is gone; ask before it is closed"
                )
            tabs = sorted(self._workers.tabs(), key=lambda tab: tab.frame != frame)
            mine = tabs[0] if tabs and tabs[0].frame == frame else None
            holds = mine is not None and mine.controller is not None
            gone = [] if mine else [f"{frame.url}: not a page of this origin now"]
            lines = [str(tab) for tab in tabs]
            return Sight(
                holds and mine is not None and version in (None, mine.version),
                indented([*gone, *lines[:_MOST_SHOWN], *self._lately()], ""),
            )

        self._wait(f"to control {frame.url}{_of(version)}", look, timeout, negated)

    def _lately(self) -> list[str]:
        """The last steps in the lives of workers: why nobody waits, who failed to install."""
        steps = [
            f"{event.name} {event.detail}".rstrip()
            for event in self._workers.events
            if isinstance(event, LifecycleEvent) and event.name not in ("started", "fetch-handler")
        ]
        return [f"lately: {', '.join(steps[-_MOST_SHOWN:])}"] if steps else []

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
        said = Expectation(
            self._workers,
            wanted,
            look,
            self._workers.wait_for_news,
            self._timeout if timeout is None else timeout,
            negated,
            self._title,
        )
        with self._workers.noted(str(said)):
            said.wait()


def _is_in(found: Registration, place: PlaceName, version: str | None) -> bool:
    state = getattr(found, place)
    if state is None or (place == "active" and state != "activated"):
        return False
    return version is None or version == getattr(found.versions, place)


def _of(version: str | None) -> str:
    return "" if version is None else f" in version {version!r}"
