"""The site of a bundle, served on loopback; and its network, taken away for real."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from .fields import BundleError
from .live import Live
from .weather import Fate, Weather, checked
from .words import Answer, Effect, Site

_TYPES: Final[Mapping[str, str]] = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "appcache": "text/cache-manifest",
    "webmanifest": "application/manifest+json",
}
_EMPTY: Final = (204, 205, 304)
_LINGER: Final = struct.pack("ii", 1, 0)
_SLICE_S: Final = 0.05
_USED: Final[set[int]] = set()


@dataclass(frozen=True)
class Asked:
    """One request, and what became of it: ``served``, ``blocked`` or ``cut``."""

    host: str
    method: str
    target: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.method} {self.target} {self.outcome}"


@dataclass
class _Stack:
    """The answers for one path of one method, and how often each is still to be given."""

    answers: list[tuple[Answer, list[int]]] = field(
        default_factory=list[tuple[Answer, "list[int]"]]
    )

    def lay(self, answer: Answer) -> None:
        if answer.times is None:
            self.answers.clear()
        self.answers.append((answer, [] if answer.times is None else [answer.times]))

    def take(self) -> Answer:
        answer, left = self.answers[-1]
        if left:
            left[0] -= 1
            if not left[0] and len(self.answers) > 1:
                self.answers.pop()
        return answer


class Served:
    """The hosts of a site at one port of loopback; a context manager.

    Attributes:
        port: of all of them.
        asked: every request, in the order they came.
    """

    def __init__(self, site: Site, extra: Mapping[str, Callable[..., web.Response]] | None = None):
        self.port = 0
        self.asked: list[Asked] = []
        self._names = [host.name for host in site.hosts]
        self._site = site
        self._tables: dict[str, dict[tuple[str, str], _Stack]] = {}
        self._extra = extra or {}
        self._weather = Weather()
        self._reachable = True
        self._mark = 0
        self._controlling: set[web.RequestHandler] = set()
        self._open: list[Live] = []
        self._server: web.Server | None = None
        self._doors: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        try:
            self._run(self._start())
        except OSError as error:
            self.__exit__()
            raise BundleError(f"the site cannot be served on loopback: {error}") from None
        for host in self._site.hosts:
            self.lay(host.name, host.answers)
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def url(self, url: str) -> str:
        """A URL of a scenario, as it is now."""
        if url.startswith("/"):
            return f"http://{self._names[0]}.localhost:{self.port}{url}"
        return self.text(url)

    def text(self, text: str) -> str:
        """A text in which origins have the port that they have now."""
        for name in self._names:
            text = text.replace(f"{name}.localhost:0", f"{name}.localhost:{self.port}")
            text = text.replace(f"{name}.localhost%3A0", f"{name}.localhost%3A{self.port}")
        return text

    def lay(self, host: str, answers: Iterable[Answer]) -> None:
        """These answers count from now on; BundleError for a host that the site does not have."""
        if host not in self._names:
            raise BundleError(f"no host {host!r} in the site; it has {', '.join(self._names)}")
        table = self._tables.setdefault(host, {})

        def lay() -> None:
            for answer in answers:
                table.setdefault((answer.method, answer.path), _Stack()).lay(answer)

        self._call(lay)

    def _call(self, act: Callable[[], None]) -> None:
        """Acts on the loop's own thread; at once where this is it."""
        if threading.current_thread() is self._thread:
            act()
            return

        async def acted() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acted(), self._loop).result()

    def set_network(self, reachable: bool, effects: tuple[Effect, ...]) -> None:
        """What becomes of exchanges from now on; what is open is broken off where it has to be."""
        weather = Weather(checked(effects))

        def change() -> None:
            breaks = not (reachable and self._reachable) or weather.breaks
            if breaks and not (weather.hangs and not reachable):
                self._break_all()
            self._weather, self._reachable, self._mark = weather, reachable, len(self.asked)

        self._call(change)

    def requests(self, host: str, path: str) -> list[Asked]:
        """Those for a path (``*``: any) since the network changed, whatever became of them."""
        return [
            asked
            for asked in self.asked[self._mark :]
            if asked.host == host
            and (path == "*" or path in (asked.target, asked.target.partition("?")[0]))
        ]

    def send(self, host: str, path: str, text: str) -> int:
        """Sends a message over what is open at a path; to how many."""

        async def sent() -> int:
            found = [each for each in self._open if each.host == host and each.path == path]
            for each in found:
                await each.send(text)
            return len(found)

        return asyncio.run_coroutine_threadsafe(sent(), self._loop).result()

    def _run(self, coroutine: object) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()  # type: ignore[arg-type] # pyright: ignore[reportArgumentType, reportUnknownMemberType]

    async def _start(self) -> None:
        self._server = web.Server(self._handle, handler_cancellation=True)
        # A browser that goes on remembers the workers and caches of a port, so none is used twice.
        taken: list[asyncio.Server] = []
        while not taken or self.port in _USED:
            taken.append(await self._listen("127.0.0.1", 0))
            self.port = taken[-1].sockets[0].getsockname()[1]
        _USED.add(self.port)
        self._doors.append(taken.pop())
        for door in taken:
            door.close()
        # Browsers may ask at ::1 first; where it is not to be had, they go on to the other.
        with contextlib.suppress(OSError):
            self._doors.append(await self._listen("::1", self.port))

    async def _listen(self, address: str, port: int) -> asyncio.Server:
        assert self._server is not None
        return await self._loop.create_server(self._server, address, port)

    async def _end(self) -> None:
        for door in self._doors:
            door.close()
        self._break_all()
        await asyncio.sleep(0)

    def _break_all(self) -> None:
        for protocol in self._server.connections if self._server else ():
            if protocol not in self._controlling:
                _reset(protocol.transport)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        name, _, port = request.headers.get("Host", "").partition(".localhost:")
        if name in self._extra and port == str(self.port):
            self._controlling.add(request.protocol)
            return self._extra[name](self, request.method, request.path_qs)
        if name not in self._names or port != str(self.port):
            return web.Response(status=421, text=f"no host {name!r} is served here\n")
        target, method = request.raw_path, request.method
        fate = self._weather.fate(method, target, name)
        if self._reachable and fate.stop is None:
            return await self._answer(request, name, target, fate)
        self.asked.append(Asked(name, method, target, "blocked"))
        if fate.stop == "hang":
            await asyncio.Event().wait()
        _reset(request.transport)
        return web.Response()

    async def _answer(
        self, request: web.BaseRequest, host: str, target: str, fate: Fate
    ) -> web.StreamResponse:
        if fate.wait:
            await asyncio.sleep(fate.wait / 1000)
        answer = self._found(request, host, target) if fate.instead is None else _instead(fate)
        if answer.live:
            self.asked.append(Asked(host, request.method, target, "served"))
            live = Live(host, target.partition("?")[0])
            self._open.append(live)
            try:
                return await live.hold(request, answer)
            finally:
                self._open.remove(live)
        cut = fate.truncate if answer.cut_after is None else answer.cut_after
        body = fate.damaged(self._body(answer.body))
        if _unchanged(request, answer):
            answer, body = Answer(target, status=304, headers=answer.headers), b""
        whole = cut is None or (cut >= len(body) and answer.cut_after is None)
        # Before the first byte goes out: who has it must find it here.
        asked = Asked(host, request.method, target, "served" if whole else "cut")
        self.asked.append(asked)
        if answer.delay:
            await asyncio.sleep(answer.delay)
        response = _head(answer, target, body, closes=self._weather.breaks or not whole)
        await response.prepare(request)
        if request.method != "HEAD" and answer.status not in _EMPTY:
            await _send(response, body if whole else body[:cut], answer, fate)
            if not whole:
                assert request.transport is not None
                request.transport.close()
                return response
        await response.write_eof()
        return response

    def _found(self, request: web.BaseRequest, host: str, target: str) -> Answer:
        table = self._tables[host]
        path = target.partition("?")[0]
        methods = ("HEAD", "GET") if request.method == "HEAD" else (request.method,)
        for method in methods:
            for each in (target, path):
                if (method, each) in table:
                    return table[method, each].take()
        mode = request.headers.get("Sec-Fetch-Mode")
        opens = mode == "navigate" or (
            mode is None and "text/html" in request.headers.get("Accept", "")
        )
        if opens and ("GET", "*") in table:
            return table["GET", "*"].take()
        return Answer(target, f"{request.method} {target}: not in this bundle\n".encode(), 404)

    def _body(self, body: bytes) -> bytes:
        for name in self._names:
            for colon in (":", "%3A"):
                before = f"{name}.localhost{colon}0".encode()
                body = body.replace(before, f"{name}.localhost{colon}{self.port}".encode())
        return body


