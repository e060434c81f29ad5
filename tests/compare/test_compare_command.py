"""``python -m pytest_offline.compare``: the same verdict from a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from invented_histories import BASE, Recorder, contrary_lists

from pytest_offline.compare import Timeline, both_states, dump
from pytest_offline.compare.__main__ import main
from pytest_offline.record import (
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Operation,
    Place,
)

PAGE = Place("p", "page", "https://o.test/", 1.0, "https://o.test")
KEY = CachedRequest("https://o.test/a")
ANSWER = CachedResponse(200, size=1, sha256="ab")
OPENED = Operation(
    0, PAGE, "caches", "open", 1, 0, 2, 1, cache="v1", outcome="fulfilled", value=True
)
PUT = Operation(
    1, PAGE, "cache", "put", 3, 2, 4, 3, cache="v1", cache_number=0, requests=(KEY,),
    response=ANSWER, outcome="fulfilled",
)  # fmt: skip
HELD = {"v1": (CacheEntry(KEY, ANSWER),)}


def timeline(**changes: object) -> Timeline:
    whole = Timeline((OPENED, PUT), base_url="https://o.test/", final=HELD)
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_a_history_that_the_model_allows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump(timeline(), tmp_path / "t.json")
    assert main([str(tmp_path / "t.json")]) == 0
    said = capsys.readouterr().out
    assert "the model allows everything that was recorded" in said
    assert "model holds    'v1': https://o.test/a" in said
    assert "browser holds  'v1': https://o.test/a" in said


def test_one_that_it_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump(timeline(final={"v1": ()}), tmp_path / "t.json")
    assert main([str(tmp_path / "t.json")]) == 1
    said = capsys.readouterr().out
    assert "the final state of cache 'v1'" in said
    assert "browser holds  'v1': empty" in said


def test_both_states_are_shown_even_where_there_is_none() -> None:
    empty = Timeline((), base_url="https://o.test/")
    assert both_states(empty.compare(), None) == ["  model holds    no cache"]
    assert both_states(empty.compare(), {})[-1] == "  browser holds  no cache"


def test_a_cache_with_many_keys_and_a_second_cache() -> None:
    many = tuple(CacheEntry(CachedRequest(f"https://o.test/{n}"), ANSWER) for n in range(10))
    lines = both_states(timeline().compare(), {"v1": many, "v2": ()})
    assert lines[1].endswith("https://o.test/7 and 2 more")
    assert lines[2].strip() == "'v2': empty"


def test_two_caches_of_the_model() -> None:
    second = replace(OPENED, number=2, cache="v2", started=5, started_number=4, settled=6,
                     settled_number=5)  # fmt: skip
    lines = both_states(timeline(operations=(OPENED, PUT, second)).compare(), None)
    assert [line.strip() for line in lines][1] == "'v2': empty"


def test_a_file_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    assert main([str(tmp_path / "x.json")]) == 2
    assert "is no timeline of this version" in capsys.readouterr().err


CHANGED = "it was changed after it was written: its digest does not fit"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data["operations"].pop(), CHANGED),
        (lambda data: data["operations"].reverse(), CHANGED),
        (lambda data: data["operations"][1]["response"].update(status=404), CHANGED),
        (lambda data: data.pop("digest"), "KeyError: 'digest'"),
        (lambda data: data.update(base_url=None), "the base_url is None, which is no URL"),
        (lambda data: data.update(base_url="nowhere"), "'nowhere', which is no URL"),
        (lambda data: data["operations"][1]["response"].update(headers=[["a", 2]]),
         "a header has 2, which is no text"),
    ],
)  # fmt: skip
def test_a_damaged_file_gets_no_verdict(
    damage: Callable[[Any], object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "t.json"
    dump(timeline(), file)
    data = json.loads(file.read_text())
    damage(data)
    file.write_text(json.dumps(data))
    assert main([str(file)]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert not printed.out


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ((OPENED, PUT, PUT), "two operations have the number 1"),
        ((OPENED, replace(PUT, response=replace(ANSWER, type="odd"))), "'odd' is no response type"),
    ],
)
def test_a_history_that_cannot_be_gets_no_verdict(
    operations: tuple[Operation, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dump(timeline(operations=operations), tmp_path / "t.json")
    assert main([str(tmp_path / "t.json")]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert not printed.out


def test_what_is_too_wide_to_decide_is_no_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], record: Recorder
) -> None:
    dump(Timeline(tuple(contrary_lists(record, 12)), BASE), tmp_path / "t.json")
    assert main(["--budget", "100", str(tmp_path / "t.json")]) == 2
    said = capsys.readouterr().out
    assert "undecided: 15 operations" in said
    assert "python -m pytest_offline.compare --budget 1150 timeline.json" in said


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err


def test_one_file_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "the following arguments are required: timeline.json" in capsys.readouterr().err
