"""What an origin serves: scripted replies over whatever is mounted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import Answer, Asked, Handler, Relay
from pytest_offline.origin.apps import Interface, app_mount
from pytest_offline.origin.apps_calls import Surroundings
from pytest_offline.origin.deploying import Deploying
from pytest_offline.origin.header_sets import HeadersByPath
from pytest_offline.origin.live import EventStream, LiveBody, OnMessage, WebSocketRoute
from pytest_offline.origin.loop_thread import LoopThread
from pytest_offline.origin.mounts import FolderMount, checked_at
from pytest_offline.origin.proxy import ProxyMount, ProxyOptions
from pytest_offline.origin.replies import Laid, Replies, Reply, ReplyScript


class Contents(Deploying):
    """The part of an `Origin` that says what it serves.

    Attributes:
        base: scheme, host and port.
        scripts: worker scripts that applications and upstreams served, by target, before the
            probe stood in front of them.
    """

    def __init__(self, base: str, thread: LoopThread) -> None:
        super().__init__()
        self.base = base
        self.scripts: dict[str, Answer] = {}
        self._thread = thread
        self._replies = Replies()
        self._errors: list[BaseException] = []

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
        self._add(mount.at, mount)

    def app(
        self,
        app: object,
        at: str = "/",
        *,
        interface: Interface | None = None,
        timeout: float = 20.0,
    ) -> None:
        """Serves an application in this process: ASGI, WSGI or aiohttp. Mounts stack, as ever.

        It runs beside the server, never on its loop: an ASGI or aiohttp application on a loop and
        thread of its own, a WSGI application in a thread a request. Its start-up events (ASGI
        lifespan, aiohttp's ``on_startup`` and ``cleanup_ctx``) have run when this returns, its
        shut-down events run when the test's origin closes. Below ``at`` it finds itself at
        ``root_path`` (ASGI) or ``SCRIPT_NAME`` (WSGI); an aiohttp application, which knows
        neither, is asked as if it stood at the root, and its redirects are mapped.

        What it raises stands in ``errors``, in ``Exchange.error``, and with its traceback in the
        report of a failing test (it is logged); the client is told in a 500.

        Args:
            app: the application itself: ``app.main.app``, ``create_app()``,
                ``get_asgi_application()``.
            interface: ``"asgi"``, ``"wsgi"`` or ``"aiohttp"``, where it cannot be seen.
            timeout: seconds that starting up may take; shutting down may take as long.

        Raises:
            UsageError: it is no application, or not of that kind.
            SiteError: it did not start; the application's own error is its cause.
        """
        place = checked_at(at, "app", "the application")
        mount = app_mount(
            app, place, interface, timeout, Surroundings(self.base, self._thread, self._raised)
        )
        self._add(place, mount)

    def proxy(
        self,
        upstream_url: str,
        at: str = "/",
        *,
        preserve_host: bool = False,
        verify: bool = True,
        timeout: float = 30.0,
    ) -> None:
        """Serves what a server that runs elsewhere answers. Mounts stack, as ever.

        Everything passes as it comes, both ways and never collected: bodies, compression,
        validators, event streams, web sockets. What names the upstream in cookies and redirects
        names the origin instead, and ``Origin`` and ``Referer`` the other way round, so that
        logins and their checks work. The path of ``upstream_url`` appears at ``at``. Nothing is
        ever asked of another host; while the origin is cut nothing is asked at all, and what was
        open to the upstream is closed.

        Args:
            upstream_url: ``http://127.0.0.1:3000/``, or ``live_server.url``.
            preserve_host: the upstream gets the origin's Host, and ``X-Forwarded-Host``, as
                servers want that write their own address into pages.
            verify: whether the certificate of an https upstream has to be trusted.
            timeout: seconds after which an upstream that says nothing is answered for, with 504.

        Raises:
            UsageError: that is no URL of a server.
        """
        place = checked_at(at, "proxy", "the upstream")
        options = ProxyOptions(preserve_host=preserve_host, verify=verify, timeout=timeout)
        self._add(place, ProxyMount(upstream_url, place, self.base, self._thread, options))

    @property
    def errors(self) -> tuple[BaseException, ...]:
        """What applications raised, in order, with their tracebacks."""
        return tuple(self._errors)

    def _raised(self, error: BaseException) -> None:
        self._errors.append(error)

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

    def event_stream(self, path: str, *, retry: int | None = None) -> EventStream:
        """Answers a path with an event stream, which the test sends events over.

        Args:
            retry: milliseconds after which the browser shall open it again when it broke off;
                3,000 to 5,000 where nothing is said, as browsers have it.
        """
        if retry is not None and (isinstance(retry, bool) or retry < 0):
            raise UsageError(
                f"event_stream({path!r}, retry={retry!r}): give milliseconds, 0 or more, after "
                "which the browser shall come back."
            )
        stream = EventStream(self._thread, path, retry)
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

    def answer(self, asked: Asked, *, consume: bool = True) -> Answer | Relay:
        """What answers a request, as the server asks for it: replies first, then mounts."""
        return self._replies.answer(asked, consume=consume) or self._mounts.answer(asked)

    def mounted_paths(self, most: int = 2000) -> list[str]:
        """The paths of files in mounted folders, up to so many."""
        return self._mounts.paths(most)

    def relays(self, asked: Asked) -> bool:
        """Whether what answers reads the request's body itself."""
        return not isinstance(self.answer(asked, consume=False), Answer)

    def clear(self) -> list[Handler]:
        """Serves nothing any more; returns what was mounted, to be closed."""
        self._replies.clear()
        return self._mounts.clear()
