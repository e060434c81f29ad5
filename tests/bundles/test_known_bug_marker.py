"""``@pytest.mark.known_bug``: expected where the bug is, told when it is gone."""

from __future__ import annotations

import pytest
from inner_pytest import options_with

# A browser that is none: what counts is the build that the run says it has.
STAGE = """
from types import SimpleNamespace
import pytest
from pytest_offline.browser.builds import BUILDS
from pytest_offline.hooks.deaths import BUILD

@pytest.fixture(scope="session")
def browser_name():
    return "chromium"

@pytest.fixture
def version(browser_name, pytestconfig, request):
    found = {version!r}
    pytestconfig.stash[BUILD] = SimpleNamespace(build=BUILDS["chromium"], version=found)
    return found
"""
TESTS = """
import pytest
from pytest_offline.errors import BrowserError

@pytest.mark.known_bug("crbug-880768")
def test_fails(version):
    assert version == "none"

@pytest.mark.known_bug("crbug-880768")
def test_passes(version):
    pass

@pytest.mark.known_bug("crbug-880768")
def test_skips(version):
    pytest.skip("not now")

@pytest.mark.known_bug("crbug-880768")
def test_died(version):
    raise BrowserError("the browser died")
"""


def run(pytester: pytest.Pytester, version: str, tests: str = TESTS) -> pytest.RunResult:
    pytester.makeconftest(STAGE.replace("{version!r}", repr(version)))
    pytester.makepyfile(tests)
    return pytester.runpytest_subprocess("-rxX", *options_with())


def test_where_the_bug_is_its_test_is_expected_to_fail(pytester: pytest.Pytester) -> None:
    result = run(pytester, "83.0.4103.0")
    result.assert_outcomes(xfailed=1, failed=2, skipped=1)
    result.stdout.fnmatch_lines(["XFAIL *test_fails* - known bug crbug-880768 (https://crbug*"])
    text = result.stdout.str()
    assert "the known bug crbug-880768 is gone in chromium 83.0.4103.0: the test passed" in text
    assert "Take @pytest.mark.known_bug('crbug-880768') off if it is really gone" in text
    assert "BrowserError: the browser died" in text


def test_elsewhere_it_runs_plainly(pytester: pytest.Pytester) -> None:
    run(pytester, "156.0.8078.79").assert_outcomes(failed=2, passed=1, skipped=1)


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        ('"crbug-1"', "*'crbug-1' is no known bug; the registry has playwright-2311, *"),
        ("", "*known_bug(): it takes the id of one bug, such as*"),
        ('id="x"', "*known_bug(id='x'): it takes the id of one bug*"),
    ],
)
def test_an_unknown_bug_is_a_usage_error(
    pytester: pytest.Pytester, marker: str, sentence: str
) -> None:
    tests = f"import pytest\n@pytest.mark.known_bug({marker})\ndef test_it(): pass"
    result = run(pytester, "83.0", tests)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([sentence])
