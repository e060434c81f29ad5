"""Being installed costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest
from late import INNER

# What runs at the very end of the inner run: what has been imported by then.
REPORT = """
import sys

def pytest_unconfigure(config):
    rooms = {name.split(".")[0] for name in sys.modules}
    for name in ("playwright", "aiohttp", "yarl", "trustme", "ada_url", "rich"):
        print(f"{name}: {'imported' if name in rooms else 'not imported'}")
    ours = [name for name in sys.modules if name.startswith("pytest_offline")]
    print("ours:", " ".join(sorted(ours)))
"""


@pytest.fixture(autouse=True)
def on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes the runs of other tests late imports what must not be imported here."""
    monkeypatch.delenv(INNER, raising=False)


def test_a_run_that_uses_nothing_of_ours_imports_nothing_for_us(inner):
    inner.write("def test_plain(): pass", conftest=REPORT)
    result = inner.run("-p", "no:playwright", "-p", "no:base_url")
    result.assert_outcomes(passed=1)
    for name in ("playwright", "aiohttp", "yarl", "trustme", "ada_url", "rich"):
        assert f"{name}: not imported" in result.stdout.lines
    (ours,) = [line for line in result.outlines if line.startswith("ours:")]
    assert ours.split()[1:] == [
        "pytest_offline",
        "pytest_offline.errors",
        "pytest_offline.fixtures",
        "pytest_offline.hooks",
        "pytest_offline.hooks.bundling",
        "pytest_offline.hooks.deaths",
        "pytest_offline.hooks.options",
        "pytest_offline.hooks.outsiders",
        "pytest_offline.hooks.selection",
        "pytest_offline.hooks.verifying",
        "pytest_offline.plugin",
        "pytest_offline.settings",
    ]


def test_beside_pytest_playwright_aiohttp_is_not_imported_either(inner):
    inner.write("def test_plain(): pass", conftest=REPORT)
    result = inner.run()
    assert "playwright: imported" in result.outlines, "by pytest-playwright itself"
    assert "aiohttp: not imported" in result.outlines


def test_no_fixture_of_ours_is_autouse(inner):
    inner.write(
        "def test_plain(request, pytestconfig):\n"
        "    ours = pytestconfig.pluginmanager.get_plugin('pytest_offline_fixtures')\n"
        "    assert {'origin', 'caches'} <= set(vars(ours))\n"
        "    assert not set(request.fixturenames) & set(vars(ours)), request.fixturenames\n"
    )
    inner.run("-p", "no:playwright").assert_outcomes(passed=1)


def test_the_origin_works_without_pytest_playwright(inner):
    inner.write(
        "import http.client\n"
        "def test_origin(site, network):\n"
        "    client = http.client.HTTPConnection('127.0.0.1', site.port)\n"
        "    client.request('GET', '/x', headers={'Host': f'{site.host}:{site.port}'})\n"
        "    assert client.getresponse().read() == b'x'\n"
        "    client.close()\n"
        "    assert network.condition.name == 'online'\n"
    )
    inner.run("-p", "no:playwright").assert_outcomes(passed=1)


def test_without_our_plugin_everything_is_as_before(inner):
    inner.write("def test_plain(request): assert 'origin' not in request.fixturenames")
    inner.pytester.makeconftest("")
    inner.run("-p", "no:pytest_offline").assert_outcomes(passed=1)
    missing = inner.run("-p", "no:pytest_offline", "--offline-build", "chromium")
    assert missing.ret == pytest.ExitCode.USAGE_ERROR


def test_names_are_fetched_at_their_first_use():
    program = (
        "import sys, pytest_offline\n"
        "assert 'pytest_offline.caches' not in sys.modules\n"
        "from pytest_offline import Caches, expect\n"
        "assert callable(expect) and Caches.__module__ == 'pytest_offline.caches'\n"
        "assert 'expect' in dir(pytest_offline)\n"
        "try: pytest_offline.exspect\n"
        "except AttributeError as error: print(error)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "module 'pytest_offline' has no attribute 'exspect'\n", done.stderr


def test_a_setup_that_fails_is_shown_without_our_hooks(inner):
    inner.write(
        "import pytest\n"
        "@pytest.fixture\n"
        "def broken(): raise RuntimeError('mine')\n"
        "def test_it(broken): pass\n"
    )
    result = inner.run("-p", "no:playwright")
    result.assert_outcomes(errors=1)
    assert "pytest_offline" not in result.stdout.str().replace("no:pytest_offline", "")
