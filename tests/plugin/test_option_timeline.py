"""``--offline-timeline N``: the section that a failing test shows."""

from __future__ import annotations

import pytest

TESTS = """
def test_passes(site, page):
    page.goto(site.url)

def test_fails(site, page):
    page.goto(site.url)
    assert page.title() == "another"

def test_of_its_own():
    assert False
"""


def test_a_failing_test_shows_it_and_a_passing_one_does_not(inner, chromium):
    inner.write(TESTS)
    result = inner.run("-rA")
    result.assert_outcomes(passed=1, failed=2)
    sections = [line for line in result.outlines if "offline timeline" in line]
    assert len(sections) == 1
    result.stdout.fnmatch_lines(
        [
            "*_ test_fails*_*",
            "*- offline timeline -*",
            "*0.000 s  origin   GET / → served 200 (document)*",
        ]
    )


def test_it_shows_the_last_lines_and_says_that_there_were_more(inner, chromium):
    inner.write(
        """
        def test_fails(site, page):
            page.goto(site.url)
            page.goto(site.url)
            assert False
        """
    )
    result = inner.run("--offline-timeline", "1")
    start = next(i for i, line in enumerate(result.outlines) if "offline timeline" in line)
    assert result.outlines[start + 1].startswith("… ")
    assert result.outlines[start + 1].endswith(" earlier lines left out")
    assert " s  " in result.outlines[start + 2]
    assert result.outlines[start + 3].startswith(("=", "-")), "that was all of it"


def test_none(inner, chromium):
    inner.write(TESTS)
    result = inner.run("--offline-timeline", "0", "-k", "test_fails")
    assert "offline timeline" not in result.stdout.str()


def test_a_fixture_that_fails_shows_it_too(inner, chromium):
    inner.write(
        """
        import pytest

        @pytest.fixture
        def opened(site, page):
            page.goto(site.url)
            raise RuntimeError("my own fixture")

        def test_never(opened): pass
        """.replace("\n        ", "\n")
    )
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*- offline timeline -*", "*GET / → served 200 (document)*"])


@pytest.mark.parametrize("value", ["-1", "many"])
def test_a_number_that_is_none_is_a_usage_error(inner, value):
    inner.write(TESTS)
    result = inner.run(f"--offline-timeline={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [f"*--offline-timeline: '{value}' is no number of lines: give 0 (none), 1, 2, …*"]
    )
