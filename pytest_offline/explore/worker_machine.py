"""A state machine around a site's service worker: its life, the network, and what it answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, Final, cast

from hypothesis.stateful import precondition, rule
from hypothesis.strategies import runner as this_machine

from pytest_offline.explore.machines import CacheStateMachine, Stage, needed
from pytest_offline.model import CacheStorage, Request, Response
from pytest_offline.model.service_worker import WorkerEvent, WorkerState, advance
from pytest_offline.network import Network
from pytest_offline.record import FetchAnswer
from pytest_offline.service_worker import ServiceWorkers

INSTALLED_AND_ON: Final = (
    WorkerEvent.INSTALL_BEGINS,
    WorkerEvent.INSTALL_DONE,
)
ACTIVATED: Final = (WorkerEvent.ACTIVATE_BEGINS, WorkerEvent.ACTIVATE_DONE)
"""What a worker lives through, as events of `model.service_worker`."""

_RECORD_MS: Final = 500
"""So long the record of an answer is waited for: of a worker without ``fetch`` none ever comes."""


class Registration:
    """What the registration has to be, by the tables of the model.

    Attributes:
        active, waiting: the state of the worker in that place; None where there is none.
        controlled: whether the page's fetches go to the active worker.
        leaving: whether it was unregistered and goes when the page does.
    """

    def __init__(self, *, skips: bool, claims: bool) -> None:
        self.active: WorkerState | None = None
        self.waiting: WorkerState | None = None
        self.controlled = False
        self.leaving = False
        self._skips = skips
        self._claims = claims

    @property
    def known(self) -> bool:
        """Whether ``getRegistration`` finds it."""
        return self.active is not None and not self.leaving

    def install(self) -> None:
        """A new script is installed: Install, then Try Activate."""
        self.waiting = _through(WorkerState.PARSED, INSTALLED_AND_ON)
        # Try Activate, step 3: at once where there is no active worker, where it skips
        # waiting, or where nobody uses the active one.
        if self.active is None or self._skips or not self.controlled:
            self.activate()

    def activate(self) -> None:
        """The waiting worker takes the active one's place: Activate."""
        assert self.waiting is not None  # our callers have looked
        if self.active is not None:
            _through(self.active, (WorkerEvent.REPLACED,))
        self.active, self.waiting = _through(self.waiting, ACTIVATED), None
        self.controlled = self.controlled or self._claims

    def unregister(self) -> None:
        """Unregister, and Try Clear Registration: at once where nobody uses it."""
        self.leaving = True
        if not self.controlled:
            self.clear()

    def load(self) -> None:
        """The page is loaded anew: Handle Fetch finds the registration, if it is known."""
        if self.leaving:
            self.clear()
        self.controlled = self.active is not None

    def clear(self) -> None:
        """Clear Registration: its workers are redundant."""
        for state in (self.active, self.waiting):
            if state is not None:
                _through(state, (WorkerEvent.CLEARED,))
        self.active = self.waiting = None
        self.leaving = False
        self.controlled = False

    def as_seen(self) -> dict[str, object]:
        """As ``service_worker.js`` tells it."""
        return {
            "registered": self.known,
            "active": self.active.value if self.active and self.known else None,
            "waiting": self.waiting.value if self.waiting and self.known else None,
            "installing": None,
            "controlled": self.controlled,
        }


