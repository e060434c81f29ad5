"""Launch options: what is given stays, what a build needs is added, old builds stay closed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from pytest_offline.browser import features
from pytest_offline.browser.builds import BUILDS
from pytest_offline.browser.features import IDLE, disabled_by_playwright, without_idle_features
from pytest_offline.browser.launch import launch_options, no_window
from pytest_offline.browser.resolve import InstalledBuild
from pytest_offline.errors import UsageError

CLOSED = (
    "--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, "
    "EXCLUDE *.localhost, EXCLUDE 127.0.0.1"
)


def installed(name: str, **changes: Any) -> InstalledBuild:
    build = BUILDS[name]
    values: dict[str, Any] = {
        "build": build,
        "executable": Path(f"/b/{name}"),
        "channel": None,
        "args": build.args,
        "env": {},
        "version": build.version or "156.0",
        "origin": "system",
        "capabilities": build.capabilities,
    }
    return InstalledBuild(**{**values, **changes})


def test_what_is_given_stays_and_is_not_changed() -> None:
    given: Mapping[str, object] = {"headless": False, "slow_mo": 5, "args": ["--foo"]}
    options = launch_options(installed("chromium", args=("--no-sandbox",)), given)
    assert options == {
        "headless": False,
        "slow_mo": 5,
        "args": ["--foo", "--no-sandbox", *without_idle_features()],
        "executable_path": "/b/chromium",
    }
    assert given == {"headless": False, "slow_mo": 5, "args": ["--foo"]}


def test_playwrights_own_needs_nothing() -> None:
    assert launch_options(installed("webkit", executable=None), {}) == {}


def test_a_system_firefox_gets_its_channel() -> None:
    options = launch_options(installed("firefox", channel="moz-firefox"), {})
    assert options == {
        "executable_path": "/b/firefox",
        "channel": "moz-firefox",
        # One attempt a request: what the site asks for once stands in the ledger once.
        "firefox_user_prefs": {"network.http.request.max-attempts": 1},
    }


@pytest.mark.parametrize("given", [{"channel": "chrome"}, {"executable_path": "/mine"}])
def test_another_browser_that_is_given_wins(given: dict[str, object]) -> None:
    ours = installed("chromium", args=("--no-sandbox",), env={"LD_LIBRARY_PATH": "/l"})
    assert launch_options(ours, given) == given


def test_who_asked_for_a_window_is_told_where_there_is_one() -> None:
    assert no_window(installed("chromium")) == (
        "--headed shows no window: chromium 156.0 (system) has none. "
        "With one: playwright install chromium, or apt-get install chromium."
    )
    assert no_window(installed("chromium-83")).endswith(" has none.")


def test_another_executable_under_an_old_builds_name_stays_closed() -> None:
    options = launch_options(installed("chromium-83"), {"executable_path": "/mine"})
    assert options["executable_path"] == "/mine"
    assert options["args"] == [CLOSED, "--proxy-server=direct://"]


def test_the_environment_is_kept_whole_and_libraries_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/system")
    monkeypatch.setenv("KEPT", "yes")
    env = {"LD_LIBRARY_PATH": "/own", "FONTCONFIG_FILE": "/own/fonts.conf"}
    options = launch_options(installed("chromium-153", env=env), {})
    merged = options["env"]
    assert isinstance(merged, dict)
    assert merged["LD_LIBRARY_PATH"] == "/own:/system"
    assert merged["FONTCONFIG_FILE"] == "/own/fonts.conf"
    assert merged["KEPT"] == "yes"


def test_a_given_environment_replaces_the_process_own_as_playwright_has_it() -> None:
    env = {"LD_LIBRARY_PATH": "/own", "FONTCONFIG_FILE": "/own/fonts.conf"}
    given = {"env": {"FONTCONFIG_FILE": "/mine", "N": 1}}
    options = launch_options(installed("chromium-153", env=env), given)
    assert options["env"] == {"LD_LIBRARY_PATH": "/own", "FONTCONFIG_FILE": "/mine", "N": "1"}


def test_features_become_one_list_since_the_last_switch_wins() -> None:
    given = {"args": ["--enable-features=A,B", "--disable-features=C"]}
    args = launch_options(installed("chromium-88"), given)["args"]
    assert args == [
        "--enable-features=A,B,AppCache",
        "--disable-features=C,AppCacheRequireOriginTrial",
        CLOSED,
        "--proxy-server=direct://",
    ]


def test_what_a_found_chromium_needs_not_joins_what_is_given_and_what_playwright_turns_off() -> (
    None
):
    args = launch_options(installed("chromium"), {"args": ["--disable-features=C"]})["args"]
    assert isinstance(args, list)
    (switch,) = args
    names = switch.removeprefix("--disable-features=").split(",")
    assert names[0] == "C"
    assert names[-3:] == list(IDLE)
    assert {"ThirdPartyStoragePartitioning", "HttpsUpgrades"} < set(names)
    assert "args" not in launch_options(installed("chromium-153"), {})


LISTS = {
    "lib/coreBundle.js": """
        disabledFeatures = [
          // See https://example.test/"quoted"
          "One",
          "Two"
        ].filter(Boolean);""",
    "lib/server/chromium/chromiumSwitches.js": """
        const disabledFeatures = (assistantMode) => [
          "One",
          // "Not"
          "Two",
          assistantMode ? "AutomationControlled" : ""
        ].filter(Boolean);""",
}


@pytest.mark.parametrize("file", LISTS)
def test_playwrights_list_is_found_in_each_way_its_driver_is_laid_out(
    file: str, tmp_path: Path
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(LISTS[file])
    assert disabled_by_playwright(tmp_path) == ("One", "Two")


@pytest.mark.parametrize("text", [None, "disabledFeatures = somewhere.else;"])
def test_without_playwrights_list_nothing_is_turned_off(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "driver" / "package"
    (package / "lib").mkdir(parents=True)
    if text is not None:
        (package / "lib" / "coreBundle.js").write_text(text)
    spec = ModuleSpec("playwright", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(features, "find_spec", lambda name: spec)
    assert without_idle_features() == ()
    assert "args" not in launch_options(installed("chromium"), {})


def test_chromium_is_told_the_one_key_that_it_trusts() -> None:
    pins = "--ignore-certificate-errors-spki-list="
    options = launch_options(installed("chromium"), {"args": [f"{pins}theirs,more"]}, pin="ours=")
    assert options["args"] == [*without_idle_features(), f"{pins}theirs,more,ours="]
    old = launch_options(installed("chromium-83"), {}, pin="ours=")["args"]
    assert isinstance(old, list)
    assert old[-1] == f"{pins}ours="
    assert "args" not in launch_options(installed("firefox"), {}, pin="ours=")


@pytest.mark.parametrize("name", ["chromium-83", "chromium-88", "chromium-92"])
def test_old_builds_are_closed(name: str) -> None:
    args = launch_options(installed(name), {})["args"]
    assert isinstance(args, list)
    assert args[-2:] == [CLOSED, "--proxy-server=direct://"]


def test_a_new_build_is_not_closed() -> None:
    given = {"args": ["--proxy-server=http://10.0.0.1:3128"], "proxy": {"server": "http://p"}}
    options = launch_options(installed("chromium"), given)
    assert options["args"] == [*given["args"], *without_idle_features()]
    assert options["proxy"] == given["proxy"]


@pytest.mark.parametrize(
    "rule",
    [
        "MAP *.example 127.0.0.1",
        "MAP app.test localhost:8080",
        "MAP cdn.test [::1]:443",
        "EXCLUDE 127.0.0.2",
        "MAP ads.test ~NOTFOUND",
    ],
)
def test_rules_that_stay_on_this_machine_come_before_ours(rule: str) -> None:
    given = {"args": [f"--host-resolver-rules={rule}"]}
    args = launch_options(installed("chromium-83"), given)["args"]
    assert args == [
        CLOSED.replace("=MAP", f"={rule}, MAP", 1),
        "--proxy-server=direct://",
    ]


@pytest.mark.parametrize(
    "switch",
    [
        "--host-resolver-rules=MAP *.test 93.184.216.34",
        "--host-resolver-rules=MAP a.test 127.0.0.1, EXCLUDE example.com",
        "--host-resolver-rules=MAP a.test",
        "--host-resolver-rules=MAP a.test 127.0.0.1.example.com",
        "--proxy-server=127.0.0.1:3128",
        "--proxy-pac-url=data:,",
        "--host-rules=MAP * 10.0.0.1",
    ],
)
def test_a_switch_that_would_open_an_old_build_is_refused(switch: str) -> None:
    with pytest.raises(UsageError) as caught:
        launch_options(installed("chromium-83"), {"args": [switch]})
    text = str(caught.value)
    assert text.startswith("chromium-83 reaches this machine only, and '--")
    assert "would let it out" in text
    assert "version 83.0.4103.0 has holes that were closed long ago" in text
    assert "use chromium or chromium-153" in text


def test_playwrights_proxy_option_is_refused_for_an_old_build() -> None:
    with pytest.raises(UsageError, match=r"proxy=\{'server': 'http://p:1'\}"):
        launch_options(installed("chromium-92"), {"proxy": {"server": "http://p:1"}})
