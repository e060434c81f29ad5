"""From a request to its answer: which origin, what it answers, what the ledger says of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from pytest_offline.origin.answers import (
    NO_CACHE,
    Answer,
    AnswerError,
    Asked,
    BrokenOff,
    Relay,
    plain,
    shown_error,
)
from pytest_offline.origin.bodies import BODY_KEPT, waits_for_leave
from pytest_offline.origin.capturing import ScriptCapture
from pytest_offline.origin.conditional import asked_whole, conditional_answer
from pytest_offline.origin.connections import Connection, ConnectionServer
from pytest_offline.origin.files import FileBody
from pytest_offline.origin.flights import Flight
from pytest_offline.origin.initiators import is_cache_manifest
from pytest_offline.origin.instrumenting import Instrument, Instrumenter
from pytest_offline.origin.sender import Sender
from pytest_offline.origin.site import Origin
from pytest_offline.origin.weather import Fate

logger = logging.getLogger("pytest_offline.origin")

_LINE_LIMIT: Final = 64 * 1024

Internal = Mapping[str, tuple[bytes, str]]


class Serving:
    """The one handler behind every host and path of a server. Lives on the server's loop."""

    def __init__(
        self, hosts: Mapping[str, Origin], instrument: Instrument | None, internal: Internal
    ) -> None:
        self._hosts = hosts
        self._instrument = Instrumenter(instrument)
        self._internal = internal
        self.connections = ConnectionServer(
            self.handle,
            request_factory=self._request,
            # A client that leaves ends its handler, or an idle event stream would stay for ever.
            handler_cancellation=True,
            access_log=None,
            logger=logger,
            auto_decompress=False,
            max_line_size=_LINE_LIMIT,
            max_field_size=_LINE_LIMIT,
        )

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one request."""
        host = request.headers.get("Host", "")
        origin = self._hosts.get(host) or self._hosts.get(host.lower())
        connection = self.connections.connection_of(request.protocol)
        if origin is None or connection is None or origin.scheme != connection.scheme:
            return _misdirected(host, self._hosts)
        connection.ledger = origin.requests
        target = request.raw_path
        if not target.startswith("/"):
            target = request.rel_url.raw_path_qs  # absolute form, as proxies are asked
        internal = self._internal.get(target.partition("?")[0])
        if internal is None:
            return await self._exchange(request, origin, connection, target)
        if not origin.condition.reachable:
            connection.reset()
            return web.Response()
        headers = {"Content-Type": internal[1], "Cache-Control": NO_CACHE}
        return web.Response(body=internal[0], headers=headers)

    async def _exchange(
        self, request: web.BaseRequest, origin: Origin, connection: Connection, target: str
    ) -> web.StreamResponse:
        ledger = origin.requests
        flight = Flight(request.method, target, origin.base, request.raw_headers, origin.condition)
        flight.manifests = origin.manifests
        connection.flight = flight
        fate = origin.weather.fate(flight.method, target)
        flight.weather = fate.notes
        asked = Asked(flight.method, target, request.headers)
        sender = Sender(request, flight, ledger, fate)
        try:
            if sender.has_body and not _is_read_by_relay(asked, origin, fate):
                await _read_body(sender, flight, origin)
            if origin.condition.reachable and fate.stop is None:
                if fate.wait:
                    await _wait(flight, origin, fate)
                return await self._answer(asked, origin, flight, sender, fate)
            if fate.stop == "hang":
                await _hold(flight, origin, connection)
            flight.stop(origin.condition)
            ledger.settle(flight)
        except asyncio.CancelledError:
            _lose(flight, origin)
            raise
        except ConnectionError:
            _lose(flight, origin)
        except Exception as error:
            return await _fail(request, error, flight, origin, connection)
        # Nothing can be sent on a connection that was reset, so what is returned does not matter.
        connection.reset()
        return web.Response()

    async def _answer(
        self, asked: Asked, origin: Origin, flight: Flight, sender: Sender, fate: Fate
    ) -> web.StreamResponse:
        if fate.damage is not None:
            asked = asked_whole(asked)  # or what the browser has already would do
        answer = fate.answer()
        if answer is None:
            found = origin.answer(asked)
            if not isinstance(found, Answer):
                return await self._relay(asked, found, origin, flight, sender)
            if origin.tape is not None:
                origin.tape.take(asked, found)
            answer = self._instrument(asked, found)
        if answer.conditional and answer.status == 200:
            answer = conditional_answer(asked, answer)
        if fate.damage is None:
            flight.answer_body = _kept(asked, answer)
        sender.answer = answer
        return await sender.send()

    async def _relay(
        self, asked: Asked, relay: Relay, origin: Origin, flight: Flight, sender: Sender
    ) -> web.StreamResponse:
        origin.requests.settle(flight)
        sender.taped = None if origin.tape is None else bytearray()
        try:
            if self._instrument.wants(asked):
                capture = ScriptCapture(sender, asked, self._instrument, origin.scripts)
                await relay.relay(capture.asked, capture)
            else:
                await relay.relay(asked, sender)
        except BrokenOff:
            sender.break_off()
        assert sender.response is not None, f"{relay} ended without an answer or an error"
        if flight.in_flight:  # a web socket whose one side was lost
            flight.lose(origin.condition)
            origin.requests.settle(flight)
        if origin.tape is not None:
            script = origin.scripts.get(asked.target) if self._instrument.wants(asked) else None
            origin.tape.take(asked, script or sender.answer, None if script else sender.taped)
        return sender.response

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        """Called by aiohttp for each message, also for one that it could not read.

        It answers the latter with 400 by itself. Whose it was nobody can tell, so while an origin
        is cut off that answer must not go out.
        """
        unreadable = message.method == "UNKNOWN" and not message.raw_headers
        connection = self.connections.connection_of(protocol)
        if unreadable and connection is not None and not self._all_reachable():
            connection.reset()
        return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop())

    def _all_reachable(self) -> bool:
        return all(origin.condition.reachable for origin in self._hosts.values())


def _kept(asked: Asked, answer: Answer) -> bytes | None:
    """The body where somebody will ask for it: what an AppCache manifest said decides much.

    A manifest may have any name and any type; then it is known by who asks.
    """
    if answer.status == 304:
        return None
    if is_cache_manifest(answer.headers):
        return answer.body if isinstance(answer.body, bytes) else answer.body.whole()
    headers = asked.headers
    mine = "Accept" not in headers and headers.get("Sec-Fetch-Mode") == "no-cors"
    if not mine or isinstance(answer.body, FileBody):
        return None  # who lists a large file does not want it in memory
    return answer.body if isinstance(answer.body, bytes) else answer.body.whole()


def _is_read_by_relay(asked: Asked, origin: Origin, fate: Fate) -> bool:
    """Whether what answers reads the request's body itself."""
    answered = origin.condition.reachable and fate.stop is None and fate.instead is None
    return answered and origin.relays(asked)


