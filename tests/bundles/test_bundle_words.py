"""The words of a bundle as JSON: there and back, and what is refused with which sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_offline.bundles import (
    OFFLINE,
    SWITCH_ONLY,
    Act,
    Answer,
    ClosePage,
    Effect,
    Evaluate,
    Expect,
    Goto,
    Host,
    OpenPage,
    Outcome,
    Reload,
    Requests,
    Scenario,
    Send,
    Serve,
    SetNetwork,
    Site,
    Travel,
    Untold,
    WaitFor,
    WaitUntilReady,
    read_bundle,
    write_bundle,
)
from pytest_offline.bundles.runner.words import STEPS
from pytest_offline.errors import UsageError

EVERYTHING = Scenario(
    title="Everything there is",
    text="in two lines\nand <script>",
    link="https://example.test/1",
    seed="17",
    versions={"build": "chromium"},
    context={"locale": "de-DE"},
    site=Site(
        (
            Host(
                (
                    Answer("/", b"<h1>one</h1>"),
                    Answer("/", b"<h1>first</h1>", times=2),
                    Answer("/a/b?c=d", b"\x00\xff", 201, (("X-A", "1"), ("X-A", "2")), "POST"),
                    Answer("/cut", b"abcdef", pieces=(3, 3), pause=0.5, cut_after=4, delay=1.5),
                    Answer("/events", live="events"),
                )
            ),
            Host((Answer("*", b"fallback"),), "cdn"),
        )
    ),
    steps=(
        OpenPage("left", "second", note="a page"),
        Goto("/x", "fails", 404, "left"),
        Reload("loads", page="left"),
        Travel("forward", "loads"),
        Evaluate("() => 1", {"a": [1, None]}, (Outcome([1]), Outcome(error="TypeError")), limit=3),
        Evaluate("'\ud800'", wrong=(Outcome("\ud800"),)),
        WaitFor("done", 3, 7.5),
        WaitUntilReady(True, ("/a",)),
        Act("fill", "#a", ("text",)),
        Expect("to_have_text", "h1", ("one",), {"ignore_case": True}, True),
        OFFLINE,
        SWITCH_ONLY,
        SetNetwork(effects=(Effect("latency", {"ms": 5}, ((True, ("/api/*",)),)),), name="slow"),
        Serve((Answer("/", b"two"),), "cdn"),
        Send("/events", "hello"),
        Requests("/x", 1, 2),
        Untold("something"),
        ClosePage("left"),
    ),
)


def test_every_word_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert {type(step) for step in EVERYTHING.steps} == set(STEPS)
    assert read_bundle(write_bundle(tmp_path / "new", EVERYTHING)) == EVERYTHING
    assert read_bundle(write_bundle(tmp_path / "new", EVERYTHING)) == EVERYTHING


def test_a_bundle_has_what_runs_it_and_what_shows_it(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "new", EVERYTHING)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"scenario.json", "run.py", "index.html", "requests.json", "timeline.json"} <= names
    assert {"runner/__main__.py", "runner/serving.py", "runner/driving.py"} <= names
    page = (folder / "index.html").read_text()
    assert "Everything there is" in page
    assert "and <script>" not in page


def test_hand_written_bodies_may_stand_in_the_file_itself(tmp_path: Path) -> None:
    answers = [{"path": "/", "text": "hä"}, {"path": "/b", "base64": "AP8="}]
    write(tmp_path, site=[{"answers": answers}])
    found = read_bundle(tmp_path).site.hosts[0].answers
    assert [answer.body for answer in found] == ["hä".encode(), b"\x00\xff"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"version": 2}, "scenario.json.version: should be 1 or less"),
    ({"title": 7}, "scenario.json.title: should be a text, is 7"),
    ({"steps": {}}, "scenario.json.steps: should be a list, is {}"),
    ({"surprise": 1}, "scenario.json: has a field 'surprise' that is not known here"),
    ({"steps": [7]}, "scenario.json: steps[0]: should be an object, is 7"),
    ({"steps": [{}]}, "scenario.json: steps[0]: has no field 'do'"),
    ({"steps": [{"do": "fly"}]}, "scenario.json: steps[0].do: should be one of 'open page'"),
    ({"steps": [{"do": "goto", "url": 1}]}, "steps[0].url: should be a text, is 1"),
    ({"steps": [{"do": "goto", "utl": "/"}]}, "steps[0]: has a field 'utl' that is not known"),
    ({"steps": [{"do": "goto", "outcome": "x"}]}, "steps[0].outcome: should be one of ''"),
    ({"steps": [{"do": "evaluate", "limit": -1}]}, "steps[0].limit: should be a number that is"),
    ({"steps": [{"do": "evaluate", "expected": [1]}]}, "steps[0].expected[0]: should be an object"),
    ({"steps": [{"do": "act", "method": "set_input_files"}]}, "steps[0].method: should be one of"),
    ({"steps": [{"do": "expect", "assertion": "__class__"}]}, "steps[0].assertion: should be one"),
    ({"steps": [{"do": "network", "reachable": 1}]}, "steps[0].reachable: should be true or false"),
    ({"steps": [{"do": "requests", "most": 1.5}]}, "steps[0].most: should be a whole number"),
    ({"context": {"proxy": {}}}, "scenario.json.context.proxy: should be one of"),
    ({"site": []}, "scenario.json.site: should be a list of at least one host"),
    ({"site": [{"name": "A b", "answers": []}]}, "site[0].name: should be a name of lower-case"),
    ({"site": [{"answers": []}, {"answers": []}]}, "site[1].name: should be another name"),
    ({"site": [{"answers": [{"path": "x"}]}]}, "answers[0].path: should be a path that begins"),
    ({"site": [{"answers": [{"path": "/", "file": "../x"}]}]}, "answers[0].file: '../x' is no"),
    ({"site": [{"answers": [{"path": "/", "file": "/etc/x"}]}]}, "'/etc/x' is no file inside"),
    ({"site": [{"answers": [{"path": "/", "file": "none"}]}]}, "cannot be read: No such file"),
    (
        {"site": [{"answers": [{"path": "/", "base64": "?"}]}]},
        "answers[0].base64: should be base64",
    ),
    ({"site": [{"answers": [{"path": "/", "status": 42}]}]}, "should be a status from 200 to 599"),
    ({"site": [{"answers": [{"path": "/", "headers": [["A", "b\nc"]]}]}]}, "a header's name and"),
    ({"site": [{"answers": [{"path": "/", "headers": [7]}]}]}, "headers[0]: should be a pair of"),
    ({"site": [{"answers": [{"path": "/", "live": "tv"}]}]}, "answers[0].live: should be one of"),
    ({"site": [{"answers": [{"path": "/", "times": 0}]}]}, "times: should be 1 or more, is 0"),
    ({"versions": {"a": 1}}, "scenario.json.versions.a: should be a text, is 1"),
]


@pytest.mark.parametrize(("changed", "sentence"), REFUSED, ids=[text for _, text in REFUSED])
def test_what_is_refused_names_file_and_field(
    tmp_path: Path, changed: dict[str, Any], sentence: str
) -> None:
    write(tmp_path, **changed)
    with pytest.raises(UsageError) as refused:
        read_bundle(tmp_path)
    assert sentence in str(refused.value)


def test_a_file_that_leads_out_of_the_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "link").symlink_to(tmp_path / "secret")
    write(bundle, site=[{"answers": [{"path": "/", "file": "link"}]}])
    with pytest.raises(UsageError, match="'link' leads out of the bundle"):
        read_bundle(bundle)


def test_what_is_no_bundle_and_what_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is no bundle: there is no scenario\.json in it"):
        read_bundle(tmp_path)
    (tmp_path / "scenario.json").write_text('{"version": 1,')
    with pytest.raises(UsageError, match=r"scenario\.json: is no JSON"):
        read_bundle(tmp_path)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="a folder with something else in it, and is left alone"):
        write_bundle(tmp_path, EVERYTHING)
    with pytest.raises(UsageError, match="is a file; a bundle is a folder"):
        write_bundle(tmp_path / "thesis.txt", EVERYTHING)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def write(folder: Path, **changed: Any) -> None:
    data = {"version": 1, "title": "t", "steps": [], **changed}
    (folder / "scenario.json").write_text(json.dumps(data))
