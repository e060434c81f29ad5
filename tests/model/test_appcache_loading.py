"""Where resources and documents come from, and which cache a document gets; with no browser."""

from __future__ import annotations

import pytest
from appcache_scenes import MANIFEST, ORIGIN, PAGE, V1, V2, events, kinds, manifest, page, site, url

from pytest_offline.errors import JSError
from pytest_offline.model import ApplicationCacheGroup, ApplicationCaches, Fetched
from pytest_offline.model.appcache.exchanges import Restart
from pytest_offline.model.appcache.loading import plan_load, plan_navigation
from pytest_offline.model.appcache.running import run
from pytest_offline.model.appcache.selection import Selection

RULES = manifest(
    "a",
    "NETWORK:", "api/", "a", "https://other.test/free/",
    "FALLBACK:", "x/ b", "x/deep/ a", "api/ b",
)  # fmt: skip
DOWN = Fetched("", failed="network")


def caches_of(text: bytes = RULES, **answers: object) -> ApplicationCaches:
    caches = ApplicationCaches()
    caches.loaded("h")
    actions = caches.select(Selection("h", PAGE, MANIFEST, resource=page()))
    run(caches.group(MANIFEST), actions, site(text, **answers))
    return caches


def load(caches: ApplicationCaches, path: str, answer: Fetched | None = None, method: str = "GET"):
    served = caches.load("h", path if ":" in path else url(path), method).settle(answer)
    return served.source, (served.entry_url or "").removeprefix(ORIGIN)


@pytest.mark.parametrize("path", ["page", "m.appcache", "a", "b", "a#fragment"])
def test_what_is_cached_comes_from_the_cache_whatever_the_network_list_says(path: str) -> None:
    assert load(caches_of(), path) == ("cache", path.partition("#")[0])


@pytest.mark.parametrize("path", ["api/x", "api/", "https://other.test/free/x"])
def test_the_network_list_comes_before_fallbacks(path: str) -> None:
    assert load(caches_of(), path, DOWN) == ("network", "")


@pytest.mark.parametrize(
    "answer",
    [DOWN, page(status=404), page(status=503), page(status=302, redirected_to="https://c.test/")],
)
def test_a_fallback_is_by_the_longest_prefix(answer: Fetched) -> None:
    caches = caches_of()
    assert load(caches, "x/1", answer) == ("fallback", "b")
    assert load(caches, "x/deep/1", answer) == ("fallback", "a")
    assert load(caches, "x/dee", answer) == ("fallback", "b")


@pytest.mark.parametrize(
    "answer",
    [page(), page(failed="cancelled"), page(status=302, redirected_to=url("b")), page(status=304)],
)
def test_no_fallback_without_a_failure(answer: Fetched) -> None:
    assert load(caches_of(), "x/1", answer) == ("network", "")
    assert load(caches_of(), "x/1") == ("network", "")


def test_what_is_listed_nowhere_is_refused_unless_the_wildcard_is_open() -> None:
    assert load(caches_of(), "nowhere") == ("refused", "")
    assert load(caches_of(), "https://other.test/x/") == ("refused", "")
    assert load(caches_of(), "nowhere", page(status=500), "GET") == ("refused", "")
    assert load(caches_of(manifest("NETWORK:", "*")), "nowhere") == ("network", "")


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_other_methods_than_get_go_to_the_network(method: str) -> None:
    assert load(caches_of(), "a", method=method) == ("network", "")


def test_other_schemes_go_to_the_network() -> None:
    assert load(caches_of(), "http://o.test/a") == ("network", "")
    assert load(caches_of(), "data:,x") == ("network", "")


def test_a_host_without_a_complete_cache_loads_normally() -> None:
    caches = ApplicationCaches()
    caches.select(Selection("h", PAGE, MANIFEST, resource=page()))
    assert load(caches, "nowhere") == ("network", "")
    caches.group(MANIFEST).fetched(Fetched(MANIFEST, body=V1))
    assert caches.status("h") == "DOWNLOADING"
    assert load(caches, "nowhere") == ("network", "")
    assert plan_load(None, url("a")).way == "network"


def test_a_host_goes_on_with_its_own_version_until_it_swaps() -> None:
    caches = caches_of(V1)
    run(caches.group(MANIFEST), caches.update("h"), site(manifest("NETWORK:", "*")))
    assert load(caches, "nowhere") == ("refused", "")
    caches.swap_cache("h")
    assert load(caches, "nowhere") == ("network", "")


def navigated(caches: ApplicationCaches, path: str, answer: Fetched | None = None, **options: str):
    served = caches.navigate(url(path), **options).settle(answer)
    return served.source, (served.entry_url or "").removeprefix(ORIGIN)


def test_documents_come_from_any_relevant_cache() -> None:
    caches = caches_of()
    assert navigated(caches, "page#top") == ("cache", "page")
    assert navigated(caches, "a") == ("cache", "a")
    assert navigated(caches, "page", method="POST") == ("network", "")


def test_another_query_is_another_page() -> None:
    assert navigated(caches_of(), "page?x") == ("network", "")


def test_documents_listed_nowhere_come_from_the_network_and_are_not_refused() -> None:
    assert navigated(caches_of(), "nowhere") == ("network", "")
    assert caches_of().navigate("https://other.test/page").way == "network"


