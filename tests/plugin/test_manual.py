"""What ``pytest --help`` and ``pytest --fixtures`` say."""

from __future__ import annotations

import inspect

import pytest

from pytest_offline import fixtures

PUBLIC = (
    "browser_build", "browser_name", "caches", "launch_browser", "make_origin", "network",
    "origin", "origin_server", "scene", "service_worker",
)  # fmt: skip


def test_fixtures_read_like_a_manual(inner):
    summary = inner.run("--fixtures", "-p", "no:playwright").stdout.str()
    manual = inner.run("--fixtures", "-v", "-p", "no:playwright").stdout.str()
    for name in PUBLIC:
        text = inspect.getdoc(getattr(fixtures, name)._get_wrapped_function())
        assert text
        assert f"\n{name} " in summary, name
        for line in text.partition("\n\n")[0].splitlines():
            assert line.strip() in summary, f"{name}: {line}"
        for line in text.splitlines():
            assert line.strip() in manual, f"{name}: {line}"


@pytest.mark.parametrize("name", ["origin", "network", "caches", "service_worker", "make_origin"])
def test_each_of_the_main_fixtures_shows_an_example(name):
    text = inspect.getdoc(getattr(fixtures, name)._get_wrapped_function())
    assert text and "::\n\n    " in text


def test_help_lists_our_options_in_a_group_of_their_own(inner):
    result = inner.run("--help")
    result.stdout.fnmatch_lines(
        [
            "offline: real browsers without a network:",
            "*--offline-build=NAME*",
            "*--offline-require-builds*",
            "*--offline-timeline=N*",
        ]
    )
    shown = " ".join(result.stdout.str().split())
    for sentence in (
        "run every test that uses a browser in this build (chromium, firefox, webkit, chromium-83,",
        "What there is: pytest-offline browsers",
        "a build that is missing fails its tests instead of skipping them (for CI)",
        "lines of the timeline that a failing test shows, 0 for none (default: 40)",
    ):
        assert sentence in shown
