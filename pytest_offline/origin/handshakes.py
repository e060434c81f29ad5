"""TLS handshakes: which origin a client means, with what certificate it is met, what went wrong."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pytest_offline.origin.certificates import Certificates

if TYPE_CHECKING:
    from pytest_offline.origin.site import Origin

_REFUSALS: Final = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")
_WANTS: Final = {
    "trusted": "it is valid, but the browser was not told to trust it: a browser that was started "
    "by something else than the fixture launch_browser, or (Firefox) a context opened before the "
    "test had an origin over https, does not know it",
    "expired": "that was asked for: certificate='expired'",
    "stranger": "that was asked for: certificate='stranger'",
}


class Handshake(ssl.SSLObject):
    """One handshake; asyncio has no word for one that fails, so it tells its origin itself."""

    origin: Origin | None = None
    _noted = False

    def do_handshake(self) -> None:
        """As ever; a failure is noted at the origin it was meant for."""
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            if self.origin is None or self._noted:
                raise
            self._noted = True
            self.origin.note_handshake(_worded(self.origin, error))
            if not self.origin.weather.refuses_handshakes:
                raise
            # asyncio would close without sending the alert (Python 3.11). So it sends it, and
            # waits for the client to go.
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "the alert comes first") from error


def server_context(
    certificates: Certificates, hosts: Mapping[str, Origin], port: int
) -> ssl.SSLContext:
    """The context of a listening port: each handshake gets its certificate by the name it asks for.

    Who asks for a name that is no origin's gets the certificate of ``localhost``, and then the
    sentence that says which origins there are.
    """
    contexts = functools.lru_cache(maxsize=256)(certificates.context)

    def choose(handshake: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        origin = hosts.get(f"{(name or '').lower()}:{port}")
        if origin is None:
            return None
        if isinstance(handshake, Handshake):
            handshake.origin = origin
        if origin.weather.refuses_handshakes:
            origin.refused_handshakes += 1
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        handshake.context = contexts(origin.host, origin.certificate)
        return None

    context = certificates.context("localhost")
    context.sslobject_class = Handshake
    context.sni_callback = choose  # type: ignore[assignment]  (typeshed knows SSLSocket only)
    return context


def _worded(origin: Origin, error: ssl.SSLError) -> str:
    if origin.weather.refuses_handshakes:
        return f"the handshake was refused by {origin.condition}"
    reason = error.reason or str(error)
    if not any(word in reason for word in _REFUSALS):
        return f"the handshake failed: {reason}"
    return f"the certificate was refused ({reason}); {_WANTS[origin.certificate]}"