async def _wait(flight: Flight, origin: Origin, fate: Fate) -> None:
    origin.requests.settle(flight)
    await asyncio.sleep(fate.wait / 1000)


async def _hold(flight: Flight, origin: Origin, connection: Connection) -> None:
    """Says nothing until the client gives up, or the condition is over and cuts it."""
    connection.held = True
    origin.requests.settle(flight)
    try:
        await asyncio.Event().wait()
    finally:
        flight.stop(flight.condition)
        origin.requests.settle(flight)


async def _read_body(sender: Sender, flight: Flight, origin: Origin) -> None:
    """Reads a request's body to its end, keeping 1 MiB; while cut off no more than that is read."""
    if waits_for_leave(sender.request) and not origin.condition.reachable:
        return  # who waits for "100 Continue" sends nothing before it
    while await sender.read():
        if not origin.condition.reachable and len(flight.body) >= BODY_KEPT:
            return


def _lose(flight: Flight, origin: Origin) -> None:
    flight.lose(origin.condition)
    origin.requests.settle(flight)


async def _fail(
    request: web.BaseRequest,
    error: Exception,
    flight: Flight,
    origin: Origin,
    connection: Connection,
) -> web.StreamResponse:
    """Notes what went wrong on our side, and says so to whoever asked, if nothing was sent yet."""
    begun = flight.status is not None
    answer = _apology(error, flight)
    text = str(error) if isinstance(error, AnswerError) else shown_error(error)
    trace = error.__cause__ if isinstance(error, AnswerError) else error
    said = "%s %s could not be answered: %s"
    logger.error(said, flight.method, flight.target, text, exc_info=trace)
    flight.error = error.error if isinstance(error, AnswerError) else shown_error(error)
    if not begun:
        flight.begin(answer.status, answer.headers)
        flight.bytes_sent = len(answer.body) if isinstance(answer.body, bytes) else 0
    flight.end("cut" if begun else "failed")
    origin.requests.settle(flight)
    if begun:
        # What was sent before may arrive: a reset would take it back.
        connection.transport.close() if isinstance(error, AnswerError) else connection.reset()
    return _response(answer)


def _apology(error: Exception, flight: Flight) -> Answer:
    status = error.status if isinstance(error, AnswerError) else 500
    text = str(error) if isinstance(error, AnswerError) else shown_error(error)
    return plain(status, f"{flight.method} {flight.target} could not be answered: {text}")


def _response(answer: Answer) -> web.Response:
    body = answer.body if isinstance(answer.body, bytes) else b""
    return web.Response(status=answer.status, headers=answer.headers, body=body)


def _misdirected(host: str, hosts: Mapping[str, Origin]) -> web.Response:
    known = ", ".join(sorted(set(hosts))) or "none"
    text = (
        f"No origin is called {host!r} here: a test's origin lives as long as the test. "
        f"Ask for the URL that origin.url gives (open now: {known})."
    )
    # RFC 9110, section 15.5.20: 421, this server is not the one for that authority.
    return _response(plain(421, text))
