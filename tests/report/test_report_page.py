"""The page as text: packing, the summary, escaping, and that it names nothing outside itself."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from report_kit import BASE, HOSTILE, START, failing, part, passing, picture, text_of

from pytest_offline.errors import UsageError
from pytest_offline.record import OFFLINE
from pytest_offline.report import Part, Run, TestRecord, failures_of, index_of, pack, writing
from pytest_offline.report.packing import unpack
from pytest_offline.report.summary import in_order


class Reader(HTMLParser):
    """What a browser would make of it: elements, their attributes, and the text of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._script: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self._script = dict(attrs).get("id") or "script"

    def handle_endtag(self, tag: str) -> None:
        self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data


def index_in(text: str) -> dict[str, object]:
    return json.loads(Reader(text).scripts["index"])


def test_a_test_comes_out_of_its_block_as_it_went_in() -> None:
    detail = unpack(pack(failing()).data)
    assert detail["start"] == START + 1
    assert detail["origins"] == [BASE]
    assert [each["x"] for each in detail["events"]][-1].startswith("failed in call: operation 0")
    assert detail["events"][-1]["l"] == "test"
    assert [(each["condition"], each["away"]) for each in detail["pictures"]] == [
        ("online", False), ("offline", True), ("online", False),
    ]  # fmt: skip
    (holding,) = detail["caches"]
    assert [name for name, _ in holding["caches"]] == ["v1", "empty"]
    rows = holding["caches"][0][1]
    assert [row["url"] for row in rows] == ["/", "/app.js", "/old.css", "https://cdn.test/a.css"]
    assert rows[2]["status"] == 404
    assert detail["artifacts"] == [["Playwright trace (trace.zip)", "test-results/a/trace.zip"]]
    assert "very-secret" not in json.dumps(detail)


def test_a_picture_seen_twice_is_there_once() -> None:
    assert len(pack(failing()).pictures) == 1


def test_the_head_says_what_list_and_summary_need() -> None:
    head = pack(failing()).head
    assert head["blocked"] == [["/api/places", 2]]
    assert head["outside"] == {"fonts.example": 1}
    assert head["urls"] == ["/", "/app.js", "/old.css", "https://cdn.test/a.css"]
    assert head["reason"].startswith("operation 0, cache 'v1'.put(")


def test_a_test_that_never_began() -> None:
    skipped = TestRecord("a.py::test_x", "skipped", reason="no build")
    assert pack(skipped).head["reason"] == "no build"
    assert unpack(pack(skipped).data)["events"] == []


def test_a_part_goes_through_a_line() -> None:
    whole = part(failing())
    assert "\n" not in whole.to_line()
    assert Part.from_line(whole.to_line()) == whole


@pytest.mark.parametrize("line", ['{"head": {"id": "a', "[]", '{"head": {}}'])
def test_a_line_that_was_cut_short_says_so(line: str) -> None:
    with pytest.raises(UsageError, match=r"is no line of a report's part .*run the test again"):
        Part.from_line(line)


def test_failures_come_first_and_the_last_run_of_a_test_counts() -> None:
    again = replace(failing(), outcome="passed", failures=())
    error = replace(failing("z.py::test_error"), outcome="error")
    ordered = in_order([part(failing()), part(passing()), part(error), part(again)])
    assert [(each.head["id"], each.head["outcome"]) for each in ordered] == [
        ("z.py::test_error", "error"),
        ("tests/test_a.py::test_fails[chromium]", "passed"),
        ("tests/test_b.py::TestB::test_0[firefox-x]", "passed"),
    ]


def test_the_index_sums_up() -> None:
    run = Run("a run", "today", 3.0, {"passed": 7}, ("interrupted",))
    origin_only = TestRecord("tests/test_c.py::test_c", "passed")
    index = index_of([*map(part, (failing(), passing(), passing(1), origin_only))], run)
    assert index["counts"] == {"failed": 1, "passed": 3}
    assert (index["others"], index["notes"]) == ({"passed": 7}, ["interrupted"])
    assert index["builds"] == [
        {"name": "", "counts": {"passed": 1}},
        {"name": "chromium", "counts": {"failed": 1}},
        {"name": "firefox", "counts": {"passed": 2}},
    ]
    assert index["blocked"] == {
        "requests": 2, "tests": 1, "paths": 1,
        "most": [{"path": "/api/places", "requests": 2, "tests": 1}],
    }  # fmt: skip
    assert index["outside"] == [["fonts.example", 1]]
    assert index["paths"][-1] == "/only-1.js"
    assert index["tests"][2]["urls"] == [5]


def test_nothing_that_was_said_becomes_an_element() -> None:
    hostile = replace(
        failing(f"a.py::test_x[{HOSTILE}]"),
        failures=tuple(failures_of(ValueError(HOSTILE), phase="call", time=START)),
        build=HOSTILE,
        reason=HOSTILE,
    )
    text = text_of([hostile], Run(HOSTILE, HOSTILE, notes=(HOSTILE,)))
    clean, read = Reader(text_of([failing()])), Reader(text)
    assert [tag for tag, _ in read.elements] == [tag for tag, _ in clean.elements]
    assert "<img" not in text
    assert index_in(text)["title"] == HOSTILE
    assert index_in(text)["tests"][0]["id"] == f"a.py::test_x[{HOSTILE}]"  # type: ignore[index]


def test_surrogates_and_line_separators_are_no_obstacle() -> None:
    odd = "\ud800 \u2028 \x00 é <!--"
    record = replace(failing(f"a.py::{odd}"), notes=(odd,))
    text = text_of([record])
    text.encode("utf-8")
    assert index_in(text)["tests"][0]["id"] == f"a.py::{odd}"  # type: ignore[index]
    assert unpack(Reader(text).scripts["test-0"])["notes"] == [odd]


def test_it_names_nothing_outside_itself() -> None:
    text = text_of([])
    read = Reader(text)
    linked = [
        value
        for _, attributes in read.elements
        for name, value in attributes.items()
        if name in ("src", "href", "action", "data", "srcset")
    ]
    assert linked == ["data:,", "#tests"]
    assert not re.findall(r"(?:https?:)?//[a-z]+\.[a-z]", text), "an address in style or script"
    assert "url(" not in text
    assert "@import" not in text


def test_its_policy_allows_its_own_style_and_script_and_no_request() -> None:
    (policy,) = [
        attributes["content"] or ""
        for _, attributes in Reader(text_of([])).elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy


def test_no_place_of_the_template_is_left() -> None:
    assert "<!--" not in text_of([failing()])


def test_pictures_of_failures_come_first_where_there_is_no_room(monkeypatch) -> None:
    record = replace(passing(), pictures=(replace(picture(1, OFFLINE, "x"), jpeg=b"other"),))
    both = [record, failing()]
    assert text_of(both).count('id="picture-') == 2
    first = pack(failing()).pictures
    monkeypatch.setattr(writing, "MOST_PICTURES", len(*first.values()))
    assert re.findall(r'id="picture-(\w+)"', text_of(both)) == list(first)
