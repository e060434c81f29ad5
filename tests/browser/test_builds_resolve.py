"""Where builds are looked for, in which order, and what is said when they are not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from browser_kit import put_build, with_system

from pytest_offline.browser.machine import Machine
from pytest_offline.browser.resolve import BIDI_CHANNEL, DEBIAN_FIREFOX, fits_bidi, resolve
from pytest_offline.errors import BrowserNotFound, UsageError

NOWHERE = "/nowhere/chromium-1/chrome-linux64/chrome"


def playwright_has(tmp_path: Path, *, full: bool, shell: bool) -> str:
    """Playwright's folder of browsers with the parts that are wanted; the path its driver names."""
    executable = tmp_path / "ms" / "chromium-9" / "chrome-linux64" / "chrome"
    if full:
        executable.parent.mkdir(parents=True)
        executable.touch()
    if shell:
        folder = tmp_path / "ms" / "chromium_headless_shell-9" / "chrome-headless-shell-linux64"
        folder.mkdir(parents=True)
        (folder / "chrome-headless-shell").touch()
    return str(executable)


def test_playwrights_own_comes_first(machine: Machine, tmp_path: Path) -> None:
    put_build(machine.cache, "chromium-153")
    path = playwright_has(tmp_path, full=True, shell=True)
    found = resolve(
        "chromium",
        playwright_executable=lambda engine: path,
        machine=with_system(machine, {"chromium": {path: "157.0", "/usr/bin/chromium": "156.0"}}),
    )
    assert (found.origin, found.version) == ("Playwright", "157.0")
    assert (found.executable, found.channel) == (None, None)


def test_only_the_headless_shell_is_enough(machine: Machine, tmp_path: Path) -> None:
    path = playwright_has(tmp_path, full=False, shell=True)
    machine = replace(machine, version_of=lambda path, env: "157.0")
    found = resolve("chromium", playwright_executable=lambda engine: path, machine=machine)
    assert (found.origin, found.executable, found.channel) == ("Playwright", None, None)
    assert found.path is not None
    assert found.path.name == "chrome-headless-shell"


def test_without_the_headless_shell_the_channel_names_the_full_one(
    machine: Machine, tmp_path: Path
) -> None:
    path = playwright_has(tmp_path, full=True, shell=False)
    machine = replace(machine, version_of=lambda path, env: "157.0")
    found = resolve("chromium", playwright_executable=lambda engine: path, machine=machine)
    assert (found.origin, found.channel) == ("Playwright", "chromium")


def test_the_systems_comes_before_the_embedded_one(machine: Machine) -> None:
    put_build(machine.cache, "chromium-153")
    found = resolve(
        "chromium",
        playwright_executable=lambda engine: NOWHERE,
        machine=with_system(machine, {"chromium": {"/usr/bin/chromium": "156.0"}}),
    )
    assert (found.origin, found.executable) == ("system", Path("/usr/bin/chromium"))
    assert found.capabilities.network_state_override


def test_what_does_not_run_is_passed_over(machine: Machine, tmp_path: Path) -> None:
    put_build(machine.cache, "chromium-153", version="153.0.8010.0")
    own = playwright_has(tmp_path, full=True, shell=True)
    stub = {"chromium": {own: "", "/usr/bin/chromium-browser": ""}}
    found = resolve(
        "chromium", playwright_executable=lambda engine: own, machine=with_system(machine, stub)
    )
    assert (found.build.name, found.version) == ("chromium", "153.0.8010.0")
    assert found.origin == "npm made-up@1.0.0"
    assert found.capabilities.headless_only


def test_an_old_chromium_of_the_system_is_not_said_to_override(machine: Machine) -> None:
    found = resolve(
        "chromium",
        playwright_executable=lambda engine: None,
        machine=with_system(machine, {"chromium": {"/usr/bin/chromium": "120.0"}}),
    )
    assert not found.capabilities.network_state_override


def test_no_chromium_says_where_and_how(machine: Machine) -> None:
    with pytest.raises(BrowserNotFound) as caught:
        resolve("chromium", playwright_executable=lambda engine: NOWHERE, machine=machine)
    text = str(caught.value)
    assert text.startswith("chromium is not on this machine.")
    assert f"Playwright's own: {NOWHERE} does not exist" in text
    assert "google-chrome, google-chrome-stable, chromium, chromium-browser on PATH" in text
    assert f"{machine.cache}/chromium-153 does not exist" in text
    assert text.endswith("pytest-offline browsers install chromium")


def test_a_numbered_build_is_only_in_the_cache_and_asks_nobody(machine: Machine) -> None:
    folder = put_build(machine.cache, "chromium-83")

    def never(engine: str) -> None:
        raise AssertionError("the driver was asked")

    found = resolve("chromium-83", playwright_executable=never, machine=machine)
    assert found.executable == folder / "chromium"
    assert found.env["LD_LIBRARY_PATH"] == str(folder / "lib")
    assert found.env["FONTCONFIG_FILE"] == str(folder / "fonts.conf")
    assert found.args == ()


def test_a_half_written_folder_is_not_an_installed_build(machine: Machine) -> None:
    folder = put_build(machine.cache, "chromium-83")
    (folder / "chromium").write_bytes(b"half")
    with pytest.raises(BrowserNotFound, match=r"chromium-83 is damaged or was moved"):
        resolve("chromium-83", machine=machine)


