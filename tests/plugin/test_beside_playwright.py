"""pytest-playwright's own options and fixtures go on working, overridden ones too."""

from __future__ import annotations

import zipfile

import pytest

from pytest_offline.browser.resolve import resolve

TEST = """
def test_offline(site, page, network, service_worker, caches):
    page.goto(site.url)
    service_worker.wait_until_ready()
    with network.offline():
        page.reload()
        assert page.get_by_role("heading").inner_text() == "Gallery"
    caches.verify()
"""


def test_artifacts(inner, chromium):
    inner.write(TEST)
    result = inner.run("--tracing", "on", "--screenshot", "on", "--output", "out")
    result.assert_outcomes(passed=1)
    (folder,) = (inner.pytester.path / "out").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["test-finished-1.png", "trace.zip"]
    with zipfile.ZipFile(folder / "trace.zip") as trace:
        assert any(name.endswith(".trace") for name in trace.namelist())
    assert inner.leftovers() == []


def test_overridden_fixtures(inner, chromium):
    inner.write(
        TEST
        + """
def test_what_was_given(page):
    assert page.evaluate("navigator.userAgent") == "mine"
    assert page.evaluate("navigator.language") == "de"
""",
        conftest="""
@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "args": ["--user-agent=not-mine", "--mute-audio"]}

@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "user_agent": "mine", "locale": "de"}
""",
    )
    inner.run("--offline-build", "chromium").assert_outcomes(passed=2)


def test_a_fresh_dict_of_launch_arguments_keeps_what_the_build_needs(inner, needs_build):
    needs_build("chromium-83")
    inner.write(
        TEST,
        conftest="""
@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {"args": ["--mute-audio"], "env": {"MINE": "1"}}
""",
    )
    inner.run("--offline-build", "chromium-83").assert_outcomes(passed=1)


def test_a_build_without_a_window_ignores_headed(inner, needs_build):
    needs_build("chromium-83")
    inner.write(TEST)
    result = inner.run("--offline-build", "chromium-83", "--headed")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["*PytestWarning: --headed shows no window: chromium-83 83.* (/*) has none."]
    )


@pytest.mark.parametrize("build", ["chromium", "firefox"])
def test_headed_without_a_display_says_so(inner, needs_build, build):
    needs_build(build)
    if resolve(build).capabilities.headless_only:
        pytest.skip(f"the {build} that is here has no window")
    inner.write(TEST)
    inner.pytester._monkeypatch.delenv("DISPLAY", raising=False)
    inner.pytester._monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    result = inner.run("--headed", "--offline-build", build)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            f"E * pytest_offline.errors.BrowserError: {build} * would not start.",
            "E * why      it was to show a window and there is no display",
            "E * next     run without --headed, or: xvfb-run pytest*",
        ]
    )
    assert inner.leftovers() == []


def test_a_channel_that_is_not_here(inner):
    inner.write(TEST)
    result = inner.run("--browser-channel", "msedge-dev")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["E *BrowserError: chromium as the launch arguments say (channel 'msedge-dev') would not*"]
    )


def test_a_browser_over_connect_options_is_left_alone(inner):
    inner.write(
        TEST,
        conftest="""
@pytest.fixture(scope="session")
def connect_options():
    return {"endpoint": "ws://127.0.0.1:9/"}
""",
    )
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E *playwright.*Error: BrowserType.connect: *"])


def test_classes_and_parameters(inner, chromium):
    inner.write(
        """
        import pytest

        @pytest.fixture(params=["a", "b"])
        def letter(request, origin):
            origin.reply("/", request.param)
            return request.param

        class TestIn:
            @pytest.mark.parametrize("number", [1, 2])
            def test_both(self, page, origin, letter, number, network):
                page.goto(origin.url)
                assert page.inner_text("body") == letter
                with network.offline():
                    assert page.evaluate("navigator.onLine") is False
        """.replace("\n        ", "\n")
    )
    inner.run("--offline-build", "chromium").assert_outcomes(passed=4)


def test_settings_reach_the_workers_of_xdist(inner, tmp_path):
    inner.write("def test_it(page): pass")
    env = {"PYTEST_OFFLINE_BROWSERS": str(tmp_path)}
    result = inner.run("-n", "1", "--offline-build", "chromium-83", "-rs", env=env)
    result.assert_outcomes(skipped=1)
    result = inner.run(
        "-n", "1", "--offline-build", "chromium-83", "--offline-require-builds", env=env
    )
    result.assert_outcomes(errors=1)
