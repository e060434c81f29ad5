"""An event loop in a daemon thread of its own, and how other threads have things done there."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from typing import Final, TypeVar

from pytest_offline.errors import UsageError

Result = TypeVar("Result")

_PATIENCE_S: Final = 30.0


class LoopThread:
    """Runs a loop until ``stop``. The thread is a daemon: an interpreter that ends never waits."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._beside: LoopThread | None = None
        self._lock = threading.Lock()

    @property
    def beside(self) -> LoopThread:
        """A second thread and loop, as long-lived as this; started where it is first asked for."""
        with self._lock:
            if self._beside is None:
                self._beside = LoopThread(f"{self._thread.name}-beside")
                self._beside.start()
            return self._beside

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Starts the thread; what is handed over before it runs waits for it."""
        self._thread.start()

    def call(self, function: Callable[[], Result]) -> Result:
        """Runs a function on the loop; returns once all that it scheduled there has run too.

        An aborted transport closes its socket in the loop's next round; what is scheduled runs in
        the order in which it was scheduled, so the answer comes after that.
        """
        if threading.current_thread() is self._thread:
            return function()
        answered: concurrent.futures.Future[Result] = concurrent.futures.Future()

        def run() -> None:
            try:
                result = function()
            except BaseException as error:
                answered.set_exception(error)
            else:
                self.loop.call_soon(answered.set_result, result)

        self._schedule(run)
        return self._awaited(answered)

    def run(self, work: Coroutine[object, object, Result]) -> Result:
        """Runs a coroutine on the loop and waits for its result."""
        self._check_alive(work.close)
        return self._awaited(asyncio.run_coroutine_threadsafe(work, self.loop))

    def stop(self, patience: float = _PATIENCE_S) -> None:
        """Cancels what still runs, ends the thread and closes the loop. Idempotent.

        Args:
            patience: seconds; what blocks the thread for longer is left behind in it.
        """
        with self._lock:
            beside, self._beside = self._beside, None
        if beside is not None:
            beside.stop(patience)
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(patience)
        elif not self.loop.is_closed() and self._thread.ident is None:
            self.loop.close()

    def _schedule(self, function: Callable[[], None]) -> None:
        self._check_alive(lambda: None)
        self.loop.call_soon_threadsafe(function)

    def _check_alive(self, give_up: Callable[[], None]) -> None:
        if not self._thread.is_alive():
            give_up()
            raise UsageError(
                f"The server's thread {self._thread.name!r} is not running: its session is over, "
                "or start() was never called. Ask within the session, or start a server."
            )

    def _awaited(self, answered: concurrent.futures.Future[Result]) -> Result:
        try:
            return answered.result(_PATIENCE_S)
        except concurrent.futures.TimeoutError:
            raise UsageError(
                f"The server's thread {self._thread.name!r} has not answered for {_PATIENCE_S:.0f}"
                " s: something blocks it. Does a websocket's on_message wait for something?"
            ) from None

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self._wind_up()
            asyncio.set_event_loop(None)
            self.loop.close()

    def _wind_up(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
