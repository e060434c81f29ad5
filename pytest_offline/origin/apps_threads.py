"""The thread and loop that an application has to itself, from its start to its end."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine
from typing import Any, Final

from pytest_offline.errors import SiteError
from pytest_offline.origin.answers import shown_error
from pytest_offline.origin.apps_calls import logger
from pytest_offline.origin.loop_thread import LoopThread

_MARGIN_S: Final = 1.0


class AppThread:
    """Starts and stops an application, each within its seconds."""

    def __init__(
        self, app: object, timeout: float, report: Callable[[BaseException], None]
    ) -> None:
        self._app = app
        self._timeout = timeout
        self._report = report
        self._thread = LoopThread(f"app-{type(app).__name__}")

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The application's loop."""
        return self._thread.loop

    def start(self, starting: Coroutine[Any, Any, None]) -> None:
        """Starts the thread and runs the start-up events.

        Raises:
            SiteError: they failed, or took too long; the thread is gone then.
        """
        self._thread.start()
        try:
            self._run(starting)
        except concurrent.futures.TimeoutError:
            self._thread.stop(_MARGIN_S)
            raise SiteError(
                f"origin.app({self._app!r}): its start-up events have not ended for "
                f"{self._timeout:g} s. What do they wait for? Give them longer with timeout=."
            ) from None
        except BaseException as error:
            self._thread.stop(_MARGIN_S)
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
    """What it said and what it raised; of a traceback for a text only the last line."""
    said = str(error).strip().splitlines()
    cause = error.__cause__
    if cause is not None:
        return shown_error(cause)
    return said[-1] if said else shown_error(error)
