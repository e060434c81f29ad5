"""The body of a request: read piece by piece, the beginning kept for the ledger."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from pytest_offline.origin.flights import Flight
from pytest_offline.origin.ledger import Ledger
from pytest_offline.origin.weather import Line

BODY_KEPT: Final = 1024 * 1024
"""Bytes of a request's body that the ledger keeps; the rest is read and thrown away."""


class RequestBody:
    """Reads one request's body, and tells a client that waits for it to go on.

    Args:
        line: what it comes by where that is slow.
    """

    def __init__(
        self, request: web.BaseRequest, flight: Flight, ledger: Ledger, line: Line | None
    ) -> None:
        self._request = request
        self._flight = flight
        self._ledger = ledger
        self._line = line
        self._waits = waits_for_leave(request)

    async def read(self) -> bytes:
        """The next piece, nothing at the end.

        Raises:
            ConnectionError: the client is gone.
            aiohttp.ClientPayloadError: what came is no body.
        """
        if self._waits:
            self._waits = False
            await self._request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._request.writer.output_size = 0
        data = await self._request.content.readany()
        if self._line is not None:
            await self._line.carry(len(data))
        room = BODY_KEPT - len(self._flight.body)
        if room > 0 and data:
            self._ledger.grow(self._flight, data[:room])
        return data


def waits_for_leave(request: web.BaseRequest) -> bool:
    """Whether the client sends its body only once it is told to go on (RFC 9110, 10.1.1)."""
    return request.headers.get("Expect", "").lower() == "100-continue"
