"""The profiles of browsers that run are found by their command lines, and put away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pytest_offline.browser.profiles import profiles_in_use, put_away

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")

DRIVER = """
import subprocess, sys
waits = "print('runs', flush=True); input()"
browser = subprocess.Popen([sys.executable, "-c", waits, *sys.argv[1:]], stdin=subprocess.PIPE)
input()
browser.communicate()
"""


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("playwright_chromiumdev_profile-a1B2c3", ["--no-sandbox", "--user-data-dir={}"]),
        ("playwright_firefoxdev_profile-a1B2c3", ["-profile", "{}", "about:blank"]),
    ],
)
def test_a_profile_is_in_use_while_its_browser_runs(
    tmp_path: Path, name: str, arguments: list[str]
):
    profile = tmp_path / name
    given = [each.format(profile) for each in arguments]
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == b"runs\n"
        assert profile in profiles_in_use()
        driver.communicate(b"\n")
    assert profile not in profiles_in_use()


def test_a_folder_that_somebody_chose_is_none_of_ours(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, f"--user-data-dir={tmp_path}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == b"runs\n"
        assert tmp_path not in profiles_in_use()
        driver.communicate(b"\n")


def test_what_is_left_of_a_profile_is_put_away(tmp_path: Path):
    left = tmp_path / "playwright_chromiumdev_profile-a1B2c3"
    (left / "Default" / "Code Cache").mkdir(parents=True)
    put_away([left, tmp_path / "gone already"])
    assert list(tmp_path.iterdir()) == []


def test_a_real_browser_has_one(browser: Browser):
    assert [profile for profile in profiles_in_use() if profile.is_dir()]
