"""The table of matching, run through every method that matches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_offline.model import CacheStorage, Request, Response

CASES = json.loads((Path(__file__).parent / "cases" / "matching.json").read_text(encoding="utf-8"))


def parameter(case: dict[str, Any]) -> Any:
    marks = [pytest.mark.skip(reason=case["skip"])] if "skip" in case else []
    return pytest.param(case, id=case["name"], marks=marks)


def request_of(row: dict[str, Any]) -> Request:
    headers = tuple((name, value) for name, value in row.get("headers", ()))
    return Request(row["url"], row.get("method", "GET"), headers)


@pytest.mark.parametrize("case", [parameter(case) for case in CASES])
def test_matching(case: dict[str, Any]) -> None:
    storage = CacheStorage()
    cache = storage.open("v1")
    for index, row in enumerate(case["stored"]):
        headers = (("Vary", row["vary"]),) if "vary" in row else ()
        cache.put(request_of(row), Response(headers=headers, body=str(index).encode()))
    query, options = request_of(case["query"]), case.get("options", {})
    bodies = [str(index).encode() for index in case["found"]]

    assert [each.body for each in cache.match_all(query, **options)] == bodies
    found = [storage.match(query, **options), cache.match(query, **options)]
    assert [each.body if each else None for each in found] == 2 * (bodies[:1] or [None])
    assert len(cache.keys(query, **options)) == len(bodies)
    before = len(cache)
    assert cache.delete(query, **options) is bool(bodies)
    assert before - len(cache) == len(bodies)


def test_no_two_cases_have_one_name() -> None:
    names = [case["name"] for case in CASES]
    assert sorted(set(names)) == sorted(names)
