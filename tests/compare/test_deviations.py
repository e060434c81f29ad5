"""Each known deviation: what it excuses, in which builds, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from invented_histories import BASE, Recorder, cached, shown_request

from pytest_offline.compare import KNOWN, Comparison, known_for, replay
from pytest_offline.compare.deviations import rules_with
from pytest_offline.model import CacheStorage, Request, Response
from pytest_offline.record import CacheEntry, Operation, Snapshot

VARY = (("vary", "a"),)


def met(found: Comparison) -> list[str]:
    return [deviation.id for deviation in found.deviations]


def test_ids_are_unique_and_all_is_said() -> None:
    assert len({each.id for each in KNOWN}) == len(KNOWN)
    assert all(each.effect and each.rule and each.builds for each in KNOWN)


def rows_for(*builds: str) -> set[str]:
    return {each.id for each in KNOWN if each.builds == builds}


def test_builds_are_told_by_how_their_names_begin() -> None:
    assert known_for(None) == ()
    everywhere = {"match-refuses-invalid-url-without-caches"}
    assert {each.id for each in known_for("webkit")} == everywhere
    newer = {each.id for each in known_for("chromium-153")}
    old = {each.id for each in known_for("chromium-83")}
    until_92 = rows_for("chromium-83", "chromium-88", "chromium-92")
    until_88 = rows_for("chromium-83", "chromium-88")
    assert "chromium-83-drops-fragments" in until_92
    assert until_88 == {"chromium-83-undefined-is-a-url"}
    assert old - newer == until_92 | until_88
    assert newer - old == {"chromium-add-all-fragments-apart"}
    assert {each.id for each in known_for("chromium")} == newer
    assert {each.id for each in known_for("chromium-88")} == old
    assert {each.id for each in known_for("chromium-92")} == old - until_88
    assert {each.id for each in known_for("firefox")} > everywhere


def variant(value: str | None) -> Request:
    return Request("/a", headers=() if value is None else (("a", value),))


@pytest.fixture
def one_entry(record: Recorder) -> tuple[list[Operation], Snapshot]:
    """Two variants were put; the browser kept the later one alone."""
    record("open", "v1")
    record("put", "v1", [variant("1")], Response(headers=VARY, body=b"one"))
    record("put", "v1", [variant("2")], Response(headers=VARY, body=b"two"))
    missed = replace(record("match", "v1", [variant("1")]), value=None)
    return [*record.operations[:3], missed], {"v1": record.final["v1"][1:]}


def test_chromium_keeps_one_entry_a_url(one_entry: tuple[list[Operation], Snapshot]) -> None:
    operations, final = one_entry
    found = replay(operations, base_url=BASE, final=final, build="chromium")
    assert found.agrees
    assert met(found) == ["chromium-one-entry-a-url"]


@pytest.mark.parametrize("build", [None, "firefox", "webkit"])
def test_others_keep_variants(
    one_entry: tuple[list[Operation], Snapshot], build: str | None
) -> None:
    operations, final = one_entry
    found = replay(operations, base_url=BASE, final=final, build=build)
    assert [each.operation for each in found.differences] == [operations[-1], None]


def test_a_deviation_not_met_is_not_named(record: Recorder) -> None:
    record("put", "v1", ["/a"], Response())
    assert met(replay(record.operations, base_url=BASE, build="chromium")) == []


def test_a_deviation_excuses_nothing_else(one_entry: tuple[list[Operation], Snapshot]) -> None:
    operations, final = one_entry
    operations[-1] = replace(operations[-1], value=cached(b"three"))
    found = replay(operations, base_url=BASE, final=final, build="chromium")
    assert found.differences[0].operation == operations[-1]


def test_firefox_takes_an_empty_header_for_a_missing_one(record: Recorder) -> None:
    record("put", "v1", [variant(None)], Response(headers=VARY, body=b"x"))
    asked = record("match", "v1", [variant("")])
    assert asked.value is None
    operations = [record.operations[0], replace(asked, value=cached(b"x", headers=VARY))]
    assert met(replay(operations, base_url=BASE, build="firefox")) == [
        "firefox-empty-header-is-missing"
    ]
    assert not replay(operations, base_url=BASE, build="webkit").agrees


def test_firefox_replaces_by_the_same_rule_and_no_wider() -> None:
    cache = CacheStorage(rules=rules_with(known_for("firefox"))).open("v1")
    for value in (None, "", "1"):
        cache.put(variant(value), Response(headers=VARY))
    assert [key.header("a") for key in cache.keys()] == ["", "1"]  # noqa: SIM118
    assert cache.match("/b") is None
    assert cache.match("/a?1") is None
    assert cache.match(variant("2")) is None
    assert cache.match(variant("2"), ignore_vary=True) is not None
    cache.seed("/star", Response(headers=(("vary", "*"),)))
    assert cache.match("/star") is None
    cache.seed(Request("/head", "HEAD"), Response())
    assert cache.match("/head") is None, "a cached request whose method is not GET"
    assert cache.match("/head", ignore_method=True) is not None


@pytest.mark.parametrize(
    ("shown", "excused"),
    [
        ((("x", "1"),), True),
        ((("x", "2"),), False),
        ((), False),
    ],
)
def test_chromium_stores_the_first_of_repeated_headers(
    record: Recorder, shown: tuple[tuple[str, str], ...], excused: bool
) -> None:
    record("put", "v1", ["/a"], Response(headers=(("x", "1"), ("x", "2")), body=b"x"))
    asked = replace(record("match", "v1", ["/a"]), value=cached(b"x", headers=shown))
    operations = [record.operations[0], asked]
    found = replay(operations, base_url=BASE, build="chromium")
    assert found.agrees is excused
    assert (
        met(found)
        == (["chromium-first-of-repeated-headers"] if excused else [])[: len(found.deviations)]
    )
    assert not replay(operations, base_url=BASE).agrees


def test_a_response_that_differs_in_more_is_not_excused(record: Recorder) -> None:
    record("put", "v1", ["/a"], Response(headers=(("x", "1"), ("x", "2")), body=b"x"))
    asked = record("match", "v1", ["/a"])
    operations = [record.operations[0], replace(asked, value=cached(b"y", headers=(("x", "1"),)))]
    assert not replay(operations, base_url=BASE, build="chromium").agrees


def test_chromium_83_drops_fragments(record: Recorder) -> None:
    record("put", "v1", ["/a#x"], Response())
    record("keys", "v1")
    keys = record.operations[1]
    bare = replace(shown_request("/a"), given=None)
    operations = [record.operations[0], replace(keys, value=(bare,))]
    final = {"v1": (CacheEntry(bare, cached()),)}
    found = replay(operations, base_url=BASE, final=final, build="chromium-83")
    assert found.agrees
    assert met(found) == ["chromium-83-drops-fragments"]
    assert len(replay(operations, base_url=BASE, final=final, build="chromium").differences) == 2


def test_chromium_accepts_fragments_apart(record: Recorder) -> None:
    record("open", "v1")
    refused = record("addAll", "v1", ["/a#1", "/a#2"], Response(body=b"x"))
    assert refused.error_name == "InvalidStateError"
    accepted = replace(refused, outcome="fulfilled", added=(cached(b"x"), cached(b"x")))
    record("put", "v1", ["/a#2"], Response(body=b"x"))
    operations = [record.operations[0], accepted]
    found = replay(operations, base_url=BASE, final=record.final, build="chromium")
    assert met(found) == ["chromium-add-all-fragments-apart"]
    assert found.agrees
    for build in ("firefox", "chromium-83", "chromium-88", "chromium-92"):
        (difference,) = replay(operations, base_url=BASE, build=build).differences
        assert (difference.allowed, difference.seen) == (
            "a rejection with InvalidStateError",
            "fulfilment",
        )


def test_match_of_an_invalid_url_without_caches(record: Recorder) -> None:
    asked = record("match", None, ["/a"])
    invalid = replace(
        asked,
        requests=(replace(asked.requests[0], url="http://[", given="http://["),),
        outcome="rejected",
        error_name="TypeError",
    )
    assert replay([invalid], base_url=BASE, build="webkit").agrees
    assert not replay([invalid], base_url=BASE).agrees
    assert not replay([replace(invalid, error_name="Error")], base_url=BASE, build="firefox").agrees
    record("open", "v1")
    later = replace(
        invalid, number=9, started=5000, settled=5001, started_number=900, settled_number=901
    )
    assert replay([record.operations[1], later], base_url=BASE).agrees


def test_chromium_83_takes_lone_surrogates_for_one_name(record: Recorder) -> None:
    record("open", "\ud800")
    record("put", "\ud800", ["/a"], Response(body=b"x"))
    other = record("has", "\ufffd")
    named = record("match", None, ["/a"], cache_name="\ufffd")
    operations = [
        *record.operations[:2],
        replace(other, value=True),
        replace(named, value=cached(b"x")),
    ]
    found = replay(operations, base_url=BASE, build="chromium-83")
    assert found.agrees
    assert met(found) == ["chromium-83-scalar-names"]
    assert not replay(operations, base_url=BASE, build="chromium").agrees


@pytest.mark.parametrize(
    ("stored", "asked", "excused"),
    [
        ("/%61", "/a", True),
        ("/%7e%2D%5f%39", "/~-_9", True),
        ("/%2f", "//", False),
        ("/a?%61", "/a?a", False),
    ],
)
def test_chromium_83_unescapes_paths(
    record: Recorder, stored: str, asked: str, excused: bool
) -> None:
    record("put", "v1", [BASE + stored[1:]], Response(body=b"x"))
    missed = record("match", "v1", [BASE + asked[1:]])
    operations = [record.operations[0], replace(missed, value=cached(b"x"))]
    found = replay(operations, base_url=BASE, build="chromium-83")
    assert found.agrees is excused
    assert met(found) == (["chromium-83-unescapes-paths"] if excused else [])
    assert not replay(operations, base_url=BASE, build="chromium").agrees


def test_chromium_83_asks_for_undefined(record: Recorder) -> None:
    record("put", "v1", ["/a"], Response(body=b"x"))
    every = record("matchAll", "v1", ignore_vary=True)
    plain = record("matchAll", "v1")
    assert plain.value == every.value
    operations = [record.operations[0], replace(every, value=())]
    found = replay(operations, base_url=BASE, build="chromium-83")
    assert met(found) == ["chromium-83-undefined-is-a-url"]
    assert found.agrees
    assert not replay(operations, base_url=BASE, build="firefox").agrees
    operations[1] = replace(plain, value=())
    assert not replay(operations, base_url=BASE, build="chromium-83").agrees


def test_only_the_deviations_that_are_needed_are_named(record: Recorder) -> None:
    record("put", "v1", ["/%61"], Response(body=b"x"))
    record("open", "\ud800")
    every = record("matchAll", "v1", ignore_vary=True)
    operations = [*record.operations[:2], replace(every, value=())]
    found = replay(operations, base_url=BASE, build="chromium-83")
    assert met(found) == ["chromium-83-undefined-is-a-url"]


def test_all_deviations_that_are_needed_are_named(record: Recorder) -> None:
    record("put", "v1", ["/%61"], Response(body=b"x"))
    missed = record("match", "v1", ["/a"])
    every = record("matchAll", "v1", ignore_vary=True)
    operations = [
        record.operations[0],
        replace(missed, value=cached(b"x")),
        replace(every, value=()),
    ]
    found = replay(operations, base_url=BASE, build="chromium-83")
    assert found.agrees
    assert met(found) == ["chromium-83-unescapes-paths", "chromium-83-undefined-is-a-url"]


def test_firefox_drops_empty_fragments(record: Recorder) -> None:
    record("put", "v1", ["/a#"], Response())
    keys = record("keys", "v1")
    operations = [record.operations[0], replace(keys, value=(shown_request("/a"),))]
    found = replay(operations, base_url=BASE, build="firefox")
    assert met(found) == ["firefox-drops-empty-fragments"]
    assert not replay(operations, base_url=BASE, build="chromium").agrees
    operations[1] = replace(keys, value=(shown_request("/b"),))
    assert not replay(operations, base_url=BASE, build="firefox").agrees


@pytest.mark.parametrize(
    ("urls", "error", "excused"),
    [
        (["/a", "/a#1", "/star"], "InvalidStateError", True),
        (["/a", "/b", "/star"], "InvalidStateError", False),
        (["/a", "/star", "/a"], "InvalidStateError", False),
        (["/a", "/a", "/missing"], "InvalidStateError", False),
        (["/a", "/a", "/star"], "SyntaxError", False),
    ],
)
def test_firefox_looks_for_duplicates_first(
    record: Recorder, urls: list[str], error: str, excused: bool
) -> None:
    answers = {
        "/star": cached(b"x", headers=(("vary", "*"),)),
        "/missing": cached(b"x", status=404),
    }
    added = tuple(answers.get(url, cached(b"x")) for url in urls)
    record("open", "v1")
    refused = record("addAll", "v1", urls, Response(404, body=b"x"))
    refused = replace(refused, error_name=error, outcome="rejected", added=added)
    found = replay([record.operations[0], refused], base_url=BASE, build="firefox")
    assert found.agrees is excused
    if excused:
        assert met(found) == ["firefox-add-all-duplicates-first"]
        assert not replay([record.operations[0], refused], base_url=BASE, build="chromium").agrees


@pytest.mark.parametrize(
    ("fields", "excused"),
    [
        ({"status": 204, "type": "basic", "null_body": True, "spent": "used"}, True),
        ({"status": 304, "type": "cors", "null_body": True, "spent": "locked"}, True),
        ({"status": 204, "type": "default", "null_body": True, "spent": "used"}, False),
        ({"status": 204, "type": "basic", "null_body": True}, False),
    ],
)
def test_a_fetched_204_has_a_body_to_use_up(
    record: Recorder, fields: dict[str, Any], excused: bool
) -> None:
    record("open", "v1")
    put = record("put", "v1", ["/a"], Response())
    put = replace(put, response=cached(**fields), outcome="rejected", error_name="TypeError")
    operations = [record.operations[0], put]
    for build in ("chromium", "firefox"):
        found = replay(operations, base_url=BASE, build=build)
        assert found.agrees is excused
        assert met(found) == (["fetched-204-has-a-body"] if excused else [])
    assert not replay(operations, base_url=BASE, build="webkit").agrees


@pytest.mark.parametrize(
    ("kind", "message", "excused"),
    [
        ("cors", "Cache.put: Invalid Response object with a 'Vary: *' header.", True),
        ("cors", "Cache.put: something else", False),
        ("default", "Cache.put: Invalid Response object with a 'Vary: *' header.", False),
    ],
)
def test_firefox_sees_a_hidden_vary(
    record: Recorder, kind: str, message: str, excused: bool
) -> None:
    record("open", "v1")
    put = record("put", "v1", ["/a"], Response())
    put = replace(
        put,
        response=cached(type=kind),
        outcome="rejected",
        error_name="TypeError",
        error=message,
    )
    operations = [record.operations[0], put]
    found = replay(operations, base_url=BASE, build="firefox")
    assert met(found) == (["firefox-sees-hidden-vary"] if excused else [])
    assert found.agrees is excused
    assert not replay(operations, base_url=BASE, build="chromium").agrees


@pytest.mark.parametrize("spent", ["used", "locked"])
def test_a_put_of_a_body_that_was_spent_has_to_fail(record: Recorder, spent: str) -> None:
    record("open", "v1")
    put = record("put", "v1", ["/a"], Response(body=b"x"))
    put = replace(put, response=cached(b"x", spent=spent))
    (difference,) = replay([record.operations[0], put], base_url=BASE).differences
    assert difference.allowed == "a rejection with TypeError"
    refused = replace(put, outcome="rejected", error_name="TypeError")
    assert replay([record.operations[0], refused], base_url=BASE).agrees


def test_chromium_looks_at_the_first_vary_only(record: Recorder) -> None:
    twice = (("Vary", "a"), ("vary", "b"))
    record("put", "v1", ["/a"], Response(headers=twice, body=b"x"))
    missed = record("match", "v1", [Request("/a", headers=(("b", "1"),))])
    assert missed.value is None
    put = replace(record.operations[0], response=cached(b"x", headers=twice))
    found = replace(missed, value=cached(b"x", headers=(("vary", "a"),)))
    verdict = replay([put, found], base_url=BASE, build="chromium")
    assert verdict.agrees
    assert met(verdict) == ["chromium-first-of-repeated-vary"]
    assert not replay([put, found], base_url=BASE, build="firefox").agrees
    seen = replace(missed, value=cached(b"x", headers=(("vary", "b"),)))
    assert not replay([put, seen], base_url=BASE, build="chromium").agrees


def test_chromium_refuses_a_star_in_any_vary(record: Recorder) -> None:
    record("open", "\ud800")
    twice = (("Vary", "a"), ("vary", "*"))
    put = record("put", "\ud800", ["/a"], Response())
    put = replace(put, response=cached(headers=twice), outcome="rejected", error_name="TypeError")
    keys = replace(record("has", "\ufffd"), value=True)
    found = replay([record.operations[0], put, keys], base_url=BASE, build="chromium-83")
    assert found.agrees
    assert met(found) == ["chromium-83-scalar-names"]
