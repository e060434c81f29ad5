"""One origin: a host of its own on the session's server, what it serves, and what it saw."""

from __future__ import annotations

import os
import time as clock
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from multidict import CIMultiDict

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import Answer, Asked
from pytest_offline.origin.connections import Breaking, Connection
from pytest_offline.origin.flights import Flight
from pytest_offline.origin.header_sets import HeadersByPath
from pytest_offline.origin.ledger import Ledger
from pytest_offline.origin.live import EventStream, LiveBody, OnMessage, WebSocketRoute
from pytest_offline.origin.loop_thread import LoopThread
from pytest_offline.origin.mounts import FolderMount, Mounts
from pytest_offline.origin.replies import Laid, Replies, Reply, ReplyScript
from pytest_offline.origin.weather import Weather
from pytest_offline.record import ONLINE, Condition, Initiator

How = Callable[[Connection], Breaking | None]
Cut = Callable[[Ledger, Condition, How], None]


class Origin:
    """The local site under test. You get one from ``OriginServer.new_origin`` (or the fixture).

    Attributes:
        name: ``t7``.
        host: ``t7.localhost``: loopback in every browser, a secure context, an origin of its own.
        port: the server's; all origins of a session share it.
        requests: the ledger.
        manifests: paths that are known to be AppCache manifests, for the ledger's ``initiator``.
    """

    def __init__(self, name: str, port: int, thread: LoopThread, cut: Cut) -> None:
        self.name = name
        self.host = f"{name}.localhost"
        self.port = port
        self.base = f"http://{self.host}:{port}"
        self.requests = Ledger()
        self.manifests: set[str] = set()
        self._thread = thread
        self._cut = cut
        self._mounts = Mounts()
        self._replies = Replies()
        self.weather = Weather(ONLINE, self.base)

    def __repr__(self) -> str:
        return f"<Origin {self.url} {self.condition}>"

    @property
    def url(self) -> str:
        """Where it is: ``http://t7.localhost:4321/``, with the slash."""
        return f"{self.base}/"

    def url_for(self, path: str) -> str:
        """The absolute URL of a path (``/about``, or ``about``)."""
        return f"{self.base}/{path.removeprefix('/')}"

    @property
    def condition(self) -> Condition:
        """What the network does to its exchanges now."""
        return self.weather.condition

    def set_condition(self, condition: Condition) -> None:
        """Puts a condition in force, and returns once it is.

        Where it makes the origin unreachable: every open connection has been reset by then, what
        was buffered on them thrown away, and not one byte follows. New connections are accepted,
        so the port stays held; what they ask is read, noted as ``blocked`` and reset.
        """
        self._thread.call(lambda: self._put_in_force(condition))

    def _put_in_force(self, condition: Condition) -> None:
        before, self.weather = self.weather, Weather(condition.at(self.base), self.base)
        before.end()
        self.weather.watch(self._thread.loop, self._went_away)
        if not (before.condition.reachable and condition.reachable):
            # On the way back too: what still waits on such a connection was asked while away.
            cause = before.condition if self.condition.reachable else self.condition
            how = "freeze" if self.weather.holds_all else "cut"
            self._cut(self.requests, cause, lambda _: how)
        else:
            self._cut(self.requests, self.condition, self._how)

    def _how(self, connection: Connection) -> Breaking | None:
        """How the weather that begins breaks what is open."""
        flight = connection.flight
        if connection.held:
            return "cut"
        if flight is None or not flight.in_flight:
            return "cut" if self.weather.breaks else None
        stop = self.weather.stop_of(flight.target)
        return None if stop is None else "freeze" if stop == "hang" else "cut"

    def _went_away(self) -> None:
        self._cut(self.requests, self.condition, lambda _: "cut")

    def mount(
        self,
        folder: str | os.PathLike[str],
        at: str = "/",
        *,
        clean_urls: bool = False,
        fallback: str | None = None,
        headers: HeadersByPath | None = None,
    ) -> None:
        """Serves a folder. Mounts stack: the longest ``at`` wins, a later one at the same replaces.

        Files are read as they are at each request. ``/docs/`` answers with its ``index.html``,
        ``/docs`` leads there; folders are not listed. Answers say ``Cache-Control: no-cache``
        unless ``headers`` says otherwise, so that the browser's HTTP cache cannot pass for the
        site's own offline support.

        Args:
            folder: absolute, or relative to where pytest was started.
            at: where it appears.
            clean_urls: ``/about`` answers with ``about.html``.
            fallback: the file in the folder that answers *navigations* to what is not there, with
                status 200, as single-page apps want.
            headers: name to value for every answer, or pattern to such a mapping:
                ``{"X-A": "1", "/api/*": {"X-B": "2"}}``. Sets are ready in this room:
                ``CROSS_ORIGIN_ISOLATED``, ``csp(...)``, ``service_worker_allowed("/")``.

        Raises:
            UsageError: there is no such folder or fallback, ``at`` is no path, a bad header.
        """
        mount = FolderMount(folder, at, clean_urls=clean_urls, fallback=fallback, headers=headers)
        self._mounts.add(mount.at, mount)

    def reply(
        self,
        path: str,
        body: str | bytes = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        method: str = "GET",
        delay: float = 0,
        chunks: Iterable[bytes | str] | None = None,
        chunk_delay: float = 0,
        cut_after: int | None = None,
        times: int | None = None,
    ) -> Laid:
        """Scripts an answer over whatever is mounted, from now on.

        As a context manager, until the block ends; then what was there before answers again.

        Args:
            path: with a query (``/a?b=1``) for exactly that, without one for any query.
            body: text goes out as UTF-8.
            headers: added to a Content-Type guessed from the path and ``Cache-Control: no-cache``,
                or in their place.
            method: of the request; GET answers HEAD too.
            delay: seconds before the head of the answer is sent.
            chunks: in place of ``body``: sent one by one, ``chunk_delay`` seconds between; the
                length is not announced unless ``headers`` has a Content-Length.
            cut_after: bytes of the body after which the connection is closed.
            times: after so many answers, what was there before answers again. Without it, this
                reply replaces every earlier one for the path.

        Raises:
            UsageError: for a combination that cannot be.
        """
        script = ReplyScript(
            path, body, status, headers, method, delay, chunks, chunk_delay, cut_after, times
        )
        return self._replies.add(method.upper(), path, script.reply())

    def event_stream(self, path: str) -> EventStream:
        """Answers a path with an event stream, which the test sends events over."""
        stream = EventStream(self._thread, path)
        script = ReplyScript(path, headers={"Content-Type": "text/event-stream"}).reply()
        self._replies.add("GET", path, Reply(200, script.headers, LiveBody(stream)))
        return stream

    def websocket(self, path: str, on_message: OnMessage | None = None) -> WebSocketRoute:
        """Answers a path with a web socket, which the test reads and writes.

        Args:
            on_message: given each message; what it returns is sent back (None: nothing). Runs on
                the server's thread, so it must not wait: ``lambda message: message`` echoes.
        """
        route = WebSocketRoute(self._thread, path, on_message)
        script = ReplyScript(path).reply()
        self._replies.add("GET", path, Reply(200, script.headers, LiveBody(route)))
        return route

    def note_blocked(
        self,
        *,
        method: str,
        url: str,
        initiator: Initiator,
        time: float | None = None,
        headers: Iterable[tuple[str, str]] = (),
        stopped_by: Literal["browser", "origin"] = "browser",
    ) -> None:
        """Notes an exchange that never came here: the browser's own switch stopped it.

        Args:
            url: absolute, on this origin.
            time: milliseconds since the Unix epoch; now by default.
            stopped_by: ``origin`` where its connection was refused.
        """
        if not url.startswith(self.url) and url != self.base:
            raise UsageError(f"note_blocked(url={url!r}): that is not a URL of {self.url}.")
        raw = tuple(
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in headers
        )
        target = url.partition("#")[0].removeprefix(self.base) or "/"
        flight = Flight(method, target, self.base, raw, self.condition)
        flight.time = clock.time() * 1000 if time is None else time
        flight.initiator = initiator
        flight.stopped_by = stopped_by
        flight.end("blocked")
        self.requests.enter(flight)

    def peek(self, path: str) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """What the origin would answer to a GET now: status, headers, body.

        Nothing is sent or noted, no ``times`` used up, no worker script instrumented, and the
        condition does not matter.
        """
        answer = self.answer(Asked("GET", path, CIMultiDict[str]()), consume=False)
        body = answer.body if isinstance(answer.body, bytes) else answer.body.whole()
        return answer.status, tuple((k.lower(), v) for k, v in answer.headers.items()), body

    def answer(self, asked: Asked, *, consume: bool = True) -> Answer:
        """The answer to a request, as the server asks for it: replies first, then mounts."""
        return self._replies.answer(asked, consume=consume) or self._mounts.answer(asked)

    def close(self) -> None:
        """Breaks its connections and lets go of what it serves; the ledger can still be read."""
        self._mounts.clear()
        self._replies.clear()
        if self._thread.alive:
            self._thread.call(self._end)

    def _end(self) -> None:
        self.weather.end()
        self._cut(self.requests, self.condition, lambda _: "cut")
