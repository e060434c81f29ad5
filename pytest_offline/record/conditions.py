"""What the network does to exchanges: small frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Condition:
    """One state of the network.

    Attributes:
        name: how it is called on the timeline and in an exchange.
        reachable: whether the origin answers at all. Where it does not, it still reads what
            arrives, to note it as ``blocked``, and sends not one byte.
        browser_online: what ``navigator.onLine`` says. The two are separate switches: a server
            that is down is not reachable while the browser believes itself online.
    """

    name: str
    reachable: bool = True
    browser_online: bool = True

    def __str__(self) -> str:
        return self.name


ONLINE: Final = Condition("online")
OFFLINE: Final = Condition("offline", reachable=False, browser_online=False)
