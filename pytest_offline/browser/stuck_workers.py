"""New versions of workers that an old Chromium leaves half started, and how it is made to go on.

An update check that finds another script keeps its connection and hands it to the new version as
that starts (Chromium 83, ``service_worker_updated_script_loader.cc``). Now and then the end of
the script is lost on the way: the new version has every byte of it and waits for more. Meanwhile
no job of that scope is done, no ``update()``, no ``register()``, no ``unregister()``.

Measured with fifteen scopes updated at once on a busy machine: 6 of about 4,700 new versions of
Chromium 83 got stuck. The last that the protocol told of each was ``Network.dataReceived`` of the
whole script, without ``Network.loadingFinished``; paused for a debugger it was no more. Once it is
stopped the browser starts it again, and the update goes on as if nothing had been.

A test may wait for the update in the page itself, so this waits beside it, on Playwright's loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from playwright.sync_api import Error

PATIENCE_S: Final = 5.0
"""How long a version may take to start once its script is there and nothing else is on its way.
After a start in vain twice as long: on a machine that slow it has to get to its end at last."""

_ENABLE: Final = "ServiceWorker.enable"


class Talker(Protocol):
    """A session of the browser's protocol, as Playwright's ``CDPSession``."""

    def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Sends a command, and gives its answer."""
        ...

    def on(self, event: str, f: Callable[[dict[str, Any]], None]) -> None:
        """Has something called with each event of a name."""
        ...


class Later(Protocol):
    """Has something done after some seconds, while others wait; what it gives calls that off."""

    def __call__(self, seconds: float, work: Callable[[], None], /) -> Callable[[], None]:
        """Calls ``work`` once, unless that is called off before."""
        ...


@dataclass
class _Starting:
    talkers: list[Talker]
    patience: float
    call_off: Callable[[], None]


class StuckWorkers:
    """The new versions that are starting, in the contexts whose pages are watched.

    Args:
        later: how to wait.

    Attributes:
        loading: whether scripts are on their way. A version that waits for what it imports is not
            stuck, and must not be stopped: where an import is cut short the update has failed.
    """

    def __init__(self, later: Later) -> None:
        self.loading: Callable[[], bool] = lambda: False
        self._later = later
        self._starting: dict[tuple[object, str], _Starting] = {}
        self._started: set[tuple[object, str]] = set()

    def watch(self, context: object, talker: Talker) -> None:
        """Notes from now on what becomes of the workers of a page's context.

        Args:
            context: whose workers they are; what its other pages tell is about the same ones.
            talker: the protocol of a page of it.
        """

        def told(event: dict[str, Any]) -> None:
            for version in event["versions"]:
                self._note((context, version["versionId"]), version, talker)

        talker.on("ServiceWorker.workerVersionUpdated", told)
        talker.send(_ENABLE)

    def stop(self) -> None:
        """Looks after none any more."""
        for found in self._starting.values():
            found.call_off()
        self._starting.clear()

    def _note(self, key: tuple[object, str], version: dict[str, Any], talker: Talker) -> None:
        """Each page tells, later or sooner: one that is late must not make it start once more."""
        state = version["runningStatus"]
        if version["status"] != "new" or state == "running":
            self._started.add(key)
            found = self._starting.pop(key, None)
            if found is not None:
                found.call_off()
        elif state == "starting" and "scriptResponseTime" in version and key not in self._started:
            if key not in self._starting:
                self._starting[key] = _Starting([], PATIENCE_S, self._wait(key, PATIENCE_S))
            if talker not in self._starting[key].talkers:
                self._starting[key].talkers.append(talker)

    def _wait(self, key: tuple[object, str], seconds: float) -> Callable[[], None]:
        return self._later(seconds, lambda: self._look(key))

    def _look(self, key: tuple[object, str]) -> None:
        found = self._starting[key]
        while found.talkers:
            talker = found.talkers[-1]
            try:
                self._start_again(key, found, talker)
                break
            except Error:  # its page has gone; others told of it too, or none is left
                found.talkers.remove(talker)
        if self._starting.get(key) is found:
            found.call_off = self._wait(key, found.patience)

    def _start_again(self, key: tuple[object, str], found: _Starting, talker: Talker) -> None:
        """Stops a version that has been starting for too long: it starts again by itself."""
        talker.send(_ENABLE)  # it does no more; but what was told before has come once it is done
        if self._starting.get(key) is found and not self.loading():
            talker.send("ServiceWorker.stopWorker", {"versionId": key[1]})
            found.patience *= 2
