"""Rules of the Cache section, one by one, that the other tests do not come upon."""

from __future__ import annotations

import pytest

from pytest_offline.model import Cache, CacheStorage, JSError, Request, Response
from pytest_offline.model.request_matching import QueryOptions, make_item, matches
from pytest_offline.model.response_list import RequestResponseList


@pytest.fixture
def cache() -> Cache:
    return CacheStorage().open("v1")


def urls(cache: Cache) -> list[str]:
    return [key.url.removeprefix("https://origin.test") for key in cache.keys()]  # noqa: SIM118


@pytest.mark.parametrize("name", ["TypeError", "NetworkError", "AbortError"])
def test_a_body_that_breaks_off_stores_nothing(cache: Cache, name: str) -> None:
    cache.put("/a", Response(body=b"old"))
    with pytest.raises(JSError) as caught:
        cache.put("/a", Response(body=b"ne", broken=name))
    assert caught.value.name == name
    assert "the body of the response for 'https://origin.test/a' broke off" in str(caught.value)
    adding = CacheStorage(fetch=lambda request: Response(broken=name)).open("v1")
    with pytest.raises(JSError) as caught:
        adding.add("/a")
    assert caught.value.name == name
    assert "the answer for 'https://origin.test/a' broke off" in str(caught.value)
    assert ([each.body for each in cache.match_all()], len(adding)) == ([b"old"], 0)


def test_a_refused_batch_takes_nothing_away() -> None:
    answers = [Response(body=b"1"), Response(body=b"2"), Response(status=500)]
    cache = CacheStorage(fetch=lambda request: answers.pop(0)).open("v1")
    cache.put("/a", Response(body=b"old"))
    with pytest.raises(JSError):
        cache.add_all(["/a", "/b", "/c"])
    assert [each.body for each in cache.match_all()] == [b"old"]


def test_a_batch_may_hold_what_differs_in_the_query_alone() -> None:
    cache = CacheStorage(fetch=lambda request: Response()).open("v1")
    cache.add_all(["/a?1", "/a?2", "/a"])
    assert urls(cache) == ["/a?1", "/a?2", "/a"]


def test_what_varies_on_everything_matches_nothing() -> None:
    """`put` and `addAll` store no such answer; a list may have one all the same."""
    item = make_item(Request("https://o.test/a"), Response(headers=(("Vary", "Accept, *"),)))
    assert not matches(item.request, item)
    assert matches(item.request, item, QueryOptions(ignore_vary=True))


def test_a_copy_and_its_original_change_apart() -> None:
    def urls_in(items: RequestResponseList) -> list[str]:
        return [item.request.url[-2:] for item in items]

    a, b, c = (make_item(Request(f"https://o.test/{name}"), Response()) for name in "abc")
    one = RequestResponseList()
    one.append(a)
    two = one.copy()
    one.append(b)
    assert (urls_in(one), urls_in(two)) == (["/a", "/b"], ["/a"])
    three = two.copy()
    assert two.delete(a.request)
    assert (urls_in(two), urls_in(three)) == ([], ["/a"])
    three.append(c)
    assert (urls_in(two), urls_in(three)) == ([], ["/a", "/c"])
    # By their paths too, which are looked at where queries are ignored.
    more = make_item(Request("https://o.test/c?more"), Response())
    four = three.copy()
    four.append(more)
    assert four.query(c.request, QueryOptions(ignore_search=True)) == [c, more]
    assert three.query(c.request, QueryOptions(ignore_search=True)) == [c]


def test_what_ignore_method_finds_keys_and_deletes(cache: Cache) -> None:
    cache.put("/a", Response())
    head = Request("/a", "HEAD")
    assert cache.keys(head) == []
    assert cache.match_all(head) == []
    assert len(cache.keys(head, ignore_method=True)) == 1
    assert len(cache.match_all(head, ignore_method=True)) == 1


@pytest.mark.parametrize("method", ["match", "match_all", "keys", "delete"])
def test_every_query_refuses_what_is_no_url(cache: Cache, method: str) -> None:
    with pytest.raises(JSError, match="TypeError"):
        getattr(cache, method)("http://[")


@pytest.mark.parametrize("method", ["match", "match_all", "keys"])
def test_every_query_takes_every_option(cache: Cache, method: str) -> None:
    vary = Response(headers=(("Vary", "A"),))
    cache.put(Request("/a?1", headers=(("A", "1"),)), vary)
    ask = getattr(cache, method)
    head = Request("/a", "HEAD")
    on = dict.fromkeys(("ignore_search", "ignore_method", "ignore_vary"), True)
    assert ask(head, **on)
    for missing in on:
        assert not ask(head, **{**on, missing: False})
    assert not cache.delete(head, **{**on, "ignore_vary": False})
    assert cache.delete(head, **on)


