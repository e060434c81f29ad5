"""Sending one answer, and noting in its flight what went out."""

from __future__ import annotations

from aiohttp import web
from multidict import CIMultiDict

from pytest_offline.origin.answers import (
    EMPTY,
    Answer,
    Body,
    BrokenOff,
    Sending,
    announced_length,
)
from pytest_offline.origin.bodies import RequestBody
from pytest_offline.origin.flights import Flight
from pytest_offline.origin.ledger import Ledger
from pytest_offline.origin.streamed import Streamed
from pytest_offline.origin.weather import Fate
from pytest_offline.origin.whole import (
    SENT,
    SERVER,
    SLICE,
    can_be_sent_whole,
    whole_head,
    write_whole,
)
from pytest_offline.record import Outcome


class Sender:
    """What a body gets to send itself with: `Sending` says how."""

    def __init__(
        self, request: web.BaseRequest, flight: Flight, ledger: Ledger, fate: Fate
    ) -> None:
        self._request = request
        self.answer = Answer(200, CIMultiDict())
        self.response: web.StreamResponse | None = None
        self.has_body = request.body_exists
        self._incoming = RequestBody(request, flight, ledger, fate.up)
        self._flight = flight
        self._ledger = ledger
        self._fate = fate
        self._written = 0
        self.taped: bytearray | None = None

    @property
    def request(self) -> web.BaseRequest:
        """The request."""
        return self._request

    @property
    def peer(self) -> tuple[str, int] | None:
        """Address and port of who asks; None if they are gone."""
        transport = self._request.transport
        name = None if transport is None else transport.get_extra_info("peername")
        return None if name is None else (str(name[0]), int(name[1]))

    @property
    def wants_body(self) -> bool:
        """False for HEAD and for statuses without content: the head is all there is."""
        return self._request.method != "HEAD" and self.answer.status not in EMPTY

    async def read(self) -> bytes:
        """The next piece of the request's body, nothing at its end; the ledger keeps it."""
        return await self._incoming.read()

    async def send(self) -> web.StreamResponse:
        """Sends the answer; returns once all of it was handed to the socket."""
        body: bytes | Body = self.answer.body
        if isinstance(body, bytes) and self._fate.shapes and self.wants_body:
            body = _InParts(body)
        if not isinstance(body, bytes):
            self._ledger.settle(self._flight)
            return await self._send_itself(body)
        self._fate.prepare(self.answer)
        if can_be_sent_whole(self._request, self.answer.headers):
            return await self._send_whole(body)
        return await self._send_response(body)

    async def _send_itself(self, body: Body) -> web.StreamResponse:
        try:
            await body.send(self)
        except BrokenOff:
            self.break_off()
        return self.response or web.Response()

    async def _send_whole(self, body: bytes) -> web.StreamResponse:
        answer = self.answer
        head = whole_head(answer.status, answer.headers, self._announced(body))
        self.response = SENT
        self._flight.begin(answer.status, answer.headers)
        if not self.wants_body:
            body = b""
        sent = min(len(body), SLICE)
        first = head + (body if sent == len(body) else body[:sent])
        if self._hand_over(first, sent, last=sent == len(body)):
            await self._request.writer.drain()
        while sent < len(body):
            part = body[sent : sent + SLICE]
            sent += len(part)
            if self._hand_over(part, len(part), last=sent == len(body)):
                await self._request.writer.drain()
        return SENT

    def _announced(self, body: bytes) -> int:
        """The length that the head says; of an answer to HEAD what stands behind it said."""
        said = None if body else announced_length(self.answer.headers)
        if self._request.method == "HEAD" and said is not None:
            return said
        return 0 if self.answer.status == 205 else len(body)

    def _hand_over(self, data: bytes, size: int, *, last: bool) -> bool:
        """Notes some of a body, then hands it over; whether the client does not keep up.

        In this order, because who has read the answer must find it in the ledger.
        """
        self._note(size, last=last)
        try:
            return write_whole(self._request, data)
        except ConnectionError:
            self._take_back(size, last=last)
            raise

    async def _send_response(self, body: bytes) -> web.StreamResponse:
        answer = self.answer
        answer.headers.setdefault("Server", SERVER)
        response = web.Response(status=answer.status, headers=answer.headers, body=body)
        self.response = response
        if answer.headers.get("Connection", "").lower() == "close":
            response.force_close()
        await response.prepare(self._request)
        self._flight.begin(answer.status, response.headers)
        size = len(body) if self.wants_body else 0
        self._note(size, last=True)
        try:
            await response.write_eof()
        except ConnectionError:
            self._take_back(size, last=True)
            raise
        return response

    def _note(self, size: int, *, last: bool) -> None:
        self._flight.bytes_sent += size
        if last:
            self._flight.end("served")
        self._ledger.settle(self._flight)

    def _take_back(self, size: int, *, last: bool) -> None:
        if last:
            self._flight.take_back(size, self._flight.condition)
        else:
            self._flight.bytes_sent -= size

    async def start(self, length: int | None) -> None:
        """Sends the head; a length of None means that nobody knows it yet."""
        self._fate.prepare(self.answer)
        await self.open(Streamed(self.answer, length, empty=not self.wants_body))

    async def open(self, response: web.StreamResponse) -> None:
        """Sends the head of a response made elsewhere, such as a web socket's."""
        self.response = response
        await response.prepare(self._request)
        self._flight.begin(response.status, response.headers)
        self._ledger.announce()

    async def write(self, data: bytes) -> None:
        """Sends some of the body, waiting while the client does not keep up."""
        assert self.response is not None, "start() comes before write()"
        if not data:
            return
        if self.taped is not None:
            self.taped += data
        if not self._fate.shapes:
            await self._write(data)
            return
        for part in self._fate.shaped(data, self._written):
            if self._fate.down is not None:
                await self._fate.down.carry(len(part))
            await self._write(part)
        self._written += len(data)

    async def _write(self, data: bytes) -> None:
        assert self.response is not None
        self._flight.bytes_sent += len(data)
        try:
            await self.response.write(data)
        except ConnectionError:
            self._flight.bytes_sent -= len(data)
            raise

    def count(self, size: int) -> None:
        """Notes bytes that were sent without ``write``."""
        self._flight.bytes_sent += size

    async def finish(self) -> None:
        """The answer is complete."""
        assert self.response is not None, "start() comes before finish()"
        self.done()
        await self.response.write_eof()

    def done(self) -> None:
        """The answer is complete: its end was sent, or is about to be."""
        self._end("served")

    def fail(self, error: str) -> None:
        """It broke off by a fault, which the ledger is told; who says so closes it."""
        self._flight.error = error
        self._end("cut")

    def break_off(self) -> None:
        """Closes the connection with the answer incomplete, what was written before delivered.

        An ordinary close, not a reset, or some of the bytes that were to arrive might not.
        """
        self._end("cut")
        if self._request.transport is not None:
            self._request.transport.close()

    def _end(self, outcome: Outcome) -> None:
        self._flight.end(outcome)
        self._ledger.announce()


class _InParts:
    """Bytes at hand that may not go out in one write."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def send(self, sending: Sending) -> None:
        """Sends head and body."""
        await sending.start(len(self._body))
        await sending.write(self._body)
        await sending.finish()

    def whole(self) -> bytes:
        """All of it."""
        return self._body
