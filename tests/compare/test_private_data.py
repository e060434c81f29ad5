"""What is private in the caches, and whose: no browser."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from pytest_offline.compare.private_data import private_findings, steady, strangers_answer
from pytest_offline.record import CachedRequest, CachedResponse, CacheEntry, Exchange
from pytest_offline.record.auditing import Finding

BASE = "http://t1.localhost:1"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def entry(path: str, text: str = "text", *, headers: Any = (), **more: Any) -> CacheEntry:
    url = path if "://" in path else BASE + path
    known = {"status": 200, "type": "basic", "url": url, "size": len(text), "sha256": sha(text)}
    key_headers = more.pop("key_headers", ())
    return CacheEntry(
        CachedRequest(url, headers=key_headers),
        CachedResponse(**{**known, "headers": headers, "body": text.encode(), **more}),
    )


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [each.code for each in findings]


def exchange(path: str, *, request: Any = (), response: Any = (), **more: Any) -> Exchange:
    return Exchange(
        1, 0.0, "GET", path, BASE + path, headers=request, response_headers=response, **more
    )


def private(*entries: CacheEntry, exchanges: Any = (), **more: Any) -> tuple[Finding, ...]:
    return private_findings({"v1": entries}, exchanges, **more)


@pytest.mark.parametrize(
    ("held", "where"),
    [
        (entry("/me", "Hello Ada Lovelace!"), "body"),
        (entry("/users/Ada%20Lovelace"), "URL"),
        (entry("/x", headers=(("x-user", "Ada Lovelace"),)), "headers"),
        (entry("/x", key_headers=(("x-user", "Ada Lovelace"),)), "headers"),
    ],
)
def test_a_canary_is_found_wherever_it_is(held: CacheEntry, where: str) -> None:
    (found,) = private(entry("/"), held, canaries=["Ada Lovelace"])
    assert (found.code, found.severity) == ("canary", "error")
    assert found.text == f"{held.url} in the cache 'v1' holds 'Ada Lovelace' in its {where}"
    assert found.private


def test_a_body_that_is_not_there_holds_nothing() -> None:
    assert private(entry("/", body=None), canaries=["x"]) == ()


@pytest.mark.parametrize("control", ["no-store", "private, max-age=60", "max-age=1, PRIVATE"])
def test_what_says_that_it_may_not_be_kept(control: str) -> None:
    (found,) = private(entry("/me", headers=(("cache-control", control),)))
    assert found.code == "private"
    assert found.text.endswith(f"though its answer says Cache-Control: {control}")


def test_answers_to_authorization_by_the_key_and_by_the_ledger() -> None:
    assert codes(private(entry("/me", key_headers=(("authorization", "Bearer x"),)))) == [
        "with-authorization"
    ]
    seen = exchange("/me", request=(("authorization", "Bearer x"),))
    assert codes(private(entry("/me"), exchanges=[seen])) == ["with-authorization"]


def test_answers_that_set_a_cookie_without_its_value() -> None:
    seen = exchange("/me", response=(("set-cookie", "session=s3cret; Path=/"),))
    (found,) = private(entry("/me"), exchanges=[seen])
    assert found.text.endswith("came with Set-Cookie: session=…")
    assert "s3cret" not in found.text


@pytest.mark.parametrize(
    ("others", "expected"),
    [(sha("text"), []), (sha("please log in"), ["with-cookies"]), (None, [])],
)
def test_an_answer_that_depends_on_cookies_is_one_that_others_do_not_get(
    others: str | None, expected: list[str]
) -> None:
    seen = exchange("/me", request=(("cookie", "session=1"),))
    found = private(entry("/me"), exchanges=[seen], stranger=lambda url: others)
    assert codes(found) == expected
    assert private(entry("/me"), exchanges=[seen]) == ()


def test_what_was_not_served_or_not_got_says_nothing() -> None:
    blocked = exchange("/me", request=(("authorization", "x"),), outcome="blocked")
    posted = replace(blocked, method="POST", outcome="served")
    assert private(entry("/me"), exchanges=[blocked, posted]) == ()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("X-Amz-Signature=0123456789abcdef", "X-Amz-Signature"),
        ("a=1&sig=0123456789abcdef", "sig"),
        ("t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x", "t"),
    ],
)
def test_links_that_are_keys_by_themselves(query: str, name: str) -> None:
    (found,) = private(entry(f"/photo.jpg?{query}"))
    assert found.code == "signed-url"
    assert f"carries {name!r} in its query" in found.text


def test_an_ordinary_query_is_no_key() -> None:
    assert private(entry("/a?v=0123456789abcdef&token=short&__WB_REVISION__=0a1b2c3d4e")) == ()


@pytest.mark.parametrize(
    ("status", "told"), [(200, "x"), (302, "x"), (401, "x"), (404, "x"), (0, None), (503, None)]
)
def test_a_stranger_who_is_refused_has_an_answer_too(status: int, told: str | None) -> None:
    assert strangers_answer(status, "x") == told


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, ["with-cookies"]), (304, ["with-cookies"]), (302, []), (404, [])],
)
def test_who_is_sent_elsewhere_or_refused_with_cookies_has_nothing_of_their_own(
    status: int, expected: list[str]
) -> None:
    seen = exchange("/me", request=(("cookie", "session=1"),), status=status)
    found = private(entry("/me"), exchanges=[seen], stranger=lambda url: sha("log in"))
    assert codes(found) == expected


def test_what_is_another_answer_each_time_is_nobodys() -> None:
    answers = iter(["nonce 1", "nonce 2", "one", "one", None])
    stranger = steady(lambda url: next(answers))
    assert [stranger("/page") for _ in range(3)] == [None, "one", None]
