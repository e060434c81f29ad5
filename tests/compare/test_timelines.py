"""Timelines in files: all of it comes back, and what is no timeline is refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from invented_histories import BASE, Recorder

from pytest_offline.compare import Timeline, dump, load
from pytest_offline.compare.timelines import to_json
from pytest_offline.errors import UsageError
from pytest_offline.model import Request, Response
from pytest_offline.record import OFFLINE, Exchange


@pytest.fixture
def timeline(record: Recorder) -> Timeline:
    """Every kind of value there is."""
    record("open", "v1")
    record("put", "v1", [Request("/a", headers=(("x", "y"),))], Response(body=b"x"))
    record("add", "v1", ["/b"], Response(type="basic", url=BASE + "b"))
    record("match", "v1", ["/a"], ignore_search=True)
    record("match", None, ["/c"], cache_name="v1")
    record("matchAll", "v1")
    record("keys", "v1")
    record("keys")
    record("has", "v1")
    record("put", "v1", ["/c"], Response(status=206))
    exchange = Exchange(
        1,
        5.0,
        "GET",
        "/b",
        BASE + "b",
        (("a", "b"),),
        b"\xff",
        200,
        condition=OFFLINE,
        weather=("held back 3 ms",),
    )
    return Timeline(tuple(record.operations), BASE, {}, record.final, (exchange,), "firefox")


def test_all_of_it_comes_back(timeline: Timeline, tmp_path: Path) -> None:
    dump(timeline, tmp_path / "t.json")
    assert load(tmp_path / "t.json") == timeline
    assert timeline.compare().agrees


def test_no_states_come_back_as_none(tmp_path: Path) -> None:
    dump(Timeline((), BASE), tmp_path / "t.json")
    assert load(tmp_path / "t.json") == Timeline((), BASE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError: 'format'"),
        ('{"format": "old"}', "its format is 'old'"),
    ],
)
def test_what_is_no_timeline(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path} is no timeline of this version (")
    assert words in str(caught.value)
    assert "It has to begin with 'pytest-offline timeline 2'" in str(caught.value)


def test_a_field_from_another_version(timeline: Timeline, tmp_path: Path) -> None:
    data = to_json(timeline)
    operations = data["operations"]
    assert isinstance(operations, list)
    operations[0]["mood"] = "good"
    path = tmp_path / "t.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(UsageError, match="Operation has no mood"):
        load(path)