def test_storage_match_takes_every_option() -> None:
    storage = CacheStorage()
    storage.open("v0")
    storage.open("").put(Request("/a?1", headers=(("A", "1"),)), Response(headers=(("Vary", "A"),)))
    head = Request("/a", "HEAD")
    on = dict.fromkeys(("ignore_search", "ignore_method", "ignore_vary"), True)
    assert storage.match(head, **on)
    assert storage.match(head, cache_name="", **on)
    assert storage.match(head, cache_name="v0", **on) is None
    for missing in on:
        assert storage.match(head, **{**on, missing: False}) is None


def test_names_of_caches_are_compared_unit_by_unit() -> None:
    storage = CacheStorage()
    names = ["", " ", "a", "A", "\ud800", "\udc00", "\ufffd", "e\u0301", "\u00e9"]
    for name in names:
        storage.open(name).put("/a", Response(body=repr(name).encode()))
    assert storage.keys() == names
    for name in names:
        found = storage.match("/a", cache_name=name)
        assert found is not None
        assert found.body == repr(name).encode()


def test_an_answer_that_was_redirected_is_stored_under_what_was_asked_for() -> None:
    answer = Response(url="https://origin.test/b#x", type="basic", redirected=True)
    cache = CacheStorage(fetch=lambda request: answer).open("v1")
    cache.add("/a#here")
    assert urls(cache) == ["/a#here"]
    found = cache.match("/a")
    assert found is not None
    assert (found.redirected, found.url) == (True, "https://origin.test/b")
    assert cache.match("/b") is None


def test_empty_credentials_are_none(cache: Cache) -> None:
    cache.put("https://@origin.test/a", Response())
    cache.put("https://:@origin.test/b", Response())
    assert urls(cache) == ["/a", "/b"]
    for url in ("https://:p@origin.test/", "https://u@origin.test/"):
        with pytest.raises(JSError, match="includes credentials"):
            cache.put(url, Response())


def test_what_the_base_is_of_counts_for_strings_only() -> None:
    cache = CacheStorage("https://origin.test/dir/page").open("v1")
    cache.put("x", Response())
    cache.put("?q", Response())
    cache.put("//other.test/y", Response())
    assert urls(cache) == ["/dir/x", "/dir/page?q", "https://other.test/y"]


@pytest.mark.parametrize("scheme", ["ftp:", "blob:https:", "about:", "ws:", "httpsx:", "file:"])
def test_schemes_that_are_not_stored(cache: Cache, scheme: str) -> None:
    with pytest.raises(JSError, match="neither http nor https"):
        cache.put(f"{scheme}//x/", Response())
    cache.put("http://origin.test/", Response())
    assert len(cache) == 1


def test_a_vary_that_was_overwritten_is_forgotten(cache: Cache) -> None:
    varied = Request("/a", headers=(("A", "1"),))
    cache.put(varied, Response(headers=(("Vary", "A"),)))
    cache.put(varied, Response(headers=(("Vary", "B"),)))
    assert len(cache) == 1
    assert cache.match("/a") is not None


def test_the_method_of_a_stored_request_is_get_whatever_is_asked(cache: Cache) -> None:
    cache.put("/a", Response())
    assert cache.keys(Request("/a", "POST"), ignore_method=True)[0].method == "GET"


def test_items_seeds_and_lengths(cache: Cache) -> None:
    cache.seed(Request("/a"), Response(status=206))
    assert (len(cache), len(cache.items())) == (1, 1)
    cache.store([(Request("/b"), Response(body=b"1")), (Request("/a"), Response(body=b"2"))])
    assert urls(cache) == ["/b", "/a"]


def test_a_copy_of_one_path() -> None:
    storage = CacheStorage()
    named, lost = storage.open("v1"), storage.open("old")
    storage.delete("old")
    for cache in (named, lost):
        for url in ("/a?1", "/b", "/a?2"):
            cache.put(url, Response())
    twin, (same, gone) = storage.copy([named, lost], only="https://origin.test/a")
    assert urls(twin.open("v1")) == urls(same) == urls(gone) == ["/a?1", "/a?2"]
    same.put("/c", Response())
    assert urls(named) == ["/a?1", "/b", "/a?2"]


def test_variants_of_one_url_come_and_go(cache: Cache) -> None:
    vary = (("Vary", "A"),)
    requests = [Request("/a?q", headers=(("A", value),)) for value in "123"]
    for request in requests:
        cache.put(request, Response(headers=vary, body=value_of(request)))
    twin = CacheStorage()
    assert cache.delete(requests[1]) is True
    assert [each.body for each in cache.match_all("/a", ignore_search=True, ignore_vary=True)] == [
        b"1", b"3",
    ]  # fmt: skip
    assert cache.delete(requests[0])
    assert cache.delete(requests[2])
    assert (len(cache), cache.match_all("/a", ignore_search=True, ignore_vary=True)) == (0, [])
    assert twin.keys() == []


def value_of(request: Request) -> bytes:
    return (request.header("A") or "").encode()
