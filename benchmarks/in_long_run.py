"""Whether a long run stays small: a thousand tests of all fixtures in one session.

    python -m benchmarks.in_long_run [--build NAME] [--tests 1000]

What grows in the first hundred is what a session needs: imports, caches, pools. What grows after
them would go on growing. Read from ``/proc``, which counts what is resident.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.in_pytest import run_pytest
from benchmarks.measuring import Figure

TESTS = 1000
SETTLED = 100
TARGET_MB = 20

_TEST = """
import pytest


@pytest.mark.parametrize("number", range({count}))
def test_one(number, page, origin, network, caches):
    origin.reply("/", "<!doctype html><title>site</title><link rel=icon href=data:,>")
    page.goto(origin.url)
    put = "(at) => caches.open('v1').then((cache) => cache.put(at, new Response('x'.repeat(9000))))"
    page.evaluate(put, f"/{{number}}")
    with network.offline():
        asked = "fetch('/missing').then(() => 'arrived', () => 'nothing')"
        assert page.evaluate(asked) == "nothing"
    assert [entry.url for entry in caches.snapshot()["v1"]] == [origin.url_for(f"/{{number}}")]
    caches.verify()
"""

_SIZES = """
import json, os, pathlib, re

sizes = []


def resident(process="self"):
    status = pathlib.Path("/proc", str(process), "status").read_text()
    return int(re.search(r"VmRSS:\\s+(\\d+) kB", status)[1]) / 1024


def pytest_runtest_logfinish(nodeid, location):
    sizes.append(resident())


def pytest_sessionfinish():
    pathlib.Path(os.environ["SIZES"]).write_text(json.dumps(sizes))
"""


def sizes(build: str, tests: int) -> list[float]:
    """MB of pytest's process after each test."""
    with tempfile.TemporaryDirectory() as name:
        folder, written = Path(name), Path(name) / "sizes.json"
        (folder / "conftest.py").write_text(_SIZES)
        (folder / "test_long.py").write_text(_TEST.format(count=tests))
        run_pytest(["-q", "--offline-build", build, str(folder)], folder, SIZES=str(written))
        return list(json.loads(written.read_text()))


def figures(build: str, tests: int = TESTS) -> Iterator[Figure]:
    """What the session grows after its first hundred tests."""
    measured = sizes(build, tests)
    yield Figure(
        f"{tests:,} tests in one session: what pytest's process grows after the first {SETTLED}, "
        f"against {TARGET_MB} MB",
        measured[-1] - measured[SETTLED - 1], TARGET_MB, "MB", 1, build=build,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="chromium", metavar="NAME")
    parser.add_argument("--tests", type=int, default=TESTS)
    options = parser.parse_args()
    measured = sizes(options.build, options.tests)
    for number in range(SETTLED - 1, len(measured), SETTLED):
        print(f"after {number + 1:,} tests: {measured[number]:.1f} MB")


if __name__ == "__main__":
    main()
