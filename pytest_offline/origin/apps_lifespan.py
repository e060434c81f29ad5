"""The lifespan of an ASGI application: started and stopped by one call that runs all the while.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class LifespanFailed(Exception):
    """The application said that it failed, and may have raised besides: then that is the cause."""


class Lifespan:
    """Of one application, on its loop.

    Attributes:
        state: what the application keeps for its requests; each gets a copy.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._events: asyncio.Queue[str] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._stopped = asyncio.Event()
        self._said: str | None = None
        self._raised: BaseException | None = None
        self._supported = False

    async def start(self) -> None:
        """Runs the start-up events.

        An application that raises and says nothing does not know lifespan: the specification
        bids servers go on then.

        Raises:
            LifespanFailed: it said that it failed.
        """
        self._events.put_nowait("lifespan.startup")
        self._task = asyncio.create_task(self._run())
        await self._started.wait()
        self._check()

    async def stop(self) -> None:
        """Runs the shut-down events.

        Raises:
            LifespanFailed: it said that it failed, or raised.
        """
        if self._task is None or not self._supported or self._task.done():
            return
        self._events.put_nowait("lifespan.shutdown")
        await self._stopped.wait()
        self._check()
        if self._raised is not None:
            raise LifespanFailed("it raised while shutting down") from self._raised

    def _check(self) -> None:
        if self._said is not None:
            raise LifespanFailed(self._said) from self._raised

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._receive, self._send)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._raised = error
        finally:
            self._started.set()
            self._stopped.set()

    async def _receive(self) -> dict[str, Any]:
        return {"type": await self._events.get()}

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self._supported = True
            self._started.set()
        elif kind == "lifespan.shutdown.complete":
            self._stopped.set()
        elif kind in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
            # What it raises next is the reason: its end sets the events.
            self._said = str(message.get("message", "")) or f"it sent {kind}"
            self._supported = False
        else:
            raise RuntimeError(f"unexpected ASGI message {kind!r} in a lifespan")
