"""What every sub-command shares: where it adds its parser, and the exit codes."""

from __future__ import annotations

import argparse
from typing import Final, Protocol

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2


class Parsers(Protocol):
    """Where a sub-command adds its parser."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser:
        """As ``argparse`` has it."""
        ...
