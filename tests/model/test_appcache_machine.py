"""Random histories of one group, and what has to hold after every step of them."""

from __future__ import annotations

from appcache_scenes import MANIFEST, NO_STORE, ORIGIN, manifest, url
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pytest_offline.errors import JSError
from pytest_offline.model import ApplicationCaches, Fetched, Manifest
from pytest_offline.model.appcache.application_cache import ApplicationCache
from pytest_offline.model.appcache.exchanges import Await, Fetch, Fire, Rerun
from pytest_offline.model.appcache.group import ApplicationCacheGroup
from pytest_offline.model.appcache.loading import plan_load
from pytest_offline.model.appcache.running import step
from pytest_offline.model.appcache.selection import Selection
from pytest_offline.record.appcache import APPCACHE_STATUSES

TERMINAL = {"cached", "updateready", "noupdate", "error", "obsolete"}
PATHS = st.sampled_from(["a", "b", "c", "x/", "x/y/", "m.appcache", "p0"])
TEXTS = st.builds(
    lambda cache, fallback, network: manifest(
        *cache, "FALLBACK:", *(f"{each} {to}" for each, to in fallback), "NETWORK:", *network
    ),
    st.lists(PATHS, max_size=3),
    st.lists(st.tuples(PATHS, PATHS), max_size=3),
    st.lists(st.sampled_from(["*", "api/", "x/y/z"]), max_size=2),
)
GOOD = st.builds(lambda body: {"body": body}, st.binary(max_size=2))
BAD = st.sampled_from([
    {"status": 404}, {"status": 410}, {"status": 500}, {"failed": "network"}, {"status": 304},
    {"status": 302, "redirected_to": ORIGIN}, {"headers": NO_STORE},
    {"can_be_stored": False},
])  # fmt: skip