class ServiceWorkerStateMachine(CacheStateMachine):
    """A page's service worker registered, updated, told not to wait, unregistered; the network
    taken away and given back; the page reloaded; URLs asked for.

    After each step the registration has to be what the model's tables say, and what the worker
    answered from a cache has to be what the model of that cache finds for the request. Say about
    the site what the class attributes ask for, and run it as a `CacheStateMachine`, with the
    fixtures ``network`` and ``service_worker`` too.

    Attributes:
        script, scope: of the registration, as paths.
        start: the page, as a path; it may not register the worker by itself.
        urls: what is asked for; they have to be in the scope.
        skips_waiting, claims: whether the worker calls ``skipWaiting()`` when it is installed, and
            ``clients.claim()`` when it is activated.
        skip_message: what it has to be sent to call ``skipWaiting()``; None where it listens to
            nothing.
        stand_ins: paths whose entries may answer for others, such as a fallback page.
    """

    script: ClassVar[str] = "/sw.js"
    scope: ClassVar[str] = "/"
    start: ClassVar[str] = "/"
    urls: ClassVar[Sequence[str]] = ("/",)
    skips_waiting: ClassVar[bool] = False
    claims: ClassVar[bool] = False
    skip_message: ClassVar[Any] = None
    stand_ins: ClassVar[Sequence[str]] = ()

    def __init__(self, stage: Stage) -> None:
        self.network: Network = needed(stage.network, "network", type(self))
        self.service_worker: ServiceWorkers = needed(
            stage.service_worker, "service_worker", type(self)
        )
        self.registration = Registration(skips=self.skips_waiting, claims=self.claims)
        self.offline = False
        self._source = ""
        super().__init__(stage)

    def begin(self) -> None:
        """Online, no worker, no cache, and the page loaded anew."""
        self.network.online()
        self.offline = False
        self.service_worker.unregister()
        self.page.goto(self.origin.url_for(self.start))
        super().begin()
        self._source = self._source or self.origin.peek(self.script)[2].decode()
        self.registration = Registration(skips=self.skips_waiting, claims=self.claims)

    @rule()
    @precondition(lambda self: not self.offline)
    def register(self) -> None:
        """``navigator.serviceWorker.register``."""
        if self.registration.leaving:
            self.registration.leaving = False
        elif not self.registration.known:
            self.registration.install()
        self._act("register")
        self.check_registration()

    @rule()
    @precondition(lambda self: self.registration.known and not self.offline)
    def update(self) -> None:
        """The site was deployed anew: another script, and ``registration.update()``."""
        text = f"{self._source}\n// deployed at {time.time_ns()}\n"
        self.origin.reply(self.script, text, headers={"Content-Type": "text/javascript"})
        self.registration.install()
        self.service_worker.update()
        self._act("state")
        self.check_registration()

    @rule()
    @precondition(lambda self: self.skip_message is not None and self.registration.waiting)
    @precondition(lambda self: self.registration.known)
    def skip_waiting(self) -> None:
        """The page tells the waiting worker not to wait."""
        self._act("skip")
        self.registration.activate()
        self.check_registration()

    @rule()
    @precondition(lambda self: self.registration.known)
    def unregister(self) -> None:
        """``registration.unregister()``."""
        self._act("unregister")
        self.registration.unregister()
        self.check_registration()

    @rule()
    @precondition(lambda self: not self.offline)
    def reload(self) -> None:
        """The page is loaded again, with the network there."""
        self.page.reload()
        self.registration.load()
        self._act("state")
        self.check_registration()

    @rule()
    def go_offline(self) -> None:
        """The network goes away."""
        self.network.offline()
        self.offline = True

    @rule()
    def go_online(self) -> None:
        """The network comes back."""
        self.network.online()
        self.offline = False

    @rule(url=this_machine().flatmap(lambda machine: machine.url_to_ask()))
    def ask(self, url: str) -> None:
        """A script of the page fetches a URL."""
        known = len(self.service_worker.answers)
        answer = self._act("ask", url=url)
        self.check_answer(url, answer, self._answers(url, known))

    @classmethod
    def url_to_ask(cls) -> Any:
        """A strategy for what `ask` asks for."""
        from hypothesis.strategies import sampled_from

        return sampled_from(list(cls.urls))

    def check_answer(
        self, url: str, answer: dict[str, Any], answers: Sequence[FetchAnswer]
    ) -> None:
        """Whether the page may have been given this; override it for what a site promises more.

        Args:
            answer: ``value``, with ``status`` and ``text``, or None, and then ``error``.
            answers: what the worker says about where it came from; empty where it was not asked.

        Raises:
            AssertionError: the worker answered with another entry than the request's own.
        """
        if not answers or answers[0].source != "cache" or answer["value"] is None:
            return
        model = self.caches.model
        found = [_found(model, each) for each in (url, *self.stand_ins)]
        seen = (answer["value"]["status"], len(answer["value"]["text"].encode()))
        allowed = [(each.status, each.size) for each in found if each is not None]
        assert seen in allowed, (
            f"{url} was answered from cache {answers[0].cache!r} with status {seen[0]} and "
            f"{seen[1]} bytes ({answer['value']['text'][:60]!r}); the model finds "
            f"{allowed or 'nothing'} for it there. Does the worker ignore the query, Vary or the "
            "method when it looks the request up?"
        )

    def _answers(self, url: str, known: int) -> Sequence[FetchAnswer]:
        """What the worker says about the fetch: the page may have its answer before the record.

        Args:
            known: how many were recorded before it; of another URL may come late too.
        """
        asked = self.origin.url_for(url)

        def recorded() -> Sequence[FetchAnswer]:
            new = [each for each in self.service_worker.answers[known:] if each.url == asked]
            return new if new and new[0].source != "pending" else []

        end = time.monotonic() + _RECORD_MS / 1000
        found = recorded()
        while not found and self.registration.controlled and time.monotonic() < end:
            self.service_worker.wait_for_news(_RECORD_MS)  # something else may be new
            found = recorded()
        return found

    def _act(self, act: str, **more: object) -> dict[str, Any]:
        command = {
            "act": act,
            "script": self.script,
            "scope": self.scope,
            "message": self.skip_message,
            "until": "activated" if self.registration.waiting is None else "installed",
            **more,
        }
        self._seen = cast("dict[str, Any]", self.page.evaluate(_script(), command))
        assert act == "ask" or self._seen["error"] is None, (
            f"{act} of {self.script} failed: {self._seen['error']}"
        )
        return self._seen

    def check_registration(self) -> None:
        """Whether the registration stands as the model's tables have it.

        Raises:
            AssertionError: it does not.
        """
        seen, expected = self._seen["state"], self.registration.as_seen()
        assert seen == expected, (
            f"the registration of {self.scope} should be {expected}, but is {seen} "
            "(pytest_offline.model.service_worker says which steps there are; say in "
            "skips_waiting and claims what the worker does by itself)"
        )


def _found(model: CacheStorage, url: str) -> Response | None:
    return model.match(Request(url))


def _through(state: WorkerState, events: Sequence[WorkerEvent]) -> WorkerState:
    for event in events:
        state = advance(state, event)
    return state


@cache
def _script() -> str:
    return files(__package__ or "").joinpath("service_worker.js").read_text(encoding="utf-8")
