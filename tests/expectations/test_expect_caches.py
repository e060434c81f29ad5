"""``expect(caches)``: what passes, what waits, and the sentence it fails with."""

from __future__ import annotations

import pytest

from pytest_offline.errors import ModelMismatch
from pytest_offline.expectations.caches import CachesAssertions


@pytest.fixture
def expected(fake_caches):
    return CachesAssertions(fake_caches, timeout=0)


def message_of(call, *args, **options):
    with pytest.raises(AssertionError) as caught:
        call(*args, **options)
    return str(caught.value)


WANTED = [
    {"cache": "v1"},
    {"status": 200},
    {"headers": {"Content-Type": "text/css"}},
    {"body": "x"},
    {"body": b"x"},
    {"source": "serviceworker"},
    {"times": 1},
    {},
]
OTHERWISE = [
    ({"cache": "v2"}, "(cache='v2')", "but its cache is 'v1'"),
    ({"status": 404}, "(status=404)", "but its status is 200"),
    (
        {"headers": {"Content-Type": "text/html", "x-a": "1"}},
        "(headers={'Content-Type': 'text/html', 'x-a': '1'})",
        "but its Content-Type is 'text/css' and its x-a is 'missing'",
    ),
    ({"body": "y"}, "(body='y')", "but its body is another one (SHA-256 2d711642b7"),
]


@pytest.mark.parametrize("wanted", WANTED)
def test_a_put_as_wanted_passes(fake_caches, expected, wanted):
    fake_caches.put("/a.css")
    fake_caches.put("/b.css")
    expected.to_have_put("/a.css", **wanted)
    expected.to_have_put("http://t.localhost:1/a.css", **wanted)


def test_what_was_waited_for_is_noted_where_it_came(fake_caches, expected):
    fake_caches.put("/a.css")
    expected.to_have_put("/a.css")
    message_of(expected.to_have_put, "/b.css")
    expected.not_to_have_put("/b.css")
    assert fake_caches.said == [
        "expect <Caches of t> to have put 'http://t.localhost:1/a.css'",
        "expect <Caches of t> not to have put 'http://t.localhost:1/b.css'",
    ]


@pytest.mark.parametrize(
    ("wanted", "said", "complaint"),
    [*OTHERWISE, ({"source": "page"}, "(source='page')", "but it came from a serviceworker")],
)
def test_a_put_that_is_otherwise_fails_and_says_how(fake_caches, expected, wanted, said, complaint):
    fake_caches.put("/a.css")
    text = message_of(expected.to_have_put, "/a.css", **wanted)
    first = f"expected <Caches of t> to have put 'http://t.localhost:1/a.css' {said}, but saw"
    assert text.splitlines()[0] == first
    assert complaint in text.splitlines()[1]
    expected.not_to_have_put("/a.css", **wanted)


@pytest.mark.parametrize("outcome", ["pending", "rejected"])
def test_a_put_that_was_not_fulfilled_is_none(fake_caches, expected, outcome):
    error = "QuotaExceededError: full" if outcome == "rejected" else None
    fake_caches.put("/a.css", outcome=outcome, error=error)
    text = message_of(expected.to_have_put, "/a.css")
    assert f"but it is {outcome}" in text
    assert (error or "pending") in text


def test_nothing_was_put(expected):
    assert message_of(expected.to_have_put, "/a") == (
        "expected <Caches of t> to have put 'http://t.localhost:1/a', but saw\n  nothing was put"
    )


def test_the_nearest_comes_first_and_the_rest_is_counted(fake_caches, expected):
    for path in ("/1", "/2", "/3", "/4", "/zzz", "/app.mjs", "/app.js"):
        fake_caches.put(path)
    text = message_of(expected.to_have_put, "/app.js", status=404)
    assert text.splitlines()[1:3] == [
        "  GET http://t.localhost:1/app.js into 'v1', status 200, fulfilled, but its status is 200",
        "  GET http://t.localhost:1/app.mjs into 'v1', status 200, fulfilled, "
        "but its URL is another one and its status is 200",
    ]
    assert text.splitlines()[-1] == "  and 1 more"


def test_times(fake_caches, expected):
    fake_caches.put("/a")
    fake_caches.put("/a")
    expected.to_have_put("/a", times=2)
    expected.to_have_put("/b", times=0)
    expected.not_to_have_put("/a", times=1)
    text = message_of(expected.to_have_put, "/a", times=3)
    assert text.splitlines()[:3] == [
        "expected <Caches of t> to have put 'http://t.localhost:1/a' 3 times, but saw",
        "  2 such puts; all that was put:",
        "  GET http://t.localhost:1/a into 'v1', status 200, fulfilled",
    ]


