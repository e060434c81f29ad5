"""One request to an application: the end of it that lives on the server's loop.

The application itself runs elsewhere (a loop of its own, a thread), so that what blocks in it
blocks neither the server nor ``network.offline()``. What it reads and writes is handed over here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from multidict import CIMultiDict

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import (
    Answer,
    AnswerError,
    Asked,
    Sending,
    announced_length,
    shown_error,
)
from pytest_offline.origin.header_sets import checked_headers
from pytest_offline.origin.loop_thread import LoopThread

logger = logging.getLogger("pytest_offline.origin")

Result = TypeVar("Result")

GRACE_S: Final = 1.0
"""How long what still runs when its origin closes may go on, before it is cancelled or left."""


class ClientGone(OSError):
    """The client has left, or the network was taken away: nobody reads what an app still sends."""


class AppRaised(AnswerError):
    """An application raised; the exception is the cause."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"the application raised {shown_error(error)}", error=shown_error(error))
        self.__cause__ = error


@dataclass(frozen=True)
class Surroundings:
    """What an application needs to know of where it is mounted.

    Attributes:
        base: the origin: ``http://t7.localhost:4321``.
        server: the thread of the server.
        report: told of every exception that the application raised.
    """

    base: str
    server: LoopThread
    report: Callable[[BaseException], None]

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return self.base.partition("://")[0]

    @property
    def address(self) -> tuple[str, int]:
        """The host's name and port."""
        host, _, port = self.base.partition("://")[2].rpartition(":")
        return (host, int(port)) if host else (port, 443 if self.scheme == "https" else 80)


@dataclass
class Head:
    """Status and headers of an answer, as an application gave them."""

    status: int
    headers: CIMultiDict[str]


class Talk:
    """What an application reads and writes of one HTTP exchange. All of it on the server's loop.

    Attributes:
        finished: done once the answer is complete, or never will be: then it holds the error.
    """

    def __init__(self, sending: Sending, asked: Asked, around: Surroundings) -> None:
        self.sending = sending
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked = asked
        self._around = around
        self._gone = False
        self._declared: int | None = None
        self._written = 0

    async def read(self) -> bytes:
        """The next piece of the request's body, nothing at its end."""
        if self._gone:
            raise ClientGone(f"{self._asked.method} {self._asked.path}: the client has gone")
        return await self.sending.read()

    async def write(self, head: Head | None, body: bytes, *, more: bool) -> None:
        """Sends a head (the first time), and some of the body.

        Raises:
            ClientGone: nobody is there to read it.
        """
        if self._gone:
            raise ClientGone(f"{self._asked.method} {self._asked.path}: the client has gone")
        try:
            await self._write(head, body, more)
        except ConnectionError as error:
            self._gone = True
            if not self.finished.done():
                self.finished.set_exception(error)
            raise ClientGone(str(error)) from error
        if not more:
            self._finish()

    async def _write(self, head: Head | None, body: bytes, more: bool) -> None:
        if head is not None:
            self._declared = announced_length(head.headers)
            self.sending.answer = Answer(head.status, head.headers)
            if not more and self._declared in (None, len(body)):
                self.sending.answer.body = body
                await self.sending.send()
                return
            await self.sending.start(self._declared)
        self._written += len(body)
        if self.sending.wants_body:
            await self.sending.write(body)
        if not more:
            self._check_length()
            await self.sending.finish()

    def _check_length(self) -> None:
        # Else a browser would wait for the rest for ever, or take the next answer for it.
        if self._declared is None or self._written == self._declared:
            return
        if self.sending.wants_body:
            raise RuntimeError(
                f"the application announced Content-Length: {self._declared} "
                f"and sent {self._written} bytes"
            )

    def leave(self) -> None:
        """Nobody listens any more."""
        self._gone = True

    def end(self, error: BaseException | None) -> None:
        """The application has ended, in good order or not."""
        if self.finished.done():
            if error is not None and not (self._gone and is_about_leaving(error)):
                when = "after its client had left" if self._cancelled else "after it had answered"
                self._tell(error, when)
            return
        if error is None:
            begun = "its answer was complete" if self._declared or self._written else "it answered"
            text = f"the application ended before {begun}"
            self.finished.set_exception(AnswerError(text))
        else:
            self._around.report(error)
            self.finished.set_exception(AppRaised(error))

    @property
    def _cancelled(self) -> bool:
        return self.finished.cancelled()

    def _tell(self, error: BaseException, when: str) -> None:
        """Notes and logs an exception that no answer can tell of."""
        self._around.report(error)
        asked, shown = self._asked, shown_error(error)
        said = "%s %s: the application raised %s, %s"
        logger.error(said, asked.method, asked.target, shown, when, exc_info=error)

    def _finish(self) -> None:
        if not self.finished.done():
            self.finished.set_result(None)


def is_about_leaving(error: BaseException) -> bool:
    """Whether an exception came of the client's leaving, however it was wrapped."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ClientGone) or type(seen).__name__ == "ClientDisconnect":
            return True
        inner: tuple[BaseException, ...] = getattr(seen, "exceptions", ())
        if any(is_about_leaving(each) for each in inner):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def checked_head(status: int, pairs: list[tuple[str, str]]) -> Head:
    """A head that HTTP allows; UsageError, raised where the application gave it."""
    if not 200 <= status <= 599:
        raise UsageError(f"The application answered with status {status}: use one from 200 to 599.")
    headers = checked_headers(pairs, "The application's answer")
    for name in ("Transfer-Encoding", "Keep-Alive"):
        headers.popall(name, None)  # PEP 3333 and ASGI leave them to the server
    return Head(status, headers)


async def across(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Result]) -> Result:
    """Has a coroutine run on another thread's loop, and waits for it on this one."""
    try:
        running = asyncio.run_coroutine_threadsafe(work, loop)
    except RuntimeError as error:  # the loop is closed: the session is over
        work.close()
        raise ClientGone(f"the server has stopped: {error}") from error
    return await asyncio.wrap_future(running)
