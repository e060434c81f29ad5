"""Cache and CacheStorage: what is stored, in which order, and what is refused with which words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_offline.model import Cache, CacheStorage, JSError, Request, Response
from pytest_offline.model.request_matching import QueryOptions, make_item, matches


@pytest.fixture
def cache() -> Cache:
    return CacheStorage().open("v1")


def urls(cache: Cache) -> list[str]:
    return [key.url.removeprefix("https://origin.test") for key in cache.keys()]  # noqa: SIM118


def rejection(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(JSError) as caught:
        call()
    return caught.value.name, caught.value.message


def test_put_overwrites_and_moves_to_the_end(cache: Cache) -> None:
    for url in ("/a", "/b", "/a"):
        cache.put(url, Response(body=url.encode() * 2))
    assert urls(cache) == ["/b", "/a"]
    assert [found.body for found in cache.match_all()] == [b"/b/b", b"/a/a"]


def test_put_overwrites_what_differs_in_the_fragment_only(cache: Cache) -> None:
    cache.put("/a#1", Response(body=b"1"))
    cache.put("/a#2", Response(body=b"2"))
    assert urls(cache) == ["/a#2"]


def test_put_replaces_the_variant_it_matches_only(cache: Cache) -> None:
    vary = (("Vary", "A"),)
    for value, body in (("1", b"one"), ("2", b"two"), ("1", b"three")):
        cache.put(Request("/a", headers=(("A", value),)), Response(headers=vary, body=body))
    assert [found.body for found in cache.match_all()] == [b"two", b"three"]


def test_the_stored_response_says_what_to_vary_on(cache: Cache) -> None:
    cache.put(Request("/a", headers=(("A", "1"),)), Response(headers=(("Vary", "A"),)))
    cache.put(Request("/a", headers=(("A", "2"),)), Response())
    assert len(cache) == 2
    cache.put(Request("/a", headers=(("A", "1"),)), Response())
    assert len(cache) == 1


@pytest.mark.parametrize(
    ("request_", "response", "words"),
    [
        (Request("/a", "POST"), Response(), "POST 'https://origin.test/a': a cache keeps"),
        (Request("/a", "HEAD"), Response(), "HEAD 'https://origin.test/a'"),
        ("data:,x", Response(), "'data:,x' is neither http nor https"),
        ("/a", Response(status=206), "a 206 response (partial) for 'https://origin.test/a'"),
        ("/a", Response(headers=(("VARY", "*"),)), "'https://origin.test/a' has Vary: *"),
        ("/a", Response(headers=(("Vary", "Accept, *"),)), "has Vary: *"),
        ("/a", Response(used=True), "response for 'https://origin.test/a' is used"),
        ("/a", Response(locked=True), "response for 'https://origin.test/a' is locked"),
        ("http://[", Response(), "'http://[' is no valid URL (base 'https://origin.test/')"),
        ("https://u:p@origin.test/", Response(), "includes credentials"),
    ],
)  # fmt: skip
def test_put_refuses(cache: Cache, request_: Request | str, response: Response, words: str) -> None:
    name, message = rejection(lambda: cache.put(request_, response))
    assert name == "TypeError"
    assert words in message
    assert len(cache) == 0


@pytest.mark.parametrize(
    "response",
    [
        Response(body=None, used=True),
        Response(status=404),
        Response(status=204),
        Response(status=206, type="opaque"),
        Response(headers=(("Vary", "*"),), type="opaque"),
        Response(type="error"),
        Response(status=301, type="opaqueredirect", url="https://origin.test/b"),
        Response(redirected=True, url="https://origin.test/b", type="basic"),
    ],
    ids=repr,
)
def test_put_stores(cache: Cache, response: Response) -> None:
    cache.put("/a", response)
    assert cache.match("/a") == response


def test_delete_says_whether_there_was_something(cache: Cache) -> None:
    cache.put("/a", Response())
    assert cache.delete("/b") is False
    assert cache.delete(Request("/a", "HEAD")) is False
    assert cache.delete(Request("/a", "HEAD"), ignore_method=True) is True
    assert cache.delete("/a") is False


def fetching(answers: dict[str, Response | JSError]) -> Callable[[Request], Response]:
    def fetch(request: Request) -> Response:
        answer = answers[request.url.removeprefix("https://origin.test")]
        if isinstance(answer, JSError):
            raise answer
        return answer

    return fetch


def opened(answers: dict[str, Response | JSError]) -> Cache:
    return CacheStorage(fetch=fetching(answers)).open("v1")


def test_add_all_stores_in_the_order_given() -> None:
    cache = opened({"/b": Response(body=b"b"), "/a": Response(status=203, body=b"a")})
    cache.put("/b", Response(body=b"old"))
    cache.put("/c", Response())
    cache.add_all(["/b", Request("/a")])
    assert urls(cache) == ["/c", "/b", "/a"]
    cache.add("/b")
    assert urls(cache) == ["/c", "/a", "/b"]
    cache.add_all([])
    assert len(cache) == 3


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Response(status=404), "'https://origin.test/b' was answered with status 404 (default)"),
        (Response(status=206), "status 206"),
        (Response(type="error"), "status 0 (error)"),
        (Response(type="opaque"), "status 0 (opaque)"),
        (Response(headers=(("Vary", "a, *"),)), "answer for 'https://origin.test/b' has Vary: *"),
        (JSError("TypeError", "Failed to fetch"), "Failed to fetch"),
    ],
    ids=repr,
)  # fmt: skip
def test_add_all_stores_all_or_nothing(bad: Response | JSError, words: str) -> None:
    cache = opened({"/a": Response(), "/b": bad})
    name, message = rejection(lambda: cache.add_all(["/a", "/b"]))
    assert name == "TypeError"
    assert words in message
    assert len(cache) == 0


def test_an_error_of_fetch_comes_through() -> None:
    cache = opened({"/a": JSError("AbortError")})
    assert rejection(lambda: cache.add("/a")) == ("AbortError", "")


@pytest.mark.parametrize("twice", [["/a", "/a"], ["/a#1", "/a#2"], [Request("/a"), "/a"]], ids=repr)
def test_add_all_refuses_the_same_request_twice(twice: list[Request | str]) -> None:
    cache = CacheStorage(fetch=lambda request: Response()).open("v1")
    name, message = rejection(lambda: cache.add_all(twice))
    assert name == "InvalidStateError"
    assert "is asked for twice in one addAll" in message
    assert len(cache) == 0


def test_add_all_lets_earlier_answers_say_what_varies() -> None:
    shape = Request("/a", headers=(("shape", "circle"), ("size", "big")))
    size = Request("/a", headers=(("shape", "square"), ("size", "big")))
    answers = {shape: "shape", size: "size"}
    storage = CacheStorage(
        "https://origin.test/",
        lambda request: Response(headers=(("Vary", answers[_plain(request)]),)),
    )
    assert rejection(lambda: storage.open("v1").add_all([size, shape]))[0] == "InvalidStateError"
    storage.open("v1").add_all([shape, size])
    assert len(storage.open("v1")) == 2


def _plain(request: Request) -> Request:
    return Request("/a", headers=request.headers)


@pytest.mark.parametrize(
    "request_", [Request("/a", "PUT"), Request("data:,x"), "data:,x"], ids=repr
)
def test_add_fetches_nothing_that_cannot_be_stored(request_: Request | str) -> None:
    fetched: list[Request] = []
    cache = CacheStorage(fetch=lambda request: fetched.append(request) or Response()).open("v1")
    assert rejection(lambda: cache.add_all(["/b", request_]))[0] == "TypeError"
    assert fetched == []


def test_add_without_a_network_says_so(cache: Cache) -> None:
    name, message = rejection(lambda: cache.add("/a"))
    assert name == "TypeError"
    assert message == (
        "no network to fetch 'https://origin.test/a' from: give CacheStorage a fetch"
    )


def test_storage_names() -> None:
    storage = CacheStorage()
    for name in ("b", "", "a", "\ud800", "b"):
        storage.open(name)
    assert storage.keys() == ["b", "", "a", "\ud800"]
    assert storage.has("")
    assert not storage.has("B")
    assert storage.delete("b") is True
    assert storage.delete("b") is False
    storage.open("b")
    assert storage.keys() == ["", "a", "\ud800", "b"]


def test_a_cache_whose_name_is_gone_goes_on() -> None:
    storage = CacheStorage()
    old = storage.open("v1")
    old.put("/a", Response(body=b"old"))
    storage.delete("v1")
    new = storage.open("v1")
    old.put("/b", Response())
    assert (len(old), len(new)) == (2, 0)
    assert storage.match("/a") is None
    assert old.match("/a") == Response(body=b"old")


def test_openings_of_one_name_share_their_entries() -> None:
    storage = CacheStorage()
    one, other = storage.open("v1"), storage.open("v1")
    one.put("/a", Response())
    assert other.match("/a") == Response()
    assert one.response_list is other.response_list


def test_storage_match_asks_the_caches_in_order() -> None:
    storage = CacheStorage()
    for name in ("one", "two"):
        storage.open(name).put("/a", Response(body=name.encode()))
    found = storage.match("/a"), storage.match("/a", cache_name="two")
    assert [each.body for each in found if each] == [b"one", b"two"]
    assert storage.match("/a", cache_name="three") is None
    assert storage.match("/b") is None


def test_storage_match_reads_the_url_only_where_there_is_a_cache() -> None:
    storage = CacheStorage()
    assert storage.match("http://[") is None
    storage.open("v1")
    assert rejection(lambda: storage.match("http://["))[0] == "TypeError"


def test_a_base_url_has_to_be_one() -> None:
    name, message = rejection(lambda: CacheStorage("/relative"))
    assert name == "TypeError"
    assert "'/relative' is no valid URL" in message


def test_step_one_looks_at_the_stored_method() -> None:
    item = make_item(Request("https://origin.test/a?1", "HEAD"), Response())
    query = Request("https://origin.test/a?2")
    assert not matches(query, item, QueryOptions(ignore_search=True))
    assert matches(query, item, QueryOptions(ignore_search=True, ignore_method=True))
    assert not matches(
        Request("https://origin.test/b"), item, QueryOptions(ignore_search=True, ignore_method=True)
    )


def test_a_copy_goes_its_own_way() -> None:
    storage = CacheStorage()
    kept, gone = storage.open("v1"), storage.open("v2")
    kept.put("/a", Response())
    storage.delete("v2")
    twin, (kept_twin, gone_twin, same) = storage.copy([kept, gone, gone])
    kept_twin.put("/b", Response())
    kept.put("/c", Response())
    gone_twin.put("/d", Response())
    assert (urls(kept), urls(kept_twin)) == (["/a", "/c"], ["/a", "/b"])
    assert urls(twin.open("v1")) == ["/a", "/b"]
    assert (urls(gone), urls(same)) == ([], ["/d"])
    assert gone_twin.response_list is same.response_list


paths = st.sampled_from(["/a", "/b", "/a?1", "/a?2", "/c#x", "/c#y"])
steps = st.lists(st.tuples(st.sampled_from(["put", "delete", "search"]), paths), max_size=30)


@given(steps)
def test_the_index_agrees_with_a_plain_list(program: list[tuple[str, str]]) -> None:
    cache = CacheStorage().open("v1")
    plain: list[tuple[str, bytes]] = []
    for number, (step, path) in enumerate(program):
        body = str(number).encode()
        key = path.partition("#")[0]
        if step == "put":
            cache.put(path, Response(body=body))
            plain = [row for row in plain if row[0].partition("#")[0] != key] + [(path, body)]
        elif step == "delete":
            kept = [row for row in plain if row[0].partition("#")[0] != key]
            assert cache.delete(path) is (kept != plain)
            plain = kept
        else:
            wanted = [row[1] for row in plain if row[0][:2] == path[:2]]
            assert [each.body for each in cache.match_all(path, ignore_search=True)] == wanted
        assert urls(cache) == [path for path, _ in plain]
        assert [each.body for each in cache.match_all()] == [body for _, body in plain]


@given(paths, st.binary(max_size=8))
def test_what_was_put_is_found(path: str, body: bytes) -> None:
    cache = CacheStorage().open("v1")
    cache.put(path, Response(body=body))
    assert cache.match(path) == Response(body=body)
