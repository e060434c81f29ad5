"""The service workers of one origin, as a test sees them: their state, their life, readiness."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pytest_offline.browser.tabs import Tab
from pytest_offline.errors import ManifestError, NotReady
from pytest_offline.model import Manifest
from pytest_offline.probes import READER_PATH
from pytest_offline.readiness.declared import Declared, Fetched, declared_urls
from pytest_offline.readiness.facts import AppCacheFacts, Facts, RegistrationFacts
from pytest_offline.readiness.verdict import Verdict, judge, sentence
from pytest_offline.readiness.witnesses import Workers, appcache_facts, document_at
from pytest_offline.record import (
    APPCACHE_STATUSES,
    FetchAnswer,
    Registration,
    Snapshot,
    WorkerEvent,
    WorkerVersions,
    decode_snapshot,
    versions_of,
)

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Frame

    from pytest_offline.origin import Origin
    from pytest_offline.scene import Scene

_NEWS_MS: Final = 250
"""How long one question waits for news before the site is looked at again."""

_ALONE_S: Final = 0.5
"""How long a browser without a page of the origin is left alone, so that workers can change."""

_QUIET_MS: Final = 1500
"""How long a site that has nothing under way may take to begin something by itself."""


class ServiceWorkers:
    """The service workers of one origin. You get one from the fixture ``service_worker``."""

    def __init__(self, scene: Scene, origin: Origin) -> None:
        self._scene = scene
        self._origin = origin
        self._declared: dict[str, tuple[bytes, Declared]] = {}

    def __repr__(self) -> str:
        return f"<ServiceWorkers of {self._origin.url}>"

    @property
    def origin(self) -> Origin:
        """The origin they belong to."""
        return self._origin

    @property
    def events(self) -> tuple[WorkerEvent, ...]:
        """Lifecycle steps, every ``fetch`` event with its answer, the workers' own fetches."""
        self._scene.drain(self._origin)
        return self._scene.worker_events(self._origin)

    @property
    def answers(self) -> tuple[FetchAnswer, ...]:
        """Every ``fetch`` event, and whether a cache, the network or the worker answered it."""
        return tuple(event for event in self.events if isinstance(event, FetchAnswer))

    @property
    def state(self) -> str | None:
        """The state of the worker nearest to being in charge: ``activated``, ``installing``, ….

        None where nothing is registered.
        """
        for found in _registrations(self._ask("registrations")):
            return found.active or found.waiting or found.installing
        return None

    def registrations(self) -> tuple[Registration, ...]:
        """Every registration of the origin, in the context of its newest page."""
        found = _registrations(self._ask("registrations"))
        contexts = self._contexts()
        return tuple(
            Registration(
                each.scope,
                each.script_url,
                each.installing,
                each.waiting,
                each.active,
                self._versions(each.script_url, contexts[-1], each.installing, each.waiting),
            )
            for each in found
        )

    def tabs(self) -> tuple[Tab, ...]:
        """Every open page of the origin, its frames too, and who controls each.

        In the order in which they were opened; a page that is on its way to another is left out.
        """
        # Costs an import of Playwright, which who asks a page has paid already.
        from pytest_offline.browser.asking import DocumentGone

        session = self._scene.asking(self._origin, "the service workers")
        found: list[Tab] = []
        for context in session.contexts:
            for frame in session.frames_in(context, self._origin.url):
                if frame.url.endswith(READER_PATH):
                    continue
                with contextlib.suppress(DocumentGone):
                    asked = session.ask(frame, "control")
                    found.append(self._tab(frame, asked))
        return tuple(found)

    def update(self, *, timeout: float = 30_000) -> None:
        """Calls ``registration.update()`` on every registration and waits until it settles.

        A check that was under way before, and that the call joined, is followed by another.

        Where the page that asks is taken away meanwhile, as by a new worker that loads its pages
        again, that is the end of the wait; so it is where the registration is unregistered.

        Args:
            timeout: milliseconds, of each check.

        Raises:
            SiteError: the browser's update check failed, as it does offline, or did not end.
        """
        from pytest_offline.browser.asking import DocumentGone

        with self._scene.deed(self._origin, "update"), contextlib.suppress(DocumentGone):
            self._scene.update(self._origin, timeout)

    def unregister(self) -> None:
        """Unregisters every registration of the origin."""
        self._ask("unregister")

    def verdict(self, *, expect: Iterable[str] | None = None) -> Verdict:
        """Whether the site could be taken offline now, and if not, why; asked once."""
        return self.explained(expect=expect)[0]

    def explained(self, *, expect: Iterable[str] | None = None) -> tuple[Verdict, str]:
        """As `verdict`, with the sentence for a person."""
        wanted = None if expect is None else [self._absolute(url) for url in expect]
        facts = self._facts(wanted)
        verdict = judge(facts)
        return verdict, sentence(verdict, facts)

    def wait_for_news(self, milliseconds: float) -> None:
        """Waits until something new was recorded, at most so long.

        Where no page of the origin is open, the browser is left alone meanwhile: the empty page
        by which it is asked is under a worker's control too, and keeps the next one waiting.
        """
        session = self._scene.session
        if session is None or session.newest_frame(self._origin.url) is not None:
            self._scene.drain(self._origin, milliseconds)
        else:
            time.sleep(_ALONE_S)

    @contextlib.contextmanager
    def at_once(self) -> Generator[None]:
        """What is asked in the block is asked by one page, where none of the origin is open."""
        session = self._scene.asking(self._origin, "the service workers")
        with session.frame_of(self._origin.url):
            yield

    def wait_until_ready(
        self, *, expect: Iterable[str] | None = None, timeout: float = 15_000
    ) -> None:
        """Waits until the site can be taken offline.

        Ready means: the worker that the next navigation goes to is active and activated and
        handles ``fetch``, what it gave to ``waitUntil`` has settled, the caching it set off is
        done, and every URL that has to be cached is. A controller is not needed: a site that
        never calls ``clients.claim()`` has one from its next navigation on.

        Where no worker covers the page, and the browser has application caches, a page that names
        a manifest is ready when its download is done (HTML 5.1, 7.9.4): the cache is IDLE or
        UPDATEREADY, and holds what the manifest lists.

        Args:
            expect: paths or URLs that have to be cached. Without it, what the site itself
                declares: Workbox precache lists, Angular's ``ngsw.json``, lists given to
                ``addAll``, the cache manifest.
            timeout: milliseconds.

        Raises:
            NotReady: in time it was not, or never can be; ``.reason`` and ``.missing`` say why.
            UsageError: no page of the origin is open.
        """
        wanted = None if expect is None else [self._absolute(url) for url in expect]
        with self._scene.deed(self._origin, "wait_until_ready") as done:
            facts = self._once_ready(wanted, timeout)
            done.update(cached=facts.kept(), appcache=facts.appcache is not None)

    def _once_ready(self, wanted: Sequence[str] | None, timeout: float) -> Facts:
        started = news = time.monotonic()
        while True:
            facts = self._facts(wanted)
            verdict = judge(facts)
            now = time.monotonic()
            quiet = (now - news) * 1000 > _QUIET_MS
            hopeless = verdict.outlook == "stuck" or (verdict.outlook == "quiet" and quiet)
            late = (now - started) * 1000 > timeout
            if verdict.ready:
                return facts
            if hopeless or late:
                raise self._not_ready(verdict, facts, timeout if late and not hopeless else None)
            if self._scene.drain(self._origin, _NEWS_MS):
                news = time.monotonic()

    def _not_ready(self, verdict: Verdict, facts: Facts, waited: float | None) -> NotReady:
        text = sentence(verdict, facts)
        if waited is not None:
            text = f"after {waited:.0f} ms: {text}"
        return NotReady(text, reason=verdict.reason, missing=verdict.missing)

    def noted(self, what: str) -> contextlib.AbstractContextManager[object]:
        """A block that waits for something that is expected: where it came, that is noted."""
        return self._scene.deed(self._origin, what)

    def _absolute(self, url: str) -> str:
        return url if "://" in url else self._origin.url_for(url)

    def _ask(self, question: str, **asked: object) -> Any:
        return self._scene.ask(self._origin, "the service workers", question, **asked)

    def _facts(self, expect: Iterable[str] | None) -> Facts:
        self._scene.drain(self._origin)
        asked = self._ask("registrations")
        registrations = _registrations(asked)
        workers = Workers(self._scene.worker_events(self._origin))
        declared = self._declarations(registrations)
        snapshot: Snapshot = decode_snapshot(self._ask("keys")) if asked["secure"] else {}
        facts = Facts(
            page_url=asked["page"],
            secure_context=asked["secure"],
            has_service_worker_api=asked["supported"],
            registrations=registrations,
            controller=asked["controller"],
            claims_clients=workers.saw("clients-claim"),
            hears_fetch=workers.saw("fetch-handler") if workers.saw("started") else None,
            pending_work=tuple(workers.pending_work()),
            pending_operations=tuple(self._pending_operations(workers)),
            pending_fetches=tuple(workers.pending_fetches()),
            failures=tuple(workers.failures(asked["loaded"])),
            declared=tuple(item for found in declared for item in found.items),
            unread=tuple(line for found in declared for line in found.unread),
            stores_at_runtime=_any_stores(declared),
            cached={
                name: tuple(entry.url for entry in entries) for name, entries in snapshot.items()
            },
            expected=None if expect is None else tuple(expect),
            answers=tuple(event for event in workers.events if isinstance(event, FetchAnswer)),
            navigation_controlled=workers.answered_navigation(asked["page"], asked["loaded"]),
            registering=asked["registering"] > 0,
        )
        return facts if facts.registration() else self._without_worker(facts, asked)

    def _without_worker(self, facts: Facts, asked: Mapping[str, Any]) -> Facts:
        """With what is known of the application cache, if the page names a manifest."""
        if not asked["manifest"]:
            return facts
        if asked["appcache"] is None:
            return replace(facts, unused_manifest=asked["manifest"])
        words = self._scene.appcache_words(self._origin)
        document = document_at(words, asked["place"])
        if document is None or document.manifest is None:
            return replace(facts, appcache=AppCacheFacts(asked["manifest"], loaded=False))
        status = APPCACHE_STATUSES[int(asked["appcache"])]
        listed, held = self._listed(document.manifest), self._held(document.manifest)
        return replace(facts, appcache=appcache_facts(document, words, status, listed, held))

    def _listed(self, manifest: str) -> list[str]:
        """What has to be cached by the manifest that the origin serves now; nothing of no other."""
        found = self._read(manifest)
        try:
            read = Manifest.parse(found.body if found else b"", manifest)
        except ManifestError:
            return []
        return list(dict.fromkeys([*read.explicit, *read.fallback.values()]))

    def _held(self, manifest: str) -> list[str]:
        """The browser's own list of the newest page's application cache."""
        from pytest_offline.browser.appcache_list import appcache_of
        from pytest_offline.browser.asking import DocumentGone

        session = self._scene.asking(self._origin, "the service workers")
        frame = session.newest_frame(self._origin.url)
        with contextlib.suppress(DocumentGone):
            found = appcache_of(frame) if frame is not None else None
            if found is not None and found.manifest == manifest:
                return [entry.url for entry in found.entries]
        return []

    def _declarations(self, registrations: Sequence[RegistrationFacts]) -> list[Declared]:
        """What the scripts declare; read again only when the origin has another script."""
        found: list[Declared] = []
        for registration in registrations:
            script = registration.script_url
            if not script.startswith(self._origin.url):
                continue
            body = self._read(script)
            text = body.body if body is not None else b""
            known = self._declared.get(script)
            if known is None or known[0] != text:
                declared = declared_urls(
                    script_url=script, scope=registration.scope, read=self._read
                )
                self._declared[script] = (text, declared)
            found.append(self._declared[script][1])
        return found

    def _read(self, url: str) -> Fetched | None:
        if not url.startswith(self._origin.url):
            return None
        status, headers, body = self._origin.peek("/" + url[len(self._origin.url) :])
        if status == 0:
            return None
        content_type = next((value for name, value in headers if name == "content-type"), "")
        return Fetched(status=status, content_type=content_type, body=body)

    def _contexts(self) -> list[BrowserContext]:
        """The open contexts; the last is the one that answers for the origin."""
        session = self._scene.asking(self._origin, "the service workers")
        shown = [each for each in session.contexts if session.frames_in(each, self._origin.url)]
        return shown or list(session.contexts)

    def _tab(self, frame: Frame, asked: dict[str, Any]) -> Tab:
        script, context = asked["controller"], frame.page.context
        there = (asked["installing"], asked["waiting"]) if asked["scope"] else (True, True)
        version = script and self._versions(script, context, *there).active
        return Tab(frame, frame.url, script, asked["state"], version, asked["scope"])

    def _versions(
        self, script: str, context: BrowserContext, installing: object, waiting: object
    ) -> WorkerVersions:
        self._scene.drain(self._origin)
        fetched = [
            (seen.time, self._origin.version_at(seen.path, seen.time))
            for seen in self._origin.requests
            if seen.url == script and seen.initiator == "serviceworker"
        ]
        found = versions_of(script, self._scene.worker_events(self._origin, context), fetched)
        return found.seen(installing=bool(installing), waiting=bool(waiting))

    def _pending_operations(self, workers: Workers) -> Iterable[str]:
        for operation in self._scene.operations(self._origin):
            if operation.outcome == "pending" and workers.runs(operation.place):
                yield str(operation)


def _registrations(asked: dict[str, Any]) -> tuple[RegistrationFacts, ...]:
    found: list[RegistrationFacts] = []
    for entry in asked["registrations"]:
        workers = {place: entry[place] for place in ("installing", "waiting", "active")}
        url = next((worker["url"] for worker in workers.values() if worker), "")
        states = {place: worker and worker["state"] for place, worker in workers.items()}
        found.append(RegistrationFacts(entry["scope"], url, **states))
    return tuple(found)


def _any_stores(declared: Iterable[Declared]) -> bool | None:
    """Whether any worker stores at runtime; None where that is not known of all."""
    known = [found.stores_at_runtime for found in declared]
    return True if True in known else None if None in known or not known else False
