"""What is known of a site at one moment: the ground that a verdict stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_offline.readiness.declared import DeclaredUrl
from pytest_offline.readiness.urls import without_fragment, without_revision
from pytest_offline.record import AppCacheStatus, FetchAnswer

WorkerPhase = Literal["installing", "installed", "activating", "activated", "redundant"]
"""``ServiceWorker.state``; ``installed`` is what a waiting worker says."""

Event = Literal["register", "install", "activate"]


@dataclass(frozen=True)
class RegistrationFacts:
    """One registration, as ``getRegistrations()`` shows it.

    Attributes:
        scope, script_url: absolute.
        installing, waiting, active: the state of the worker in that place, None without one.
        updating: whether an update check is under way.
    """

    scope: str
    script_url: str
    installing: WorkerPhase | None = None
    waiting: WorkerPhase | None = None
    active: WorkerPhase | None = None
    updating: bool = False

    @property
    def state(self) -> str:
        """All three places in words."""
        places = (
            ("active", self.active),
            ("waiting", self.waiting),
            ("installing", self.installing),
        )
        words = [name if name == phase else f"{name} ({phase})" for name, phase in places if phase]
        return ", ".join(words) or "neither installing nor active"


@dataclass(frozen=True)
class PendingWork:
    """Promises that a worker handed to ``waitUntil`` and that have not settled."""

    event: Event
    script_url: str
    promises: int = 1


@dataclass(frozen=True)
class Failure:
    """A registration, install or activation that went wrong, and the error's name and message."""

    event: Event
    script_url: str
    error: str


@dataclass(frozen=True)
class AppCacheFacts:
    """The application cache of a page that no worker answers.

    Attributes:
        manifest: the URL that the page names.
        status: ``applicationCache.status`` by its name.
        listed: what the manifest lists to be cached: explicit and fallback entries.
        held: URLs in the newest version that is whole.
        loaded: whether the page's ``load`` event is over; what comes of updates is told after it.
        failure: what the last update ended with, where that was an error; empty otherwise.
    """

    manifest: str
    status: AppCacheStatus = "UNCACHED"
    listed: tuple[DeclaredUrl, ...] = ()
    held: tuple[str, ...] = ()
    loaded: bool = True
    failure: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known at one moment. Every URL is absolute.

    Attributes:
        page_url: of the page that asks.
        secure_context: ``isSecureContext`` of the page.
        has_service_worker_api: whether ``navigator.serviceWorker`` exists there.
        registrations: all of the page's origin.
        controller: the script of the worker that controls the page; None where none does.
        claims_clients: whether a worker of the site was seen to call ``clients.claim()``.
        hears_fetch: whether the worker handles ``fetch``; None where that is not known.
        pending_work: see PendingWork.
        pending_operations: calls of the Cache API that have not settled, one line each.
        pending_fetches: URLs that a worker fetches for its caches and has no whole answer for.
            Not those it merely passes on to a page: an event stream would never end.
        failures: see Failure, in their order.
        declared: what the site declares.
        unread: what of its declarations could not be read, one line each.
        stores_at_runtime: whether the worker fills caches outside install; None where not known.
        cached: cache names to the URLs of their keys, GET only.
        expected: the URLs that the test names; None where it leaves that to the site. An empty
            tuple asks for nothing but the worker.
        answers: how ``fetch`` events were answered so far.
        navigation_controlled: whether the load of this page was itself handed to the worker.
        visits: how often the test has opened a page of the site.
        registering: whether a call of ``register()`` has not settled.
        appcache: see AppCacheFacts; None where a worker covers the page, where the page names no
            manifest, or where the browser has no application caches.
        unused_manifest: the manifest that the page names, in a browser without application caches;
            empty otherwise.
    """

    page_url: str
    secure_context: bool = True
    has_service_worker_api: bool = True
    registrations: tuple[RegistrationFacts, ...] = ()
    controller: str | None = None
    claims_clients: bool = False
    hears_fetch: bool | None = None
    pending_work: tuple[PendingWork, ...] = ()
    pending_operations: tuple[str, ...] = ()
    pending_fetches: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    declared: tuple[DeclaredUrl, ...] = ()
    unread: tuple[str, ...] = ()
    stores_at_runtime: bool | None = None
    cached: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    expected: tuple[str, ...] | None = None
    answers: tuple[FetchAnswer, ...] = ()
    navigation_controlled: bool = False
    visits: int = 1
    registering: bool = False
    appcache: AppCacheFacts | None = None
    unused_manifest: str = ""

    def registration(self) -> RegistrationFacts | None:
        """The registration that the page's next navigation goes to: the longest scope that covers.

        Service Workers, "Match Service Worker Registration": scopes are compared as strings.
        """
        page = without_fragment(self.page_url)
        covering = [found for found in self.registrations if page.startswith(found.scope)]
        return max(covering, key=lambda found: len(found.scope), default=None)

    def failure(self, *events: Event) -> Failure | None:
        """The last failure of one of these events."""
        return next((found for found in reversed(self.failures) if found.event in events), None)

    def keys(self) -> frozenset[str]:
        """Every URL that is a key of any cache; of the application cache, where that decides."""
        if self.appcache is not None:
            return frozenset(self.appcache.held)
        return frozenset(without_fragment(url) for urls in self.cached.values() for url in urls)

    def promised(self) -> tuple[DeclaredUrl, ...]:
        """What the site declares: its manifest where the application cache decides."""
        return self.declared if self.appcache is None else self.appcache.listed

    def missing(self) -> tuple[str, ...]:
        """The URLs that the test expects, else that the site declares, and that no cache holds."""
        keys = self.keys()
        if self.expected is None:
            return tuple(
                item.url for item in self.promised() if not keys.intersection(item.alternatives)
            )
        # A test names URLs as pages ask for them, whatever the tool puts into its keys.
        keys |= {without_revision(key) for key in keys}
        return tuple(url for url in self.expected if without_fragment(url) not in keys)

    def kept(self) -> tuple[str, ...]:
        """The keys that hold what `missing` looks for, as the caches have them; one for each."""
        found: list[str] = []
        for alternatives in self._wanted():
            held = (
                key
                for key in sorted(self.keys())
                if key in alternatives
                or (self.expected is not None and without_revision(key) in alternatives)
            )
            found += [*held][:1]
        return tuple(found)

    def _wanted(self) -> list[frozenset[str]]:
        if self.expected is None:
            return [frozenset(item.alternatives) for item in self.promised()]
        return [frozenset((without_fragment(url),)) for url in self.expected]

    def required(self) -> int:
        """How many URLs have to be cached."""
        return len(self.promised() if self.expected is None else self.expected)

    def page_is_kept(self) -> bool:
        """Whether the page itself is in a cache, or a worker has answered for it without a network.

        Servers and tools name one page in several ways: with a query, as ``/`` or ``/index.html``,
        as ``/about`` or ``/about.html``.
        """
        page = without_fragment(self.page_url).partition("?")[0]
        names = {page, f"{page}index.html"} if page.endswith("/") else {page, f"{page}.html"}
        kept = {without_revision(key).partition("?")[0] for key in self.keys()}
        return bool(names & kept) or any(
            answer.mode == "navigate"
            and answer.source in ("cache", "made")
            and without_fragment(answer.url).partition("?")[0] == page
            for answer in self.answers
        )
