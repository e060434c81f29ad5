"""``python -m pytest_offline.compare timeline.json``: the verdict on a history, with no browser.

Exit code 0 where the model allows it, 1 where it does not, 2 where the file is no timeline, or is
damaged: no verdict is possible then.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_offline.compare.explain import both_states, explain
from pytest_offline.compare.timelines import load
from pytest_offline.errors import ProbeError, UsageError


def main(arguments: Sequence[str]) -> int:
    """Compares one timeline and prints the verdict."""
    if len(arguments) != 1:
        print(f"one file is compared, not {len(arguments)}; give a timeline.json", file=sys.stderr)
        return 2
    try:
        timeline = load(Path(arguments[0]))
        comparison = timeline.compare()
    except (OSError, UsageError, ProbeError) as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join([*explain(comparison), *both_states(comparison, timeline.final)]))
    return 0 if comparison.agrees else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