def test_not_to_have_put_shows_the_put(fake_caches, expected):
    fake_caches.put("/b")
    fake_caches.put("/a")
    text = message_of(expected.not_to_have_put, "/a", cache="v1")
    assert text.splitlines()[:2] == [
        "expected <Caches of t> not to have put 'http://t.localhost:1/a' (cache='v1'), but saw",
        "  GET http://t.localhost:1/a into 'v1', status 200, fulfilled",
    ]


def test_it_waits_for_a_put_that_is_yet_to_come(fake_caches):
    fake_caches.coming = [lambda: fake_caches.put("/b"), lambda: fake_caches.put("/a")]
    CachesAssertions(fake_caches).to_have_put("/a")
    assert fake_caches.waits == 2


def test_not_waits_until_it_is_over(fake_caches):
    fake_caches.keep("v1", "/a")
    fake_caches.coming = [lambda: None, fake_caches.kept.clear]
    CachesAssertions(fake_caches).not_to_contain("/a")
    assert fake_caches.waits == 2


def test_the_time_waited_stands_in_the_message(fake_caches):
    text = message_of(CachesAssertions(fake_caches, timeout=30).to_have_put, "/a")
    assert text.endswith("\n  waited 30 ms")
    text = message_of(CachesAssertions(fake_caches).to_have_put, "/a", timeout=40)
    assert text.endswith("\n  waited 40 ms")
    assert fake_caches.waits >= 2


def test_the_title_comes_first(fake_caches):
    expected = CachesAssertions(fake_caches, timeout=0, title="the shell is kept")
    for call in (expected.to_have_put, expected.to_contain):
        assert message_of(call, "/a").startswith("the shell is kept\nexpected <Caches of t> to ")
    assert message_of(expected.not_to_match_model).startswith("the shell is kept\nexpected ")
    fake_caches.mismatch = ModelMismatch("operation 1")
    assert message_of(expected.to_match_model) == "the shell is kept\noperation 1"


@pytest.mark.parametrize("wanted", [{}, *WANTED[:5]])
def test_an_entry_as_wanted_passes(fake_caches, expected, wanted):
    fake_caches.keep("v2", "/b")
    fake_caches.keep("v1", "/a")
    expected.to_contain("/a", **wanted)


@pytest.mark.parametrize(("wanted", "said", "complaint"), OTHERWISE)
def test_an_entry_that_is_otherwise_fails(fake_caches, expected, wanted, said, complaint):
    fake_caches.keep("v1", "/a")
    text = message_of(expected.to_contain, "/a", **wanted)
    assert text.splitlines()[0] == (
        f"expected <Caches of t> to contain 'http://t.localhost:1/a' {said}, but saw"
    )
    assert text.splitlines()[1].startswith("  http://t.localhost:1/a in 'v1', status 200, but ")
    assert complaint in text
    expected.not_to_contain("/a", **wanted)


def test_nothing_is_cached(fake_caches, expected):
    assert message_of(expected.to_contain, "/a").endswith("but saw\n  nothing was cached")
    expected.not_to_contain("/a")


def test_not_to_contain_shows_the_entry(fake_caches, expected):
    fake_caches.keep("v1", "/a")
    assert message_of(expected.not_to_contain, "/a") == (
        "expected <Caches of t> not to contain 'http://t.localhost:1/a', but saw\n"
        "  http://t.localhost:1/a in 'v1', status 200"
    )


def test_a_long_body_is_not_shown_in_full(fake_caches, expected):
    assert "(body='" + 40 * "y" + "…')" in message_of(expected.to_have_put, "/a", body=50 * "y")
    assert "(body=b'" + 40 * "y" + "...')" in message_of(expected.to_contain, "/a", body=50 * b"y")


def test_to_match_model(fake_caches, expected):
    expected.to_match_model()
    assert message_of(expected.not_to_match_model) == (
        "expected <Caches of t> not to match the model, but all 0 operations and the final state "
        "are what it allows"
    )
    fake_caches.mismatch = ModelMismatch("operation 1: …", ["difference"])
    expected.not_to_match_model()
    with pytest.raises(ModelMismatch, match="operation 1") as caught:
        expected.to_match_model()
    assert caught.value.differences == ("difference",)
