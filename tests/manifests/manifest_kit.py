"""What the tests of the lint share: types of the fixtures, and what manifests begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_offline.manifests import Finding

AT = "https://origin.test/app/notes.appcache"
OPEN = "NETWORK:\n*\n"
"""What a manifest ends with that lets everything else through."""


@dataclass(frozen=True)
class Ran:
    """What a run of the command gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Linted = Callable[..., list[Finding]]
Command = Callable[..., Ran]
Write = Callable[..., Path]