async def _send(response: web.StreamResponse, body: bytes, answer: Answer, fate: Fate) -> None:
    start = 0
    step = max(1, int(fate.rate * _SLICE_S)) if fate.rate else max(1, len(body))
    for size in answer.pieces or (step,) * -(-len(body) // step):
        if start and (answer.pause or fate.rate):
            await asyncio.sleep(answer.pause or _SLICE_S)
        if body[start : start + size]:
            await response.write(body[start : start + size])
        start += size


def _head(answer: Answer, target: str, body: bytes, *, closes: bool) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status)
    for name, value in answer.headers:
        if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
            response.headers.add(name, value)
    if answer.status not in _EMPTY:
        response.headers.setdefault("Content-Type", _type_of(target, body))
        if answer.pieces:
            response.enable_chunked_encoding()
        else:
            response.content_length = len(body)
    response.headers.setdefault("Cache-Control", "no-cache")
    if closes:
        response.force_close()
    return response


def _type_of(target: str, body: bytes) -> str:
    last = target.partition("?")[0].rsplit("/", 1)[-1]
    ending = last.rpartition(".")[2] if "." in last else ""
    if not ending and (body.lstrip()[:1] == b"<" or not last):
        return _TYPES["html"]
    return _TYPES.get(ending, "text/plain; charset=utf-8")


def _unchanged(request: web.BaseRequest, answer: Answer) -> bool:
    """Whether the browser has it already, by a validator that the answer carries."""
    if answer.status != 200:
        return False
    held = {name.lower(): value for name, value in answer.headers}
    tag, when = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
    if tag is not None:
        return tag == held.get("etag")
    return when is not None and when == held.get("last-modified")


def _instead(fate: Fate) -> Answer:
    assert fate.instead is not None
    status, body, kind = fate.instead
    return Answer("", body, status, headers=(("Content-Type", kind), ("Cache-Control", "no-store")))


def _reset(transport: asyncio.BaseTransport | None) -> None:
    """Ends a connection at once, what was buffered on it thrown away by the kernel too."""
    if not isinstance(transport, asyncio.WriteTransport) or transport.is_closing():
        return
    held = transport.get_extra_info("socket")
    if held is not None:
        with contextlib.suppress(OSError):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    transport.abort()
