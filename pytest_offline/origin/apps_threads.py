"""The thread and loop that an application has to itself, from its start to its end."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine
from typing import Any, Final

from pytest_offline.errors import SiteError
from pytest_offline.origin.answers import shown_error
from pytest_offline.origin.apps_calls import logger
from pytest_offline.origin.apps_lifespan import LifespanFailed
from pytest_offline.origin.loop_thread import LoopThread

_MARGIN_S: Final = 1.0


class AppThread:
    """Starts and stops an application, each within its seconds.

    Args:
        shared: a thread that runs already and stays, for an application that cannot change its
            loop; else it gets one of its own.
    """

    def __init__(
        self,
        app: object,
        timeout: float,
        report: Callable[[BaseException], None],
        shared: LoopThread | None = None,
    ) -> None:
        self._app = app
        self._timeout = timeout
        self._report = report
        self._own = shared is None
        self._thread = shared or LoopThread(f"app-{type(app).__name__}")

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The application's loop."""
        return self._thread.loop

    def start(self, starting: Coroutine[Any, Any, None]) -> None:
        """Starts the thread and runs the start-up events.

        Raises:
            SiteError: they failed, or took too long; the thread is gone then.
        """
        if self._own:
            self._thread.start()
        try:
            self._run(starting)
        except concurrent.futures.TimeoutError:
            self._end()
            raise SiteError(
                f"origin.app({self._app!r}): its start-up events have not ended for "
                f"{self._timeout:g} s. What do they wait for? Give them longer with timeout=."
            ) from None
        except BaseException as error:
            self._end()
            cause = error.__cause__ or error
            self._report(cause)
            raise SiteError(f"origin.app({self._app!r}) did not start: {_reason(error)}") from cause

    def stop(self, stopping: Coroutine[Any, Any, None]) -> None:
        """Runs the shut-down events, cancels what still runs, ends the thread."""
        try:
            self._run(stopping)
        except concurrent.futures.TimeoutError:
            logger.error(
                "%r: its shut-down events have not ended for %g s; its thread is left behind.",
                self._app,
                self._timeout,
            )
        except BaseException as error:
            self._report(error.__cause__ or error)
            logger.error("%r: shutting down failed: %s", self._app, _reason(error), exc_info=error)
        finally:
            self._end()

    def _end(self) -> None:
        if self._own:
            self._thread.stop(_MARGIN_S)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        async def within() -> None:
            try:
                await asyncio.wait_for(work, self._timeout)
            except asyncio.TimeoutError as error:
                raise concurrent.futures.TimeoutError from error

        running = asyncio.run_coroutine_threadsafe(within(), self._thread.loop)
        running.result(self._timeout + _MARGIN_S)


def _reason(error: BaseException) -> str:
    """What it raised, else what it said: of a traceback for a text the last line."""
    if not isinstance(error, LifespanFailed):
        return shown_error(error)
    if error.__cause__ is not None:
        return shown_error(error.__cause__)
    return (str(error).strip().splitlines() or ["it did not say why"])[-1]
