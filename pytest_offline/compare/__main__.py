"""``python -m pytest_offline.compare timeline.json``: the verdict on a history, with no browser.

Exit code 0 where the model allows it, 1 where it does not, 2 where there is no verdict: it could
not be decided within the budget, or the file is no timeline, or is damaged.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_offline.compare.explain import both_states, explain
from pytest_offline.compare.replay import DEFAULT_BUDGET
from pytest_offline.compare.timelines import load
from pytest_offline.errors import ProbeError, UsageError


def main(arguments: Sequence[str]) -> int:
    """Compares one timeline and prints the verdict."""
    given = _parser().parse_args(arguments)
    try:
        timeline = load(given.timeline)
        comparison = timeline.compare(budget=given.budget)
    except (OSError, UsageError, ProbeError) as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join([*explain(comparison), *both_states(comparison, timeline.final)]))
    if comparison.undecided is not None and not comparison.differences:
        return 2
    return 0 if comparison.agrees else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pytest_offline.compare",
        description="Hold a recorded history against the model, without a browser.",
    )
    parser.add_argument(
        "timeline", type=Path, metavar="timeline.json", help="as a failed verify() leaves it"
    )
    parser.add_argument(
        "--budget",
        type=int,
        default=DEFAULT_BUDGET,
        metavar="STATES",
        help="how many states to look at, beyond one for each operation, where operations "
        "overlapped (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
