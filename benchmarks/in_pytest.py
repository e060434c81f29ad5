"""What the plugin costs a pytest run: its tests against hand-written ones, and tests of others."""

from __future__ import annotations

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measuring import Figure, by_turns

ROOT = Path(__file__).parent.parent
SITE = ROOT / "sample_sites" / "precache_shell"
COLLECTED = 500

# Both sides do the same steps on the same site in the same browser: serve, open, wait until the
# worker is there, look whether a file is kept, go offline, open again, look.
_SAME_TEST = """
import functools, http.server, threading
import pytest
from playwright.sync_api import expect as playwright_expect
from pytest_offline import expect

SITE = {site!r}


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def site_url():
    handler = functools.partial(Quiet, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{{server.server_port}}/"
        server.shutdown()
        thread.join()


def by_fixtures(page, origin, network, caches, service_worker):
    origin.mount(SITE)
    page.goto(origin.url)
    service_worker.wait_until_ready()
    expect(caches).to_contain("/app.js")
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def by_hand(page, context, site_url):
    page.goto(site_url)
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller?.state === 'activated'")
    assert page.evaluate("caches.match('/app.js').then((found) => Boolean(found))")
    context.set_offline(True)
    page.reload()
    playwright_expect(page.get_by_role("heading", level=1)).to_be_visible()
    context.set_offline(False)


for number in range({count}):
    globals()[f"test_{{number:03}}_a"] = by_fixtures
    globals()[f"test_{{number:03}}_b"] = by_hand
"""

_TIMES = """
import json, os, pathlib
import pytest

spent = {}


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    spent.setdefault(report.nodeid, []).append((report.outcome, report.duration))


def pytest_sessionfinish():
    pathlib.Path(os.environ["TIMES"]).write_text(json.dumps(spent))
"""


def same_test(build: str, rounds: int) -> Iterator[Figure]:
    """One pytest run, the two tests in turns; set-up and tear-down of each test are counted."""
    with tempfile.TemporaryDirectory() as name:
        folder, times = Path(name), Path(name) / "times.json"
        (folder / "conftest.py").write_text(_TIMES)
        source = _SAME_TEST.format(site=str(SITE), count=rounds * 3 + 1)
        (folder / "test_same.py").write_text(source)
        run_pytest(["-q", "--offline-build", build, str(folder)], folder, TIMES=str(times))
        spent = json.loads(times.read_text())
    sides: dict[str, list[float]] = defaultdict(list)
    for test, phases in list(spent.items())[2:]:  # the first of each starts browser and server
        if any(outcome != "passed" for outcome, _ in phases):
            raise AssertionError(f"{test}: {phases}")
        side = re.search(r"_([ab])\b|_([ab])\[", test)
        assert side is not None
        sides[side.group(1) or side.group(2)].append(sum(each for _, each in phases) * 1000)
    yield Figure(
        "an offline test by the fixtures, against the same steps by hand on pytest-playwright",
        statistics.median(sides["a"]), statistics.median(sides["b"]), "ms", 1.1, build=build,
    )  # fmt: skip


def collecting(rounds: int) -> Iterator[Figure]:
    """Processor time of whole processes: what else the machine does is not counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(COLLECTED // 20):
            tests = "".join(f"def test_{test}(tmp_path): pass\n" for test in range(20))
            (folder / f"test_file_{number}.py").write_text(tests)
        _check_imports(folder)

        def ours() -> float:
            return _processor_ms(["--collect-only", "-q", str(folder)], folder)

        def peer() -> float:
            without = ["-p", "no:pytest_offline"]
            return _processor_ms(["--collect-only", "-q", *without, str(folder)], folder)

        times = by_turns(rounds * 3, ours=ours, peer=peer)
    yield Figure(
        f"`pytest --collect-only` of {COLLECTED} tests that use no fixture of ours, against "
        f"`-p no:pytest_offline` (processor time)",
        times["ours"], times["peer"], "ms", 1.03,
    )  # fmt: skip


def suite(build: str, paths: Sequence[str]) -> Iterator[Figure]:
    """A part of this project's own suite, once each way; takes minutes."""
    chosen = ["-q", "--offline-build", build, *paths]

    def timed(*jobs: str) -> float:
        started = time.perf_counter()
        run_pytest([*jobs, *chosen], ROOT)
        return (time.perf_counter() - started) * 1000

    ours, peer = timed("-n", "2", "--dist", "worksteal"), timed("-n", "0")
    yield Figure(
        f"the suite ({', '.join(paths)}) under `pytest -n 2`, against `-n 0` (times faster)",
        ours, peer, "ms", 1.4, at_most=False, inverse=True, build=build,
    )  # fmt: skip


def _check_imports(folder: Path) -> None:
    """pytest-playwright imports Playwright itself, so it is left out to see what we import."""
    heavy = "'playwright', 'aiohttp'"
    (folder / "conftest.py").write_text(
        "import sys\n"
        "def pytest_collection_finish():\n"
        f"    found = [name for name in ({heavy}) if name in sys.modules]\n"
        "    assert not found, f'imported while collecting: {found}'\n"
    )
    without = ["-p", "no:playwright", "-p", "no:pytest_base_url", "-p", "no:base_url"]
    run_pytest(["--collect-only", "-q", *without, str(folder)], folder)
    (folder / "conftest.py").unlink()


def _processor_ms(arguments: Sequence[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run_pytest(arguments, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000


def run_pytest(arguments: Sequence[str], folder: Path, **environment: str) -> str:
    """Runs pytest in a process of its own; AssertionError where it fails."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={**os.environ, **environment},
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout
