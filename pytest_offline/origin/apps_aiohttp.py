"""aiohttp applications: on a second loop, behind a port of loopback that nobody is told.

An aiohttp application answers requests of aiohttp's own connections, and nothing public makes one
of anything else. So it gets such connections, and the origin is its proxy. It never changes its
loop either, and is often made once for a whole run: so that loop lives as long as the server.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from pytest_offline.origin.answers import AnswerError
from pytest_offline.origin.apps_calls import GRACE_S, AppRaised, Surroundings
from pytest_offline.origin.apps_threads import AppThread
from pytest_offline.origin.proxy import ProxyMount, ProxyOptions

_RAISED: Final = "Pytest-Offline-Raised"
_OPTIONS: Final = ProxyOptions(preserve_host=True, timeout=None, forwarded=False)


class AiohttpMount(ProxyMount):
    """An aiohttp application at a path: started when it is made, stopped by ``close``.

    Raises:
        SiteError: it did not start.
    """

    def __init__(self, app: web.Application, at: str, around: Surroundings, timeout: float) -> None:
        self._app = app
        self._around = around
        self._raised: dict[str, BaseException] = {}
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        listener = socket.create_server(("127.0.0.1", 0))
        self._thread = AppThread(app, timeout, around.report, around.server.beside)
        try:
            self._thread.start(self._start(listener))
        except BaseException:
            listener.close()
            raise
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        super().__init__(url, at, around.base, around.server, _OPTIONS)

    def __repr__(self) -> str:
        return f"<aiohttp {self._app!r} at {self.naming.at}>"

    def close(self) -> None:
        """Runs the shut-down events, and ends the thread."""
        super().close()
        self._thread.stop(self._stop())

    async def _start(self, listener: socket.socket) -> None:
        runner = web.AppRunner(
            self._app,
            access_log=None,
            handle_signals=False,
            handler_cancellation=True,
            auto_decompress=False,
            shutdown_timeout=GRACE_S,
            logger=_Silent(logging.getLogger("pytest_offline.origin"), None),
        )
        self._runner = runner
        try:
            await runner.setup()
        except BaseException:
            await runner.cleanup()
            raise
        server = runner.server
        assert server is not None
        server.request_handler = self._guarded(server.request_handler)
        await web.SockSite(runner, listener).start()

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def _guarded(
        self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        """The application's handler, its exceptions carried to the origin."""

        async def guarded(request: web.BaseRequest) -> web.StreamResponse:
            try:
                return await handler(request)
            except (web.HTTPException, asyncio.CancelledError, ConnectionError):
                raise
            except Exception as error:
                number = str(next(self._numbers))
                self._raised[number] = error
                self._around.report(error)
                if request.writer.output_size:
                    raise  # too late to say it: the answer breaks off
                return web.Response(status=500, headers={_RAISED: number})

        return guarded

    def check(self, status: int, headers: Any) -> None:
        """Looks whether the answer stands for an exception."""
        number = headers.get(_RAISED)
        if number is not None and number in self._raised:
            raise AppRaised(self._raised.pop(number))
        super().check(status, headers)

    def broken(self, error: Exception) -> AnswerError:
        """What the application raised, where that is why it broke off."""
        if self._raised:
            return AppRaised(self._raised.popitem()[1])
        return super().broken(error)


class _Silent(logging.LoggerAdapter[logging.Logger]):
    """Drops what aiohttp's server says of an exception: the origin says it, with the exchange."""

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Nothing."""