class Group(RuleBasedStateMachine):
    """Several documents of one manifest; the network answers as it likes, in any order."""

    @initialize(parallel=st.sampled_from([1, 2, None]))
    def begin(self, parallel: int | None) -> None:
        self.caches = ApplicationCaches(parallel=parallel)
        self.count = 0
        self.there: set[str] = set()
        self.fired: dict[str, list[Fire]] = {}
        self.reruns: list[Rerun] = []
        self.waited: set[str] = set()
        self.reset_group()

    def reset_group(self) -> None:
        self.group: ApplicationCacheGroup = self.caches.group(MANIFEST)

    def take(self, actions: list) -> None:
        for action in actions:
            if isinstance(action, Fire):
                self.fired[action.host].append(action)
            elif isinstance(action, Rerun):
                self.reruns.append(action)
            elif isinstance(action, Fetch):
                assert action in self.group.awaited

    @precondition(lambda self: self.count < 5)
    @rule(loaded=st.booleans(), named=st.booleans(), here=st.booleans())
    def open_document(self, loaded: bool, named: bool, here: bool) -> None:
        if self.group.obsolete:
            self.reset_group()
        path = url(f"p{self.count}")
        host, self.count = f"h{self.count}", self.count + 1
        self.there.add(host)
        self.fired[host] = []
        if loaded:
            self.take(self.caches.loaded(host))
        else:
            self.waited.add(host)
        served = self.caches.navigate(path).settle()
        resource = Fetched(path) if here else None
        manifest_url = MANIFEST if named else None
        self.take(self.caches.select(Selection(host, path, manifest_url, served, "GET", resource)))

    def answer(self, data: st.DataObject, fetch: Fetch | Await) -> Fetched:
        is_manifest = isinstance(fetch, Fetch) and fetch.purpose != "file"
        if (
            isinstance(fetch, Fetch)
            and fetch.purpose == "second manifest"
            and data.draw(st.booleans())
        ):
            return Fetched(fetch.url, status=304)
        good = st.builds(lambda body: {"body": body}, TEXTS) if is_manifest else GOOD
        return Fetched(fetch.url, **data.draw(good | good | BAD))

    @precondition(lambda self: self.group.awaited)
    @rule(data=st.data())
    def come(self, data: st.DataObject) -> None:
        fetch = data.draw(st.sampled_from(self.group.awaited))
        before = self.group.newest
        complete = self.complete()
        actions = step(self.group, fetch, self.answer(data, fetch))
        names = {each.name for each in actions if isinstance(each, Fire)}
        self.take(actions)
        if "error" in names and not names & {"cached", "updateready", "noupdate", "progress"}:
            assert self.group.newest is before
        for cache, entries in complete.items():
            grown = set(cache.entries) - entries
            assert all("master" in cache.entries[each].kinds for each in grown)

    def complete(self) -> dict[ApplicationCache, set[str]]:
        return {cache: set(cache.entries) for cache in self.group.caches if cache.complete}

    @precondition(lambda self: self.there)
    @rule(data=st.data(), what=st.sampled_from(["update", "abort", "swap_cache", "leave", "load"]))
    def call(self, data: st.DataObject, what: str) -> None:
        host = data.draw(st.sampled_from(sorted(self.there)))
        if what == "leave":
            self.there.discard(host)
            self.take(self.caches.leave(host))
        elif what == "load":
            self.take(self.caches.loaded(host))
        else:
            status = self.caches.status(host)
            try:
                self.take(getattr(self.caches, what)(host) or [])
                assert what == "abort" or status != "UNCACHED"
            except JSError as error:
                assert error.name == "InvalidStateError"
                assert (what, status) != ("swap_cache", "UPDATEREADY")
                assert what != "abort"

    @rule()
    def the_user_agent_checks(self) -> None:
        """With no host: "user agents may invoke the download process, at any time"."""
        if self.group.exists:
            self.take(self.group.start())

    @precondition(lambda self: self.reruns)
    @rule()
    def run_again(self) -> None:
        again = self.reruns.pop()
        if again.host is None or again.host in self.there:
            self.take(self.group.rerun(again))

    @invariant()
    def statuses_are_of_the_six(self) -> None:
        for host in getattr(self, "there", ()):
            assert self.caches.status(host) in APPCACHE_STATUSES

    @invariant()
    def only_the_newest_is_incomplete(self) -> None:
        caches = self.group.caches if hasattr(self, "group") else ()
        assert all(each.complete for each in caches[:-1])
        assert [each.number for each in caches] == sorted(each.number for each in caches)

    @invariant()
    def a_complete_cache_is_what_its_manifest_says(self) -> None:
        for cache in self.group.caches if hasattr(self, "group") else ():
            if not cache.complete:
                continue
            body = cache.entries[MANIFEST].resource.body
            assert isinstance(body, bytes)
            parsed = Manifest.parse(body, MANIFEST)
            listed = {*parsed.explicit, *parsed.fallback.values(), MANIFEST}
            masters = {each for each, entry in cache.entries.items() if "master" in entry.kinds}
            assert set(cache.entries) == listed | masters
            for explicit in parsed.explicit:
                assert "explicit" in cache.entries[explicit].kinds

    @invariant()
    def the_longest_prefix_wins(self) -> None:
        newest = self.group.newest if hasattr(self, "group") else None
        if newest is not None:
            for path in ("x/q", "x/y/q", "x/y/z"):
                plan = plan_load(newest, url(path))
                longest = newest.namespace_of(url(path))
                if longest is not None and plan.way == "network first":
                    assert plan.candidates[0].entry_url == newest.fallback[longest]
                    longer = [each for each in newest.fallback if len(each) > len(longest)]
                    assert not [each for each in longer if url(path).startswith(each)]

    @invariant()
    def events_come_in_the_order_of_the_text(self) -> None:
        for host, fires in getattr(self, "fired", {}).items():
            loaded = total = None
            for before, fire in zip([None, *fires], fires, strict=False):
                if fire.name == "progress":
                    assert before is not None
                    assert before.name in ("progress", "downloading")
                    if before.name == "progress":
                        assert fire.total == total
                        assert fire.loaded >= loaded  # type: ignore[operator]
                    loaded, total = fire.loaded, fire.total
                    assert 0 <= loaded <= total  # type: ignore[operator]
                if fire.name in ("cached", "updateready"):
                    assert loaded == total
                    assert before is not None
                    # Of a process that ended before the page had loaded: the next process's takes
                    # its place where it waits.
                    later = [each.name for each in fires[fires.index(fire) :]]
                    taken_over = host in self.waited and "progress" in later
                    assert before.name == (
                        "downloading" if taken_over and loaded is None else "progress"
                    )
                if fire.name == "downloading":
                    # Twice: it came when pages were waited for no more, and the next process,
                    # whose "checking" is for those in a cache already, takes it in (step 10).
                    allowed = {"checking", "downloading", *TERMINAL}
                    assert before is None or before.name in allowed

    def teardown(self) -> None:
        """To the end: every process ends, and every document it is about hears how."""
        if not hasattr(self, "group"):
            return
        for host in sorted(self.there):
            self.take(self.caches.loaded(host))
        hearing = [each for each in self.there if self.caches.hosts[each].cache is not None]
        running = bool(self.group.awaited)
        while self.group.awaited:
            fetch = self.group.awaited[0]
            body = manifest("a")
            if isinstance(fetch, Fetch) and fetch.stored and fetch.purpose != "file":
                body = fetch.stored.body  # type: ignore[assignment]
            self.take(step(self.group, fetch, Fetched(fetch.url, body=body)))
        assert self.group.update_status == "idle"
        for host in hearing:
            if running and self.caches.group_of(host) in (self.group, None):
                assert self.fired[host][-1].name in TERMINAL
            assert self.caches.status(host) not in ("CHECKING", "DOWNLOADING")


Group.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
TestGroup = Group.TestCase


def test_exactly_one_ending_for_each_process_and_host() -> None:
    """The endings are counted: one of five, after each ``checking`` that a first page hears."""

    @settings(max_examples=100, deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        caches = ApplicationCaches()
        caches.loaded("h")
        group = caches.group(MANIFEST)
        fires: list[Fire] = []
        page = url("p0")
        actions = caches.select(Selection("h", page, MANIFEST, resource=Fetched(page)))
        for _ in range(data.draw(st.integers(1, 4))):
            fires += [each for each in actions if isinstance(each, Fire)]
            while group.awaited:
                fetch = group.awaited[0]
                answer = Group.answer(None, data, fetch)  # type: ignore[arg-type]
                fires += [each for each in step(group, fetch, answer) if isinstance(each, Fire)]
            if caches.status("h") in ("UNCACHED", "OBSOLETE"):
                break
            actions = caches.update("h")
        names = [each.name for each in fires]
        checks = names.count("checking")
        assert sum(name in TERMINAL for name in names) == checks
        assert names[0] == "checking"
        endings = [index for index, name in enumerate(names) if name in TERMINAL]
        assert all(names[each + 1] == "checking" for each in endings[:-1])

    check()
