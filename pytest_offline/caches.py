"""The Cache API probe of one origin, as a test sees it: history, present state, and the verdict."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from pytest_offline.errors import CacheTooLarge, ModelMismatch, UsageError
from pytest_offline.model import Response
from pytest_offline.record import Operation, Put, Snapshot, decode_snapshot, puts_of

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from pytest_offline.compare import Comparison, Miss, Timeline
    from pytest_offline.model import CacheStorage
    from pytest_offline.origin import Origin
    from pytest_offline.record.auditing import Finding
    from pytest_offline.scene import Scene


Seed = Mapping[str, Mapping[str, str | bytes | Response]]

_MOST_TRIES = 50
"""How often a site that goes on writing is given the chance to stand still for a snapshot."""

_PENDING_S = 3.0
"""How long calls that are under way are waited for before a new beginning; some never end."""

_NEWS_MS = 100


class Caches:
    """What the origin's pages and workers did with the Cache API, and what the browser holds.

    You get one from the fixture ``caches``.
    """

    def __init__(self, scene: Scene, origin: Origin) -> None:
        self._scene = scene
        self._origin = origin
        self._stage = scene.stage_of(origin)

    def __repr__(self) -> str:
        return f"<Caches of {self._origin.url}>"

    @property
    def origin(self) -> Origin:
        """The origin they belong to."""
        return self._origin

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every call of every method of CacheStorage and Cache, by the time it started."""
        self._scene.drain(self._origin)
        return self._scene.operations(self._origin)

    @property
    def puts(self) -> tuple[Put, ...]:
        """Every ``Cache.put``, those inside ``add`` and ``addAll`` too, by page or worker."""
        return tuple(puts_of(self.operations))

    def snapshot(self, *, bodies: bool = False) -> Snapshot:
        """What the browser holds now: cache names to entries in key order, in one ``evaluate``.

        Args:
            bodies: whether the bodies themselves travel too; else their size and SHA-256 only.

        Raises:
            UsageError: no browser context is open, or the origin cannot be reached.
            CacheTooLarge: the browser does not list that many entries: Chromium from about 40,000.
        """
        return decode_snapshot(self._ask("snapshot", bodies=bodies))

    def seed(self, caches: Seed) -> None:
        """Puts entries into caches before the test begins; they are no puts of the site.

        Args:
            caches: cache names to paths or URLs to what is stored there: text, bytes, or a
                ``pytest_offline.model.Response`` for a status and headers of its own.
        """
        wanted = [
            {"name": name, "entries": [self._entry(url, what) for url, what in entries.items()]}
            for name, entries in caches.items()
        ]
        self._ask("seed", caches=wanted)
        self._begin_anew()

    def clear(self) -> None:
        """Deletes every cache of the origin; that is no operation of the site either."""
        with self._scene.deed(self._origin, "clear"):  # one, however often it takes
            self._begin_anew(lambda: self._ask("clear"))
        self._stage.closed = Counter(
            (found.place.id, found.cache)
            for found in self._scene.operations(self._origin)
            if found.method == "open"
        )

    def wait_for_news(self, milliseconds: float) -> None:
        """Waits until something new was recorded, at most so long."""
        self._scene.drain(self._origin, milliseconds)

    def noted(self, what: str) -> contextlib.AbstractContextManager[dict[str, Any]]:
        """A block that does or awaits something: once it came to its end, that is noted."""
        return self._scene.deed(self._origin, what)

    def explain(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> Miss:
        """Why does this URL miss, or which entry answers for it? ``print()`` shows it in words.

        Args:
            url: a path or a URL.
            method, headers: of the request that would be asked with.
        """
        from pytest_offline.compare import explain_miss
        from pytest_offline.model import Request

        asked = Request(self._absolute(url), method, tuple((headers or {}).items()))
        return explain_miss(
            asked,
            self.snapshot(),
            base_url=self._origin.url,
            scope=self._scope(asked.url),
            redirects=self._redirects(),
        )

    def private_data(self, canaries: Sequence[str] = ()) -> tuple[Finding, ...]:
        """What the caches hold that belongs to one person, and stays behind on the machine.

        Answers to requests with Authorization, or with cookies where somebody without them gets
        another answer (the origin is asked); answers with Set-Cookie, or whose Cache-Control says
        ``no-store`` or ``private``; URLs that are signed; and the canaries.

        Args:
            canaries: texts that may be in no URL, header or body, such as the user's name.
        """
        from pytest_offline.compare.private_data import private_findings

        return private_findings(
            self.snapshot(bodies=bool(canaries)),
            self._origin.requests.snapshot(),
            canaries=canaries,
            stranger=stranger_at(self._origin),
        )

    def _scope(self, url: str) -> str | None:
        """The scope of the worker that would be asked for a page at the URL, else of any."""
        scopes = [found["scope"] for found in self._ask("registrations")["registrations"]]
        covering = [scope for scope in scopes if url.startswith(scope)]
        return max(covering or scopes, key=len, default=None)

    def _redirects(self) -> dict[str, str]:
        """Where the origin was seen to redirect to, URL to URL."""
        found: dict[str, str] = {}
        for seen in self._origin.requests:
            location = seen.response_header("location")
            if location is not None and seen.status is not None and 300 <= seen.status < 400:
                found[seen.url] = urljoin(seen.url, location)
        return found

    @property
    def model(self) -> CacheStorage:
        """The reference ``CacheStorage`` fed with the history: what must be there now."""
        return self.compare().model

    def compare(self) -> Comparison:
        """History and present state against the model, as data. See `verify`."""
        comparisons = [timeline.compare() for timeline in self._timelines()]
        return next((found for found in comparisons if not found.agrees), comparisons[-1])

    def verify(self) -> None:
        """Holds the recorded history, and what the browser holds now, against the model.

        Of a cache so large that the browser does not list it, the history alone is judged.

        Raises:
            ModelMismatch: the first operation that differs, both states, and where the timeline
                was kept that gives the same verdict again without a browser. Also where it cannot
                be decided: the message says so, and `differences` is empty.
            ProbeError: a record is lost, so no verdict is possible.
        """
        for timeline in self._timelines():
            comparison = timeline.compare()
            if not comparison.agrees:
                raise self._mismatch(timeline, comparison)

    def verify_if_used(self) -> None:
        """As `verify`, where the test did anything that can be verified; else nobody is asked.

        Raises:
            ModelMismatch, ProbeError: as `verify`.
            UsageError: the site does not stop writing to its caches.
        """
        session = self._scene.session
        if session is None or not session.histories:
            return
        self._scene.drain(self._origin)
        if self._scene.operations(self._origin) or self._stage.snapshots:
            self.verify()

    def _mismatch(self, timeline: Timeline, comparison: Comparison) -> ModelMismatch:
        from pytest_offline.compare import both_states, dump, explain

        next_step = None
        folder = self._scene.artifacts
        if folder is not None:
            at = self._scene.origins.index(self._origin)
            path = folder / (f"timeline-{at + 1}.json" if at else "timeline.json")
            next_step = f"compare again, without a browser: python -m pytest_offline.compare {path}"
            try:
                folder.mkdir(parents=True, exist_ok=True)
                dump(timeline, path)
            except OSError as error:  # the verdict counts for more
                next_step = f"to compare again, make room: {path} was not written ({error})"
        lines = explain(comparison, next_step=next_step)
        at = -1 if next_step else len(lines)
        lines[at:at] = both_states(comparison, timeline.final)
        return ModelMismatch("\n".join(lines), comparison.differences)

    def _timelines(self) -> list[Timeline]:
        """One a context: contexts share no storage."""
        session = self._scene.session
        if session is None or not session.histories:
            raise UsageError(
                f"there is no browser whose caches of {self._origin.url} could be verified; "
                f"ask for the fixture 'page' too"
            )
        return [self._timeline(context) for context in session.histories]

    def _timeline(self, context: BrowserContext) -> Timeline:
        from pytest_offline.compare import Timeline

        final = self._settled_snapshot(context)
        self._scene.check_complete()
        operations = self._scene.operations(self._origin, context)
        return Timeline(
            tuple(found for found in operations if self._stage.counts(found)),
            base_url=self._origin.url,
            initial=self._stage.snapshots.get(context),
            final=final,
            exchanges=self._origin.requests.snapshot(),
            build=self._scene.build,
        )

    def _settled_snapshot(self, context: BrowserContext) -> Snapshot | None:
        """The state after exactly the operations that are known: none came in while it was taken.

        None where the context cannot be asked: it is closed, or has no page of the origin, or a
        cache so large that the browser does not list it.
        """
        session = self._scene.session
        assert session is not None  # our callers have looked
        if not session.can_ask(context, self._origin.url):
            return None
        self._scene.drain(self._origin)
        for _ in range(_MOST_TRIES):
            try:
                final = decode_snapshot(session.ask_context(context, self._origin.url, "snapshot"))
            except CacheTooLarge:
                return None
            if not self._scene.drain(self._origin):
                return final
        raise UsageError(
            f"{self._origin.url} did not stop writing to its caches in {_MOST_TRIES} snapshots, so "
            f"its final state cannot be verified; wait until the app is done, then verify"
        )

    def _begin_anew(self, act: Callable[[], object] = lambda: None) -> None:
        """What stands once it is done, in each context by itself, is where the model begins.

        A worker that is just storing its files would store them behind that beginning, by a call
        from before it: so what is under way comes to its end first, or is part of what follows.
        """
        snapshots: dict[BrowserContext, Snapshot] = {}
        for _ in range(_MOST_TRIES):
            self._let_settle()
            act()
            snapshots = self._snapshots()
            if not self._scene.drain(self._origin):
                break
        operations = self._scene.operations(self._origin)
        self._stage.snapshots = snapshots
        self._stage.since = max((found.started for found in operations), default=0.0) + 0.001
        self._stage.pending = self._pending()

    def _let_settle(self) -> None:
        """Waits for calls that are under way, but for those that never came to their end."""
        self._scene.drain(self._origin)
        end = time.monotonic() + _PENDING_S
        while self._pending() - self._stage.pending and time.monotonic() < end:
            self._scene.drain(self._origin, _NEWS_MS)

    def _pending(self) -> frozenset[tuple[str, int]]:
        operations = self._scene.operations(self._origin)
        return frozenset(found.key for found in operations if found.settled is None)

    def _snapshots(self) -> dict[BrowserContext, Snapshot]:
        session = self._scene.session
        assert session is not None  # it has just been asked
        url = self._origin.url
        return {
            context: decode_snapshot(session.ask_context(context, url, "snapshot"))
            for context in session.contexts
            if session.can_ask(context, url)
        }

    def _ask(self, question: str, **asked: object) -> Any:
        return self._scene.ask(self._origin, "the caches", question, **asked)

    def _absolute(self, url: str) -> str:
        return url if "://" in url else self._origin.url_for(url)

    def _entry(self, url: str, what: str | bytes | Response) -> dict[str, object]:
        if isinstance(what, str | bytes):
            what = Response(body=what.encode() if isinstance(what, str) else what)
        body = what.body
        if body is not None and not isinstance(body, bytes):
            raise UsageError(
                f"caches.seed() cannot store {url!r}: its body is {body!r}, and a digest is not "
                f"enough to make one; give the body itself, as text or bytes"
            )
        return {
            "url": self._absolute(url),
            "requestHeaders": [],
            "status": what.status,
            "statusText": what.status_text,
            "headers": [list(pair) for pair in what.headers],
            "body": None if body is None else base64.b64encode(body).decode(),
        }


def stranger_at(origin: Origin) -> Callable[[str], str | None]:
    """What an origin answers somebody without credentials, as `private_findings` wants it told."""
    from pytest_offline.compare.private_data import steady, strangers_answer

    def ask(url: str) -> str | None:
        if not url.startswith(origin.url):
            return None
        path = url.partition("#")[0][len(origin.base) :]
        status, _, body = origin.peek(path, though_cut=True)
        return strangers_answer(status, hashlib.sha256(body).hexdigest())

    return steady(ask)
