"""Histories that are damaged, cut, reordered or of another version: told, never judged."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from invented_histories import BASE, Recorder

from pytest_offline.compare import Timeline, dump, load, replay
from pytest_offline.errors import ProbeError, UsageError
from pytest_offline.model import Response


@pytest.fixture
def shop(record: Recorder) -> Recorder:
    record("open", "v1")
    for number in range(6):
        record("put", "v1", [f"/{number % 3}"], Response(body=str(number).encode()))
        record("match", "v1", [f"/{number % 3}"])
        record("keys", "v1")
    return record


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_records_come_does_not_matter(shop: Recorder, seed: int) -> None:
    mixed = random.Random(seed).sample(shop.operations, len(shop.operations))
    assert replay(mixed, base_url=BASE, final=shop.final).agrees


@pytest.mark.parametrize(
    "changes",
    [{"settled": 0.0}, {"settled_number": -1}, {"settled_number": 0}],
    ids=["time", "number", "own number"],
)
def test_what_settled_before_it_began_is_ours(shop: Recorder, changes: dict[str, float]) -> None:
    operations = list(shop.operations)
    operations[3] = replace(operations[3], **changes)  # type: ignore[arg-type]
    with pytest.raises(ProbeError) as caught:
        replay(operations, base_url=BASE)
    assert "operation 3, " in str(caught.value)
    assert "before it began: its record is damaged" in str(caught.value)


def test_the_same_record_twice_is_ours(shop: Recorder) -> None:
    with pytest.raises(ProbeError) as caught:
        replay([*shop.operations, shop.operations[4]], base_url=BASE)
    assert "two operations have the number" in str(caught.value)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_file_that_is_cut(shop: Recorder, tmp_path: Path, part: float) -> None:
    path = tmp_path / "t.json"
    dump(Timeline(tuple(shop.operations), BASE, final=shop.final), path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: int(len(text) * part)], encoding="utf-8")
    with pytest.raises(UsageError, match="is no timeline of this version"):
        load(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("settled", "late"), ("started", None), ("started_number", "1"), ("requests", 5),
        ("value", {"odd": 1}), ("options", [["a"]]), ("place", "nowhere"), ("method", "steal"),
        ("outcome", "perhaps"), ("target", "cookies"), ("response", {"status": "x", "headers": []}),
    ],
)  # fmt: skip
def test_a_field_that_is_damaged(shop: Recorder, tmp_path: Path, field: str, value: object) -> None:
    path = tmp_path / "t.json"
    dump(Timeline(tuple(shop.operations), BASE), path)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["operations"][2][field] = value
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load(path)
    assert "is no timeline of this version" in str(caught.value)
