"""The world outside: hosts beyond this machine that a test's pages or workers asked for."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_offline.record.exchanges import Initiator


@dataclass(frozen=True)
class OutsideRequest:
    """One request for a host that is not the test's own.

    Attributes:
        time: milliseconds since the Unix epoch.
        host: as it was asked for, in lower case.
        port: of the host.
        refused: False where the test had opened the host with ``network.allow``.
        url: absolute; None where only the connection was seen (a web socket of a worker, say).
        initiator: what asked; ``other`` where only the connection was seen.
    """

    time: float
    host: str
    port: int
    refused: bool = True
    url: str | None = None
    initiator: Initiator = "other"

    def __str__(self) -> str:
        what = f"{self.host}:{self.port}" if self.url is None else f"{self.url} ({self.initiator})"
        return f"{'refused' if self.refused else 'let out'}: {what}"
