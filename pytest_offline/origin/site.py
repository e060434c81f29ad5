"""One origin: a host of its own on the session's server, what it serves, and what it saw."""

from __future__ import annotations

import contextlib
import time as clock
from collections.abc import Callable, Iterable
from typing import Literal

from multidict import CIMultiDict

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import Answer, AnswerError, Asked, Relay
from pytest_offline.origin.capturing import peeked
from pytest_offline.origin.certificates import Certificate
from pytest_offline.origin.connections import Breaking, Connection
from pytest_offline.origin.contents import Contents
from pytest_offline.origin.flights import Flight
from pytest_offline.origin.ledger import Ledger
from pytest_offline.origin.loop_thread import LoopThread
from pytest_offline.origin.taping import Tape
from pytest_offline.origin.weather import Weather
from pytest_offline.record import ONLINE, Condition, Initiator

How = Callable[[Connection], Breaking | None]
Cut = Callable[[Ledger, Condition, How], None]


class Origin(Contents):
    """The local site under test. You get one from ``OriginServer.new_origin`` (or the fixture).

    Attributes:
        name: ``t7``, or the host it was asked for by.
        host: ``t7.localhost``: loopback in every browser, a secure context, an origin of its own;
            or a name such as ``app.test``, which is a secure context over https only.
        scheme: ``http`` or ``https``.
        port: the server's; all origins of a session with the same scheme share it.
        certificate: what it proves itself with over https.
        handshakes: TLS handshakes that failed: when, in milliseconds since the Unix epoch, and why.
        refused_handshakes: how many of them the weather refused; counted before the client hears.
        requests: the ledger.
        weather: what the condition in force does to exchanges.
        tape: keeps what it answers, for a bundle; None where nobody asked for one.
        manifests: paths that are known to be AppCache manifests, for the ledger's ``initiator``.
    """

    def __init__(
        self,
        name: str,
        port: int,
        thread: LoopThread,
        cut: Cut,
        *,
        host: str | None = None,
        scheme: Literal["http", "https"] = "http",
        certificate: Certificate = "trusted",
    ) -> None:
        self.name = name
        self.host = host or f"{name}.localhost"
        self.scheme = scheme
        self.port = port
        super().__init__(f"{scheme}://{self.host}:{port}", thread)
        self.certificate: Certificate = certificate
        self.handshakes: list[tuple[float, str]] = []
        self.refused_handshakes = 0
        self.requests = Ledger()
        self.manifests: set[str] = set()
        self.tape: Tape | None = None
        self.weather = Weather(ONLINE, self.base)
        self._cut = cut

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
        was buffered on them thrown away, and not one byte follows (``HANG``: they stay open, with
        nobody behind them). New connections are accepted, so the port stays held; what they ask is
        read, noted as ``blocked`` and reset.
        """
        self._thread.call(lambda: self._put_in_force(condition))

    def _put_in_force(self, condition: Condition) -> None:
        before, self.weather = self.weather, Weather(condition.at(self.base), self.base)
        before.end()
        self.weather.watch(self._thread.loop, self._went_away)
        if before.condition.reachable and self.condition.reachable:
            self._cut(self.requests, self.condition, self._how)
            return
        # On the way back too: what still waits on such a connection was asked while away.
        cause = before.condition if self.condition.reachable else self.condition
        self._break_all(cause, "freeze" if self.weather.holds_all else "cut")

    def _break_all(self, cause: Condition, how: Breaking) -> None:
        self._cut(self.requests, cause, lambda _: how)
        self._mounts.cut()

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
        self._break_all(self.condition, "cut")

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
        """Notes an exchange that never came here.

        Args:
            url: absolute, on this origin.
            time: milliseconds since the Unix epoch; now by default.
            stopped_by: the browser's own switch, or the origin, which refused the connection.
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

    def note_handshake(self, what: str) -> None:
        """Notes a TLS handshake that failed, for the timeline."""
        self.handshakes.append((clock.time() * 1000, what))
        self.requests.announce()  # who waits for what the origin sees may wait for this

    def peek(
        self, path: str, *, though_cut: bool = False, navigation: bool = False
    ) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """What the origin would answer to a GET now: status, headers, body.

        Nothing is sent to a browser or noted, no ``times`` used up, no worker script
        instrumented, and the condition does not matter. Applications and upstreams are really
        asked, without cookies, and not while the origin is cut; a worker's script that cannot be
        had so is the one that was served last. What cannot be known has the status 0.

        Args:
            though_cut: ask them also while the origin is cut: it is from browsers, not from us.
            navigation: ask as a browser does for a page.
        """
        accept = {"Accept": "text/html,*/*", "Sec-Fetch-Mode": "navigate"}
        given = accept if navigation else {"Accept": "*/*"}
        asked = Asked("GET", path, CIMultiDict[str](given))
        answer = self.answer(asked, consume=False)
        if not isinstance(answer, Answer):
            answer = self._peeked(asked, answer, though_cut or self.condition.reachable)
        if answer is None:
            return 0, (), b""
        body = answer.body if isinstance(answer.body, bytes) else answer.body.whole()
        return answer.status, tuple((k.lower(), v) for k, v in answer.headers.items()), body

    def _peeked(self, asked: Asked, relay: Relay, ask: bool) -> Answer | None:
        answer: Answer | None = None
        if ask:
            with contextlib.suppress(AnswerError):
                answer = self._thread.run(peeked(relay, asked))
        if answer is None or not 200 <= answer.status <= 299:
            return self.scripts.get(asked.target, answer)
        return answer

    def close(self) -> None:
        """Breaks its connections and lets go of what it serves; the ledger can still be read.

        Applications shut down. What they raise in that is logged and stands in ``errors``.
        """
        mounted = self.clear()
        if self._thread.alive:
            self._thread.call(self._end)
        for mount in mounted:
            mount.close()
        if self._thread.alive:
            self._thread.call(lambda: None)  # behind what applications told of their end

    def _end(self) -> None:
        self.weather.end()
        self._cut(self.requests, self.condition, lambda _: "cut")
