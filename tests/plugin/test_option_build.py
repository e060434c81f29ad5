"""``--offline-build NAME``, ``--offline-require-builds``, and the markers of engines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ONE = "def test_one(page, browser_name, browser_build): print('ran', browser_build, browser_name)"


def test_a_build_that_is_none_is_a_usage_error_that_lists_those_there_are(inner):
    inner.write(ONE)
    result = inner.run("--offline-build", "edge")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: --offline-build: 'edge' is not a browser pytest_offline drives; choose from: "
            "chromium, firefox, webkit, chromium-83, chromium-88, chromium-92, chromium-153."
        ]
    )


def test_it_needs_pytest_playwright(inner):
    inner.write(ONE)
    result = inner.run("--offline-build", "chromium", "-p", "no:playwright")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --offline-build chromium needs the plugin pytest-playwright*no:playwright*"]
    )


def test_a_numbered_build_and_a_channel_exclude_one_another(inner):
    inner.write(ONE)
    result = inner.run("--offline-build", "chromium-83", "--browser-channel", "chrome")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --offline-build chromium-83 and --browser-channel chrome name two browsers*"]
    )


def test_ids_and_header(inner):
    inner.write(ONE + "\ndef test_two(): pass")
    result = inner.run(
        *("--collect-only", "-v", "--browser", "firefox"),
        *("--offline-build", "chromium-83", "--offline-build", "chromium"),
        *("--offline-build", "firefox", "--offline-build", "chromium"),
    )
    result.stdout.fnmatch_lines(["offline: builds chromium-83, chromium, firefox"])
    for name in ("firefox", "chromium-83", "chromium"):
        result.stdout.fnmatch_lines([f"*<Function test_one?{name}?>"])
    result.stdout.fnmatch_lines(["*<Function test_two>", "*4 tests collected*"])


def test_no_header_where_no_build_was_named(inner):
    inner.write("def test_two(): pass")
    assert "offline:" not in inner.run().stdout.str()


def test_each_build_runs_and_the_engine_stays_the_name(inner, needs_build):
    for name in ("chromium", "firefox", "chromium-83"):
        needs_build(name)
    inner.write(
        ONE
        + """
        def test_offline(site, page, network, service_worker, is_firefox, browser_build):
            page.goto(site.url)
            service_worker.wait_until_ready()
            with network.offline():
                page.reload()
                assert page.evaluate("navigator.onLine") is False
            assert is_firefox == (browser_build.build.name == "firefox")
        """.replace("\n        ", "\n")
    )
    result = inner.run(
        "-v", "-rP", "--offline-build", "firefox", "--offline-build", "chromium-83",
        "--browser", "chromium",
    )  # fmt: skip
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["ran chromium-83 83.0.4103* chromium"])
    result.stdout.fnmatch_lines(["ran firefox * firefox"])
    assert inner.leftovers() == []


def test_a_missing_build_skips_and_says_how_to_get_it(inner, tmp_path):
    inner.write(ONE)
    result = inner.run(
        "--offline-build", "chromium-83", "-rs", env={"PYTEST_OFFLINE_BROWSERS": str(tmp_path)}
    )
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(
        [
            "SKIPPED*chromium-83 is not on this machine.;*"
            f"{tmp_path}/chromium-83 does not exist; "
            "next pytest-offline browsers install chromium-83"
        ]
    )


def test_where_builds_are_required_a_missing_one_fails(inner, tmp_path):
    inner.write(ONE)
    result = inner.run(
        "--offline-build", "chromium-83", "--offline-require-builds",
        env={"PYTEST_OFFLINE_BROWSERS": str(tmp_path)},
    )  # fmt: skip
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "chromium-83 is not on this machine.",
            "*next*pytest-offline browsers install chromium-83",
            "*(--offline-require-builds: it may not be missing)",
        ]
    )


def test_the_default_build_may_not_be_missing(inner, tmp_path):
    (tmp_path / "python").symlink_to(sys.executable)
    inner.write(ONE)
    result = inner.run(
        env={
            "PYTEST_OFFLINE_BROWSERS": str(tmp_path / "none"),
            "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none"),
            "PATH": str(tmp_path),
        }
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "chromium is not on this machine.",
            "*looked*Playwright's own*",
            "*looked*the system: *chromium* on PATH",
            "*next*pytest-offline browsers install chromium",
        ]
    )
    assert "require-builds" not in result.stdout.str()


MARKED = """
import pytest

@pytest.mark.skip_browser("chromium")
def test_not_in_chromium(page): print("ran")

@pytest.mark.only_browser("firefox")
def test_only_in_firefox(page): print("ran")

@pytest.mark.skip_browser("chromium-83")
def test_not_in_this_build(page): print("ran")
"""


def test_markers_of_an_engine_hold_for_its_builds(inner, tmp_path):
    inner.write(MARKED)
    result = inner.run(
        "--offline-build", "chromium-83", "-rs", env={"PYTEST_OFFLINE_BROWSERS": str(tmp_path)}
    )
    result.assert_outcomes(skipped=3)
    result.stdout.fnmatch_lines(
        ["SKIPPED [[]2[]]*selection.py:*: skipped for this browser: chromium-83"]
    )


def test_only_browser_with_a_build_says_that_it_takes_an_engine(inner):
    inner.write(
        "import pytest\n@pytest.mark.only_browser('chromium-83')\ndef test_only(page): pass\n"
    )
    result = inner.run("--offline-build", "chromium-83")
    result.stdout.fnmatch_lines(
        ["*only_browser('chromium-83')*takes an engine (chromium, firefox or webkit)*"]
    )


def test_unittest_classes_run_in_the_first_browser_and_say_so(inner, tmp_path, chromium):
    inner.write(
        """
        import unittest, pytest

        class TestOld(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def objects(self, page, site, network, service_worker, browser_build):
                self.page, self.site, self.network = page, site, network
                self.worker, self.build = service_worker, browser_build

            def test_offline(self):
                self.page.goto(self.site.url)
                self.worker.wait_until_ready()
                with self.network.offline():
                    self.page.reload()
                self.assertEqual(self.build.build.name, "chromium")
        """.replace("\n        ", "\n")
    )
    result = inner.run("--offline-build", "chromium", "--offline-build", "chromium-83")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["*tests of unittest classes run in one browser only: in chromium, not in chromium-83*"]
    )


def test_the_empty_folder_of_builds_is_left_empty(inner, tmp_path):
    inner.write(ONE)
    inner.run("--offline-build", "chromium-92", env={"PYTEST_OFFLINE_BROWSERS": str(tmp_path)})
    assert list(Path(tmp_path).iterdir()) == []
