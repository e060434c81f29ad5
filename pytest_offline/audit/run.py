"""One audit, from the first visit to the findings."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast

from pytest_offline.audit import judging, serving
from pytest_offline.audit.answers import index
from pytest_offline.audit.cached import Stock, cache_findings, cached_files
from pytest_offline.audit.frontier import Frontier
from pytest_offline.audit.looks import Look
from pytest_offline.audit.options import Options, Progress
from pytest_offline.audit.tab import Patience, Tab
from pytest_offline.audit.visits import Visitor
from pytest_offline.caches import Caches, stranger_at
from pytest_offline.errors import CannotAudit, NotReady, OfflineError
from pytest_offline.record import FetchAnswer, Snapshot, installs_of
from pytest_offline.record.auditing import BuildAudit, Readiness, SiteAudit
from pytest_offline.scene import Scene, new_server
from pytest_offline.service_worker import ServiceWorkers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from pytest_offline.browser.resolve import InstalledBuild
    from pytest_offline.origin import Origin, OriginServer

_NOWHERE: Final = "/no-page-is-here-7f3a9c"
"""What is shown for this offline stands for no page: the site's fallback, if it has one."""

_AGAIN: Final = frozenset(("second-visit", "missing", "waiting"))
"""What another visit of the start page may change."""

_UNDER_WAY: Final = frozenset(("installing", "waiting", "activating", "caching"))
"""What workers are at, where they are at something."""

PREFERENCES: Final = {"dom.serviceWorkers.mitigations.navigation_fault_threshold": 1_000_000}
"""Firefox unregisters a worker that has failed three navigations (bug 1503072): of a site with one
dead page, all that is opened after it would be dead too, whichever that is."""

INTERRUPTED: Final = "it was interrupted"
"""Why an audit ended that somebody ended: no other build is begun then."""

_NEWS_MS: Final = 250
"""How long nothing is recorded where nothing is under way: what follows a step comes with it."""


def audit_site(options: Options, builds: Sequence[str], progress: Progress) -> SiteAudit:
    """Audits a site in each build, one after the other.

    What is known of one build is kept, whatever comes of the next.

    Raises, where nothing is known yet:
        UsageError: there is no such folder or build; BrowserNotFound: it is not on this machine.
        CannotAudit: no page of the site opens online.
        BrowserError: a browser would not start.
        KeyboardInterrupt: somebody ended it.
    """
    from playwright.sync_api import sync_playwright

    from pytest_offline.browser.starting import start

    serving.check(options)
    found: list[BuildAudit] = []
    with (
        sync_playwright() as playwright,
        new_server() as server,
    ):
        for name in builds:
            try:
                installed, browser = start(playwright, name, firefox_user_prefs=PREFERENCES)
                try:
                    found.append(audit_build(server, browser, installed, options, progress))
                finally:
                    browser.close()
            except (OfflineError, KeyboardInterrupt) as error:
                if not found:
                    raise
                why = str(error) if isinstance(error, OfflineError) else INTERRUPTED
                found.append(BuildAudit(name, "", Readiness(""), stopped=why))
            if found[-1].stopped == INTERRUPTED:
                break
    return SiteAudit(options.site, tuple(found))


def audit_build(
    server: OriginServer,
    browser: Browser,
    installed: InstalledBuild,
    options: Options,
    progress: Progress,
) -> BuildAudit:
    """Audits a site in a browser that runs. What breaks off in the middle keeps what is known."""
    began = time.monotonic()
    confined = installed.capabilities.loopback_only
    with Scene(
        server,
        browser,
        installed.build.name,
        guarded=True,
        allowed=() if confined else options.outside,
    ) as scene:
        origin = scene.new_origin()
        serving.serve(origin, options)
        context = browser.new_context()
        try:
            begun = BuildAudit(installed.build.name, installed.version, Readiness(""))
            found = _Run(scene, origin, browser, context, options, progress, begun).audit()
        finally:
            _close(context)
    return replace(found, seconds=time.monotonic() - began)