def test_documents_fall_back_but_not_in_the_network_list() -> None:
    caches = caches_of()
    assert navigated(caches, "x/deep/1", DOWN) == ("fallback", "a")
    assert navigated(caches, "x/1", page()) == ("network", "")
    assert navigated(caches, "api/1", DOWN) == ("network", "")
    elsewhere = page(status=302, redirected_to="https://c.test/")
    assert navigated(caches, "x/1", elsewhere) == ("network", "")


def test_prefer_online_takes_documents_from_the_cache_only_after_a_failure() -> None:
    caches = caches_of(manifest("a", "SETTINGS:", "prefer-online"))
    assert navigated(caches, "page", page()) == ("network", "")
    assert navigated(caches, "page", page(status=500)) == ("cache", "page")
    assert navigated(caches, "page", DOWN) == ("cache", "page")
    assert load(caches, "a", DOWN) == ("cache", "a")


def test_the_cache_where_a_navigation_began_goes_first() -> None:
    caches = caches_of(V1)
    other = url("other.appcache")
    caches.loaded("two")
    actions = caches.select(Selection("two", url("p2"), other, resource=page("p2")))
    run(caches.group(other), actions, {**site(), other: V1})
    assert len(caches.groups) == len(caches.relevant()) == 2
    for preferred in (MANIFEST, other):
        served = caches.navigate(url("a"), preferred=preferred).settle()
        assert served.cache is not None
        assert served.cache.group.manifest_url == preferred
    assert len(caches.navigate(url("a")).candidates) == 2


def test_a_document_from_a_cache_is_associated_with_it_and_checks_for_an_update() -> None:
    caches = caches_of(V1)
    served = caches.navigate(PAGE).settle()
    caches.loaded("two")
    actions = caches.select(Selection("two", PAGE, MANIFEST, served))
    assert caches.status("two") == "CHECKING"
    actions = run(caches.group(MANIFEST), actions, site(V2))
    assert events(actions, "two") == events(actions, "h")
    assert events(actions, "two").startswith("checking, downloading")
    assert caches.status("two") == "UPDATEREADY"


def test_a_document_from_a_cache_needs_no_manifest_attribute() -> None:
    caches = caches_of(V1)
    served = caches.navigate(url("a")).settle()
    assert caches.select(Selection("two", url("a"), None, served))
    assert caches.status("two") == "CHECKING"


def test_a_document_that_names_another_manifest_is_foreign_and_navigates_again() -> None:
    caches = caches_of()
    served = caches.navigate(url("x/deep/1")).settle(DOWN)
    other = url("other.appcache")
    actions = caches.select(Selection("two", url("x/deep/1"), other, served))
    assert actions == [Restart("two", url("x/deep/1"))]
    assert kinds(caches.group(MANIFEST))["a"] == "explicit fallback foreign"
    assert navigated(caches, "x/deep/1", DOWN) == ("network", "")
    assert navigated(caches, "a") == ("network", "")
    assert load(caches, "a") == ("cache", "a")
    assert caches.status("two") == "UNCACHED"


def test_a_document_whose_cache_became_obsolete_starts_anew() -> None:
    caches = caches_of(V1)
    served = caches.navigate(PAGE).settle()
    run(caches.group(MANIFEST), caches.update("h"), site(404))
    caches.loaded("two")
    actions = caches.select(Selection("two", PAGE, MANIFEST, served, resource=page()))
    assert events(run(caches.group(MANIFEST), actions, site()), "two").endswith("cached")
    assert (caches.status("h"), caches.status("two")) == ("OBSOLETE", "IDLE")
    assert len(caches.groups) == 1


@pytest.mark.parametrize(
    "document",
    [
        Selection("h", PAGE, "https://other.test/m.appcache"),
        Selection("h", PAGE, MANIFEST, method="POST"),
        Selection("h", PAGE, None),
    ],
    ids=["another origin", "POST", "no manifest"],
)
def test_other_documents_have_no_cache(document: Selection) -> None:
    caches = ApplicationCaches()
    assert caches.select(document) == []
    assert caches.status("h") == "UNCACHED"
    assert caches.abort("h") == []
    for call in (caches.update, caches.swap_cache):
        with pytest.raises(JSError, match=r"h has no application cache") as caught:
            call("h")
        assert caught.value.name == "InvalidStateError"


def test_a_document_that_leaves_is_forgotten() -> None:
    caches = ApplicationCaches()
    caches.select(Selection("h", PAGE, MANIFEST))
    caches.group(MANIFEST).fetched(Fetched(MANIFEST, status=500))
    assert caches.leave("h") == []
    assert caches.groups == ()
    assert caches.status("h") == "UNCACHED"


def test_the_profile_aborts_for_a_host() -> None:
    caches = caches_of(V1)
    actions = caches.update("h")
    actions += caches.group(MANIFEST).fetched(Fetched(MANIFEST, body=V2))
    assert events(caches.abort("h")) == "error"


def test_an_incomplete_cache_is_not_relevant() -> None:
    group = ApplicationCacheGroup(MANIFEST)
    group.start("h", master=PAGE, resource=page())
    group.fetched(Fetched(MANIFEST, body=V1))
    assert group.newest is None
    assert group.exists
    assert plan_navigation([], PAGE).way == "network"
