"""New versions of workers that an old Chromium leaves half started, and how it is made to go on.

An update check that finds another script keeps its connection and hands it to the new version as
that starts (Chromium 83, ``service_worker_updated_script_loader.cc``). Now and then the end of
the script is lost on the way: the new version has every byte of it and waits for more. Meanwhile
no job of that scope is done, no ``update()``, no ``register()``, no ``unregister()``.

Measured with fifteen scopes updated at once on a busy machine: 6 of about 4,700 new versions of
Chromium 83 got stuck. The last that the protocol told of each was ``Network.dataReceived`` of the
whole script, without ``Network.loadingFinished``; paused for a debugger it was no more. Once it is
stopped the browser starts it again, and the update goes on as if nothing had been.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from playwright.sync_api import Error

PATIENCE_S: Final = 5.0
"""How long a version may take to start once its script is there and nothing else is on its way.
After a start in vain twice as long: on a machine that slow it has to get to its end at last."""


class Talker(Protocol):
    """A session of the browser's protocol, as Playwright's ``CDPSession``."""

    def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Sends a command, and gives its answer."""
        ...

    def on(self, event: str, f: Callable[[dict[str, Any]], None]) -> None:
        """Has something called with each event of a name."""
        ...


@dataclass
class _Starting:
    talker: Talker
    since: float
    patience: float


class StuckWorkers:
    """The new versions that are starting, in the contexts whose pages are watched.

    Args:
        clock: seconds, never going back.

    Attributes:
        loading: whether scripts are on their way. A version that waits for what it imports is not
            stuck, and must not be stopped: where an import is cut short the update has failed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.loading: Callable[[], bool] = lambda: False
        self._clock = clock
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
        talker.send("ServiceWorker.enable")

    def free(self) -> int:
        """Stops what has been starting for too long, so that it starts again; returns how many."""
        now, freed = self._clock(), 0
        late = {key: it for key, it in self._starting.items() if now - it.since > it.patience}
        waits = bool(late) and self.loading()
        for key, found in late.items():
            found.since = now
            freed += not waits and self._stop(key, found)
        return freed

    def _stop(self, key: tuple[object, str], found: _Starting) -> bool:
        try:
            found.talker.send("ServiceWorker.stopWorker", {"versionId": key[1]})
        except Error:  # the page that told has gone; another tells of it too, or none is left
            self._starting.pop(key, None)
            return False
        found.patience *= 2
        return True

    def _note(self, key: tuple[object, str], version: dict[str, Any], talker: Talker) -> None:
        """Each page tells, later or sooner: one that is late must not make it start once more."""
        state = version["runningStatus"]
        if version["status"] != "new" or state == "running":
            self._started.add(key)
            self._starting.pop(key, None)
        elif state == "starting" and "scriptResponseTime" in version and key not in self._started:
            known = self._starting.setdefault(key, _Starting(talker, self._clock(), PATIENCE_S))
            known.talker = talker
