"""``expect(appcache)`` with a made-up AppCache: it waits, and its sentences say what was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_offline.errors import ModelMismatch, UsageError
from pytest_offline.expectations.appcache import AppCacheAssertions
from pytest_offline.expectations.event_sequences import is_sequence
from pytest_offline.record import APPCACHE_STATUSES, AppCacheEntry, AppCacheEvent

BASE = "http://t.localhost:1/"
STATUS = {"checking": 2, "downloading": 3, "progress": 3, "updateready": 4, "obsolete": 5}


class FakeOrigin:
    url = BASE

    def url_for(self, path: str) -> str:
        return BASE + path.removeprefix("/")


def event(name: str, loaded: int | None = None, total: int | None = None) -> AppCacheEvent:
    status = APPCACHE_STATUSES[STATUS.get(name, 1)]
    return AppCacheEvent(name, status, loaded, total, 0.0, BASE)  # type: ignore[arg-type]


@dataclass
class FakeAppCache:
    events: tuple[AppCacheEvent, ...] = ()
    kept: tuple[AppCacheEntry, ...] = ()
    status: str = "IDLE"
    coming: list[Callable[[], None]] = field(default_factory=list)
    origin: FakeOrigin = field(default_factory=FakeOrigin)
    mismatch: Exception | None = None

    def __repr__(self) -> str:
        return "<AppCache of t>"

    def wait_for_news(self, milliseconds: float) -> None:
        if self.coming:
            self.coming.pop(0)()

    def events_of(self, page: object) -> tuple[AppCacheEvent, ...]:
        return self.events

    def status_of(self, page: object) -> str:
        return self.status

    def entries(self, page: object) -> tuple[AppCacheEntry, ...]:
        return self.kept

    def verify(self) -> None:
        if self.mismatch:
            raise self.mismatch

    def fire(self, *events: AppCacheEvent) -> None:
        self.events = (*self.events, *events)


@pytest.fixture
def fake() -> FakeAppCache:
    return FakeAppCache()


def expects(fake: Any, timeout: float = 0, title: str | None = None) -> AppCacheAssertions:
    return AppCacheAssertions(fake, timeout=timeout, title=title)


def message_of(call: Callable[[], None]) -> str:
    with pytest.raises(AssertionError) as caught:
        call()
    return str(caught.value)


def test_it_waits_for_an_event(fake: FakeAppCache) -> None:
    fake.coming = [lambda: None, lambda: fake.fire(event("cached"))]
    expects(fake, 5_000).to_have_fired("cached")
    expects(fake).to_have_fired("cached", times=1)
    expects(fake).not_to_have_fired("cached", times=2)
    expects(fake).not_to_have_fired("error")


def test_an_event_that_never_fired(fake: FakeAppCache) -> None:
    assert message_of(lambda: expects(fake, title="the kiosk").to_have_fired("cached")) == (
        "the kiosk\nexpected <AppCache of t> to have fired 'cached', but saw\n  no event fired"
    )
    fake.fire(event("checking"), event("progress", 1, 2), event("cached"))
    assert message_of(lambda: expects(fake).to_have_fired("cached", times=2)) == (
        "expected <AppCache of t> to have fired 'cached' 2 times, but saw\n"
        "  1 such events; all that fired:\n"
        f"  cached (IDLE) at {BASE}\n"
        f"  checking (CHECKING) at {BASE}\n"
        f"  progress 1/2 (DOWNLOADING) at {BASE}"
    )
    assert "not to have fired 'cached', but saw" in message_of(
        lambda: expects(fake).not_to_have_fired("cached")
    )


@pytest.mark.parametrize("method", ["to_have_fired", "not_to_have_fired"])
def test_a_name_that_no_event_has(fake: FakeAppCache, method: str) -> None:
    with pytest.raises(UsageError, match=r"'updated' is no event .* choose from checking, error"):
        getattr(expects(fake), method)("updated")


def test_a_sequence_is_exact_but_for_the_number_of_progress(fake: FakeAppCache) -> None:
    fake.fire(event("checking"), event("downloading"), event("progress", 0, 1))
    fake.coming = [lambda: fake.fire(event("progress", 1, 1), event("cached"))]
    names = ["checking", "downloading", "progress", "cached"]
    expects(fake).not_to_have_events(names)
    expects(fake, 5_000).to_have_events(names)
    expects(fake).to_have_events(["checking", "downloading", "progress", "progress", "cached"])
    assert message_of(lambda: expects(fake).not_to_have_events(names)).startswith(
        "expected <AppCache of t> not to have events checking, downloading, progress, cached, but"
    )


@pytest.mark.parametrize(
    ("wanted", "seen", "same"),
    [
        ("", "", True),
        ("c", "", False),
        ("", "c", False),
        ("cdpe", "cdppppe", True),
        ("cdpe", "cde", False),
        ("cdppe", "cdpe", False),
        ("cdppe", "cdppe", True),
        ("cdppe", "cdpppe", False),
        ("cdp", "cdpp", True),
        ("cdp", "cd", False),
        ("cdpe", "cdppp", False),
        ("cece", "cece", True),
        ("pcp", "ppcpp", True),
    ],
)
def test_sequences(wanted: str, seen: str, same: bool) -> None:
    names = {"c": "checking", "d": "downloading", "p": "progress", "e": "error"}
    assert is_sequence([names[each] for each in wanted], [names[each] for each in seen]) is same


def test_the_first_that_is_otherwise_is_marked(fake: FakeAppCache) -> None:
    fake.fire(event("checking"), event("downloading"), event("error"))
    names = ["checking", "downloading", "progress", "progress", "cached"]
    assert message_of(lambda: expects(fake).to_have_events(names)) == (
        "expected <AppCache of t> to have events checking, downloading, progress, progress, cached,"
        " but saw\n"
        f"  checking (CHECKING) at {BASE}\n"
        f"  downloading (DOWNLOADING) at {BASE}\n"
        f"  error (IDLE) at {BASE}  <- expected 'progress'"
    )
    assert message_of(lambda: expects(fake).to_have_events(["checking"])).endswith(
        f"  downloading (DOWNLOADING) at {BASE}  <- expected no more\n  error (IDLE) at {BASE}"
    )


def test_what_is_still_to_come_is_said(fake: FakeAppCache) -> None:
    assert message_of(lambda: expects(fake).to_have_events(["checking"])) == (
        "expected <AppCache of t> to have events checking, but saw\n"
        "  and then nothing, but expected 'checking'"
    )
    fake.fire(event("checking"), event("downloading"), event("progress", 0, 2))
    names = ["checking", "downloading", "progress", "progress", "cached"]
    assert message_of(lambda: expects(fake).to_have_events(names)).endswith(
        f"  progress 0/2 (DOWNLOADING) at {BASE}\n  and then nothing, but expected 'progress'"
    )


def test_status(fake: FakeAppCache) -> None:
    fake.status = "CHECKING"
    fake.fire(event("checking"))

    def done() -> None:
        fake.status = "UPDATEREADY"

    fake.coming = [done]
    expects(fake, 5_000).to_have_status("UPDATEREADY")
    expects(fake).not_to_have_status("IDLE")
    assert message_of(lambda: expects(fake).to_have_status("IDLE")) == (
        "expected <AppCache of t> to have status IDLE, but saw\n"
        f"  its status is UPDATEREADY\n  its last event: checking (CHECKING) at {BASE}"
    )
    with pytest.raises(UsageError, match=r"'READY' is no status .*UNCACHED, IDLE, CHECKING"):
        expects(fake).to_have_status("READY")  # type: ignore[arg-type]


def test_entries_nearest_first(fake: FakeAppCache) -> None:
    fake.kept = (
        AppCacheEntry(BASE + "site.appcache", frozenset({"manifest"})),
        AppCacheEntry(BASE + "app.js", frozenset({"explicit", "fallback"})),
    )
    expects(fake).to_contain("/app.js")
    expects(fake).to_contain(BASE + "app.js", kind="fallback")
    expects(fake).not_to_contain("/app.js", kind="master")
    assert message_of(lambda: expects(fake).to_contain("/app.js", kind="master")) == (
        f"expected <AppCache of t> to contain '{BASE}app.js' (kind='master'), but saw\n"
        f"  {BASE}app.js (explicit, fallback), but it is not master\n"
        f"  {BASE}site.appcache (manifest), but its URL is another one and it is not master"
    )
    with pytest.raises(UsageError, match=r"'network' is no kind of entry .*master, manifest"):
        expects(fake).to_contain("/app.js", kind="network")  # type: ignore[arg-type]


def test_no_cache_and_a_large_one(fake: FakeAppCache) -> None:
    assert message_of(lambda: expects(fake).to_contain("/a")).endswith(
        "but saw\n  nothing: the page has no application cache"
    )
    fake.kept = tuple(AppCacheEntry(f"{BASE}{n}", frozenset({"explicit"})) for n in range(11))
    assert message_of(lambda: expects(fake).to_contain("/a")).endswith("  and 3 more")


def test_the_model(fake: FakeAppCache) -> None:
    expects(fake).to_match_model()
    assert message_of(lambda: expects(fake, title="t").not_to_match_model()) == (
        "t\nexpected <AppCache of t> not to match the model, but all 0 events and what is cached "
        "are what it allows"
    )
    fake.mismatch = ModelMismatch("it differs", ["difference"])
    expects(fake).not_to_match_model()
    with pytest.raises(ModelMismatch, match=r"^t\nit differs$") as caught:
        expects(fake, title="t").to_match_model()
    assert caught.value.differences == ("difference",)
