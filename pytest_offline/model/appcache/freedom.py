"""What the text leaves to the user agent, as values that are handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pytest_offline.model.appcache.manifest import Manifest

Parse = Callable[[bytes, str], Manifest]

ONE_AFTER_THE_OTHER: Final = 1


def never(url: str) -> bool:
    """Skips no file."""
    return False


@dataclass
class Freedom:
    """How a user agent uses the freedom that the text leaves it.

    Attributes:
        parse: how a manifest is read; the text's rules unless somebody has others.
        parallel: how many files are fetched at a time; None for all of them.
        may_skip: whether a file that the manifest does not name is skipped (step 18.1).
    """

    parse: Parse = Manifest.parse
    parallel: int | None = ONE_AFTER_THE_OTHER
    may_skip: Callable[[str], bool] = never
