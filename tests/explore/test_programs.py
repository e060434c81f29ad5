"""Programs as data: what is in them is there again after a file, and they are made complete."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from pytest_offline.errors import UsageError
from pytest_offline.explore import Asked, Fetched, Made, Program, Step, programs
from pytest_offline.explore.causes import headers_of
from pytest_offline.explore.program import FORMAT

PUT = Step("cache", "put", "one", requests=(Asked("/a"),), response=Made(body="x"))
OPEN = Step("caches", "open", "one")


@settings(deadline=None, max_examples=60)
@given(programs())
def test_a_program_survives_json(program: Program) -> None:
    assert Program.from_json(json.loads(json.dumps(program.to_json()))) == program


def test_its_json_says_no_more_than_it_has_to() -> None:
    assert Program((PUT, Step("caches", "keys"))).to_json() == {
        "format": FORMAT,
        "steps": [
            {
                "target": "cache",
                "method": "put",
                "cache": "one",
                "requests": [{"url": "/a"}],
                "made": {"body": "x"},
            },
            {"target": "caches", "method": "keys"},
        ],
    }


def test_equal_programs_have_one_id_and_others_another() -> None:
    assert Program((PUT,)).id == Program((PUT,)).id
    assert Program((PUT,)).id != Program((PUT, PUT)).id


def test_a_complete_program_opens_what_it_uses_and_says_which() -> None:
    late = Step("cache", "match", "one", opening=5, requests=(Asked("/a"),))
    whole = Program((PUT, OPEN, PUT, late, Step("cache", "keys", "two"))).complete()
    assert [(step.method, step.cache, step.opening) for step in whole.steps] == [
        ("open", "one", None),
        ("put", "one", 0),
        ("open", "one", None),
        ("put", "one", 1),
        ("match", "one", 1),
        ("open", "two", None),
        ("keys", "two", 0),
    ]
    assert whole.complete() == whole


def test_a_closed_program_looks_at_what_is_left() -> None:
    closed = Program((PUT,)).closed()
    assert [str(step.method) for step in closed.steps] == [
        "open", "put", "keys", "keys", "matchAll",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "a program should be an object"),
        ({"format": "other 1", "steps": []}, "its format is 'other 1'"),
        ({"format": FORMAT, "steps": [{"target": "cache", "method": "steal"}]}, "'steal'"),
        ({"format": FORMAT, "steps": [{"target": "disk", "method": "put"}]}, "'disk'"),
        (
            {
                "format": FORMAT,
                "steps": [{"target": "cache", "method": "put", "made": {"body": 1}}],
            },
            "its body is 1",
        ),
        (
            {"format": FORMAT, "steps": [{"target": "cache", "method": "put", "made": {"x": 1}}]},
            "'x'",
        ),
        (
            {"format": FORMAT, "steps": [{"target": "caches", "method": "keys", "options": [1]}]},
            "an option should be a name and a value, not 1",
        ),
    ],
)
def test_what_is_no_program_says_why(data: object, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Program.from_json(data)
    assert words in str(caught.value)
    assert "give a file of a corpus, unchanged" in str(caught.value)


def test_what_is_handed_over_is_text_only_where_text_says_all() -> None:
    assert Asked("/a").is_text
    assert not Asked("/a", made=True).is_text
    assert not Asked("/a", "HEAD").is_text
    assert not Asked("/a", headers=(("x-a", "1"),)).is_text


def test_lengths_of_programs_are_checked() -> None:
    with pytest.raises(UsageError, match=r"programs\(min_size=3, max_size=2\)"):
        programs(min_size=3, max_size=2)


def test_a_fetched_response_is_data_too() -> None:
    step = Step("cache", "put", "", requests=(Asked(""),), response=Fetched("/r/hop", "no-cors"))
    program = Program((step,))
    assert Program.from_json(program.to_json()) == program


@pytest.mark.parametrize("name", ["DNT", "Sec-X", "Proxy-X", "Cookie2", "Via"])
def test_headers_that_a_script_may_not_set_are_no_cause(name: str) -> None:
    asked = Asked("/data", headers=((name, "1"), ("X-Kept", "1")))
    assert headers_of(asked) == (("X-Kept", "1"),)