@dataclass
class _Run:
    """What the steps of one audit share.

    Attributes:
        found: what is known by now.
    """

    scene: Scene
    origin: Origin
    browser: Browser
    context: BrowserContext
    options: Options
    progress: Progress
    found: BuildAudit
    remarks: list[str] = field(default_factory=list[str])

    def audit(self) -> BuildAudit:
        """Every step; where one breaks, what is known by then."""
        from playwright.sync_api import Error

        stopped = ""
        try:
            self._every_step()
        except CannotAudit:
            raise
        except (Error, OfflineError) as error:
            stopped = f"it did not go on: {str(error).splitlines()[0]}"
        except KeyboardInterrupt:
            stopped = INTERRUPTED
        return replace(self.found, remarks=tuple(self.remarks), stopped=stopped)

    def _every_step(self) -> None:
        self._log_in()
        patience = Patience(self.options.patience)
        home = Tab(self.context.new_page(), self.origin.base, patience)
        first = home.visit(self.options.first, "online")
        if home.late:
            first = home.visit(self.options.first, "online", unhurried=True)
        serving.refuse(first, self.options, self.origin)
        self.found = replace(self.found, ready=self._wait_until_ready(home))
        visitor = Visitor(
            self.browser,
            self.context,
            home,
            self.origin.base,
            self.options.tabs,
            patience,
            self.progress,
        )
        frontier = self._frontier(first)
        try:
            visitor.crawl(frontier)
            self._let_it_store()
            self._without_network(visitor, frontier)
        finally:
            skipped = sorted(visitor.skipped, key=lambda each: each.path)
            self.found = replace(self.found, skipped=tuple(skipped))
            self.remarks += frontier.remarks()
            self.remarks += serving.past_the_audit(visitor.online.values(), self.options)

    def _log_in(self) -> None:
        if self.options.cookies:
            given = [
                {"name": name, "value": value, "url": self.origin.url}
                for name, value in self.options.cookies.items()
            ]
            self.context.add_cookies(cast(Any, given))

    def _frontier(self, first: Look) -> Frontier:
        frontier = Frontier(self.origin.base, self.options.limits, self.options.upstream)
        frontier.add(self.options.first, "the start page", named=True)
        for path in self.options.pages:
            frontier.add(path if path.startswith("/") else f"/{path}", "--page", named=True)
        begins = serving.start_url(self.origin, first)
        if begins is not None:
            frontier.add(begins, "the web app manifest's start_url", named=True)
        if self.options.sitemap:
            for path in serving.sitemap(self.origin):
                frontier.add(path, "sitemap.xml", 1)
        return frontier

    def _wait_until_ready(self, home: Tab) -> Readiness:
        workers = ServiceWorkers(self.scene, self.origin)
        self.progress.stage("getting ready", 1)
        visits = 1
        while True:
            try:
                workers.wait_until_ready(timeout=self.options.ready)
            except NotReady as error:
                if error.reason in _AGAIN and visits == 1:
                    visits += 1
                    home.visit(self.options.first, "online")
                    continue
                missing = tuple(_paths(self.origin, error.missing))
                text = str(error).replace(self.origin.url, "/")
                return Readiness(error.reason, text, missing, visits)
            self.progress.step(self.options.first)
            if visits > 1:
                self.remarks.append(
                    "the start page had to be opened twice: on a first visit the worker comes too "
                    "late to keep it"
                )
            if not workers.registrations():
                self.remarks.append(
                    "it is kept by an application cache, which browsers of today lack"
                )
            return Readiness("ready", visits=visits)

    def _let_it_store(self) -> None:
        """What the visits set off is stored before the network goes.

        A site whose caches lack something will not have it for being waited for: that nothing is
        under way any more is what counts, and is recorded.
        """
        workers = ServiceWorkers(self.scene, self.origin)
        deadline = time.monotonic() + self.options.ready / 1000
        while time.monotonic() < deadline:
            busy = (
                self.scene.loads_scripts()
                or workers.verdict().reason in _UNDER_WAY
                or any(
                    each.installing or each.active == "activating"
                    for each in workers.registrations()
                )
            )
            if not self.scene.drain(self.origin, _NEWS_MS) and not busy:
                return

    def _without_network(self, visitor: Visitor, frontier: Frontier) -> None:
        snapshot: Snapshot = {}
        gone = time.time() * 1000
        try:
            with self.scene.network.offline():
                visitor.go_offline([*visitor.online], _NOWHERE)
                self.scene.drain(self.origin)
                snapshot = self._snapshot()
        finally:
            # Where it broke off, nobody is asked any more: what came until then is judged.
            events = self.scene.worker_events(self.origin)
            answers = [each for each in events if isinstance(each, FetchAnswer)]
            evidence = judging.Evidence(
                self.origin.base,
                visitor.online,
                visitor.offline,
                frontier.known,
                {},
                visitor.control,
                index(each for each in answers if each.time >= gone),
                snapshot,
            )
            pages = judging.pages(evidence)
            self.found = replace(self.found, pages=pages)
            if self.browser.browser_type.name == "firefox":
                self.remarks += judging.faults_of_navigations(pages)
        self._take_stock(snapshot, answers, events)
        again = judging.doubtful(pages)
        if again:
            pages = judging.pages(replace(evidence, again=visitor.again(again)))
            self.found = replace(self.found, pages=pages)

    def _take_stock(
        self, snapshot: Snapshot, answers: Sequence[FetchAnswer], events: Sequence[object]
    ) -> None:
        stock = Stock(
            self.origin.base,
            snapshot,
            self.scene.operations(self.origin),
            answers,
            self.origin.requests.snapshot(),
            serving.asking(self.origin),
            stranger_at(self.origin),
            self.found.ready.missing,
            self.options.canaries,
            installs_of(events),
        )
        self.found = replace(self.found, cached=cached_files(stock), findings=cache_findings(stock))

    def _snapshot(self) -> Snapshot:
        try:
            return Caches(self.scene, self.origin).snapshot(bodies=bool(self.options.canaries))
        except OfflineError as error:
            self.remarks.append(f"the caches could not be read: {str(error).splitlines()[0]}")
            return {}


def _paths(origin: Origin, urls: Sequence[str]) -> list[str]:
    return [url.removeprefix(origin.base) for url in urls]


def _close(context: BrowserContext) -> None:
    from playwright.sync_api import Error

    with contextlib.suppress(Error):
        context.close()