def test_a_moved_folder_is_not_an_installed_build(machine: Machine) -> None:
    put_build(machine.cache, "chromium-83").rename(machine.cache / "chromium-88")
    with pytest.raises(BrowserNotFound, match=r"chromium-88 is damaged or was moved"):
        resolve("chromium-88", machine=machine)


@pytest.mark.parametrize("text", ["", "[]", "null", '{"build": 1}', "\xff"])
def test_a_marker_that_cannot_be_read_does_not_count(machine: Machine, text: str) -> None:
    folder = put_build(machine.cache, "chromium-83")
    (folder / "installed.json").write_text(text, "latin-1")
    with pytest.raises(BrowserNotFound, match="chromium-83 is damaged"):
        resolve("chromium-83", machine=machine)


def test_root_starts_chromium_without_a_sandbox(machine: Machine) -> None:
    put_build(machine.cache, "chromium-88")
    found = resolve("chromium-88", machine=replace(machine, root=True))
    assert found.args == (
        "--enable-features=AppCache",
        "--disable-features=AppCacheRequireOriginTrial",
        "--no-sandbox",
    )


def test_the_systems_firefox_is_driven_over_bidi(machine: Machine) -> None:
    found = resolve(
        "firefox",
        playwright_executable=lambda engine: "/nowhere/firefox-1/firefox/firefox",
        machine=with_system(machine, {"firefox": {"/usr/bin/firefox-esr": "153.7.0"}}),
    )
    assert (found.executable, found.channel) == (Path("/usr/bin/firefox-esr"), BIDI_CHANNEL)
    assert found.args == ()


def test_a_firefox_and_a_playwright_that_do_not_fit_are_told_apart(machine: Machine) -> None:
    machine = with_system(machine, {"firefox": {"/usr/bin/firefox-esr": "153.7.0"}})
    machine = replace(machine, playwright_version="1.65.2")
    with pytest.raises(BrowserNotFound) as caught:
        resolve("firefox", playwright_executable=lambda engine: None, machine=machine)
    text = str(caught.value)
    assert "Firefox 153.7.0 (/usr/bin/firefox-esr) and Playwright 1.65.2 do not fit" in text
    assert "emulation.setMediaFeaturesOverride" in text
    assert "pip install 'playwright<1.65'" in text


def test_a_firefox_that_is_too_old_for_any_playwright_is_told_as_such(machine: Machine) -> None:
    machine = with_system(machine, {"firefox": {"/usr/bin/firefox-esr": "140.15.0"}})
    with pytest.raises(BrowserNotFound) as caught:
        resolve("firefox", playwright_executable=lambda engine: None, machine=machine)
    text = str(caught.value)
    assert "Firefox before 141 does not know (network.addDataCollector)" in text
    assert "next   playwright install firefox, or a newer Firefox" in text


def test_a_firefox_that_fits_is_taken_after_one_that_does_not(machine: Machine) -> None:
    both = {"/usr/bin/firefox": "153.7.0", "/opt/firefox": "158.0"}
    machine = replace(with_system(machine, {"firefox": both}), playwright_version="1.65.2")
    found = resolve("firefox", playwright_executable=lambda engine: None, machine=machine)
    assert found.executable == Path("/opt/firefox")


def test_the_firefox_unpacked_from_debian_comes_last(machine: Machine) -> None:
    folder = put_build(machine.cache, DEBIAN_FIREFOX, version="153.7.0")
    found = resolve("firefox", playwright_executable=lambda engine: None, machine=machine)
    assert (found.executable, found.channel) == (folder / "chromium", BIDI_CHANNEL)
    with pytest.raises(BrowserNotFound, match="do not fit"):
        resolve(
            "firefox",
            playwright_executable=lambda engine: None,
            machine=replace(machine, playwright_version="1.66.0"),
        )


@pytest.mark.parametrize(
    ("playwright_version", "firefox_version", "fits"),
    [
        ("1.60.0", "153.7.0", True),
        ("1.64.1", "153.7.0", True),
        ("1.65.2", "153.7.0", False),
        ("2.0", "153.7.0", False),
        ("1.65.2", "154.0", True),
        ("1.64.1", "140.15.0", False),
    ],
)
def test_which_pairs_fit(playwright_version: str, firefox_version: str, fits: bool) -> None:
    assert fits_bidi(playwright_version, firefox_version) is fits


def test_webkit_is_playwrights_own_or_nothing(machine: Machine, tmp_path: Path) -> None:
    launcher = tmp_path / "webkit-5" / "pw_run.sh"
    with pytest.raises(BrowserNotFound, match="pytest-offline browsers install webkit"):
        resolve("webkit", playwright_executable=lambda engine: launcher, machine=machine)
    launcher.parent.mkdir()
    launcher.touch()
    found = resolve("webkit", playwright_executable=lambda engine: launcher, machine=machine)
    assert (found.origin, found.version, found.executable) == ("Playwright", "unknown", None)


def test_an_unknown_name_is_a_usage_error(machine: Machine) -> None:
    with pytest.raises(UsageError, match="'opera' is not a browser pytest_offline drives"):
        resolve("opera", machine=machine)
