"""Beside pytest-html, Allure and Playwright's trace: all of them are there, and know of ours."""

from __future__ import annotations

import base64
import html
import json

import pytest
from test_option_report import TESTS, read

LINK = "report.html#test_inner.py%3A%3Atest_fails%5Bchromium%5D"


def test_pytest_html_gets_link_timeline_and_pictures(inner, chromium):
    pytest.importorskip("pytest_html")
    inner.beside = ("html", "html_fixtures", "metadata")
    inner.write(TESTS)
    result = inner.run("--offline-report", "report.html", "--html", "html/all.html")
    result.assert_outcomes(passed=2, failed=1)
    assert read(inner.pytester.path / "report.html").index["counts"] == {"failed": 1, "passed": 1}
    text = (inner.pytester.path / "html" / "all.html").read_text(encoding="utf-8")
    (blob,) = [line for line in text.splitlines() if "data-jsonblob" in line]
    data = json.loads(html.unescape(blob.split('data-jsonblob="')[1].rsplit('"', 1)[0]))
    (failed,) = [each for name, each in data["tests"].items() if "test_fails" in name]
    extras = {each["name"]: each for each in failed[0]["extras"]}
    assert list(extras) == ["offline report", "offline timeline", "online, at the end of the test"]
    assert extras["offline report"]["content"] == f"../{LINK}"
    (passed,) = [each for name, each in data["tests"].items() if "test_passes" in name]
    assert [each["name"] for each in passed[0]["extras"]][2:] == [
        "online, at the end of the test", "offline, the last moment before online",
    ]  # fmt: skip
    (other,) = [each for name, each in data["tests"].items() if "of_its_own" in name]
    assert other[0]["extras"] == []


def test_allure_gets_a_page_of_the_test_alone(inner, chromium):
    pytest.importorskip("allure_pytest")
    inner.beside = ("allure_pytest",)
    inner.write(TESTS)
    result = inner.run("--offline-report", "report.html", "--alluredir", "allure")
    result.assert_outcomes(passed=2, failed=1)
    folder = inner.pytester.path / "allure"
    results = [json.loads(each.read_text()) for each in folder.glob("*-result.json")]
    (failed,) = [each for each in results if each["name"].startswith("test_fails")]
    attached = {each["name"]: each for each in failed["attachments"]}
    assert {"offline report", "offline timeline", "online, at the end of the test"} <= set(attached)
    alone = read(folder / attached["offline report"]["source"])
    assert list(alone.index["counts"].items()) == [("failed", 1)]
    assert "GET / → served 200" in (folder / attached["offline timeline"]["source"]).read_text()


def test_the_trace_of_playwright_is_there_and_linked(inner, chromium):
    inner.write(TESTS)
    result = inner.run(
        "--offline-report", "out/report.html", "--tracing", "on", "--screenshot", "on",
        "-k", "test_fails",
    )  # fmt: skip
    result.assert_outcomes(failed=1)
    _, detail = read(inner.pytester.path / "out" / "report.html").test("test_fails")
    links = dict(detail["artifacts"])
    assert set(links) == {"screenshot (test-failed-1.png)", "Playwright trace (trace.zip)"}
    text = (inner.pytester.path / "out" / "report.html").read_text(encoding="utf-8")
    picture = text.split('id="picture-')[1].split(">", 1)[1].split("<", 1)[0]
    assert base64.b64decode(picture).startswith(b"\xff\xd8\xff"), "a JPEG"
    for link in links.values():
        assert (inner.pytester.path / "out" / link).is_file()
